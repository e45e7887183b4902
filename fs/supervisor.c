/*
 * See supervisor.h. One row a state, one column an event:
 *
 *   state      meaning                        ready      worker ended      time       asked to end
 *   starting   the first worker, not live     → serving  → failed          –          pass it on
 *   serving    a worker runs                  –          over → ended      –          → ending
 *                                                        else → waiting
 *   waiting    none runs; the next is due     –          –                 → serving  → ended
 *   ending     the worker was asked to end    –          → ended           kill it    –
 *   ended, failed: the loop leaves
 *
 * An upgrade (SIGUSR2) replaces this process by the program that now has its name and kills the
 * worker, which is nothing new to anybody.
 */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/area.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/notify.h"
#include "lokt/duration.h"
#include "mountpoint.h"
#include "rootdir.h"
#include "worker.h"

#define SELF "/proc/self/exe"

/*
 * Workers in a row that served nothing: so many are followed by the next one without a pause, and
 * so many until the mount is given up, after some three seconds. Whoever was killed (by a person, by
 * the kernel for want of memory) is not to blame, so there is more patience.
 */
static const struct patience {
	unsigned at_once, most;
} patience[2] = {{2, 11}, {20, 120}};

#define PAUSE_FIRST_MS 10
#define PAUSE_LAST_MS 1000

#define END_MS 15000
#define PROBE_MS 10000

enum state { STARTING, SERVING, WAITING, ENDING, ENDED, FAILED };
enum occasion { READY, WORKER_ENDED, TIME, ASKED_TO_END, OCCASIONS };

struct supervisor {
	struct settings *settings;
	struct inherit inherit;
	char *const *argv;
	struct area area;
	struct rootdir rootdir;
	enum state state;
	pid_t worker;
	int worker_fd; /* pidfd; -1 none */
	int signal_fd;
	int ready_fds[2]; /* the first worker writes */
	int64_t at_ms;	  /* the next TIME; INT64_MAX none */
	uint64_t served;  /* by all workers, when the present one was started */
	unsigned deaths;  /* in a row, of workers that served nothing */
	bool was_killed;  /* the last one, from outside */
};

static int64_t now_ms(void)
{
	return clock_now().mono_ns / NS_PER_MS;
}

static int pidfd_open_(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	return fd < 0 ? -errno : fd;
}

static void announce(struct supervisor *supervisor)
{
	int error =
		rootdir_announce(&supervisor->rootdir, supervisor->settings, supervisor->worker);
	if (error)
		log_error("announcing the daemon: %s", strerror(-error));
}

static int start_worker(struct supervisor *supervisor)
{
	struct inherit inherit = supervisor->inherit;
	inherit.role = ROLE_WORKER;
	inherit.peer = getpid();
	inherit.ready_fd = supervisor->state == STARTING ? supervisor->ready_fds[1] : -1;
	supervisor->served = supervisor->area.head->served;
	pid_t pid = inherit_spawn(&inherit, SELF, supervisor->argv);
	if (pid < 0)
		return pid;
	supervisor->worker = pid;
	supervisor->worker_fd = pidfd_open_(pid);
	announce(supervisor);
	return supervisor->worker_fd < 0 ? supervisor->worker_fd : 0;
}

/* How it ended goes to the log; one that was adopted is another's child, and nothing is known. */
static void bury(struct supervisor *supervisor)
{
	siginfo_t info = {0};
	int error = waitid(P_PIDFD, (id_t)supervisor->worker_fd, &info, WEXITED);
	bool is_over = supervisor->area.head->is_over;
	supervisor->was_killed = error || (info.si_code == CLD_KILLED && info.si_status == SIGKILL);
	if (error == 0 && !is_over && info.si_code == CLD_EXITED)
		log_warning("the worker has left with status %d", info.si_status);
	else if (error == 0 && !is_over)
		log_warning("the worker was ended by signal %d", info.si_status);
	else if (!is_over)
		log_warning("the worker has ended");
	close(supervisor->worker_fd);
	supervisor->worker_fd = -1;
	supervisor->worker = 0;
}

static int64_t pause_ms(unsigned deaths, unsigned at_once)
{
	if (deaths <= at_once)
		return 0;
	unsigned more = deaths - at_once - 1;
	return more < 7 ? (int64_t)PAUSE_FIRST_MS << more : PAUSE_LAST_MS;
}

static enum state wait_for_next(struct supervisor *supervisor)
{
	const struct patience *row = &patience[supervisor->was_killed];
	bool has_served = supervisor->area.head->served > supervisor->served;
	supervisor->deaths = has_served ? 1 : supervisor->deaths + 1;
	if (supervisor->deaths >= row->most) {
		log_error("%u workers in a row have ended at once: giving up; every call on %s "
			  "fails until it is started again",
			  supervisor->deaths, supervisor->settings->mountpoint);
		return FAILED;
	}
	supervisor->at_ms = now_ms() + pause_ms(supervisor->deaths, row->at_once);
	return WAITING;
}

/* Rows of the table. */

static enum state stay(struct supervisor *supervisor)
{
	return supervisor->state;
}

static enum state tell_ready(struct supervisor *supervisor)
{
	char byte = 0;
	bool is_told = read(supervisor->ready_fds[0], &byte, 1) == 1;
	close(supervisor->ready_fds[0]);
	supervisor->ready_fds[0] = -1;
	if (!is_told)
		return STARTING; /* it has ended; that is told by its pidfd */
	int ready_fd = supervisor->inherit.ready_fd;
	if (ready_fd >= 0 && write(ready_fd, &byte, 1) < 0)
		log_warning("telling the starter: %s", strerror(errno));
	if (ready_fd >= 0)
		close(ready_fd);
	supervisor->inherit.ready_fd = -1;
	int error = notify_ready();
	if (error)
		log_warning("telling the service manager: %s", strerror(-error));
	if (!supervisor->settings->is_foreground)
		worker_leave_starter(supervisor->inherit.log_fd);
	return SERVING;
}

/* Before it was live nobody has got anything from it: the mount goes, too. */
static enum state fail_to_start(struct supervisor *supervisor)
{
	bool is_over = supervisor->area.head->is_over;
	bury(supervisor);
	mountpoint_detach(supervisor->settings->mountpoint);
	return is_over ? ENDED : FAILED;
}

static enum state replace_worker(struct supervisor *supervisor)
{
	bury(supervisor);
	return supervisor->area.head->is_over ? ENDED : wait_for_next(supervisor);
}

static enum state start_next(struct supervisor *supervisor)
{
	supervisor->at_ms = INT64_MAX;
	int error = start_worker(supervisor);
	if (!error)
		return SERVING;
	log_error("starting a worker: %s", strerror(-error));
	return wait_for_next(supervisor);
}

static void signal_worker(const struct supervisor *supervisor, int number)
{
	syscall(SYS_pidfd_send_signal, supervisor->worker_fd, number, NULL, 0);
}

static enum state ask_to_end(struct supervisor *supervisor)
{
	signal_worker(supervisor, SIGTERM);
	supervisor->at_ms = now_ms() + END_MS;
	return ENDING;
}

static enum state pass_on(struct supervisor *supervisor)
{
	signal_worker(supervisor, SIGTERM);
	return STARTING;
}

static enum state end_without(struct supervisor *supervisor)
{
	mountpoint_detach(supervisor->settings->mountpoint);
	return ENDED;
}

static enum state kill_it(struct supervisor *supervisor)
{
	log_error("the worker does not end when asked to: killing it");
	supervisor->at_ms = INT64_MAX;
	signal_worker(supervisor, SIGKILL);
	return ENDING;
}

static enum state end_after(struct supervisor *supervisor)
{
	bury(supervisor);
	return end_without(supervisor);
}

static void take(struct supervisor *supervisor, enum occasion occasion)
{
	static enum state (*const rows[][OCCASIONS])(struct supervisor *) = {
		[STARTING] = {tell_ready, fail_to_start, stay, pass_on},
		[SERVING] = {stay, replace_worker, stay, ask_to_end},
		[WAITING] = {stay, stay, start_next, end_without},
		[ENDING] = {stay, end_after, kill_it, stay},
		[ENDED] = {stay, stay, stay, stay},
		[FAILED] = {stay, stay, stay, stay},
	};
	supervisor->state = rows[supervisor->state][occasion](supervisor);
}

/* Upgrade. */

/* The program that has this one's name now, which may have been installed over it. */
static int find_program(char out[PATH_MAX])
{
	static const char gone[] = " (deleted)";
	ssize_t len = readlink(SELF, out, PATH_MAX - 1);
	if (len < 0)
		return -errno;
	out[len] = '\0';
	size_t tail = sizeof(gone) - 1;
	if ((size_t)len > tail && strcmp(out + len - tail, gone) == 0)
		out[(size_t)len - tail] = '\0';
	return access(out, X_OK) < 0 ? -errno : 0;
}

/* It says itself whether it could go on with what this mount's workers leave. */
static bool would_take_over(const struct supervisor *supervisor, const char *program)
{
	struct inherit inherit = supervisor->inherit;
	inherit.role = ROLE_PROBE;
	inherit.peer = getpid();
	siginfo_t info = {0};
	pid_t pid = inherit_spawn(&inherit, program, supervisor->argv);
	int fd = pid < 0 ? -1 : pidfd_open_(pid);
	struct pollfd ended = {.fd = fd, .events = POLLIN};
	if (fd < 0)
		return false;
	if (poll(&ended, 1, PROBE_MS) <= 0)
		syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	bool is_told = waitid(P_PIDFD, (id_t)fd, &info, WEXITED) == 0;
	close(fd);
	return is_told && info.si_code == CLD_EXITED && info.si_status == 0;
}

static void upgrade(const struct supervisor *supervisor)
{
	char program[PATH_MAX];
	struct inherit inherit = supervisor->inherit;
	int error = find_program(program);
	if (supervisor->state != SERVING || error || !would_take_over(supervisor, program)) {
		log_warning("no upgrade: %s cannot take this mount over",
			    error ? "the program" : program);
		return;
	}
	inherit.role = ROLE_SUPERVISOR;
	inherit.peer = supervisor->worker;
	inherit.is_upgrade = true;
	error = inherit_exec(&inherit, program, supervisor->argv);
	log_error("no upgrade: %s: %s", program, strerror(-error));
}

static void on_signal(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;
	if (read(supervisor->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGUSR2)
		upgrade(supervisor);
	else
		take(supervisor, ASKED_TO_END);
}

static int open_signals(void)
{
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGUSR2);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static int timeout_ms(const struct supervisor *supervisor)
{
	int64_t left_ms = supervisor->at_ms - now_ms();
	if (supervisor->at_ms == INT64_MAX)
		return -1;
	return left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

static void watch_on(struct supervisor *supervisor)
{
	struct pollfd ready[] = {
		{.fd = supervisor->ready_fds[0], .events = POLLIN},
		{.fd = supervisor->worker_fd, .events = POLLIN},
		{.fd = supervisor->signal_fd, .events = POLLIN},
	};
	if (poll(ready, 3, timeout_ms(supervisor)) < 0)
		return;
	if (ready[0].revents)
		take(supervisor, READY);
	if (ready[1].revents)
		take(supervisor, WORKER_ENDED);
	if (ready[2].revents)
		on_signal(supervisor);
	if (supervisor->at_ms <= now_ms())
		take(supervisor, TIME);
}

/* The worker of another supervisor. Of an older program: it goes, as one that was killed. */
static int adopt(struct supervisor *supervisor)
{
	supervisor->state = SERVING;
	supervisor->worker = supervisor->inherit.peer;
	supervisor->served = supervisor->area.head->served;
	supervisor->worker_fd = pidfd_open_(supervisor->worker);
	/* It has ended before it could be watched. */
	if (supervisor->worker_fd == -ESRCH) {
		supervisor->worker_fd = -1;
		supervisor->state =
			supervisor->area.head->is_over ? ENDED : wait_for_next(supervisor);
		return 0;
	}
	if (supervisor->worker_fd < 0)
		return supervisor->worker_fd;
	if (supervisor->inherit.is_upgrade)
		signal_worker(supervisor, SIGKILL);
	else
		announce(supervisor);
	supervisor->inherit.is_upgrade = false;
	return 0;
}

static int begin(struct supervisor *supervisor)
{
	int error = area_map(&supervisor->area, supervisor->inherit.area_fd, false);
	if (error)
		return error;
	rootdir_adopt(&supervisor->rootdir, supervisor->inherit.root_fd,
		      supervisor->inherit.lock_fd);
	supervisor->signal_fd = open_signals();
	if (supervisor->signal_fd < 0)
		return supervisor->signal_fd;
	if (supervisor->inherit.role == ROLE_SUPERVISOR)
		return adopt(supervisor);
	if (pipe2(supervisor->ready_fds, O_CLOEXEC) < 0)
		return -errno;
	error = start_worker(supervisor);
	close(supervisor->ready_fds[1]);
	return error;
}

int supervisor_run(struct settings *settings, const struct inherit *inherit, char *const argv[])
{
	struct supervisor supervisor = {
		.settings = settings,
		.inherit = *inherit,
		.argv = argv,
		.area.fd = -1,
		.state = STARTING,
		.worker_fd = -1,
		.ready_fds = {-1, -1},
		.at_ms = INT64_MAX,
	};
	prctl(PR_SET_NAME, "loktfs");
	int error = begin(&supervisor);
	if (error) {
		log_error("starting the supervisor: %s", strerror(-error));
		return 1;
	}
	while (supervisor.state != ENDED && supervisor.state != FAILED)
		watch_on(&supervisor);
	/* One that was given up stays as it is, for people to see and the next start to mend. */
	supervisor.rootdir.is_claimed = supervisor.state == ENDED;
	rootdir_close(&supervisor.rootdir);
	return supervisor.state == FAILED;
}

/*
 * Watching real processes: children that end when we say so. Deaths are waited for at the
 * epoll descriptor, as the loop does it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/holder.h"
#include "host/procstat.h"

#define WAIT_MS 10000
#define MANY 50

struct watch {
	struct holders holders;
	int proc_fd;
};

static int begin(void **state)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	if (!watch || holders_init(&watch->holders) < 0)
		return -1;
	watch->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = watch;
	return watch->proc_fd < 0 ? -1 : 0;
}

static int end(void **state)
{
	struct watch *watch = *state;
	holders_release(&watch->holders);
	close(watch->proc_fd);
	free(watch);
	return 0;
}

static pid_t start_child(void)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static struct process process_of(const struct watch *watch, pid_t pid)
{
	char path[PROC_NAME_MAX];
	struct procstat stat;
	snprintf(path, sizeof(path), "%d/stat", pid);
	assert_int_equal(procstat_read(watch->proc_fd, path, procstat_ns_per_tick(), &stat), 0);
	return (struct process){pid, stat.start_ns};
}

static void end_child(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Dead, but nobody has asked for it yet. */
static void make_zombie(pid_t pid)
{
	siginfo_t info;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static bool has_news(const struct watch *watch, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = watch->holders.epoll_fd, .events = POLLIN};
	return poll(&poll_fd, 1, timeout_ms) == 1;
}

static int count_fds(void)
{
	int count = 0;
	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void death_is_reported_once(void **state)
{
	struct watch *watch = *state;
	struct process dead[4];
	int fds = count_fds();
	struct process child = process_of(watch, start_child());
	assert_int_equal(holder_watch(&watch->holders, watch->proc_fd, child), 0);
	assert_int_equal(count_fds(), fds + 1);
	assert_int_equal(holders_collect(&watch->holders, dead, 4), 0);
	assert_false(has_news(watch, 0));
	end_child(child.pid);
	assert_true(has_news(watch, WAIT_MS));
	assert_int_equal(holders_collect(&watch->holders, dead, 4), 1);
	assert_true(process_is_equal(dead[0], child));
	assert_false(has_news(watch, 0));
	assert_int_equal(holders_collect(&watch->holders, dead, 4), 0);
	assert_int_equal(count_fds(), fds);
	holder_unwatch(&watch->holders, child);
}

static void watches_are_counted(void **state)
{
	struct watch *watch = *state;
	struct process dead[4];
	struct process child = process_of(watch, start_child());
	int fds = count_fds();
	for (int i = 0; i < 3; i++)
		assert_int_equal(holder_watch(&watch->holders, watch->proc_fd, child), 0);
	assert_int_equal(count_fds(), fds + 1);
	holder_unwatch(&watch->holders, child);
	holder_unwatch(&watch->holders, child);
	assert_int_equal(count_fds(), fds + 1);
	holder_unwatch(&watch->holders, child);
	assert_int_equal(count_fds(), fds);
	holder_unwatch(&watch->holders, child);
	end_child(child.pid);
	assert_int_equal(holders_collect(&watch->holders, dead, 4), 0);
	assert_false(has_news(watch, 0));
}

static void dead_recycled_and_impossible_are_esrch(void **state)
{
	struct watch *watch = *state;
	pid_t pid = start_child();
	struct process child = process_of(watch, pid), other = child;
	other.start_ns += procstat_ns_per_tick();
	int fds = count_fds();
	struct holders *holders = &watch->holders;
	assert_int_equal(holder_watch(holders, watch->proc_fd, other), -ESRCH);
	make_zombie(pid);
	assert_int_equal(holder_watch(holders, watch->proc_fd, child), -ESRCH);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(holder_watch(holders, watch->proc_fd, child), -ESRCH);
	assert_int_equal(holder_watch(holders, watch->proc_fd, (struct process){0}), -ESRCH);
	assert_int_equal(holder_watch(holders, watch->proc_fd, (struct process){-1, 1}), -ESRCH);
	assert_int_equal(count_fds(), fds);
	assert_null(holders->table);
}

static void second_watch_of_a_zombie_is_esrch(void **state)
{
	struct watch *watch = *state;
	pid_t pid = start_child();
	struct process child = process_of(watch, pid), dead[2];
	assert_int_equal(holder_watch(&watch->holders, watch->proc_fd, child), 0);
	make_zombie(pid);
	assert_int_equal(holder_watch(&watch->holders, watch->proc_fd, child), -ESRCH);
	assert_true(has_news(watch, WAIT_MS));
	assert_int_equal(holders_collect(&watch->holders, dead, 2), 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A forked child (a snapshot's) keeps the pidfd open, and with it the epoll entry. */
static void forked_copy_keeps_nothing_alive(void **state)
{
	struct watch *watch = *state;
	struct process child = process_of(watch, start_child()), dead[2];
	assert_int_equal(holder_watch(&watch->holders, watch->proc_fd, child), 0);
	pid_t copy = start_child();
	holder_unwatch(&watch->holders, child);
	end_child(child.pid);
	assert_false(has_news(watch, 0));
	assert_int_equal(holders_collect(&watch->holders, dead, 2), 0);
	end_child(copy);
}

static void many_are_collected_in_portions(void **state)
{
	struct watch *watch = *state;
	struct process children[MANY], dead[MANY];
	for (int i = 0; i < MANY; i++) {
		children[i] = process_of(watch, start_child());
		assert_int_equal(holder_watch(&watch->holders, watch->proc_fd, children[i]), 0);
	}
	for (int i = 0; i < MANY; i++)
		end_child(children[i].pid);
	assert_int_equal(holders_collect(&watch->holders, dead, 0), 0);
	assert_int_equal(holders_collect(&watch->holders, dead, 3), 3);
	assert_int_equal(holders_collect(&watch->holders, dead + 3, MANY), MANY - 3);
	for (int i = 0; i < MANY; i++) {
		int seen = 0;
		for (int j = 0; j < MANY; j++)
			seen += process_is_equal(children[i], dead[j]);
		assert_int_equal(seen, 1);
	}
	assert_null(watch->holders.table);
}

static void release_closes_what_is_watched(void **state)
{
	struct watch *watch = *state;
	struct holders holders;
	int fds = count_fds();
	struct process child = process_of(watch, start_child());
	assert_int_equal(holders_init(&holders), 0);
	assert_int_equal(holder_watch(&holders, watch->proc_fd, child), 0);
	holders_release(&holders);
	assert_int_equal(count_fds(), fds);
	end_child(child.pid);
}

#define IN_WATCH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WATCH(death_is_reported_once),
		IN_WATCH(watches_are_counted),
		IN_WATCH(dead_recycled_and_impossible_are_esrch),
		IN_WATCH(second_watch_of_a_zombie_is_esrch),
		IN_WATCH(forked_copy_keeps_nothing_alive),
		IN_WATCH(many_are_collected_in_portions),
		IN_WATCH(release_closes_what_is_watched),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

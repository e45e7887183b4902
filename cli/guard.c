/*
 * See guard.h. One loop that sleeps until a signal or the next thing on its clock: a renewal,
 * or the end of a lost command's grace. What a signal means is one row each.
 */
#include "guard.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "keeper.h"
#include "nested.h"
#include "output.h"
#include "timelimit.h"
#include "tree.h"

/* How long a command that lost its lock has to end by itself. */
#define GRACE_MS 1000

/* Until a renewal that could not be told is tried again. */
#define RETRY_MS 100

/* Between looks at a lease without a TTL, which force or another machine may have ended. */
#define LOOK_MS 2000

#define NEVER_MS INT64_MAX

/*
 * state     meaning                                    left by
 * runs      the command runs                           its end
 * lingers   it has ended, nested guards have not; the  their end, or a signal to end
 *           child is a process that waits for them
 */
struct guard {
	struct hold *hold;
	const struct call *call;
	char **argv;
	enum on_lost on_lost;
	int ring_fd;
	struct child_signals signals;
	struct child child;
	struct keeper keeper; /* not of a joined hold */
	bool is_ready;	      /* command and keeper are made */
	bool lingers;
	bool is_over;
	bool is_lost;
	bool is_interrupted; /* by the terminal, as its command was */
	bool is_left;	     /* to nested guards, which go on */
	int64_t known_ms;    /* when the lease was last known to be ours */
	int64_t look_ms;     /* when to renew or to look again */
	int64_t kill_ms;     /* when a lost command's grace ends */
	struct tree tree;    /* of a lost command */
	int status;
	int killed_by;
};

static void lose(struct guard *guard, const char *how)
{
	bool ends_it = guard->on_lost == ON_LOST_TERM && !guard->lingers && !guard->is_over;

	guard->is_lost = true;
	guard->look_ms = NEVER_MS;
	output_error("lost lock \"%s\" (token %" PRIu64 "): %s%s", guard->hold->call->name,
		     guard->hold->token, how, ends_it ? "; ending the command" : "");
	if (!ends_it)
		return;
	tree_add(&guard->tree, guard->child.pid);
	tree_signal(&guard->tree, SIGTERM);
	tree_signal(&guard->tree, SIGCONT);
	guard->kill_ms = timelimit_now_ms() + GRACE_MS;
}

static void kill_lost(struct guard *guard)
{
	guard->kill_ms = NEVER_MS;
	tree_add(&guard->tree, guard->child.pid);
	tree_signal(&guard->tree, SIGKILL);
}

static void schedule(struct guard *guard, int64_t ms)
{
	if (!guard->hold->ttl_ms)
		ms = LOOK_MS;
	guard->look_ms = timelimit_now_ms() + (ms > 0 ? ms : 1);
}

static void take_state(struct guard *guard, enum hold_state state, int64_t asked_ms)
{
	int64_t ttl_ms = guard->hold->ttl_ms;

	switch (state) {
	case HOLD_LIVE:
		guard->known_ms = asked_ms;
		schedule(guard, ttl_ms / 2);
		return;
	case HOLD_LOST:
		lose(guard, "it has ended, or another holds the name");
		return;
	case HOLD_UNSURE:
		if (ttl_ms && timelimit_now_ms() >= guard->known_ms + ttl_ms)
			lose(guard, "it could not be renewed in time");
		else
			schedule(guard, ttl_ms / 8 < RETRY_MS ? ttl_ms / 8 : RETRY_MS);
		return;
	}
}

/* After a stop the TTL may have passed: ask at once, and of a lease without TTL as well. */
static void look(struct guard *guard)
{
	int64_t asked_ms = timelimit_now_ms();

	if (guard->is_lost)
		return;
	take_state(guard, guard->hold->ttl_ms ? hold_renew(guard->hold) : hold_look(guard->hold),
		   asked_ms);
}

/*
 * Guard and command are one process group: what the terminal sent, the command got as well. A
 * signal sent to the whole group by kill(2) looks like one sent to guard alone; it is passed on,
 * for to lose one would be worse than to have it twice.
 */
static void pass_on(struct guard *guard, const siginfo_t *info)
{
	bool is_from_terminal = info->si_code == SI_KERNEL;

	if (guard->lingers) {
		/* whoever is nested goes on, with the descriptors that it inherited */
		guard->is_left = guard->is_over = info->si_signo != SIGTSTP;
		return;
	}
	if (is_from_terminal && info->si_signo == SIGINT)
		guard->is_interrupted = true;
	if (!is_from_terminal)
		kill(guard->child.pid, info->si_signo);
}

static void on_continue(struct guard *guard, const siginfo_t *info)
{
	(void)info;
	if (!guard->lingers)
		kill(guard->child.pid, SIGCONT);
	look(guard);
}

static void on_child(struct guard *guard, const siginfo_t *info)
{
	int stopped_by;
	int ignored;

	(void)info;
	if (guard->lingers)
		guard->is_over = child_has_ended(&guard->child, &ignored, &ignored, &stopped_by);
	else
		guard->is_over = child_has_ended(&guard->child, &guard->status, &guard->killed_by,
						 &stopped_by);
	if (stopped_by && !guard->is_over)
		child_stop_likewise(stopped_by, &guard->signals);
	/* a lease that no file holds has ended with it */
	if (keeper_was_ended(&guard->keeper) && !guard->is_over)
		look(guard);
}

static const struct {
	int signal;
	void (*handle)(struct guard *guard, const siginfo_t *info);
} rows[] = {
	{SIGINT, pass_on},  {SIGTERM, pass_on},	    {SIGHUP, pass_on},
	{SIGQUIT, pass_on}, {SIGUSR1, pass_on},	    {SIGUSR2, pass_on},
	{SIGTSTP, pass_on}, {SIGCONT, on_continue}, {SIGCHLD, on_child},
};

static void handle(struct guard *guard, const siginfo_t *info)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].signal == info->si_signo)
			rows[i].handle(guard, info);
	}
}

static void keep_time(struct guard *guard)
{
	int64_t now_ms = timelimit_now_ms();

	if (now_ms >= guard->kill_ms)
		kill_lost(guard);
	if (now_ms >= guard->look_ms)
		look(guard);
}

/* A signal of the set, or false when the time has come for something. */
static bool await_signal(const struct guard *guard, siginfo_t *info)
{
	int64_t until_ms = guard->kill_ms < guard->look_ms ? guard->kill_ms : guard->look_ms;
	int64_t left_ms = until_ms - timelimit_now_ms();
	struct timespec left = {0};

	if (until_ms == NEVER_MS)
		return sigwaitinfo(&guard->signals.caught, info) > 0;
	if (left_ms > 0)
		left = (struct timespec){.tv_sec = left_ms / MS_PER_SEC,
					 .tv_nsec = left_ms % MS_PER_SEC * NS_PER_MS};
	return sigtimedwait(&guard->signals.caught, info, &left) > 0;
}

static void loop(struct guard *guard)
{
	siginfo_t info;

	while (!guard->is_over) {
		if (await_signal(guard, &info))
			handle(guard, &info);
		keep_time(guard);
	}
}

/* Guards nested in this one may outlive its command: the lock is theirs until they end. */
static void linger(struct guard *guard)
{
	pid_t self = getpid();

	if (guard->is_lost || nested_ring_closes(guard->ring_fd))
		return;
	guard->child.pid = fork();
	if (guard->child.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		child_signals_end(&guard->signals);
		if (getppid() == self)
			nested_await_close(guard->ring_fd);
		_exit(0);
	}
	if (guard->child.pid < 0) {
		guard->is_left = true;
		return;
	}
	guard->lingers = true;
	guard->is_over = false;
	loop(guard);
}

/* Its children may have taken no notice of SIGTERM, or of its own end. */
static void end_lost(struct guard *guard)
{
	int64_t left_ms = guard->kill_ms - timelimit_now_ms();

	if (guard->kill_ms != NEVER_MS) {
		tree_await(&guard->tree, left_ms > 0 ? left_ms : 0);
		tree_signal(&guard->tree, SIGKILL);
	}
	tree_release(&guard->tree);
}

/* 0 once everything that keeps the lock for the command is in place; else a status. */
static int complete(struct guard *guard)
{
	struct hold *hold = guard->hold;
	const char *name = hold->call->name;
	int64_t asked_ms = timelimit_now_ms();
	int state = hold->seat_fd >= 0 ? (int)hold_look(hold)
				       : keeper_bind(&guard->keeper, hold, guard->ring_fd);

	if (state == HOLD_LIVE) {
		guard->known_ms = asked_ms;
		schedule(guard, hold->ttl_ms / 2);
		return EXIT_DONE;
	}
	if (state < 0)
		return output_fail(EXIT_ERROR, "io", "cannot keep lock \"%s\": %s", name,
				   strerror(-state));
	return output_fail(EXIT_ERROR, "lost",
			   state == HOLD_LOST
				   ? "lock \"%s\" was taken away before the command began"
				   : "cannot bind lock \"%s\" to its command",
			   name);
}

/* The signal that ended the command on a terminal ends us too: a shell's loop stops on ^C. */
static void end_alike(const struct guard *guard)
{
	if (!guard->is_interrupted || guard->killed_by != SIGINT || output_flush() < 0)
		return;
	signal(SIGINT, SIG_DFL);
	child_signals_end(&guard->signals);
	raise(SIGINT);
}

static void start(struct guard *guard)
{
	const struct hold *hold = guard->hold;
	struct child_start start = {.guard = {.pid = getpid(), .ring_fd = guard->ring_fd},
				    .held_fd = hold->seat_fd >= 0 ? hold->seat_fd : hold->fd,
				    .has_held = !guard->is_ready};

	memcpy(start.guard.name, hold->call->resource.name, sizeof(start.guard.name));
	memcpy(start.guard.lock_id, hold->lock_id, sizeof(start.guard.lock_id));
	child_start(&guard->child, &start);
}

static int run(struct guard *guard)
{
	int status = complete(guard);

	if (status != EXIT_DONE) {
		child_abandon(&guard->child);
		return status;
	}
	start(guard);
	/* one that ended while guard waited said so to nobody */
	on_child(guard, NULL);
	loop(guard);
	end_lost(guard);
	if (!guard->is_lost && hold_look(guard->hold) == HOLD_LOST)
		lose(guard, "it had ended before the command did");
	linger(guard);
	return guard->status;
}

/* All that can be done without the lease. A joined hold needs no keeper. */
static int make_processes(struct guard *guard, bool is_joined)
{
	int error = is_joined ? 0 : keeper_open(&guard->keeper, guard->call);

	if (!error)
		error = child_make(&guard->child, guard->argv, guard->keeper.inherited_fd,
				   &guard->signals);
	if (error || is_joined)
		return error;
	error = keeper_make(&guard->keeper, guard->call, guard->child.pid);
	if (error)
		child_abandon(&guard->child);
	return error;
}

/*
 * What fails here is tried again, and told, once the lease is there. While it waits a signal ends
 * guard as it would any program, and what was made ends with it.
 */
static void make_ready(void *context)
{
	struct guard *guard = context;

	child_signals_begin(&guard->signals);
	guard->is_ready = make_processes(guard, false) == 0;
	if (!guard->is_ready)
		keeper_end(&guard->keeper);
	sigprocmask(SIG_SETMASK, &guard->signals.mask, NULL);
	if (!guard->is_ready)
		child_signals_end(&guard->signals);
}

static int set_up(struct guard *guard)
{
	int error;

	if (guard->is_ready) {
		sigprocmask(SIG_BLOCK, &guard->signals.caught, NULL);
	} else {
		child_signals_begin(&guard->signals);
		error = make_processes(guard, guard->hold->seat_fd >= 0);
		if (error)
			return error;
	}
	guard->ring_fd = nested_ring_new(guard->hold->lock_id);
	if (guard->ring_fd >= 0)
		return 0;
	child_abandon(&guard->child);
	return guard->ring_fd;
}

static void release(struct guard *guard)
{
	if (guard->is_left) {
		hold_leave(guard->hold);
		keeper_leave(&guard->keeper);
		return;
	}
	hold_release(guard->hold);
	keeper_end(&guard->keeper);
	if (guard->ring_fd >= 0)
		nested_ring_end(guard->ring_fd);
}

/* Nothing was got. */
static void give_up(struct guard *guard)
{
	if (!guard->is_ready)
		return;
	child_abandon(&guard->child);
	keeper_end(&guard->keeper);
}

int guard_run(const struct call *call, const struct hold_wish *wish, char **argv,
	      enum on_lost on_lost)
{
	struct guard guard = {.call = call,
			      .argv = argv,
			      .on_lost = on_lost,
			      .ring_fd = -1,
			      .keeper = {.inherited_fd = -1, .await_fd = -1, .talk_fd = -1},
			      .look_ms = NEVER_MS,
			      .kill_ms = NEVER_MS};
	struct hold_wish own_wish = *wish;
	struct hold hold;
	int error;
	int status;

	own_wish.make_ready = make_ready;
	own_wish.context = &guard;
	status = hold_get(call, &own_wish, &hold);
	if (status != EXIT_DONE) {
		give_up(&guard);
		return status;
	}
	guard.hold = &hold;
	error = set_up(&guard);
	status = error ? output_fail(EXIT_ERROR, "io", "cannot guard: %s", strerror(-error))
		       : run(&guard);
	release(&guard);
	end_alike(&guard);
	child_signals_end(&guard.signals);
	return status;
}

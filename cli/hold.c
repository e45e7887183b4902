/*
 * See hold.h. The claim goes through the lease's own file, so that the kernel keeps the lock;
 * why it was refused, and what a file cannot do, goes through the request file.
 */
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "client.h"
#include "holdwords.h"
#include "host/smallfile.h"
#include "nested.h"
#include "output.h"
#include "refusal.h"
#include "show.h"
#include "start.h"
#include "talk.h"
#include "timelimit.h"
#include "waitline.h"

#define WAIT_DEFAULT_MS (10 * 60 * MS_PER_SEC)

/* Where no script's own numbered redirections are. */
#define FD_FIRST 64

/* Who was in the way may be gone when asked why: so often the claim is tried again. */
#define ROUNDS_MAX 100

static int64_t wait_ms(const struct hold_wish *wish)
{
	return wish->timeout_ms ? wish->timeout_ms : WAIT_DEFAULT_MS;
}

static struct hold hold_none(const struct call *call, const struct hold_wish *wish)
{
	return (struct hold){.call = call,
			     .mount = call->mount,
			     .fd = -1,
			     .seat_fd = -1,
			     .request_fd = -1,
			     .ttl_ms = wish->ttl_ms};
}

static void take_lease(struct hold *hold, const struct lease_view *lease)
{
	memcpy(hold->lock_id, lease->lock_id, sizeof(hold->lock_id));
	hold->token = lease->fencing_token;
	hold->is_seen = lease->pid != 0;
}

/* 0; -EWOULDBLOCK when it is held and limit is NULL; -ETIMEDOUT; or another negative errno. */
static int lock_file(int fd, const struct timelimit *limit)
{
	while (flock(fd, limit ? LOCK_EX : LOCK_EX | LOCK_NB) < 0) {
		if (errno != EINTR)
			return -errno;
		if (limit && timelimit_left_ms(limit) == 0)
			return -ETIMEDOUT;
	}
	return 0;
}

static int high_descriptor(int fd)
{
	int high_fd = fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, FD_FIRST);

	if (high_fd < 0)
		return fd;
	close(fd);
	return high_fd;
}

/* One claim by open file, which waits if there is a limit. 0 and hold is ours, or as lock_file(). */
static int claim_file(struct hold *hold, const struct timelimit *limit)
{
	struct lease_view lease;
	int fd = client_open_lock(&hold->mount, hold->call->resource.name);
	int error;

	if (fd < 0)
		return fd;
	fd = high_descriptor(fd);
	error = lock_file(fd, limit);
	if (!error)
		error = client_read_lock(fd, &lease);
	if (error) {
		close(fd);
		return error;
	}
	hold->fd = fd;
	take_lease(hold, &lease);
	return 0;
}

static struct ask question(const struct call *call, int64_t ms)
{
	struct ask ask = talk_question(call, ASK_ACQUIRE);

	ask.options.set = OPTION_PID;
	ask.options.pid = OPTION_PID_SELF;
	ask.wait_ms = ms;
	return ask;
}

static void withdraw(const struct call *call, const char *lock_id)
{
	struct ask ask = talk_question(call, ASK_RELEASE);
	struct answer_view answer;

	snprintf(ask.lock_id, sizeof(ask.lock_id), "%s", lock_id);
	if (client_ask(&call->mount, &ask, &answer) == 0)
		answer_view_release(&answer);
}

/*
 * What is in the way, in the daemon's words: *answer is the caller's. -EAGAIN when nothing is any
 * more (what this very question has claimed is given back).
 */
static int explain(const struct call *call, struct answer_view *answer)
{
	const struct ask ask = question(call, 0);
	int error = client_ask(&call->mount, &ask, answer);

	if (error || !answer->ok)
		return error;
	withdraw(call, answer->lease.lock_id);
	answer_view_release(answer);
	return -EAGAIN;
}

static int tell_timeout(const struct call *call)
{
	struct answer_view answer;
	int error = explain(call, &answer);

	if (error) {
		return output_fail(verdict_row(VERDICT_TIMED_OUT)->lokt_exit, "timed-out",
				   "timed out waiting for lock \"%s\"", call->name);
	}
	if (answer.verdict == VERDICT_HELD || answer.verdict == VERDICT_CONFLICT)
		answer.verdict = VERDICT_TIMED_OUT;
	return holdwords_tell(call, &answer);
}

/*
 * A name that is free but overlaps a held one has no file to wait on: the lease comes through
 * the request file, bound to this process until its keeper takes over.
 */
static int claim_in_words(struct hold *hold, int64_t ms)
{
	const struct ask ask = question(hold->call, ms);
	struct answer_view answer;
	int error = client_ask(&hold->mount, &ask, &answer);

	if (error)
		return holdwords_error(hold->call, error);
	if (!answer.ok && answer.verdict == VERDICT_TIMED_OUT) {
		answer_view_release(&answer);
		return tell_timeout(hold->call);
	}
	if (!answer.ok)
		return holdwords_tell(hold->call, &answer);
	take_lease(hold, &answer.lease);
	answer_view_release(&answer);
	return EXIT_DONE;
}

static int refuse(const struct call *call, int error)
{
	struct answer_view answer;

	if (error == -ETIMEDOUT)
		return tell_timeout(call);
	/* frozen or no right; no room in the table or none on the disk */
	if ((error != -EACCES && error != -ENOSPC) || explain(call, &answer))
		return holdwords_error(call, error);
	return holdwords_tell(call, &answer);
}

static int claim_waiting(struct hold *hold, int64_t ms)
{
	struct timelimit limit;
	int error;

	timelimit_begin(&limit, ms);
	do {
		error = claim_file(hold, &limit);
	} while (error == -ESTALE && timelimit_left_ms(&limit) > 0);
	timelimit_end(&limit);
	if (!error)
		return EXIT_DONE;
	if (error == -EBUSY && timelimit_left_ms(&limit) > 0)
		return claim_in_words(hold, timelimit_left_ms(&limit));
	return refuse(hold->call, error == -EBUSY ? -ETIMEDOUT : error);
}

/* Whom to wait for: for a person's terminal, and for whoever would wait for itself. */
static void tell_wait(const struct call *call, struct answer_view *answer)
{
	if (answer->is_own)
		output_warning("lock \"%s\" is held by you", call->name);
	holdwords_hint(answer);
	waitline_tell(call);
	answer_view_release(answer);
}

/* What the daemon knows more of: no room, too, may be in its table or on the disk. */
static bool is_in_the_way(int error)
{
	return error == -EWOULDBLOCK || error == -EBUSY || error == -EACCES || error == -ESTALE ||
	       error == -ENOSPC;
}

static int claim(struct hold *hold, const struct hold_wish *wish)
{
	const struct call *call = hold->call;
	struct answer_view answer;
	int error = -EAGAIN;

	for (int round = 0; round < ROUNDS_MAX && error == -EAGAIN; round++) {
		error = claim_file(hold, NULL);
		if (!error)
			return EXIT_DONE;
		if (!is_in_the_way(error))
			return holdwords_error(call, error);
		error = explain(call, &answer);
	}
	if (error)
		return holdwords_error(call, error);
	if (!wish->waits || (answer.verdict != VERDICT_HELD && answer.verdict != VERDICT_CONFLICT))
		return holdwords_tell(call, &answer);
	tell_wait(call, &answer);
	if (wish->make_ready)
		wish->make_ready(wish->context);
	/* for what is asked once the lease is there */
	hold->request_fd = high_descriptor(client_open_request(&hold->mount));
	return claim_waiting(hold, wait_ms(wish));
}

/* That lease still stands. */
static bool is_live(const struct call *call, const char *lock_id, struct lease_view *lease)
{
	return client_read_lease(&call->mount, call->resource.name, lease) == 0 &&
	       strcmp(lock_id, lease->lock_id) == 0;
}

/* A seat in the nearest guard of this name around us, or a negative errno. */
static int find_seat(const struct call *call, const struct timelimit *limit,
		     struct nested_guard *outer)
{
	const char *list = NULL;
	struct lease_view lease;
	int fd = -ENOENT;

	while (fd == -ENOENT && nested_next(&list, outer)) {
		if (strcmp(outer->name, call->resource.name) == 0 &&
		    is_live(call, outer->lock_id, &lease))
			fd = nested_sit(outer, limit);
	}
	return fd;
}

static int tell_no_turn(const struct call *call, int error, const struct nested_guard *outer)
{
	if (error != -ETIMEDOUT)
		return holdwords_error(call, error);
	return output_fail(verdict_row(VERDICT_TIMED_OUT)->lokt_exit, "timed-out",
			   "timed out waiting for another guard of lock \"%s\" inside the one of "
			   "pid %d",
			   call->name, (int)outer->pid);
}

/* True: joined, or *status is why not. False: there is nothing to join. */
static bool join(struct hold *hold, const struct hold_wish *wish, int *status)
{
	const struct call *call = hold->call;
	struct nested_guard outer;
	struct lease_view lease;
	struct timelimit limit;
	int error;
	int fd;

	timelimit_begin(&limit, wait_ms(wish));
	fd = find_seat(call, &limit, &outer);
	error = fd < 0 ? fd : nested_take_turn(fd, &limit);
	timelimit_end(&limit);
	/* from the seat on the outer guard waits for us, but its lease may have been taken away */
	if (!error && is_live(call, outer.lock_id, &lease)) {
		hold->seat_fd = fd;
		hold->ttl_ms = lease.ttl_ms;
		take_lease(hold, &lease);
		*status = EXIT_DONE;
		return true;
	}
	if (fd >= 0)
		nested_leave(fd);
	if (!error || error == -ENOENT)
		return false;
	*status = tell_no_turn(call, error, &outer);
	return true;
}

int hold_get(const struct call *call, const struct hold_wish *wish, struct hold *out)
{
	struct hold hold = hold_none(call, wish);
	int status;

	if (!join(&hold, wish, &status))
		status = claim(&hold, wish);
	if (status == EXIT_DONE)
		*out = hold;
	return status;
}

enum hold_state hold_look(const struct hold *hold)
{
	struct lease_view lease;
	int error = hold->fd >= 0
			    ? client_read_lock(hold->fd, &lease)
			    : client_read_lease(&hold->mount, hold->call->resource.name, &lease);

	if (error == -ENOENT || error == -ESTALE)
		return HOLD_LOST;
	if (error)
		return HOLD_UNSURE;
	return strcmp(lease.lock_id, hold->lock_id) == 0 ? HOLD_LIVE : HOLD_LOST;
}

/* The daemon may have died; its successor keeps bound leases for the processes that bound them. */
static void reopen(struct hold *hold)
{
	char why[START_WHY_MAX];
	const char *hint;
	struct mount mount;

	if (start_mount(hold->call->root, false, &mount, why, &hint) < 0)
		return;
	if (hold->mount.dir_fd != hold->call->mount.dir_fd)
		client_close(&hold->mount);
	hold->mount = mount;
}

static int ask_about(struct hold *hold, const struct ask *ask, struct answer_view *answer)
{
	SCOPED_FD fd = hold->request_fd;
	int error = -EBADF;

	hold->request_fd = -1;
	if (fd >= 0)
		error = client_ask_through(fd, ask, answer);
	/* the daemon that it was opened with may be gone */
	return error ? client_ask(&hold->mount, ask, answer) : 0;
}

static enum hold_state renew(struct hold *hold, bool binds, pid_t process)
{
	struct ask ask = talk_question(hold->call, ASK_RENEW);
	struct answer_view answer;
	enum hold_state state = HOLD_UNSURE;

	if (hold->seat_fd >= 0)
		return hold_look(hold);
	snprintf(ask.lock_id, sizeof(ask.lock_id), "%s", hold->lock_id);
	if (hold->ttl_ms) {
		ask.options.set |= OPTION_TTL;
		ask.options.ttl_ms = hold->ttl_ms;
	}
	if (binds && hold->is_seen) {
		ask.options.set |= OPTION_PID;
		ask.options.pid = process ? process : OPTION_PID_SELF;
	}
	if (!ask.options.set)
		return HOLD_LIVE;
	if (ask_about(hold, &ask, &answer) < 0) {
		reopen(hold);
		return HOLD_UNSURE;
	}
	if (answer.ok)
		state = HOLD_LIVE;
	else if (answer.verdict == VERDICT_NO_LEASE || answer.verdict == VERDICT_ENDED)
		state = HOLD_LOST;
	answer_view_release(&answer);
	return state;
}

enum hold_state hold_renew(struct hold *hold)
{
	return renew(hold, false, 0);
}

enum hold_state hold_bind(struct hold *hold, pid_t process)
{
	return renew(hold, true, process);
}

static void forget(struct hold *hold)
{
	if (hold->mount.dir_fd != hold->call->mount.dir_fd)
		client_close(&hold->mount);
	if (hold->request_fd >= 0)
		close(hold->request_fd);
	hold->fd = hold->seat_fd = hold->request_fd = -1;
}

void hold_release(struct hold *hold)
{
	if (hold->seat_fd >= 0) {
		nested_leave(hold->seat_fd);
	} else if (hold->fd >= 0) {
		flock(hold->fd, LOCK_UN);
		close(hold->fd);
	} else {
		/* what is bound to another process is not ended by name */
		hold_bind(hold, 0);
		withdraw(hold->call, hold->lock_id);
	}
	forget(hold);
}

void hold_leave(struct hold *hold)
{
	if (hold->seat_fd >= 0)
		close(hold->seat_fd);
	if (hold->fd >= 0)
		close(hold->fd);
	forget(hold);
}

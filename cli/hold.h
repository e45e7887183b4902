/*
 * What guard holds: a lease bound to an open file of this process, or a seat in an outer
 * guard of the same name. Getting it, keeping it, knowing whether it still stands, giving it
 * back. Guard's command and its signals are guard.h's.
 */
#ifndef CLI_HOLD_H
#define CLI_HOLD_H

#include "command.h"

/*
 * LIVE    the lease is ours
 * LOST    it has ended, or the name is another's
 * UNSURE  the daemon did not say
 */
enum hold_state { HOLD_LIVE, HOLD_LOST, HOLD_UNSURE };

/*
 * how              fd               seat_fd  the lease ends by
 * by open file     the lease's      -1       hold_release(), or all descriptors and the keeper
 *                                            (keeper.h) being gone
 * by process       -1               -1       hold_release(), or the keeper's end
 * joined           -1               a seat   the outer guard
 */
struct hold {
	const struct call *call;
	struct mount mount; /* the call's, or one opened since */
	int fd;
	int seat_fd;
	int request_fd; /* opened ahead for the next question; -1 */
	char lock_id[LOCK_ID_LEN + 1];
	uint64_t token;
	int64_t ttl_ms; /* 0: none to renew or to watch */
	bool is_seen;	/* the daemon can see this process */
};

/* What the user asked for. */
struct hold_wish {
	int64_t ttl_ms; /* 0: none */
	int64_t timeout_ms;
	bool waits;
	void (*make_ready)(void *context); /* called before a wait for the lease; NULL: nothing */
	void *context;
};

/* Joins or claims. EXIT_DONE and *out to be released; or the status of what was told. */
int hold_get(const struct call *call, const struct hold_wish *wish, struct hold *out);

/* Sets the TTL anew, counted from now. Of a joined hold it only looks. */
enum hold_state hold_renew(struct hold *hold);

/*
 * The same, and binds the lease to that process as well. 0: to the calling one (a child of the one
 * that got the hold), where only the daemon knows the number that it sees it by.
 */
enum hold_state hold_bind(struct hold *hold, pid_t process);

/* Looks, and changes nothing. */
enum hold_state hold_look(const struct hold *hold);

/* Ends the lease, or leaves the outer guard's, whatever else has the descriptor. */
void hold_release(struct hold *hold);

/* Goes, and leaves it to whoever else has the descriptor. */
void hold_leave(struct hold *hold);

#endif

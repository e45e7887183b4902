/*
 * A process that guard's lease is bound to. It lives until guard, its command, whoever kept the
 * descriptor that stands for the lease, and the guards nested in this one have all gone. An open
 * file does that as well, but not for a command that closes what it inherited, nor over the
 * daemon's death; and a lease that came in words has none.
 */
#ifndef CLI_KEEPER_H
#define CLI_KEEPER_H

#include "hold.h"

/* {0, -1, -1, -1}: none, which keeper_leave() and keeper_end() take as well. */
struct keeper {
	pid_t pid;	  /* 0: not started */
	int inherited_fd; /* for the command: it stands for the lease (close on exec) */
	int await_fd;	  /* its other end */
	int talk_fd;	  /* to the process, until the lease is bound to it */
	bool is_namesake; /* the daemon numbers processes as we do, for all we know */
};

/* Makes the descriptors, for a lease of that call: 0 or a negative errno. */
int keeper_open(struct keeper *keeper, const struct call *call);

/* Makes the process, which ends if we do before the lease is bound: 0 or a negative errno. */
int keeper_make(struct keeper *keeper, const struct call *call, pid_t command);

/* Binds the lease to it: what enum hold_state the lease is in, or a negative errno. */
int keeper_bind(struct keeper *keeper, struct hold *hold, int ring_fd);

/* True once it was ended by somebody else; said once. */
bool keeper_was_ended(struct keeper *keeper);

/* Leaves it to whoever has its descriptor. */
void keeper_leave(struct keeper *keeper);

/* Ends it, whoever has its descriptor. */
void keeper_end(struct keeper *keeper);

#endif

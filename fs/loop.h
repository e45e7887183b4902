/*
 * The one thread of control: waits, reads the clocks, hands each thing that is ready to its
 * owner, and at the end of a turn has what is owed sent: answers, syncs, snapshots.
 */
#ifndef LOOP_H
#define LOOP_H

#include "fuse/mount.h"
#include "host/holder.h"
#include "host/syncer.h"
#include "linger.h"
#include "sharing.h"
#include "snapshotter.h"

struct loop {
	struct mount *mount;
	struct serve *serve;
	struct holders *holders;
	struct syncer *syncer;
	struct snapshotter snapshotter;
	struct sharing *sharing; /* NULL: no repository */
	int epoll_fd;
	struct linger linger;
	int timer_fd;
	int signal_fd;
	int ready_fd; /* told once the mount answers; -1: nobody asks */
	const char *mountpoint;
	int64_t stop_at_ns; /* the end was asked for: at the latest then; else LEASE_NEVER */
	bool is_stopping;
	bool has_failed;	 /* the journal's disk did: nothing may be acknowledged any more */
	int64_t armed_ns;	 /* what timer_fd is set to */
	uint64_t wanted;	 /* journal position that the syncer was last asked for */
	int peer_fd;		 /* pidfd of the supervisor; -1: there is none */
	int64_t supervised_ns;	 /* when we last started one */
	int64_t supervise_at_ns; /* when to start another one; LEASE_NEVER: it lives */
	int (*supervise)(void *context); /* starts one: its pidfd, or a negative errno */
	void *context;
};

/* Opens the loop's descriptors; the caller has filled the pointers. 0 or a negative errno. */
int loop_init(struct loop *loop);
void loop_release(struct loop *loop);

/* Runs until the mount is gone or a signal asks for the end. 0, or -EIO when the disk failed. */
int loop_run(struct loop *loop);

#endif

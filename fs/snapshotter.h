/*
 * Keeps start-up bounded: when audit.log has grown, begins a new segment and has a forked
 * child write the state of that moment as a snapshot, while the daemon serves on.
 */
#ifndef SNAPSHOTTER_H
#define SNAPSHOTTER_H

#include <sys/types.h>

#include "host/disposal.h"
#include "host/syncer.h"
#include "serve.h"

struct snapshotter {
	struct serve *serve;
	struct syncer *syncer;
	int fuse_fd;		  /* closed in the child: it must not keep the mount alive */
	pid_t child;		  /* 0: none */
	int pid_fd;		  /* of the child; -1 */
	uint64_t seq;		  /* that it covers */
	int64_t not_before_ns;	  /* after a failure */
	struct disposal disposal; /* of what the last one has replaced */
	uint64_t asked;		  /* journal position to be on the disk before a rotation; 0 none */
};

/* After a turn: rotates and begins a snapshot if it is time. */
void snapshotter_consider(struct snapshotter *snapshotter);

/* The child has ended (its pid_fd is readable): publishes what it wrote. */
void snapshotter_collect(struct snapshotter *snapshotter);

/* Ends the child, if there is one, and waits for the disposal. */
void snapshotter_stop(struct snapshotter *snapshotter);

/* The whole state as a file, by this very process. 0 or a negative errno. */
int snapshot_write(const struct serve *serve, uint64_t seq);

#endif

/*
 * What is behind the handlers of a mount, without a kernel: a real engine and a real journal in a
 * directory of their own, and the other end of the descriptor that would be /dev/fuse.
 */
#ifndef FUZZ_STAGE_H
#define FUZZ_STAGE_H

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commit.h"
#include "confirm.h"
#include "fuse/mount.h"
#include "host/clock.h"
#include "host/holder.h"
#include "host/journal.h"
#include "lokt/layout.h"
#include "property.h"
#include "refusals.h"
#include "syncjob.h"

static struct stage {
	struct area area;
	struct journal journal;
	struct identity identity;
	struct holders holders;
	struct serve serve;
	struct mount mount;
	int ours; /* the other end of the mount's descriptor */
	int root_fd;
} stage;

/* The input, and behind its end a stream of its own where it is a seed. */
struct source {
	const uint8_t *at, *end;
	uint64_t state; /* 0: there is no more */
};

static inline uint8_t take_byte(struct source *source)
{
	if (source->at < source->end)
		return *source->at++;
	source->state = source->state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint8_t)(source->state >> 33);
}

static inline uint64_t take_number(struct source *source, unsigned bytes)
{
	uint64_t number = 0;
	while (bytes--)
		number = number << 8 | take_byte(source);
	return number;
}

static inline int stage_apply(struct event *event, void *context)
{
	engine_apply(context, event);
	return 0;
}

static inline void stage_root(void)
{
	static char path[] = "/tmp/fuzz-stage.XXXXXX";
	PROPERTY(mkdtemp(path) != NULL);
	stage.root_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	PROPERTY(stage.root_fd >= 0);
	/* Open files are enough: nobody has to tidy up after a crash of ours. */
	struct journal_fault fault;
	PROPERTY(journal_open(&stage.journal, stage.root_fd, stage_apply, stage.serve.engine,
			      &fault) == 0);
	PROPERTY(unlinkat(stage.root_fd, LAYOUT_AUDIT, 0) == 0);
	PROPERTY(rmdir(path) == 0);
	stage.journal.rotate_at = UINT64_MAX;
	stage.journal.is_lazy = true;
}

/* What outlives workers has so much room at most. */
static inline void stage_mount(size_t keep_size)
{
	char *argv[] = {"fuzz", NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	int ends[2];
	PROPERTY(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0);
	stage.ours = ends[1];
	PROPERTY(area_make(&stage.area, 1) == 0);
	if (stage.area.keep_size > keep_size)
		stage.area.keep_size = keep_size;
	stage.mount = (struct mount){.serve = &stage.serve};
	stage.mount.session =
		fuse_session_new(&args, mount_ops(), sizeof(*mount_ops()), &stage.mount);
	fuse_opt_free_args(&args);
	PROPERTY(stage.mount.session != NULL);
	PROPERTY(channel_open(&stage.mount, ends[0], &stage.area) == 0);
}

static inline void stage_begin(void)
{
	const struct engine_config config = {.max_leases = 500, .default_ttl_ms = 300000};
	struct event start = {.kind = EVENT_START, .mount = 1};
	struct serve *serve = &stage.serve;
	serve->engine = engine_new(&config);
	serve->journal = &stage.journal;
	serve->identity = &stage.identity;
	serve->holders = &stage.holders;
	serve->refusals = refusals_new();
	PROPERTY(serve->engine && serve->refusals);
	PROPERTY(identity_init(&stage.identity, "/proc") == 0);
	PROPERTY(holders_init(&stage.holders) == 0);
	stage_root();
	start.at = serve->now = clock_now();
	start.tokens_below = engine_next_token(serve->engine) + (UINT64_C(1) << 32);
	strcpy(start.boot_id, "fuzz");
	PROPERTY(serve_keep_books(serve, &start) == 0);
	commit_catch_up(serve);
}

#endif

/*
 * What the tests of committing share: commit.c and settle.c, which are parts of the daemon alone,
 * on an engine, a journal and a disk that can be made to fail.
 */
#ifndef COMMIT_STAGE_H
#define COMMIT_STAGE_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "journal_kit.h"

static int disk_error;
static unsigned syncs;
static int journal_fd = -1; /* writes to it are counted, */
static unsigned writes;
static unsigned writes_to_fail; /* and so many of them fail */

/* In the place of the C library's. */
ssize_t write(int fd, const void *bytes, size_t len)
{
	writes += fd == journal_fd;
	if (fd == journal_fd && writes_to_fail) {
		writes_to_fail--;
		errno = EIO;
		return -1;
	}
	return syscall(SYS_write, fd, bytes, len);
}

static inline int disk_sync(int fd)
{
	(void)fd;
	syncs++;
	errno = disk_error;
	return disk_error ? -1 : 0;
}

#define fdatasync disk_sync
/* First, as it includes uthash.h with a setting of its own. */
#include "refusals.c"

#include "cached.c"
#include "commit.c"
#include "confirm.c"
#include "settle.c"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct stage {
	struct kit kit;
	struct identity identity;
	struct holders holders;
	struct serve serve;
};

static inline int apply_to_engine(struct event *event, void *context)
{
	engine_apply(context, event);
	return 0;
}

static inline int stage_begin(void **state)
{
	static const struct engine_config config = {.max_leases = 100000};
	struct stage *s = calloc(1, sizeof(*s));
	assert_non_null(s);
	*state = s;
	kit_begin(&s->kit);
	s->serve = (struct serve){
		.engine = engine_new(&config),
		.journal = &s->kit.journal,
		.identity = &s->identity,
		.holders = &s->holders,
		.refusals = refusals_new(),
		.now = {NS_PER_SEC, 1700000000 * NS_PER_SEC},
		.is_durable = true,
	};
	assert_int_equal(journal_open(&s->kit.journal, s->kit.dir_fd, apply_to_engine,
				      s->serve.engine, &s->kit.fault),
			 0);
	assert_int_equal(identity_init(&s->identity, "/proc"), 0);
	assert_int_equal(holders_init(&s->holders), 0);
	struct event event = kit_event(EVENT_START, TOKEN_FIRST + 64);
	event.at = s->serve.now;
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
	commit_catch_up(&s->serve);
	disk_error = 0;
	syncs = 0;
	journal_fd = s->kit.journal.fd;
	writes = writes_to_fail = 0;
	return 0;
}

static inline int stage_end(void **state)
{
	struct stage *s = *state;
	holders_release(&s->holders);
	identity_release(&s->identity);
	refusals_free(s->serve.refusals);
	lease_free(s->serve.ended);
	free(s->serve.settled);
	engine_free(s->serve.engine);
	kit_end(&s->kit);
	free(s);
	return 0;
}

/* The next claim: unbound, without a TTL. */
static inline struct event claim(struct stage *s)
{
	struct event event = {.kind = EVENT_ACQUIRE, .at = s->serve.now};
	event.lease = kit_lease(engine_next_token(s->serve.engine));
	event.lease->ttl_ms = 0;
	event.lease->deadline_ns = LEASE_NEVER;
	event.lease->expires_wall_ns = 0;
	return event;
}

static inline int take(struct stage *s)
{
	struct event event = claim(s);
	return commit_event(&s->serve, &event, NULL);
}

static inline void let_go(struct stage *s, uint64_t token)
{
	struct event event = {.kind = EVENT_RELEASE, .at = s->serve.now};
	event.lease = lease_copy(engine_find_token(s->serve.engine, token));
	assert_non_null(event.lease);
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
}

/* A child that waits for its end, and what it is called. */
static inline struct process start_child(struct stage *s)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		for (;;)
			pause();
	struct process process = identity_process(&s->identity, pid);
	assert_int_equal(process.pid, pid);
	return process;
}

static inline void end_child(struct process process)
{
	assert_int_equal(kill(process.pid, SIGKILL), 0);
	assert_int_equal(waitpid(process.pid, NULL, 0), process.pid);
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, stage_begin, stage_end)

/* Leases that have all expired by now; their tokens follow the first one's, which is returned. */
static inline uint64_t expire_many(struct stage *s, int count)
{
	uint64_t first = engine_next_token(s->serve.engine);
	for (int i = 0; i < count; i++) {
		struct event event = claim(s);
		event.lease->ttl_ms = 1000;
		event.lease->deadline_ns = s->serve.now.mono_ns + NS_PER_SEC;
		event.lease->expires_wall_ns = s->serve.now.wall_ns + NS_PER_SEC;
		assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
	}
	s->serve.now.mono_ns += NS_PER_SEC;
	s->serve.now.wall_ns += NS_PER_SEC;
	return first;
}

#endif

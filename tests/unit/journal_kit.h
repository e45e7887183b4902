/*
 * What the journal's tests share: a ROOT in a temporary directory, events to write, a list of
 * the events that a replay gave, and rough handling of files.
 */
#ifndef JOURNAL_KIT_H
#define JOURNAL_KIT_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/journal.h"
#include "lease_named.h"
#include "stride.h"

#define KIT_SEEN_MAX 4096

struct kit {
	char path[64];
	int dir_fd;
	struct journal journal;
	struct journal_fault fault;
	size_t seen;
	uint64_t seqs[KIT_SEEN_MAX];
	uint64_t tokens[KIT_SEEN_MAX]; /* of the lease, or tokens_below */
	enum event_kind kinds[KIT_SEEN_MAX];
	int refuse; /* what apply returns */
};

static inline void kit_begin(struct kit *kit)
{
	memset(kit, 0, sizeof *kit);
	snprintf(kit->path, sizeof kit->path, "/tmp/journal-test-XXXXXX");
	assert_non_null(mkdtemp(kit->path));
	kit->dir_fd = open(kit->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(kit->dir_fd >= 0);
	kit->journal.fd = -1;
}

/* Calls visit for every file of the ROOT. */
static inline size_t kit_files(struct kit *kit, const char *substring, bool remove)
{
	int fd = openat(kit->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !strstr(entry->d_name, substring))
			continue;
		count++;
		if (remove)
			assert_int_equal(unlinkat(kit->dir_fd, entry->d_name, 0), 0);
	}
	closedir(dir);
	return count;
}

static inline void kit_end(struct kit *kit)
{
	journal_release(&kit->journal);
	kit_files(kit, "", true);
	close(kit->dir_fd);
	assert_int_equal(rmdir(kit->path), 0);
}

static inline int kit_apply(struct event *event, void *context)
{
	struct kit *kit = context;

	if (kit->refuse)
		return kit->refuse;
	assert_true(kit->seen < KIT_SEEN_MAX);
	kit->seqs[kit->seen] = event->seq;
	kit->kinds[kit->seen] = event->kind;
	kit->tokens[kit->seen++] = event->lease		       ? event->lease->token
				   : event->kind == EVENT_DONE ? event->token
							       : event->tokens_below;
	return 0;
}

static inline int kit_open(struct kit *kit)
{
	kit->seen = 0;
	memset(&kit->fault, 0, sizeof kit->fault);
	return journal_open(&kit->journal, kit->dir_fd, kit_apply, kit, &kit->fault);
}

/* Closes and reads again; the fault is printed when that should not fail. */
static inline void kit_reopen(struct kit *kit)
{
	int err;

	journal_release(&kit->journal);
	err = kit_open(kit);
	if (err)
		print_error("%s line %llu: %s\n", kit->fault.file,
			    (unsigned long long)kit->fault.line, kit->fault.what);
	assert_int_equal(err, 0);
}

static inline struct lease *kit_lease(uint64_t token)
{
	static const struct process chain[] = {{4711, 1000000000}, {4700, 900000000}};
	struct lease *lease = calloc(1, sizeof *lease);
	char name[32];

	assert_non_null(lease);
	snprintf(name, sizeof name, "build-%llu", (unsigned long long)token);
	lease_rename(lease, name);
	lease->token = token;
	snprintf(lease->lock_id, sizeof lease->lock_id, "%032llx", (unsigned long long)token);
	lease->party = party_new(1000, "claude-1", true, "agent-1f3c", false, "vm", NULL, chain, 2);
	assert_non_null(lease->party);
	lease->holder = chain[1];
	lease->acquired_wall_ns = INT64_C(1795316645123456789);
	lease->ttl_ms = 1800000;
	lease->deadline_ns = INT64_C(5000000000);
	lease->expires_wall_ns = INT64_C(1795318445123456789);
	return lease;
}

static inline struct event kit_event(enum event_kind kind, uint64_t token)
{
	struct event event = {.kind = kind};

	event.at = (struct now){INT64_C(4000000000), INT64_C(1795316645123456789)};
	if (event_class(kind) == EVENT_KEEPS_BOOKS)
		event.tokens_below = event.token = token;
	else
		event.lease = kit_lease(token);
	if (event_class(kind) == EVENT_REFUSES) {
		event.verdict = VERDICT_HELD;
		event.count = 1;
	}
	if (kind == EVENT_START)
		snprintf(event.boot_id, sizeof event.boot_id,
			 "01234567-89ab-cdef-0123-456789abcdef");
	return event;
}

static inline int kit_append(struct kit *kit, enum event_kind kind, uint64_t token)
{
	struct event event = kit_event(kind, token);
	int err = journal_append(&kit->journal, &event, event_class(kind) == EVENT_ENDS);

	if (!err)
		assert_int_equal(event.seq, kit->journal.seq);
	else
		assert_int_equal(event.seq, 0);
	event_clear(&event);
	return err;
}

/* Appends acquires with tokens = their sequence numbers + 100. */
static inline void kit_fill(struct kit *kit, unsigned count)
{
	while (count--)
		assert_int_equal(kit_append(kit, EVENT_ACQUIRE, kit->journal.seq + 101), 0);
}

static inline void kit_rotate(struct kit *kit)
{
	int old_fd = -1;

	assert_int_equal(journal_rotate(&kit->journal, &old_fd), 0);
	assert_int_equal(close(old_fd), 0);
}

/* The whole file; the caller frees. */
static inline char *kit_read(struct kit *kit, const char *name, size_t *len)
{
	int fd = openat(kit->dir_fd, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *bytes;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*len = (size_t)st.st_size;
	bytes = malloc(*len + 1);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, *len), *len);
	bytes[*len] = '\0';
	close(fd);
	return bytes;
}

static inline void kit_write(struct kit *kit, const char *name, const char *bytes, size_t len)
{
	int fd = openat(kit->dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

/* Where line number (1-based) begins. */
static inline char *kit_line(char *bytes, unsigned number)
{
	while (--number) {
		bytes = strchr(bytes, '\n');
		assert_non_null(bytes);
		bytes++;
	}
	return bytes;
}

/* Replaces line `number` by `with` (its newline included; NULL: nothing). */
static inline void kit_replace_line(struct kit *kit, const char *name, unsigned number,
				    const char *with)
{
	size_t len;
	char *bytes = kit_read(kit, name, &len);
	char *from = kit_line(bytes, number), *to = kit_line(bytes, number + 1);
	struct text out = {0};

	text_add(&out, bytes, (size_t)(from - bytes));
	if (with)
		text_puts(&out, with);
	text_add(&out, to, len - (size_t)(to - bytes));
	kit_write(kit, name, out.data ? out.data : "", out.len);
	text_release(&out);
	free(bytes);
}

/* Flips one bit in the middle of a line. */
static inline void kit_flip(struct kit *kit, const char *name, unsigned number)
{
	size_t len;
	char *bytes = kit_read(kit, name, &len);
	char *line = kit_line(bytes, number);

	line[(strchr(line, '\n') - line) / 2] ^= 4;
	kit_write(kit, name, bytes, len);
	free(bytes);
}

static inline bool kit_exists(struct kit *kit, const char *name)
{
	struct stat st;

	return fstatat(kit->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The replay gave events first..last, each once and with its token. */
static inline void kit_saw(struct kit *kit, uint64_t first, uint64_t last)
{
	assert_int_equal(kit->seen, last + 1 - first);
	for (size_t i = 0; i < kit->seen; i++) {
		assert_int_equal(kit->seqs[i], first + i);
		assert_int_equal(kit->tokens[i], first + i + 100);
	}
}

static inline void kit_expect_damage(struct kit *kit, const char *file, uint64_t line)
{
	journal_release(&kit->journal);
	assert_int_equal(kit_open(kit), -EBADMSG);
	if (strcmp(kit->fault.file, file) != 0 || kit->fault.line != line)
		print_error("%s line %llu: %s\n", kit->fault.file,
			    (unsigned long long)kit->fault.line, kit->fault.what);
	assert_string_equal(kit->fault.file, file);
	assert_int_equal(kit->fault.line, line);
	assert_true(kit->fault.what[0]);
}

#endif

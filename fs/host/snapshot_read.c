/*
 * Reads a snapshot back: first the whole file against its digest, then, in a second pass over
 * the same descriptor, the events. Writing is snapshot.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/journal.h"
#include "host/lines.h"
#include "host/replay.h"
#include "host/segments.h"
#include "lokt/layout.h"

#define TRAILER_BEGIN "{\"count\":"

/* What the first pass finds out. */
struct summary {
	int version;
	uint64_t seq;
	uint64_t count;
	const char *damage; /* NULL: none */
};

/* The form is compared as a whole: a header has exactly one spelling. */
static bool is_header(const char *line, size_t len, int version, uint64_t *seq)
{
	char begin[32], again[64];
	size_t begin_len =
		(size_t)snprintf(begin, sizeof begin, "{\"snapshot\":%d,\"seq\":", version);
	uint64_t number;
	int again_len;

	if (len <= begin_len || len >= sizeof again || memcmp(line, begin, begin_len) != 0)
		return false;
	memcpy(again, line, len);
	again[len] = '\0';
	number = strtoull(again + begin_len, NULL, 10);
	again_len = snprintf(again, sizeof again, "%s%" PRIu64 "}", begin, number);
	if ((size_t)again_len != len || memcmp(line, again, len) != 0)
		return false;
	*seq = number;
	return true;
}

/* The version of the form; 0 for none that is known. */
static int parse_header(const char *line, size_t len, uint64_t *seq)
{
	int version = SNAPSHOT_VERSION;

	while (version && !is_header(line, len, version, seq))
		version--;
	return version;
}

static bool is_trailer(const char *line, size_t len)
{
	size_t begin = strlen(TRAILER_BEGIN);

	return len >= begin && memcmp(line, TRAILER_BEGIN, begin) == 0;
}

static bool trailer_fits(const char *line, size_t len, uint64_t count, SHA2_CTX *digest)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	char expected[128];
	int expected_len;

	SHA256End(digest, hex);
	expected_len = snprintf(expected, sizeof expected,
				TRAILER_BEGIN "%" PRIu64 ",\"sha256\":\"%s\"}", count, hex);
	return (size_t)expected_len == len && memcmp(line, expected, len) == 0;
}

static void digest_line(SHA2_CTX *digest, const char *line, size_t len)
{
	SHA256Update(digest, (const uint8_t *)line, len);
	SHA256Update(digest, (const uint8_t *)"\n", 1);
}

static const char *check_header(struct summary *summary, SHA2_CTX *digest, const char *line,
				size_t len)
{
	summary->version = parse_header(line, len, &summary->seq);
	if (!summary->version)
		return "no snapshot header of a known version";
	digest_line(digest, line, len);
	return NULL;
}

static const char *check_event(struct summary *summary, SHA2_CTX *digest, const char *line,
			       size_t len)
{
	const char *crc = event_crc(line, len);

	if (!crc)
		return "the checksum is wrong or missing";
	summary->count++;
	if (summary->version == 1)
		digest_line(digest, line, len);
	else
		SHA256Update(digest, (const uint8_t *)crc, EVENT_CRC_DIGITS);
	return NULL;
}

/* One line of the first pass: 1 to go on, 0 behind a good trailer or at damage. */
static int check_line(struct summary *summary, SHA2_CTX *digest, const struct lines *lines,
		      const char *line, size_t len)
{
	if (lines->number > 1 && is_trailer(line, len)) {
		if (!trailer_fits(line, len, summary->count, digest))
			summary->damage = "the snapshot's digest does not match";
		return 0;
	}
	summary->damage =
		(lines->number == 1 ? check_header : check_event)(summary, digest, line, len);
	return !summary->damage;
}

/* 0 with what is wrong, if anything, in *summary; or a negative errno. */
static int check(struct lines *lines, struct summary *summary)
{
	SHA2_CTX digest;
	const char *line;
	size_t len;
	int got;

	SHA256Init(&digest);
	while ((got = lines_next(lines, &line, &len)) == 1) {
		if (check_line(summary, &digest, lines, line, len))
			continue;
		if (!summary->damage && (lines_next(lines, &line, &len) != 0 || len))
			summary->damage = "something follows the snapshot's trailer";
		return 0;
	}
	if (got < 0 && got != -EMSGSIZE)
		return got;
	summary->damage = got ? "the line is too long" : "the snapshot ends without its trailer";
	return 0;
}

static int apply_events(struct lines *lines, const struct summary *summary, struct replay *replay)
{
	const char *line;
	size_t len;
	uint64_t done = 0;
	int got = lines_next(lines, &line, &len);

	while (got == 1 && done++ < summary->count) {
		struct event event = {0};

		got = lines_next(lines, &line, &len);
		if (got != 1)
			break;
		got = event_parse(line, len, &event);
		if (got || event.seq != done) {
			event_clear(&event);
			return got == -ENOMEM
				       ? got
				       : replay_damage(replay, LAYOUT_SNAPSHOT, lines->number,
						       "the line is no sound event");
		}
		got = replay_apply(replay, &event, LAYOUT_SNAPSHOT, lines->number);
		if (got)
			return got;
		got = 1;
	}
	return got == 1 ? 0 : -EIO;
}

static int read_twice(int fd, struct replay *replay, uint64_t *seq)
{
	struct summary summary = {0};
	struct lines lines;
	int err = lines_init(&lines, fd, JOURNAL_LINE_MAX);

	if (err)
		return err;
	err = check(&lines, &summary);
	if (!err && summary.damage)
		err = replay_damage(replay, LAYOUT_SNAPSHOT, lines.number ? lines.number : 1, "%s",
				    summary.damage);
	lines_release(&lines);
	if (err)
		return err;
	if (lseek(fd, 0, SEEK_SET) != 0)
		return -errno;
	err = lines_init(&lines, fd, JOURNAL_LINE_MAX);
	if (err)
		return err;
	err = apply_events(&lines, &summary, replay);
	lines_release(&lines);
	if (!err)
		*seq = summary.seq;
	return err;
}

int snapshot_read(int dir_fd, int (*apply)(struct event *event, void *context), void *context,
		  uint64_t *seq, struct journal_fault *fault)
{
	struct replay replay = {.apply = apply, .context = context, .fault = fault};
	AUTO_CLOSE int fd = segment_open(dir_fd, LAYOUT_SNAPSHOT, O_RDONLY);

	if (fd == -ENOENT)
		return fd;
	if (fd < 0)
		return replay_unreadable(&replay, LAYOUT_SNAPSHOT, fd);
	return read_twice(fd, &replay, seq);
}

static int salvage_line(const char *line, size_t len, struct replay *replay, uint64_t *lost)
{
	struct event event = {0};
	int err = event_parse(line, len, &event);

	if (err == -ENOMEM)
		return err;
	if (err) {
		*lost += 1;
		return 0;
	}
	return replay_apply(replay, &event, LAYOUT_SNAPSHOT, 0);
}

static int salvage(struct lines *lines, struct replay *replay, uint64_t *seq, uint64_t *lost)
{
	const char *line;
	size_t len;

	for (;;) {
		int got = lines_next(lines, &line, &len);

		if (got == -EMSGSIZE) {
			*lost += 1;
			got = lines_skip(lines);
			if (got == 1)
				continue;
			return got;
		}
		if (got < 0 || (got == 0 && !len))
			return got;
		if (lines->number == 1 && parse_header(line, len, seq))
			continue;
		if (is_trailer(line, len))
			continue;
		got = salvage_line(line, len, replay, lost);
		if (got)
			return got;
	}
}

int snapshot_salvage(int dir_fd, int (*apply)(struct event *event, void *context), void *context,
		     uint64_t *seq, uint64_t *lost)
{
	struct journal_fault unused;
	struct replay replay = {.apply = apply, .context = context, .fault = &unused};
	AUTO_CLOSE int fd = segment_open(dir_fd, LAYOUT_SNAPSHOT, O_RDONLY);
	struct lines lines;
	int err;

	if (fd < 0)
		return fd;
	err = lines_init(&lines, fd, JOURNAL_LINE_MAX);
	if (err)
		return err;
	*seq = 0;
	*lost = 0;
	err = salvage(&lines, &replay, seq, lost);
	lines_release(&lines);
	return err;
}

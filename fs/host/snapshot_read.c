/*
 * Reads a snapshot back, in one pass: only behind the last line it is known to be whole. Writing is
 * snapshot.c's.
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

/* A snapshot on its way into the state. */
struct reading {
	struct replay *replay;
	struct lines lines;
	SHA2_CTX digest;
	int version;
	uint64_t seq;
	uint64_t count; /* event lines so far */
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

static int damage(struct reading *reading, const char *what)
{
	uint64_t number = reading->lines.number;

	return replay_damage(reading->replay, LAYOUT_SNAPSHOT, number ? number : 1, "%s", what);
}

static void digest_line(SHA2_CTX *digest, const char *line, size_t len)
{
	SHA256Update(digest, (const uint8_t *)line, len);
	SHA256Update(digest, (const uint8_t *)"\n", 1);
}

static int take_header(struct reading *reading, const char *line, size_t len)
{
	reading->version = parse_header(line, len, &reading->seq);
	if (!reading->version)
		return damage(reading, "no snapshot header of a known version");
	digest_line(&reading->digest, line, len);
	return 0;
}

static int take_event(struct reading *reading, const char *line, size_t len)
{
	struct event event = {0};
	int err = event_parse(line, len, &event);

	if (err == -ENOMEM)
		return err;
	if (err || event.seq != ++reading->count) {
		event_clear(&event);
		return damage(reading, err == -EBADMSG ? "the checksum is wrong or missing"
						       : "the line is no sound event");
	}
	if (reading->version == 1)
		digest_line(&reading->digest, line, len);
	else
		SHA256Update(&reading->digest, (const uint8_t *)event_crc(line + len),
			     EVENT_CRC_DIGITS);
	return replay_apply(reading->replay, &event, LAYOUT_SNAPSHOT, reading->lines.number);
}

/* The last line, which must be that. */
static int take_trailer(struct reading *reading, const char *line, size_t len)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	char expected[128];
	int expected_len;

	SHA256End(&reading->digest, hex);
	expected_len =
		snprintf(expected, sizeof expected, TRAILER_BEGIN "%" PRIu64 ",\"sha256\":\"%s\"}",
			 reading->count, hex);
	if ((size_t)expected_len != len || memcmp(line, expected, len) != 0)
		return damage(reading, "the snapshot's digest does not match");
	if (lines_next(&reading->lines, &line, &len) != 0 || len)
		return damage(reading, "something follows the snapshot's trailer");
	return 0;
}

static int take_lines(struct reading *reading)
{
	const char *line;
	size_t len;
	int got, err = 0;

	while ((got = lines_next(&reading->lines, &line, &len)) == 1) {
		if (reading->lines.number == 1)
			err = take_header(reading, line, len);
		else if (is_trailer(line, len))
			return take_trailer(reading, line, len);
		else
			err = take_event(reading, line, len);
		if (err)
			return err;
	}
	if (got < 0 && got != -EMSGSIZE)
		return got;
	return damage(reading,
		      got ? "the line is too long" : "the snapshot ends without its trailer");
}

int snapshot_read(int dir_fd, int (*apply)(struct event *event, void *context), void *context,
		  uint64_t *seq, struct journal_fault *fault)
{
	struct replay replay = {.apply = apply, .context = context, .fault = fault};
	struct reading reading = {.replay = &replay};
	AUTO_CLOSE int fd = segment_open(dir_fd, LAYOUT_SNAPSHOT, O_RDONLY);
	int err;

	if (fd == -ENOENT)
		return fd;
	if (fd < 0)
		return replay_unreadable(&replay, LAYOUT_SNAPSHOT, fd);
	err = lines_init(&reading.lines, fd, JOURNAL_LINE_MAX);
	if (err)
		return err;
	SHA256Init(&reading.digest);
	err = take_lines(&reading);
	lines_release(&reading.lines);
	if (!err)
		*seq = reading.seq;
	return err;
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

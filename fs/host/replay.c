/*
 * See replay.h. A line is sound when its checksum is; the file is sound when its numbers rise
 * by one. Where the snapshot covers the numbers they only have to rise.
 */
#include "host/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/journal.h"
#include "host/lines.h"
#include "host/plainfile.h"

#define CHUNK 65536

static void fill_fault(struct journal_fault *fault, const char *file, uint64_t line,
		       const char *format, va_list args)
{
	memset(fault, 0, sizeof *fault);
	snprintf(fault->file, sizeof fault->file, "%s", file);
	fault->line = line;
	vsnprintf(fault->what, sizeof fault->what, format, args);
}

int replay_damage(struct replay *replay, const char *file, uint64_t line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill_fault(replay->fault, file, line, format, args);
	va_end(args);
	return -EBADMSG;
}

int replay_unreadable(struct replay *replay, const char *file, int err)
{
	replay_damage(replay, file, 1, "cannot be read: %s", plainfile_why(err));
	return err;
}

int replay_apply(struct replay *replay, struct event *event, const char *name, uint64_t line)
{
	int err = replay->apply(event, replay->context);

	event_clear(event);
	if (err < 0)
		replay_damage(replay, name, line, "cannot be applied: %s", strerror(-err));
	return err < 0 ? err : 0;
}

static int gap(struct replay *replay, const char *name, uint64_t line, uint64_t from, uint64_t seq)
{
	const char *what = from == 1 || line == 1 ? "was a file removed?" : "was a line removed?";

	if (seq < from)
		return replay_damage(replay, name, line,
				     "number %" PRIu64 " is out of order, expected %" PRIu64, seq,
				     from);
	return replay_damage(replay, name, line,
			     "numbers %" PRIu64 " to %" PRIu64 " are missing (%s)", from, seq - 1,
			     what);
}

/* The line's number may follow what was read so far. */
static int check_number(struct replay *replay, const char *name, uint64_t line, uint64_t seq)
{
	uint64_t covered = replay->snapshot_seq;

	if (replay->is_begun && seq <= replay->seq)
		return gap(replay, name, line, replay->seq + 1, seq);
	if (seq > covered + 1 && (seq != replay->seq + 1 || !replay->is_begun))
		return gap(replay, name, line,
			   replay->is_begun && replay->seq > covered ? replay->seq + 1
								     : covered + 1,
			   seq);
	return 0;
}

/* One whole line, newline not counted. first: the number it must have, or 0. */
static int take(struct replay *replay, const char *name, uint64_t number, const char *line,
		size_t len, uint64_t first)
{
	struct event event = {0};
	uint64_t seq;
	int err = event_parse(line, len, &event);

	if (err == -ENOMEM)
		return err;
	if (err)
		return replay_damage(replay, name, number, "%s",
				     err == -EBADMSG ? "the checksum is wrong or missing"
						     : "the line is no event");
	seq = event.seq;
	if (first && seq != first)
		err = replay_damage(replay, name, number,
				    "the first number is %" PRIu64 ", not that of the file's name",
				    seq);
	else
		err = check_number(replay, name, number, seq);
	if (err || seq <= replay->snapshot_seq)
		event_clear(&event);
	else
		err = replay_apply(replay, &event, name, number);
	if (err)
		return err;
	replay->seq = seq;
	replay->is_begun = true;
	return 0;
}

static bool is_event(const char *line, size_t len)
{
	struct event event = {0};
	bool is = event_parse(line, len, &event) == 0;

	event_clear(&event);
	return is;
}

/*
 * What follows the last newline. A write that was cut short never leaves more than the line;
 * one that lacks nothing but its newline is as good as written.
 */
static int take_tail(struct replay *replay, const char *name, struct lines *lines, const char *line,
		     size_t len, struct replay_end *end)
{
	if (len > 1 && is_event(line, len - 1))
		return replay_damage(replay, name, lines->number,
				     "the line's newline has become another byte");
	if (!is_event(line, len))
		return 0;
	end->lacks_newline = true;
	return take(replay, name, lines->number, line, len, 0);
}

int replay_is_torn(int fd, uint64_t offset)
{
	char chunk[CHUNK];
	uint64_t at = 0;
	bool has_nul = false;

	for (;;) {
		ssize_t got = pread(fd, chunk, sizeof chunk, (off_t)(offset + at));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 1;
		for (ssize_t i = 0; i < got; i++, at++) {
			if (chunk[i] && (has_nul || chunk[i] == '\n' || at > JOURNAL_LINE_MAX))
				return 0;
			has_nul |= !chunk[i];
		}
	}
}

/* A line without an end in sight: only zeroes behind a torn line explain it. */
static int take_too_long(struct replay *replay, const char *name, struct lines *lines,
			 bool may_be_torn)
{
	int torn = may_be_torn ? replay_is_torn(lines->fd, lines->offset) : 0;

	if (torn < 0)
		return replay_unreadable(replay, name, torn);
	return torn ? 0
		    : replay_damage(replay, name, lines->number + 1, "the line is longer than %d",
				    JOURNAL_LINE_MAX);
}

static int take_lines(struct replay *replay, const char *name, struct lines *lines, uint64_t first,
		      bool may_be_torn, struct replay_end *end)
{
	const char *line;
	size_t len;
	int got, err;

	while ((got = lines_next(lines, &line, &len)) == 1) {
		err = take(replay, name, lines->number, line, len, lines->number == 1 ? first : 0);
		if (err)
			return err;
		if (lines->number == 1)
			end->first_seq = replay->seq;
	}
	end->sound_to = lines->offset;
	if (got == -EMSGSIZE)
		return take_too_long(replay, name, lines, may_be_torn);
	if (got < 0)
		return replay_unreadable(replay, name, got);
	if (!len)
		return 0;
	if (!may_be_torn)
		return replay_damage(replay, name, lines->number, "the last line is torn");
	err = take_tail(replay, name, lines, line, len, end);
	if (!err && lines->number == 1 && end->lacks_newline)
		end->first_seq = replay->seq;
	return err;
}

int replay_file(struct replay *replay, int fd, const char *name, uint64_t first, bool may_be_torn,
		struct replay_end *end)
{
	struct replay_end found = {0};
	struct lines lines;
	off_t size;
	int err = lines_init(&lines, fd, JOURNAL_LINE_MAX);

	if (err)
		return err;
	err = take_lines(replay, name, &lines, first, may_be_torn, &found);
	lines_release(&lines);
	if (err)
		return err;
	size = lseek(fd, 0, SEEK_END);
	if (size < 0)
		return replay_unreadable(replay, name, -errno);
	found.size = (uint64_t)size;
	*end = found;
	return 0;
}

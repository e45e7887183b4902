/*
 * See rewrite.h. Sound lines are copied byte by byte as long as their numbers may stay; from the
 * first gap on they are numbered anew, so that a start finds no gap. Nothing is left out
 * without a word in the report.
 */
#include "host/rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/journal.h"
#include "host/lines.h"
#include "host/plainfile.h"

#define BUFFER_BYTES ((size_t)64 * 1024)

/*
 * Tokens that are skipped beyond one for each lost record: lines lost at the end cannot be
 * counted, and a lost line may have reserved a block.
 */
#define TOKEN_MARGIN (UINT64_C(1) << 20)

struct output {
	int fd;
	struct text buffer;
};

void rewrite_name(const struct rewritten *file, char out[SEGMENT_NAME_MAX])
{
	snprintf(out, SEGMENT_NAME_MAX, "%.40s" SEGMENT_REPAIR_SUFFIX, file->name);
}

void rewrite_note(struct rewrite *rewrite, const struct event *event)
{
	uint64_t token = event->lease ? event->lease->token : 0;

	if (token >= rewrite->tokens_below)
		rewrite->tokens_below = token + 1;
	if (event->tokens_below > rewrite->tokens_below)
		rewrite->tokens_below = event->tokens_below;
}

static int flush(struct output *output)
{
	int err;

	if (output->buffer.failed)
		return -ENOMEM;
	err = segment_write(output->fd, output->buffer.data, output->buffer.len);
	text_clear(&output->buffer);
	return err;
}

static void drop(struct rewrite *rewrite, struct rewritten *file, uint64_t line, const char *why)
{
	text_printf(rewrite->report, "%s line %" PRIu64 ": %s: dropped\n", file->name, line, why);
	rewrite->dropped++;
	file->is_changed = true;
}

/* Numbers from..to-1 are not there; those of lines just dropped have been told already. */
static void miss(struct rewrite *rewrite, const struct rewritten *file, uint64_t line,
		 uint64_t from, uint64_t to)
{
	uint64_t missing = to - from;

	rewrite->lost += missing;
	if (missing > rewrite->dropped)
		text_printf(rewrite->report,
			    "%s line %" PRIu64 ": before it, %" PRIu64
			    " records are missing between number %" PRIu64 " and %" PRIu64 "\n",
			    file->name, line, missing - rewrite->dropped, from, to - 1);
}

/* The number that a sound line gets. */
static uint64_t renumber(struct rewrite *rewrite, const struct rewritten *file, uint64_t line,
			 uint64_t seq)
{
	uint64_t covered = rewrite->snapshot_seq;
	uint64_t expected = rewrite->old_seq > covered ? rewrite->old_seq + 1 : covered + 1;

	if (seq <= covered)
		return seq;
	if (seq > expected)
		miss(rewrite, file, line, expected, seq);
	return rewrite->new_seq > covered ? rewrite->new_seq + 1 : covered + 1;
}

static void keep(struct rewrite *rewrite, struct rewritten *file, struct output *output,
		 struct event *event, const char *line, size_t len)
{
	uint64_t old_seq = event->seq;

	if (event->seq == rewrite->new_seq) {
		text_add(&output->buffer, line, len);
		text_add(&output->buffer, "\n", 1);
	} else {
		event->seq = rewrite->new_seq;
		event_write(&output->buffer, event);
		file->is_changed = true;
	}
	if (!file->new_first)
		file->new_first = rewrite->new_seq;
	rewrite->old_seq = old_seq;
	rewrite->is_begun = true;
	rewrite->dropped = 0;
	rewrite_note(rewrite, event);
}

static int take(struct rewrite *rewrite, struct rewritten *file, struct output *output,
		uint64_t number, const char *line, size_t len)
{
	struct event event = {0};
	int err = event_parse(line, len, &event);

	if (err == -ENOMEM)
		return err;
	if (err == -EBADMSG) {
		drop(rewrite, file, number, "the checksum is wrong or missing");
	} else if (err) {
		drop(rewrite, file, number, "the line is no event");
	} else if (rewrite->is_begun && event.seq <= rewrite->old_seq) {
		drop(rewrite, file, number, "the number is out of order");
	} else {
		rewrite->new_seq = renumber(rewrite, file, number, event.seq);
		keep(rewrite, file, output, &event, line, len);
	}
	event_clear(&event);
	return output->buffer.len >= BUFFER_BYTES || output->buffer.failed ? flush(output) : 0;
}

static int take_lines(struct rewrite *rewrite, struct rewritten *file, struct output *output,
		      struct lines *lines)
{
	const char *line;
	size_t len;

	for (;;) {
		int got = lines_next(lines, &line, &len);
		int err;

		if (got == -EMSGSIZE) {
			drop(rewrite, file, lines->number + 1, "the line is too long");
			got = lines_skip(lines);
			if (got == 1)
				continue;
			return got;
		}
		if (got < 0 || (!got && !len))
			return got;
		if (!got) {
			text_printf(rewrite->report, "%s: the newline is missing at its end\n",
				    file->name);
			file->is_changed = true;
		}
		err = take(rewrite, file, output, lines->number, line, len);
		if (err || !got)
			return err;
	}
}

/* Tokens of lost records were given out: begin above all that there can have been. */
static void reserve_tokens(struct rewrite *rewrite, struct rewritten *file, struct output *output)
{
	struct event event = {.kind = EVENT_RESERVE, .at = clock_now()};

	event.seq = (rewrite->new_seq > rewrite->snapshot_seq ? rewrite->new_seq
							      : rewrite->snapshot_seq) +
		    1;
	event.tokens_below = rewrite->tokens_below + rewrite->lost + TOKEN_MARGIN;
	event_write(&output->buffer, &event);
	text_printf(rewrite->report, "%s: fencing tokens go on from %" PRIu64 "\n", file->name,
		    event.tokens_below);
	if (!file->new_first)
		file->new_first = event.seq;
	rewrite->new_seq = event.seq;
	file->is_changed = true;
}

static int read_original(struct rewrite *rewrite, struct rewritten *file, struct output *output)
{
	AUTO_CLOSE int fd = segment_open(rewrite->dir_fd, file->name, O_RDONLY);
	struct lines lines;
	int err;

	if (fd < 0)
		return fd;
	err = lines_init(&lines, fd, JOURNAL_LINE_MAX);
	if (err)
		return err;
	err = take_lines(rewrite, file, output, &lines);
	lines_release(&lines);
	return err;
}

static int fill(struct rewrite *rewrite, struct rewritten *file, bool is_last,
		struct output *output)
{
	int err = file->exists ? read_original(rewrite, file, output) : 0;

	if (err)
		return err;
	if (file->first && file->new_first != file->first)
		file->is_changed = true;
	rewrite->lost += is_last ? rewrite->dropped : 0;
	if (is_last && rewrite->lost)
		reserve_tokens(rewrite, file, output);
	err = flush(output);
	return !err && fsync(output->fd) != 0 ? -errno : err;
}

int rewrite_file(struct rewrite *rewrite, struct rewritten *file, bool is_last)
{
	struct output output = {0};
	char name[SEGMENT_NAME_MAX];
	int err;

	rewrite_name(file, name);
	AUTO_CLOSE int fd = plainfile_make(rewrite->dir_fd, name, O_WRONLY, SEGMENT_MODE);
	if (fd < 0)
		return fd;
	output.fd = fd;
	err = fill(rewrite, file, is_last, &output);
	text_release(&output.buffer);
	return err;
}

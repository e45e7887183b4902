/*
 * The journal's start: the snapshot, the segments and audit.log in order, then the end of
 * audit.log is mended. How lines are read is replay.h's; writing is journal.c's.
 *
 * Nothing is changed before everything was read and found sound.
 */
#include "host/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "host/lines.h"
#include "host/replay.h"
#include "host/segments.h"
#include "lokt/layout.h"

/* audit.log, made when the ROOT has no history yet; a rotation that a crash cut in two is ended. */
static int open_current(struct replay *replay, int dir_fd, bool has_history)
{
	int fd = segment_open(dir_fd, LAYOUT_AUDIT, O_RDWR | O_APPEND);

	if (fd == -ENOENT && renameat(dir_fd, SEGMENT_NEXT, dir_fd, LAYOUT_AUDIT) == 0)
		fd = segment_open(dir_fd, LAYOUT_AUDIT, O_RDWR | O_APPEND);
	if (fd == -ENOENT && has_history)
		return replay_damage(replay, LAYOUT_AUDIT, 1,
				     "the file is missing, but there is older history");
	if (fd == -ENOENT) {
		fd = openat(dir_fd, LAYOUT_AUDIT, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC,
			    SEGMENT_MODE);
		fd = fd < 0 ? -errno : fd;
	}
	return fd < 0 ? replay_unreadable(replay, LAYOUT_AUDIT, fd) : fd;
}

/* The number of the file's first line, 0 when it has none that is sound; reads from the start. */
static int peek_first(int fd, uint64_t *first)
{
	struct event event = {0};
	struct lines lines;
	const char *line;
	size_t len;
	int err = lines_init(&lines, fd, JOURNAL_LINE_MAX);

	if (err)
		return err;
	if (lines_next(&lines, &line, &len) == 1 && event_parse(line, len, &event) == 0)
		*first = event.seq;
	event_clear(&event);
	lines_release(&lines);
	return lseek(fd, 0, SEEK_SET) == 0 ? 0 : -errno;
}

static int replay_segment(struct replay *replay, int dir_fd, uint64_t first)
{
	struct replay_end end;
	char name[SEGMENT_NAME_MAX];

	segment_name(first, name);
	AUTO_CLOSE int fd = segment_open(dir_fd, name, O_RDONLY);
	if (fd < 0)
		return replay_unreadable(replay, name, fd);
	return replay_file(replay, fd, name, first, false, &end);
}

/* Segments that the snapshot covers wholly are history: not read, so that starts stay short. */
static int replay_segments(struct replay *replay, int dir_fd, const struct segments *segments,
			   uint64_t current_first)
{
	for (size_t i = 0; i < segments->count; i++) {
		uint64_t following =
			i + 1 < segments->count ? segments->first[i + 1] : current_first;
		int err;

		if (following && following <= replay->snapshot_seq + 1)
			continue;
		err = replay_segment(replay, dir_fd, segments->first[i]);
		if (err)
			return err;
	}
	return 0;
}

/* Cuts a torn end off, or ends a line that lacks only its newline, and syncs what was read. */
static int mend_end(int fd, const struct replay_end *end, uint64_t *size)
{
	uint64_t whole = end->lacks_newline ? end->size + 1 : end->sound_to;

	if (end->lacks_newline) {
		int err = segment_write(fd, "\n", 1);

		if (err)
			return err;
	} else if (end->sound_to < end->size && ftruncate(fd, (off_t)end->sound_to) != 0) {
		return -errno;
	}
	if (fdatasync(fd) != 0)
		return -errno;
	*size = whole;
	return 0;
}

static int replay_all(struct replay *replay, int dir_fd, const struct segments *segments, int fd,
		      struct replay_end *end)
{
	uint64_t current_first = 0;
	int err = peek_first(fd, &current_first);

	if (!err)
		err = replay_segments(replay, dir_fd, segments, current_first);
	return err ? err : replay_file(replay, fd, LAYOUT_AUDIT, 0, true, end);
}

/* 0 with the open audit.log in *fd and its end mended. */
static int open_files(struct replay *replay, int dir_fd, int *fd, struct replay_end *end,
		      uint64_t *size)
{
	AUTO_SEGMENTS struct segments segments = {0};
	bool has_history;
	int current;
	int err = snapshot_read(dir_fd, replay->apply, replay->context, &replay->snapshot_seq,
				replay->fault);

	if (err && err != -ENOENT)
		return err;
	has_history = !err;
	err = segments_list(dir_fd, &segments);
	if (err)
		return replay_unreadable(replay, ".", err);
	current = open_current(replay, dir_fd, has_history || segments.count);
	if (current < 0)
		return current;
	err = replay_all(replay, dir_fd, &segments, current, end);
	if (!err) {
		err = mend_end(current, end, size);
		if (!err && fsync(dir_fd) != 0)
			err = -errno;
		if (err)
			replay_unreadable(replay, LAYOUT_AUDIT, err);
	}
	if (err)
		close(current);
	else
		*fd = current;
	return err;
}

int journal_open(struct journal *journal, int dir_fd,
		 int (*apply)(struct event *event, void *context), void *context,
		 struct journal_fault *fault)
{
	struct replay replay = {.apply = apply, .context = context, .fault = fault};
	struct replay_end end = {0};
	uint64_t size = 0;
	int fd = -1;
	int err = open_files(&replay, dir_fd, &fd, &end, &size);

	if (err)
		return err;
	segments_sweep(dir_fd);
	*journal = (struct journal){
		.dir_fd = dir_fd,
		.fd = fd,
		.seq = replay.seq > replay.snapshot_seq ? replay.seq : replay.snapshot_seq,
		.first_seq = end.first_seq,
		.size = size,
		.reserved_to = size,
		.rotate_at = snapshot_pace(dir_fd),
		.keep_bytes = JOURNAL_KEEP_BYTES,
		.snapshot_seq = replay.snapshot_seq,
	};
	return 0;
}

/*
 * `loktfs --repair`, for a ROOT that no daemon serves: finds out what the snapshot is worth,
 * has every file written anew (rewrite.h), and only when all that is on the disk keeps the
 * originals under a .damaged name and puts the new files in their place, oldest first. Cut
 * short in between, it can be run again.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/journal.h"
#include "host/lines.h"
#include "host/rewrite.h"
#include "host/segments.h"
#include "lokt/layout.h"

struct repair {
	struct rewrite rewrite;
	char suffix[40];	 /* ".damaged-<unix time>" */
	struct rewritten *files; /* segments, rising, then audit.log */
	size_t count;
	uint64_t first_sound; /* number of the first sound line, 0: none */
	bool has_snapshot;
	bool snapshot_is_damaged;
	bool snapshot_is_copied;
	bool has_new_snapshot;
	struct snapshot_writer snapshot;
};

static int list_files(struct repair *repair)
{
	AUTO_SEGMENTS struct segments segments = {0};
	struct rewritten *file;
	struct stat st;
	int err = segments_list(repair->rewrite.dir_fd, &segments);

	if (err)
		return err;
	repair->files = calloc(segments.count + 1, sizeof *repair->files);
	if (!repair->files)
		return -ENOMEM;
	repair->count = segments.count + 1;
	for (size_t i = 0; i < segments.count; i++) {
		file = &repair->files[i];
		file->first = segments.first[i];
		file->exists = true;
		segment_name(file->first, file->name);
	}
	file = &repair->files[segments.count];
	snprintf(file->name, sizeof file->name, LAYOUT_AUDIT);
	file->exists = fstatat(repair->rewrite.dir_fd, file->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	return 0;
}

/* The number of the first sound line in a file; *seq stays 0 when there is none. */
static int find_sound(int dir_fd, const char *name, uint64_t *seq)
{
	AUTO_CLOSE int fd = segment_open(dir_fd, name, O_RDONLY);
	struct lines lines;
	const char *line;
	size_t len;
	int got = fd < 0 ? fd : lines_init(&lines, fd, JOURNAL_LINE_MAX);

	if (got)
		return got;
	for (got = 1; got > 0 && !*seq;) {
		struct event event = {0};

		got = lines_next(&lines, &line, &len);
		if (got == -EMSGSIZE)
			got = lines_skip(&lines);
		else if (got >= 0 && event_parse(line, len, &event) == 0)
			*seq = event.seq;
		event_clear(&event);
	}
	lines_release(&lines);
	return got < 0 ? got : 0;
}

static int find_first_sound(struct repair *repair)
{
	int err = 0;

	for (size_t i = 0; i < repair->count && !err && !repair->first_sound; i++)
		if (repair->files[i].exists)
			err = find_sound(repair->rewrite.dir_fd, repair->files[i].name,
					 &repair->first_sound);
	return err;
}

static int note_event(struct event *event, void *context)
{
	rewrite_note(context, event);
	return 0;
}

static int salvage_event(struct event *event, void *context)
{
	struct repair *repair = context;

	rewrite_note(&repair->rewrite, event);
	snapshot_add(&repair->snapshot, event);
	return 0;
}

/*
 * A snapshot in place of the one that is damaged or gone, with those of its lines that are sound.
 * It ends right before the first line there is: the header's number cannot be trusted, and to
 * read a line again that the state already knows does no harm.
 */
static int salvage(struct repair *repair, uint64_t header_seq, uint64_t lost)
{
	struct rewrite *rewrite = &repair->rewrite;
	uint64_t seq = repair->first_sound ? repair->first_sound - 1 : header_seq;
	int err = snapshot_begin(&repair->snapshot, rewrite->dir_fd, seq);

	if (err)
		return err;
	if (repair->has_snapshot)
		err = snapshot_salvage(rewrite->dir_fd, salvage_event, repair, &header_seq, &lost);
	rewrite->snapshot_seq = seq;
	rewrite->lost += lost + 1;
	text_printf(rewrite->report,
		    "the lines up to number %" PRIu64
		    " are missing and no sound snapshot stands for them; lines of the snapshot"
		    " that are kept: %" PRIu64 ", lost: %" PRIu64 "\n",
		    seq, repair->snapshot.count, lost);
	if (!err) {
		err = snapshot_finish(&repair->snapshot);
		repair->has_new_snapshot = !err;
		return err;
	}
	repair->snapshot.error = err;
	return snapshot_finish(&repair->snapshot);
}

/* What the snapshot is worth, and so which lines still count. */
static int judge_snapshot(struct repair *repair)
{
	struct rewrite *rewrite = &repair->rewrite;
	struct journal_fault fault;
	uint64_t header_seq = 0, lost = 0;
	int err =
		snapshot_read(rewrite->dir_fd, note_event, rewrite, &rewrite->snapshot_seq, &fault);

	if (!err || (err != -ENOENT && err != -EBADMSG)) {
		repair->has_snapshot = true;
		return err;
	}
	if (err == -EBADMSG) {
		repair->has_snapshot = repair->snapshot_is_damaged = true;
		text_printf(rewrite->report, "%s line %" PRIu64 ": %s: set aside\n", fault.file,
			    fault.line, fault.what);
		err = snapshot_salvage(rewrite->dir_fd, note_event, rewrite, &header_seq, &lost);
		if (err)
			return err;
	}
	if (repair->first_sound == 1 || (!repair->has_snapshot && !repair->first_sound))
		return 0;
	return salvage(repair, header_seq, lost);
}

static bool exists(int dir_fd, const char *name)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* An audit.log that is gone, and not by a rotation that a crash cut in two. */
static void judge_current(struct repair *repair)
{
	struct rewritten *current = &repair->files[repair->count - 1];

	if (current->exists || (repair->count == 1 && !repair->has_snapshot) ||
	    exists(repair->rewrite.dir_fd, SEGMENT_NEXT))
		return;
	current->is_changed = true;
	repair->rewrite.lost++;
	text_printf(repair->rewrite.report, "%s is missing: begun anew\n", current->name);
}

static int rewrite_all(struct repair *repair)
{
	char name[SEGMENT_NAME_MAX];
	int err = 0;

	for (size_t i = 0; i < repair->count && !err; i++) {
		struct rewritten *file = &repair->files[i];

		err = rewrite_file(&repair->rewrite, file, i + 1 == repair->count);
		rewrite_name(file, name);
		if (!file->is_changed)
			unlinkat(repair->rewrite.dir_fd, name, 0);
	}
	return err;
}

static int copy_bytes(int from, int to)
{
	char chunk[65536];

	for (;;) {
		ssize_t got = read(from, chunk, sizeof chunk);
		int err;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return fsync(to) == 0 ? 0 : -errno;
		err = segment_write(to, chunk, (size_t)got);
		if (err)
			return err;
	}
}

static void damaged_name(const struct repair *repair, const char *name, char out[SEGMENT_NAME_MAX])
{
	snprintf(out, SEGMENT_NAME_MAX, "%.30s%.33s", name, repair->suffix);
}

/* Keeps the original; *is_copied tells undo() that the copy is ours. */
static int keep_original(struct repair *repair, const char *name, bool *is_copied)
{
	int dir_fd = repair->rewrite.dir_fd;
	char copy[SEGMENT_NAME_MAX];

	damaged_name(repair, name, copy);
	AUTO_CLOSE int from = segment_open(dir_fd, name, O_RDONLY);
	if (from < 0)
		return from;
	AUTO_CLOSE int to = openat(
		dir_fd, copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, SEGMENT_MODE);
	if (to < 0)
		return -errno;
	*is_copied = true;
	text_printf(repair->rewrite.report, "%s: the original is kept as %s\n", name, copy);
	return copy_bytes(from, to);
}

static int keep_originals(struct repair *repair)
{
	int err = 0;

	if (repair->snapshot_is_damaged)
		err = keep_original(repair, LAYOUT_SNAPSHOT, &repair->snapshot_is_copied);
	for (size_t i = 0; i < repair->count && !err; i++) {
		struct rewritten *file = &repair->files[i];

		if (file->is_changed && file->exists)
			err = keep_original(repair, file->name, &file->is_copied);
	}
	return !err && fsync(repair->rewrite.dir_fd) != 0 ? -errno : err;
}

/* The new file takes the original's place, a segment under the number it begins with now. */
static int switch_file(int dir_fd, const struct rewritten *file)
{
	char fresh[SEGMENT_NAME_MAX], name[SEGMENT_NAME_MAX];

	if (!file->is_changed)
		return 0;
	rewrite_name(file, fresh);
	if (file->first && !file->new_first) {
		unlinkat(dir_fd, fresh, 0);
		return unlinkat(dir_fd, file->name, 0) == 0 ? 0 : -errno;
	}
	snprintf(name, sizeof name, "%s", file->name);
	if (file->first && file->first != file->new_first) {
		/* The original first, so that no crash leaves both. */
		segment_name(file->new_first, name);
		if (renameat(dir_fd, file->name, dir_fd, name) != 0)
			return -errno;
	}
	return renameat(dir_fd, fresh, dir_fd, name) == 0 ? 0 : -errno;
}

static int switch_snapshot(const struct repair *repair)
{
	int dir_fd = repair->rewrite.dir_fd;
	int err = 0;

	if (repair->has_new_snapshot)
		err = renameat(dir_fd, repair->snapshot.name, dir_fd, LAYOUT_SNAPSHOT);
	else if (repair->snapshot_is_damaged)
		err = unlinkat(dir_fd, LAYOUT_SNAPSHOT, 0);
	return err ? -errno : 0;
}

static int switch_all(struct repair *repair)
{
	int dir_fd = repair->rewrite.dir_fd;
	int err = switch_snapshot(repair);

	for (size_t i = 0; i < repair->count && !err; i++)
		err = switch_file(dir_fd, &repair->files[i]);
	return !err && fsync(dir_fd) != 0 ? -errno : err;
}

/* As long as nothing was switched, nothing is left of the attempt. */
static void undo(struct repair *repair)
{
	int dir_fd = repair->rewrite.dir_fd;
	char name[SEGMENT_NAME_MAX];

	if (repair->has_new_snapshot)
		snapshot_abandon(dir_fd, repair->snapshot.name);
	damaged_name(repair, LAYOUT_SNAPSHOT, name);
	if (repair->snapshot_is_copied)
		unlinkat(dir_fd, name, 0);
	for (size_t i = 0; i < repair->count; i++) {
		rewrite_name(&repair->files[i], name);
		unlinkat(dir_fd, name, 0);
		damaged_name(repair, repair->files[i].name, name);
		if (repair->files[i].is_copied)
			unlinkat(dir_fd, name, 0);
	}
}

/* Everything up to the point from which on files change. */
static int prepare(struct repair *repair)
{
	int err = list_files(repair);

	if (!err)
		err = find_first_sound(repair);
	if (!err)
		err = judge_snapshot(repair);
	if (!err)
		judge_current(repair);
	if (!err)
		err = rewrite_all(repair);
	if (!err)
		err = keep_originals(repair);
	return err;
}

int journal_repair(int dir_fd, struct text *report)
{
	struct repair repair = {.rewrite = {.dir_fd = dir_fd, .report = report}};
	size_t said = report->len;
	int err;

	snprintf(repair.suffix, sizeof repair.suffix, ".damaged-%" PRId64,
		 clock_now().wall_ns / NS_PER_SEC);
	err = prepare(&repair);
	if (err)
		undo(&repair);
	else
		err = switch_all(&repair);
	if (!err && report->len == said)
		text_puts(report, "nothing is damaged\n");
	free(repair.files);
	return err;
}

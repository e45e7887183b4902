/*
 * The journal's writing side: append, space set aside, rotation. The start is journal_open.c's,
 * the snapshot snapshot.c's, waiting for the disk syncer.c's.
 *
 * Nothing acknowledged is lost: a line is whole or it is not there, and seq moves only with it.
 * Lines that are held back stand in front of the one being made; all of them go with one write.
 */
#include "host/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/fault.h"
#include "host/plainfile.h"
#include "host/segments.h"
#include "lokt/layout.h"

#define RESERVE_STEP (UINT64_C(1) << 20)
#define RESERVE_NEVER UINT64_MAX

/*
 * Allocates the file up to `need` at least, a step ahead if there is room. Where the file
 * system cannot, *reserved_to becomes RESERVE_NEVER and nothing is asked again.
 */
static int reserve(int fd, uint64_t size, uint64_t need, uint64_t *reserved_to)
{
	uint64_t from = *reserved_to > size ? *reserved_to : size;
	uint64_t goal = (need + RESERVE_STEP - 1) / RESERVE_STEP * RESERVE_STEP;

	while (need > *reserved_to) {
		if (fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)(goal - from)) == 0)
			*reserved_to = goal;
		else if (errno == EOPNOTSUPP || errno == ENOSYS)
			*reserved_to = RESERVE_NEVER;
		else if (errno == EINTR)
			continue;
		else if (goal == need)
			return -errno;
		else
			goal = need;
	}
	return 0;
}

int journal_set_aside(struct journal *journal, uint64_t bytes)
{
	int err;

	if (journal->is_broken)
		return -EIO;
	if (bytes > INT64_MAX / 2)
		return -ENOSPC;
	err = reserve(journal->fd, journal->size, journal->size + journal->lines.len + bytes,
		      &journal->reserved_to);
	if (!err)
		journal->set_aside = bytes;
	return err;
}

/* Takes off what was made behind the first `len` bytes. */
static void drop_behind(struct text *lines, size_t len)
{
	lines->len = len;
	lines->failed = false;
}

/* Puts the line behind those that are held back. */
static int compose(struct journal *journal, struct event *event)
{
	size_t start = journal->lines.len;
	uint64_t seq_before = event->seq;
	int err = 0;

	if (journal->is_broken)
		return -EIO;
	event->seq = journal->seq + 1;
	event_write(&journal->lines, event);
	if (journal->lines.failed)
		err = -ENOMEM;
	else if (journal->lines.len - start > JOURNAL_LINE_MAX + 1)
		err = -EMSGSIZE;
	if (!err)
		return 0;
	drop_behind(&journal->lines, start);
	event->seq = seq_before;
	return err;
}

/* After a write that failed: the file is as long as it was, or nothing is written any more. */
static void cut_back(struct journal *journal)
{
	uint64_t reserved_to = journal->reserved_to;
	struct stat st;

	if (fstat(journal->fd, &st) == 0 && (uint64_t)st.st_size == journal->size)
		return;
	if (ftruncate(journal->fd, (off_t)journal->size) != 0) {
		journal->is_broken = true;
		return;
	}
	if (reserved_to == RESERVE_NEVER)
		return;
	/* Truncation has freed what was set aside, too: take it back before others do. */
	journal->reserved_to = journal->size;
	reserve(journal->fd, journal->size, reserved_to, &journal->reserved_to);
}

static int put_lines(struct journal *journal)
{
	size_t len = journal->lines.len;
	int fault = fault_at(FAULT_WRITE);
	ssize_t put;
	int err;

	if (fault < 0)
		return fault;
	do
		put = write(journal->fd, journal->lines.data, fault == FAULT_SHORT ? len / 2 : len);
	while (put < 0 && errno == EINTR);
	(void)fault_at(FAULT_WRITE);
	if (put >= 0 && (size_t)put == len)
		return 0;
	err = put < 0 ? -errno : -ENOSPC;
	cut_back(journal);
	return journal->is_broken ? -EIO : err;
}

/* All of the lines, up to number last_seq. */
static int write_lines(struct journal *journal, uint64_t last_seq)
{
	int err = put_lines(journal);

	if (err)
		return err;
	if (!journal->first_seq)
		journal->first_seq = journal->seq - journal->held + 1;
	journal->seq = last_seq;
	journal->size += journal->lines.len;
	journal->position += journal->lines.len;
	journal->held = 0;
	text_clear(&journal->lines);
	return 0;
}

int journal_append(struct journal *journal, struct event *event, bool is_end)
{
	size_t held_len = journal->lines.len;
	uint64_t seq_before = event->seq;
	int err = compose(journal, event);

	if (err)
		return err;
	if (!is_end && journal->set_aside)
		err = reserve(journal->fd, journal->size,
			      journal->size + journal->lines.len + journal->set_aside,
			      &journal->reserved_to);
	if (!err)
		err = write_lines(journal, event->seq);
	if (err) {
		drop_behind(&journal->lines, held_len);
		event->seq = seq_before;
	}
	return err;
}

int journal_hold(struct journal *journal, struct event *event)
{
	int err = compose(journal, event);

	if (err)
		return err;
	journal->seq = event->seq;
	journal->held++;
	return 0;
}

int journal_flush(struct journal *journal)
{
	int err;

	if (!journal->held)
		return 0;
	err = journal->is_broken ? -EIO : write_lines(journal, journal->seq);
	if (!err)
		return 0;
	journal->seq -= journal->held;
	journal->held = 0;
	text_clear(&journal->lines);
	return err;
}

bool journal_wants_rotation(const struct journal *journal)
{
	return journal->size > journal->rotate_at;
}

static int sync_names(const struct journal *journal)
{
	return journal->is_lazy || fsync(journal->dir_fd) == 0 ? 0 : -errno;
}

static int sync_lines(const struct journal *journal)
{
	return journal->is_lazy || fdatasync(journal->fd) == 0 ? 0 : -errno;
}

/* An empty next audit.log, known to the disk, with the same space set aside. */
static int make_next(const struct journal *journal, uint64_t *reserved_to)
{
	uint64_t reserved = journal->reserved_to == RESERVE_NEVER ? RESERVE_NEVER : 0;
	int fd = plainfile_make(journal->dir_fd, SEGMENT_NEXT, O_RDWR | O_APPEND, SEGMENT_MODE);
	int err;

	if (fd < 0)
		return fd;
	err = reserve(fd, 0, journal->set_aside, &reserved);
	if (!err)
		err = sync_names(journal);
	if (err) {
		close(fd);
		unlinkat(journal->dir_fd, SEGMENT_NEXT, 0);
		return err;
	}
	*reserved_to = reserved;
	return fd;
}

/*
 * Both renames. A crash between them leaves audit.log.tmp and no audit.log, which is how the
 * next start tells it from an audit.log that somebody removed.
 */
static int switch_names(struct journal *journal)
{
	char segment[SEGMENT_NAME_MAX];
	int dir_fd = journal->dir_fd;
	struct stat st;
	int err;

	segment_name(journal->first_seq, segment);
	if (fstatat(dir_fd, segment, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	if (renameat(dir_fd, LAYOUT_AUDIT, dir_fd, segment) != 0)
		return -errno;
	if (renameat(dir_fd, SEGMENT_NEXT, dir_fd, LAYOUT_AUDIT) != 0) {
		err = -errno;
		journal->is_broken = renameat(dir_fd, segment, dir_fd, LAYOUT_AUDIT) != 0;
		return err;
	}
	err = sync_names(journal);
	journal->is_broken = err != 0;
	return err;
}

/* Frees what was set aside behind the end of a file that does not grow any more. */
static void trim(const struct journal *journal)
{
	if (journal->reserved_to != RESERVE_NEVER && journal->reserved_to > journal->size)
		(void)!ftruncate(journal->fd, (off_t)journal->size);
}

int journal_rotate(struct journal *journal, int *old_fd)
{
	uint64_t reserved_to = 0;
	int fd, err;

	if (journal->is_broken)
		return -EIO;
	err = journal_flush(journal);
	if (err)
		return err;
	if (!journal->size)
		return -EAGAIN;
	/* Only audit.log may be torn: a segment gets its name with all its bytes on the disk. */
	err = sync_lines(journal);
	journal->is_broken = err != 0;
	if (err)
		return err;
	fd = make_next(journal, &reserved_to);
	if (fd < 0)
		return fd;
	err = switch_names(journal);
	if (err) {
		close(fd);
		unlinkat(journal->dir_fd, SEGMENT_NEXT, 0);
		return err;
	}
	trim(journal);
	*old_fd = journal->fd;
	journal->fd = fd;
	journal->first_seq = 0;
	journal->size = 0;
	journal->reserved_to = reserved_to;
	return 0;
}

void journal_release(struct journal *journal)
{
	segment_close(&journal->fd);
	journal->fd = -1;
	text_release(&journal->lines);
}

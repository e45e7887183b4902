/*
 * Writes the snapshot (snapshot.h has its form): a temporary file through a buffer, digest on
 * the way, renamed once it is on the disk; then drops the segments nobody needs any more.
 * Reading is snapshot_read.c's.
 */
#include "host/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/journal.h"
#include "host/plainfile.h"
#include "host/segments.h"
#include "lokt/layout.h"

#define BUFFER_BYTES ((size_t)64 * 1024)

static void flush(struct snapshot_writer *writer)
{
	struct text *buffer = &writer->buffer;

	if (buffer->failed && !writer->error)
		writer->error = -ENOMEM;
	if (writer->error)
		return;
	writer->error = segment_write(writer->fd, buffer->data, buffer->len);
	text_clear(buffer);
}

int snapshot_begin(struct snapshot_writer *writer, int dir_fd, uint64_t seq)
{
	struct snapshot_writer fresh = {.dir_fd = dir_fd, .seq = seq};

	snprintf(fresh.name, sizeof fresh.name, LAYOUT_SNAPSHOT ".%d.tmp", (int)getpid());
	fresh.digest = malloc(sizeof(SHA2_CTX));
	if (!fresh.digest)
		return -ENOMEM;
	fresh.fd = plainfile_make(dir_fd, fresh.name, O_WRONLY, SEGMENT_MODE);
	if (fresh.fd < 0) {
		free(fresh.digest);
		return fresh.fd;
	}
	SHA256Init(fresh.digest);
	text_printf(&fresh.buffer, "{\"snapshot\":%d,\"seq\":%" PRIu64 "}\n", SNAPSHOT_VERSION,
		    seq);
	SHA256Update(fresh.digest, (const uint8_t *)fresh.buffer.data, fresh.buffer.len);
	*writer = fresh;
	return 0;
}

/* The digits that the line in the buffer ends with. */
static void digest_line(struct snapshot_writer *writer)
{
	const struct text *buffer = &writer->buffer;

	if (!buffer->failed)
		SHA256Update(writer->digest,
			     (const uint8_t *)event_crc(buffer->data + buffer->len - 1),
			     EVENT_CRC_DIGITS);
}

void snapshot_add(struct snapshot_writer *writer, struct event *event)
{
	size_t before = writer->buffer.len;

	if (writer->error)
		return;
	event->seq = ++writer->count;
	event_write(&writer->buffer, event);
	digest_line(writer);
	if (writer->buffer.len - before > JOURNAL_LINE_MAX + 1)
		writer->error = -EMSGSIZE;
	if (writer->buffer.len >= BUFFER_BYTES || writer->buffer.failed)
		flush(writer);
}

static int write_trailer(struct snapshot_writer *writer)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	char line[128];
	int len, err;

	SHA256End(writer->digest, hex);
	len = snprintf(line, sizeof line, "{\"count\":%" PRIu64 ",\"sha256\":\"%s\"}\n",
		       writer->count, hex);
	err = segment_write(writer->fd, line, (size_t)len);
	if (!err && fsync(writer->fd) != 0)
		err = -errno;
	return err;
}

int snapshot_finish(struct snapshot_writer *writer)
{
	flush(writer);
	if (!writer->error)
		writer->error = write_trailer(writer);
	if (close(writer->fd) != 0 && !writer->error)
		writer->error = -errno;
	writer->fd = -1;
	free(writer->digest);
	writer->digest = NULL;
	text_release(&writer->buffer);
	if (writer->error)
		snapshot_abandon(writer->dir_fd, writer->name);
	return writer->error;
}

void snapshot_abandon(int dir_fd, const char *name)
{
	unlinkat(dir_fd, name, 0);
}

/* How many segments, from the oldest on, the snapshot covers wholly. */
static size_t covered(const struct journal *journal, const struct segments *segments)
{
	uint64_t current = journal->first_seq ? journal->first_seq : journal->seq + 1;
	size_t count = 0;

	while (count < segments->count) {
		uint64_t following =
			count + 1 < segments->count ? segments->first[count + 1] : current;

		if (following > journal->snapshot_seq + 1)
			break;
		count++;
	}
	return count;
}

/* Best effort: a segment that stays costs space and nothing else. */
static void prune(const struct journal *journal, struct disposal *disposal)
{
	AUTO_SEGMENTS struct segments segments = {0};
	uint64_t kept = 0;
	size_t at;

	if (segments_list(journal->dir_fd, &segments) != 0)
		return;
	for (at = covered(journal, &segments); at-- > 0;) {
		char name[SEGMENT_NAME_MAX];
		struct stat st;

		segment_name(segments.first[at], name);
		if (fstatat(journal->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			kept += (uint64_t)st.st_size;
		if (kept > journal->keep_bytes)
			disposal_add(disposal, name);
	}
}

/* The name then has what was the snapshot, if there was one. */
static int exchange(const struct journal *journal, const char *name, struct disposal *disposal)
{
	int dir_fd = journal->dir_fd;

	if (renameat2(dir_fd, name, dir_fd, LAYOUT_SNAPSHOT, RENAME_EXCHANGE) == 0) {
		disposal_add(disposal, name);
		return 0;
	}
	/* There is none, or the file system cannot do that. */
	return renameat(dir_fd, name, dir_fd, LAYOUT_SNAPSHOT) == 0 ? 0 : -errno;
}

uint64_t snapshot_pace(int dir_fd)
{
	struct stat st;
	uint64_t half = fstatat(dir_fd, LAYOUT_SNAPSHOT, &st, AT_SYMLINK_NOFOLLOW) == 0
				? (uint64_t)st.st_size / 2
				: 0;

	return half > JOURNAL_ROTATE_BYTES ? half : JOURNAL_ROTATE_BYTES;
}

int snapshot_publish(struct journal *journal, const char *name, uint64_t seq,
		     struct disposal *disposal)
{
	int err;

	if (seq < journal->snapshot_seq || seq > journal->seq)
		return -EINVAL;
	err = exchange(journal, name, disposal);
	if (err)
		return err;
	journal->snapshot_seq = seq;
	journal->rotate_at = snapshot_pace(journal->dir_fd);
	prune(journal, disposal);
	disposal_begin(disposal, journal->dir_fd);
	return 0;
}

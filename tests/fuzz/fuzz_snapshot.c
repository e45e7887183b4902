/*
 * Any bytes as the snapshot, as they are and as lines that are given the checksums and the digest
 * they lack: damage is told; what is taken comes back from its own writing, byte for byte; and repair
 * reads all of what is sound.
 */
#include <errno.h>
#include <sha2.h>
#include <zlib.h>

#include "host/snapshot.h"
#include "lokt/layout.h"
#include "scratch.h"

static int count(struct event *event, void *context)
{
	PROPERTY(event->kind < EVENT_COUNT);
	++*(uint64_t *)context;
	return 0;
}

static int rewrite(struct event *event, void *context)
{
	snapshot_add(context, event);
	return 0;
}

static void read_snapshot(struct text *out)
{
	char bytes[4096];
	ssize_t len;
	int fd = openat(scratch_dir(), LAYOUT_SNAPSHOT, O_RDONLY | O_CLOEXEC);

	PROPERTY(fd >= 0);
	while ((len = read(fd, bytes, sizeof(bytes))) > 0)
		text_add(out, bytes, (size_t)len);
	close(fd);
}

/* Reads what is there and puts in its place what the writer makes of it. */
static void write_again(void)
{
	struct snapshot_writer writer;
	struct journal_fault fault = {0};
	uint64_t seq = 0, events = 0;

	PROPERTY(snapshot_read(scratch_dir(), count, &events, &seq, &fault) == 0);
	PROPERTY(snapshot_begin(&writer, scratch_dir(), seq) == 0);
	PROPERTY(snapshot_read(scratch_dir(), rewrite, &writer, &seq, &fault) == 0);
	PROPERTY(writer.count == events);
	PROPERTY(snapshot_finish(&writer) == 0);
	PROPERTY(renameat(scratch_dir(), writer.name, scratch_dir(), LAYOUT_SNAPSHOT) == 0);
}

static void check_sound(uint64_t seq, uint64_t events)
{
	uint64_t salvaged = 0, seq_again = 0, lost = 0;
	struct text first = {0}, second = {0};

	PROPERTY(snapshot_salvage(scratch_dir(), count, &salvaged, &seq_again, &lost) == 0);
	PROPERTY(salvaged == events && lost == 0 && seq_again == seq);
	write_again();
	read_snapshot(&first);
	write_again();
	read_snapshot(&second);
	PROPERTY(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	text_release(&first);
	text_release(&second);
}

static void try_snapshot(const void *bytes, size_t size)
{
	uint64_t seq = 0, events = 0, lost = 0;
	struct journal_fault fault = {0};
	int error;

	scratch_write(LAYOUT_SNAPSHOT, bytes, size);
	error = snapshot_read(scratch_dir(), count, &events, &seq, &fault);
	PROPERTY(error == 0 || error == -EBADMSG);
	if (!error) {
		check_sound(seq, events);
		return;
	}
	PROPERTY(fault.what[0] && fault.line > 0 && strcmp(fault.file, LAYOUT_SNAPSHOT) == 0);
	events = 0;
	PROPERTY(snapshot_salvage(scratch_dir(), count, &events, &seq, &lost) == 0);
}

/* A line as it would be with its checksum, which goes into *crcs too. */
static void add_event(struct text *out, struct text *crcs, const char *line, size_t len)
{
	unsigned long crc = crc32_z(0, (const unsigned char *)line, len);

	text_add(out, line, len);
	text_printf(out, ",\"crc\":\"%08lx\"}\n", crc);
	text_printf(crcs, "%08lx", crc);
}

static uint64_t add_events(struct text *out, struct text *crcs, const char *text, size_t size)
{
	uint64_t events = 0;

	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t len = end ? (size_t)(end - text) : size;

		if (len) {
			add_event(out, crcs, text, len);
			events++;
		}
		text += len + (end != NULL);
		size -= len + (end != NULL);
	}
	return events;
}

static void try_version(int version, const char *data, size_t size)
{
	struct text whole = {0}, covered = {0};
	char hex[SHA256_DIGEST_STRING_LENGTH];
	uint64_t events;

	text_printf(&whole, "{\"snapshot\":%d,\"seq\":9}\n", version);
	text_add(&covered, whole.data, whole.len);
	events = add_events(&whole, &covered, data, size);
	if (version == 1)
		SHA256Data((const uint8_t *)whole.data, whole.len, hex);
	else
		SHA256Data((const uint8_t *)covered.data, covered.len, hex);
	text_printf(&whole, "{\"count\":%llu,\"sha256\":\"%s\"}\n", (unsigned long long)events,
		    hex);
	try_snapshot(whole.data, whole.len);
	text_release(&covered);
	text_release(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_snapshot(data, size);
	for (int version = 1; version <= SNAPSHOT_VERSION; version++)
		try_version(version, (const char *)data, size);
	return 0;
}

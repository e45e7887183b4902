/*
 * Snapshots: written, checked, taken as a replay's beginning, published.
 */
#include "journal_kit.h"

#include <sha2.h>
#include <signal.h>
#include <sys/resource.h>

#define SEGMENT_1 "audit-00000000000000000001.log"
#define SEGMENT_4 "audit-00000000000000000004.log"
#define SEGMENT_7 "audit-00000000000000000007.log"

/* A snapshot up to seq whose events are a start and `count` leases with tokens from 1000 on. */
static void make(struct kit *kit, struct snapshot_writer *writer, uint64_t seq, unsigned count)
{
	assert_int_equal(snapshot_begin(writer, kit->dir_fd, seq), 0);
	for (unsigned i = 0; i <= count; i++) {
		struct event event = kit_event(i ? EVENT_ACQUIRE : EVENT_START, 1000 + i);

		snapshot_add(writer, &event);
		event_clear(&event);
	}
	assert_int_equal(snapshot_finish(writer), 0);
}

static void publish(struct kit *kit, uint64_t seq, unsigned count)
{
	struct snapshot_writer writer;

	struct disposal disposal = {0};

	make(kit, &writer, seq, count);
	assert_int_equal(snapshot_publish(&kit->journal, writer.name, seq, &disposal), 0);
	assert_int_equal(disposal_end(&disposal), 0);
	assert_int_equal(kit->journal.snapshot_seq, seq);
	assert_false(kit_exists(kit, writer.name));
}

/* Replay gave the snapshot's events, then those after seq. */
static void saw(struct kit *kit, unsigned count, uint64_t seq, uint64_t last)
{
	assert_int_equal(kit->seen, count + 1 + last - seq);
	for (size_t i = 0; i < kit->seen; i++) {
		uint64_t behind = i - count + seq;

		assert_int_equal(kit->tokens[i], i <= count ? 1000 + i : behind + 100);
		assert_int_equal(kit->seqs[i], i <= count ? i + 1 : behind);
	}
	assert_int_equal(kit->kinds[0], EVENT_START);
	assert_int_equal(kit->journal.seq, last);
}

static void begin(struct kit *kit, unsigned lines)
{
	kit_begin(kit);
	assert_int_equal(kit_open(kit), 0);
	kit_fill(kit, lines);
}

static void a_start_reads_the_snapshot_and_what_follows(void **state)
{
	static const unsigned counts[] = {0, 1, 2, 1000};
	struct kit kit;

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		begin(&kit, 5);
		publish(&kit, 3, counts[i]);
		kit_reopen(&kit);
		saw(&kit, counts[i], 3, 5);
		kit_fill(&kit, 2);
		kit_rotate(&kit);
		kit_fill(&kit, 2);
		kit_reopen(&kit);
		saw(&kit, counts[i], 3, 9);
		publish(&kit, 9, 1);
		kit_reopen(&kit);
		saw(&kit, 1, 9, 9);
		kit_end(&kit);
	}
}

/* The snapshot as programs wrote it whose digest was of all bytes. */
static void make_version_1(struct kit *kit)
{
	char hex[SHA256_DIGEST_STRING_LENGTH], trailer[128];
	size_t len, before;
	char *bytes;
	char *count;

	kit_replace_line(kit, "snapshot", 1, "{\"snapshot\":1,\"seq\":3}\n");
	bytes = kit_read(kit, "snapshot", &len);
	count = strstr(bytes, "{\"count\":");
	assert_non_null(count);
	before = (size_t)(count - bytes);
	SHA256Data((const uint8_t *)bytes, before, hex);
	snprintf(trailer, sizeof trailer, "{\"count\":%d,\"sha256\":\"%s\"}\n", atoi(count + 9),
		 hex);
	assert_int_equal(strlen(trailer), len - before);
	memcpy(count, trailer, len - before);
	kit_write(kit, "snapshot", bytes, len);
	free(bytes);
}

static void a_snapshot_of_an_older_program_is_read(void **state)
{
	struct kit kit;

	(void)state;
	begin(&kit, 5);
	publish(&kit, 3, 2);
	make_version_1(&kit);
	kit_reopen(&kit);
	saw(&kit, 2, 3, 5);
	publish(&kit, 5, 2);
	kit_reopen(&kit);
	saw(&kit, 2, 5, 5);
	kit_end(&kit);
}

static void find_every_flipped_bit(bool is_version_1)
{
	struct kit kit;
	size_t len;
	char *bytes;

	begin(&kit, 3);
	publish(&kit, 3, 1);
	if (is_version_1)
		make_version_1(&kit);
	bytes = kit_read(&kit, "snapshot", &len);
	for (size_t bit = 0; bit < len * 8; bit += stride()) {
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		kit_write(&kit, "snapshot", bytes, len);
		journal_release(&kit.journal);
		if (kit_open(&kit) != -EBADMSG)
			fail_msg("bit %zu of byte %zu is not found", bit % 8, bit / 8);
		assert_string_equal(kit.fault.file, "snapshot");
		bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (size_t cut = 0; cut < len; cut += stride()) {
		kit_write(&kit, "snapshot", bytes, cut);
		assert_int_equal(kit_open(&kit), -EBADMSG);
	}
	free(bytes);
	kit_end(&kit);
}

static void every_flipped_bit_of_a_snapshot_is_found(void **state)
{
	(void)state;
	find_every_flipped_bit(false);
	find_every_flipped_bit(true);
}

/* Each line is sound by itself, and has its number. */
static void a_sound_line_of_another_snapshot_is_found(void **state)
{
	for (unsigned number = 2; number <= 3; number++) {
		struct text line = {0};
		struct event event = kit_event(number == 2 ? EVENT_START : EVENT_ACQUIRE, 7);
		struct kit kit;

		begin(&kit, 1);
		publish(&kit, 1, 1);
		event.seq = number - 1;
		event_write(&line, &event);
		kit_replace_line(&kit, "snapshot", number, line.data);
		kit_expect_damage(&kit, "snapshot", 4);
		text_release(&line);
		event_clear(&event);
		kit_end(&kit);
	}
	(void)state;
}

static void nothing_may_follow_the_trailer(void **state)
{
	struct kit kit;
	int fd;

	(void)state;
	begin(&kit, 1);
	publish(&kit, 1, 1);
	fd = openat(kit.dir_fd, "snapshot", O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "{}\n", 3), 3);
	close(fd);
	kit_expect_damage(&kit, "snapshot", 5);
	kit_end(&kit);
}

static void a_later_version_is_not_guessed_at(void **state)
{
	struct kit kit;

	(void)state;
	begin(&kit, 1);
	publish(&kit, 1, 1);
	kit_replace_line(&kit, "snapshot", 1, "{\"snapshot\":3,\"seq\":1}\n");
	kit_expect_damage(&kit, "snapshot", 1);
	kit_end(&kit);
}

/* Segments 1 to 3 and 4 to 6 and 7 to 9, audit.log 10 to 12. */
static void begin_segments(struct kit *kit)
{
	begin(kit, 3);
	for (int i = 0; i < 3; i++) {
		kit_rotate(kit);
		kit_fill(kit, 3);
	}
}

static void only_segments_that_are_covered_wholly_are_removed(void **state)
{
	static const struct {
		uint64_t seq;
		unsigned keeps; /* segments, when none is wanted */
	} rows[] = {{2, 3}, {3, 2}, {5, 2}, {6, 1}, {8, 1}, {9, 0}, {12, 0}};
	struct kit kit;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin_segments(&kit);
		kit.journal.keep_bytes = 0;
		publish(&kit, rows[i].seq, 1);
		assert_int_equal(kit_files(&kit, "audit-", false), rows[i].keeps);
		kit_reopen(&kit);
		saw(&kit, 1, rows[i].seq, 12);
		kit_end(&kit);
	}
}

static void the_newest_segments_are_kept_up_to_a_size(void **state)
{
	struct kit kit;
	struct stat st;

	(void)state;
	begin_segments(&kit);
	assert_int_equal(fstatat(kit.dir_fd, SEGMENT_7, &st, 0), 0);
	kit.journal.keep_bytes = (uint64_t)st.st_size * 2 + 100;
	publish(&kit, 12, 1);
	assert_false(kit_exists(&kit, SEGMENT_1));
	assert_true(kit_exists(&kit, SEGMENT_4));
	assert_true(kit_exists(&kit, SEGMENT_7));
	kit_end(&kit);
}

static void an_empty_audit_log_does_not_cover_for_its_segment(void **state)
{
	struct kit kit;

	(void)state;
	begin(&kit, 3);
	kit_rotate(&kit);
	kit.journal.keep_bytes = 0;
	publish(&kit, 2, 1);
	assert_true(kit_exists(&kit, SEGMENT_1));
	kit_reopen(&kit);
	saw(&kit, 1, 2, 3);
	kit.journal.keep_bytes = 0;
	publish(&kit, 3, 1);
	assert_false(kit_exists(&kit, SEGMENT_1));
	kit_reopen(&kit);
	saw(&kit, 1, 3, 3);
	kit_fill(&kit, 1);
	kit_reopen(&kit);
	saw(&kit, 1, 3, 4);
	kit_end(&kit);
}

static void covered_segments_are_not_read(void **state)
{
	struct kit kit;

	(void)state;
	begin_segments(&kit);
	publish(&kit, 9, 1);
	kit_flip(&kit, SEGMENT_1, 2);
	kit_flip(&kit, SEGMENT_7, 2);
	kit_reopen(&kit);
	saw(&kit, 1, 9, 12);
	kit_end(&kit);
}

static void a_gap_behind_the_snapshot_is_damage(void **state)
{
	struct kit kit;

	(void)state;
	begin_segments(&kit);
	publish(&kit, 5, 1);
	assert_int_equal(unlinkat(kit.dir_fd, SEGMENT_4, 0), 0);
	kit_expect_damage(&kit, SEGMENT_7, 1);
	kit_end(&kit);
	begin(&kit, 5);
	publish(&kit, 3, 1);
	kit_replace_line(&kit, "audit.log", 4, NULL);
	kit_expect_damage(&kit, "audit.log", 4);
	kit_end(&kit);
}

static void the_log_may_not_vanish_behind_a_snapshot(void **state)
{
	struct kit kit;

	(void)state;
	begin(&kit, 3);
	publish(&kit, 2, 1);
	assert_int_equal(unlinkat(kit.dir_fd, "audit.log", 0), 0);
	kit_expect_damage(&kit, "audit.log", 1);
	kit_end(&kit);
}

/* Power failed: the snapshot was synced, the last lines that it covers were not. */
static void lines_lost_below_the_snapshot_are_no_gap(void **state)
{
	struct kit kit;

	(void)state;
	for (unsigned left = 0; left <= 5; left++) {
		size_t len;
		char *bytes;

		begin(&kit, 5);
		publish(&kit, 5, 1);
		bytes = kit_read(&kit, "audit.log", &len);
		kit_write(&kit, "audit.log", bytes, (size_t)(kit_line(bytes, left + 1) - bytes));
		free(bytes);
		kit_reopen(&kit);
		saw(&kit, 1, 5, 5);
		kit_fill(&kit, 2);
		kit_reopen(&kit);
		saw(&kit, 1, 5, 7);
		kit_rotate(&kit);
		kit_fill(&kit, 1);
		kit_reopen(&kit);
		saw(&kit, 1, 5, 8);
		kit_end(&kit);
	}
}

static void only_a_newer_snapshot_of_written_lines_is_published(void **state)
{
	struct kit kit;
	struct disposal disposal = {0};
	struct snapshot_writer writer;

	(void)state;
	begin(&kit, 5);
	publish(&kit, 3, 1);
	make(&kit, &writer, 2, 2);
	assert_int_equal(snapshot_publish(&kit.journal, writer.name, 2, &disposal), -EINVAL);
	assert_int_equal(snapshot_publish(&kit.journal, writer.name, 6, &disposal), -EINVAL);
	assert_int_equal(snapshot_publish(&kit.journal, "snapshot.none", 4, &disposal), -ENOENT);
	assert_int_equal(kit.journal.snapshot_seq, 3);
	assert_true(kit_exists(&kit, writer.name));
	snapshot_abandon(kit.dir_fd, writer.name);
	assert_false(kit_exists(&kit, writer.name));
	kit_reopen(&kit);
	saw(&kit, 1, 3, 5);
	kit_end(&kit);
}

static void what_a_crash_leaves_is_swept_away(void **state)
{
	struct kit kit;
	struct snapshot_writer writer;

	(void)state;
	begin(&kit, 2);
	make(&kit, &writer, 2, 2);
	kit_write(&kit, "snapshot.1.tmp", "x", 1);
	kit_write(&kit, "audit.log.repair", "x", 1);
	kit_write(&kit, "notes.tmp", "x", 1);
	kit_reopen(&kit);
	kit_saw(&kit, 1, 2);
	assert_false(kit_exists(&kit, writer.name));
	assert_false(kit_exists(&kit, "snapshot.1.tmp"));
	assert_false(kit_exists(&kit, "audit.log.repair"));
	assert_true(kit_exists(&kit, "notes.tmp"));
	kit_end(&kit);
}

static void a_snapshot_that_cannot_be_written_leaves_nothing(void **state)
{
	struct kit kit;
	struct snapshot_writer writer;
	struct event event = kit_event(EVENT_ACQUIRE, 1000);
	struct rlimit limit;
	int err;

	(void)state;
	begin(&kit, 1);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(snapshot_begin(&writer, kit.dir_fd, 1), 0);
	snapshot_add(&writer, &event);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	err = snapshot_finish(&writer);
	limit.rlim_cur = RLIM_INFINITY;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(err, -EFBIG);
	assert_int_equal(kit_files(&kit, "", false), 1);
	event_clear(&event);
	kit_end(&kit);
}

/* Of a large table, the next one is due when half of it has been written again. */
static void a_large_snapshot_is_not_soon_followed_by_another(void **state)
{
	struct kit kit;
	struct disposal disposal = {0};
	int fd;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	assert_true(kit.journal.rotate_at == JOURNAL_ROTATE_BYTES);
	kit_fill(&kit, 1);
	fd = openat(kit.journal.dir_fd, "snapshot.1.tmp", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, INT64_C(5) << 30), 0); /* sparse */
	close(fd);
	assert_int_equal(snapshot_publish(&kit.journal, "snapshot.1.tmp", 1, &disposal), 0);
	assert_int_equal(disposal_end(&disposal), 0);
	assert_true(kit.journal.rotate_at == UINT64_C(5) << 29);
	assert_int_equal(unlinkat(kit.journal.dir_fd, "snapshot", 0), 0);
	assert_true(snapshot_pace(kit.journal.dir_fd) == JOURNAL_ROTATE_BYTES);
	kit_end(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_reads_the_snapshot_and_what_follows),
		cmocka_unit_test(a_snapshot_of_an_older_program_is_read),
		cmocka_unit_test(a_sound_line_of_another_snapshot_is_found),
		cmocka_unit_test(every_flipped_bit_of_a_snapshot_is_found),
		cmocka_unit_test(nothing_may_follow_the_trailer),
		cmocka_unit_test(a_later_version_is_not_guessed_at),
		cmocka_unit_test(only_segments_that_are_covered_wholly_are_removed),
		cmocka_unit_test(the_newest_segments_are_kept_up_to_a_size),
		cmocka_unit_test(an_empty_audit_log_does_not_cover_for_its_segment),
		cmocka_unit_test(covered_segments_are_not_read),
		cmocka_unit_test(a_gap_behind_the_snapshot_is_damage),
		cmocka_unit_test(the_log_may_not_vanish_behind_a_snapshot),
		cmocka_unit_test(lines_lost_below_the_snapshot_are_no_gap),
		cmocka_unit_test(only_a_newer_snapshot_of_written_lines_is_published),
		cmocka_unit_test(what_a_crash_leaves_is_swept_away),
		cmocka_unit_test(a_snapshot_that_cannot_be_written_leaves_nothing),
		cmocka_unit_test(a_large_snapshot_is_not_soon_followed_by_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

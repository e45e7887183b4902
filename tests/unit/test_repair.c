/*
 * Repair: whatever the damage, the journal opens afterwards with all that is sound, and the
 * bytes as they were found are kept.
 */
#include "journal_kit.h"

#define SEGMENT_1 "audit-00000000000000000001.log"
#define SEGMENT_4 "audit-00000000000000000004.log"
#define TOKEN_MARGIN (UINT64_C(1) << 20)

struct original {
	char *bytes;
	size_t len;
};

static struct original take_original(struct kit *kit, const char *name)
{
	struct original original;
	original.bytes = kit_read(kit, name, &original.len);
	return original;
}

/* NAME.damaged-<time> holds exactly the original, which is freed. */
static void assert_kept(struct kit *kit, const char *name, struct original original)
{
	DIR *dir = fdopendir(openat(kit->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	char prefix[128], copy[256] = "";
	size_t len;
	char *bytes;

	snprintf(prefix, sizeof prefix, "%s.damaged-", name);
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			snprintf(copy, sizeof copy, "%s", entry->d_name);
	closedir(dir);
	assert_true(copy[0]);
	bytes = kit_read(kit, copy, &len);
	assert_int_equal(len, original.len);
	assert_memory_equal(bytes, original.bytes, len);
	free(bytes);
	free(original.bytes);
}

/* Repairs; the report must hold each of the words. */
static void repair(struct kit *kit, const char *const *words)
{
	struct text report = {0};

	journal_release(&kit->journal);
	assert_int_equal(journal_repair(kit->dir_fd, &report), 0);
	for (; *words; words++)
		if (!strstr(report.data, *words))
			fail_msg("\"%s\" is not in: %s", *words, report.data);
	text_release(&report);
	assert_int_equal(kit_files(kit, ".repair", false), 0);
	assert_int_equal(kit_files(kit, ".tmp", false), 0);
	kit_reopen(kit);
}

#define REPAIR(kit, ...) repair(kit, (const char *const[]){__VA_ARGS__, NULL})

/* Replay gave records with just these tokens, numbered from `first` on. */
static void saw_tokens(struct kit *kit, uint64_t first, const uint64_t *tokens, size_t count)
{
	assert_int_equal(kit->seen, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(kit->seqs[i], first + i);
		assert_int_equal(kit->tokens[i], tokens[i]);
	}
}

#define SAW(kit, first, ...)                                                                       \
	saw_tokens(kit, first, (const uint64_t[]){__VA_ARGS__},                                    \
		   sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

/* Tokens 101 to 103 in a segment, 104 to 106 in another, 107 to 109 in audit.log. */
static void begin(struct kit *kit)
{
	kit_begin(kit);
	assert_int_equal(kit_open(kit), 0);
	kit_fill(kit, 3);
	kit_rotate(kit);
	kit_fill(kit, 3);
	kit_rotate(kit);
	kit_fill(kit, 3);
}

static void publish(struct kit *kit, uint64_t seq, unsigned count)
{
	struct snapshot_writer writer;
	struct disposal disposal = {0};

	assert_int_equal(snapshot_begin(&writer, kit->dir_fd, seq), 0);
	for (unsigned i = 0; i < count; i++) {
		struct event event = kit_event(i ? EVENT_ACQUIRE : EVENT_START, 1000 + i);

		snapshot_add(&writer, &event);
		event_clear(&event);
	}
	assert_int_equal(snapshot_finish(&writer), 0);
	assert_int_equal(snapshot_publish(&kit->journal, writer.name, seq, &disposal), 0);
	assert_int_equal(disposal_end(&disposal), 0);
}

static void what_is_sound_is_left_alone(void **state)
{
	struct kit kit;
	struct original one, last;

	(void)state;
	begin(&kit);
	one = take_original(&kit, SEGMENT_1);
	last = take_original(&kit, "audit.log");
	REPAIR(&kit, "nothing is damaged");
	kit_saw(&kit, 1, 9);
	assert_int_equal(kit_files(&kit, "", false), 3);
	kit_write(&kit, "a.damaged-1", one.bytes, one.len);
	assert_kept(&kit, "a", take_original(&kit, SEGMENT_1));
	kit_write(&kit, "b.damaged-1", last.bytes, last.len);
	assert_kept(&kit, "b", take_original(&kit, "audit.log"));
	free(one.bytes);
	free(last.bytes);
	kit_end(&kit);
}

static void a_fresh_root_needs_no_repair(void **state)
{
	struct kit kit;

	(void)state;
	kit_begin(&kit);
	REPAIR(&kit, "nothing is damaged");
	assert_int_equal(kit.journal.seq, 0);
	kit_end(&kit);
}

static void a_flipped_byte_costs_one_line(void **state)
{
	struct kit kit;
	struct original original;

	(void)state;
	begin(&kit);
	kit_flip(&kit, "audit.log", 2);
	original = take_original(&kit, "audit.log");
	REPAIR(&kit, "audit.log line 2: the checksum is wrong", "is kept as audit.log.damaged-");
	SAW(&kit, 1, 101, 102, 103, 104, 105, 106, 107, 109, 110 + 1 + TOKEN_MARGIN);
	assert_int_equal(kit.kinds[8], EVENT_RESERVE);
	assert_kept(&kit, "audit.log", original);
	kit_fill(&kit, 1);
	kit_reopen(&kit);
	kit_end(&kit);
}

static void later_files_are_renumbered_and_renamed(void **state)
{
	struct kit kit;
	struct original one, four, last;

	(void)state;
	begin(&kit);
	kit_flip(&kit, SEGMENT_1, 2);
	one = take_original(&kit, SEGMENT_1);
	four = take_original(&kit, SEGMENT_4);
	last = take_original(&kit, "audit.log");
	REPAIR(&kit, SEGMENT_1 " line 2: the checksum is wrong", "fencing tokens go on from");
	SAW(&kit, 1, 101, 103, 104, 105, 106, 107, 108, 109, 110 + 1 + TOKEN_MARGIN);
	assert_true(kit_exists(&kit, "audit-00000000000000000003.log"));
	assert_false(kit_exists(&kit, SEGMENT_4));
	assert_kept(&kit, SEGMENT_1, one);
	assert_kept(&kit, SEGMENT_4, four);
	assert_kept(&kit, "audit.log", last);
	kit_end(&kit);
}

static void a_missing_line_is_told(void **state)
{
	struct kit kit;
	struct original original;

	(void)state;
	begin(&kit);
	kit_replace_line(&kit, "audit.log", 2, NULL);
	original = take_original(&kit, "audit.log");
	REPAIR(&kit, "audit.log line 2: before it, 1 records are missing");
	SAW(&kit, 1, 101, 102, 103, 104, 105, 106, 107, 109, 110 + 1 + TOKEN_MARGIN);
	assert_kept(&kit, "audit.log", original);
	kit_end(&kit);
}

static void garbage_between_sound_lines_costs_nothing(void **state)
{
	struct kit kit;
	struct original original;
	struct text lines = {0};
	size_t len;
	char *bytes;

	(void)state;
	begin(&kit);
	bytes = kit_read(&kit, "audit.log", &len);
	text_add(&lines, bytes, (size_t)(kit_line(bytes, 2) - bytes));
	text_puts(&lines, "garbage\n");
	kit_replace_line(&kit, "audit.log", 1, lines.data);
	text_release(&lines);
	free(bytes);
	original = take_original(&kit, "audit.log");
	REPAIR(&kit, "audit.log line 2: the ");
	kit_saw(&kit, 1, 9);
	assert_kept(&kit, "audit.log", original);
	kit_end(&kit);
}

static void a_line_without_end_is_passed(void **state)
{
	struct kit kit;
	char *line = malloc(300002);
	struct original original;

	(void)state;
	begin(&kit);
	memset(line, 'x', 300000);
	line[300000] = '\n';
	line[300001] = '\0';
	kit_replace_line(&kit, "audit.log", 2, line);
	free(line);
	original = take_original(&kit, "audit.log");
	REPAIR(&kit, "audit.log line 2: the line is too long");
	SAW(&kit, 1, 101, 102, 103, 104, 105, 106, 107, 109, 110 + 1 + TOKEN_MARGIN);
	assert_kept(&kit, "audit.log", original);
	kit_end(&kit);
}

static void a_torn_end_goes_and_a_lost_newline_comes_back(void **state)
{
	struct kit kit;
	struct original original;

	(void)state;
	for (size_t cut = 1; cut <= 20; cut += 19) {
		begin(&kit);
		original = take_original(&kit, "audit.log");
		kit_write(&kit, "audit.log", original.bytes, original.len - cut);
		original.len -= cut;
		journal_release(&kit.journal);
		if (cut == 1) {
			REPAIR(&kit, "the newline is missing");
			kit_saw(&kit, 1, 9);
		} else {
			REPAIR(&kit, "audit.log line 3: the checksum");
			SAW(&kit, 1, 101, 102, 103, 104, 105, 106, 107, 108,
			    109 + 1 + TOKEN_MARGIN);
		}
		assert_kept(&kit, "audit.log", original);
		kit_end(&kit);
	}
}

static void a_missing_segment_is_closed_up(void **state)
{
	struct kit kit;

	(void)state;
	begin(&kit);
	assert_int_equal(unlinkat(kit.dir_fd, SEGMENT_4, 0), 0);
	REPAIR(&kit, "3 records are missing between number 4 and 6");
	SAW(&kit, 1, 101, 102, 103, 107, 108, 109, 110 + 3 + TOKEN_MARGIN);
	kit_end(&kit);
}

static void a_missing_audit_log_is_begun_anew(void **state)
{
	struct kit kit;

	(void)state;
	begin(&kit);
	assert_int_equal(unlinkat(kit.dir_fd, "audit.log", 0), 0);
	REPAIR(&kit, "audit.log is missing");
	SAW(&kit, 1, 101, 102, 103, 104, 105, 106, 107 + 1 + TOKEN_MARGIN);
	kit_end(&kit);
}

static void a_segment_without_a_sound_line_goes(void **state)
{
	struct kit kit;
	struct original original;

	(void)state;
	begin(&kit);
	kit_write(&kit, SEGMENT_4, "all\ngone\n", 9);
	original = take_original(&kit, SEGMENT_4);
	REPAIR(&kit, SEGMENT_4 " line 1: the ", "1 records are missing between");
	SAW(&kit, 1, 101, 102, 103, 107, 108, 109, 110 + 3 + TOKEN_MARGIN);
	assert_false(kit_exists(&kit, SEGMENT_4));
	assert_kept(&kit, SEGMENT_4, original);
	kit_end(&kit);
}

static void lines_behind_a_snapshot_are_never_moved_under_it(void **state)
{
	struct kit kit;

	(void)state;
	begin(&kit);
	publish(&kit, 7, 1);
	kit_flip(&kit, SEGMENT_1, 2);
	kit_flip(&kit, "audit.log", 1);
	REPAIR(&kit, SEGMENT_1 " line 2: ", "audit.log line 1: ");
	assert_int_equal(kit.seen, 3);
	assert_int_equal(kit.seqs[1], 8);
	assert_int_equal(kit.tokens[1], 108);
	assert_int_equal(kit.tokens[2], 109);
	kit_end(&kit);
	begin(&kit);
	publish(&kit, 7, 1);
	kit_flip(&kit, "audit.log", 2);
	REPAIR(&kit, "audit.log line 2: ");
	assert_int_equal(kit.seen, 3);
	assert_int_equal(kit.seqs[1], 8);
	assert_int_equal(kit.tokens[1], 109);
	assert_int_equal(kit.kinds[2], EVENT_RESERVE);
	assert_int_equal(kit.tokens[2], 1000 + 1 + TOKEN_MARGIN);
	kit_end(&kit);
}

static void a_damaged_snapshot_is_rebuilt_from_all_segments(void **state)
{
	struct kit kit;
	struct original original;

	(void)state;
	begin(&kit);
	publish(&kit, 8, 3);
	kit_flip(&kit, "snapshot", 3);
	kit_expect_damage(&kit, "snapshot", 3);
	original = take_original(&kit, "snapshot");
	REPAIR(&kit, "snapshot line 3: ", "set aside", "is kept as snapshot.damaged-");
	kit_saw(&kit, 1, 9);
	assert_false(kit_exists(&kit, "snapshot"));
	assert_kept(&kit, "snapshot", original);
	kit_end(&kit);
}

static void a_damaged_snapshot_without_its_segments_keeps_its_sound_lines(void **state)
{
	struct kit kit;
	struct original original;

	(void)state;
	begin(&kit);
	publish(&kit, 8, 5);
	assert_int_equal(unlinkat(kit.dir_fd, SEGMENT_1, 0), 0);
	kit_flip(&kit, "snapshot", 4);
	original = take_original(&kit, "snapshot");
	REPAIR(&kit, "the lines up to number 3 are missing", "that are kept: 4, lost: 1",
	       "fencing tokens go on from");
	assert_int_equal(kit.journal.snapshot_seq, 3);
	assert_int_equal(kit.seen, 4 + 6 + 1);
	assert_int_equal(kit.kinds[0], EVENT_START);
	assert_int_equal(kit.tokens[1], 1001);
	assert_int_equal(kit.tokens[2], 1003);
	assert_int_equal(kit.tokens[3], 1004);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(kit.seqs[4 + i], 4 + i);
		assert_int_equal(kit.tokens[4 + i], 104 + i);
	}
	assert_int_equal(kit.kinds[10], EVENT_RESERVE);
	assert_true(kit.tokens[10] > 1005 + TOKEN_MARGIN);
	assert_kept(&kit, "snapshot", original);
	kit_end(&kit);
}

/* A number in the header that is too high would hide lines that count. */
static void a_damaged_header_hides_no_line(void **state)
{
	struct kit kit;

	(void)state;
	begin(&kit);
	publish(&kit, 6, 2);
	assert_int_equal(unlinkat(kit.dir_fd, SEGMENT_1, 0), 0);
	kit_replace_line(&kit, "snapshot", 1, "{\"snapshot\":1,\"seq\":8}\n");
	REPAIR(&kit, "the lines up to number 3 are missing", "that are kept: 2, lost: 0");
	assert_int_equal(kit.seen, 2 + 6 + 1);
	assert_int_equal(kit.tokens[7], 109);
	kit_end(&kit);
}

static void without_snapshot_and_first_segment_the_rest_is_kept(void **state)
{
	struct kit kit;

	(void)state;
	begin(&kit);
	assert_int_equal(unlinkat(kit.dir_fd, SEGMENT_1, 0), 0);
	REPAIR(&kit, "the lines up to number 3 are missing");
	assert_int_equal(kit.seen, 7);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(kit.tokens[i], 104 + i);
	kit_end(&kit);
}

static void a_snapshot_alone_is_salvaged(void **state)
{
	struct kit kit;

	(void)state;
	begin(&kit);
	publish(&kit, 9, 3);
	kit_files(&kit, "audit", true);
	kit_flip(&kit, "snapshot", 3);
	REPAIR(&kit, "audit.log is missing", "that are kept: 2, lost: 1");
	assert_int_equal(kit.seen, 3);
	assert_int_equal(kit.journal.snapshot_seq, 9);
	assert_int_equal(kit.journal.seq, 10);
	kit_end(&kit);
}

/* Each byte of a small journal in turn: repair always leads to a journal that opens. */
static void whatever_byte_is_damaged_repair_helps(void **state)
{
	struct kit kit;
	size_t len;
	char *bytes;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	kit_fill(&kit, 3);
	bytes = kit_read(&kit, "audit.log", &len);
	for (size_t at = 0; at < len; at += stride()) {
		struct text report = {0};

		bytes[at] ^= 2;
		kit_write(&kit, "audit.log", bytes, len);
		journal_release(&kit.journal);
		assert_int_equal(journal_repair(kit.dir_fd, &report), 0);
		text_release(&report);
		kit_reopen(&kit);
		/* At most two lines go: those that a damaged newline has joined. */
		assert_true(kit.seen >= 2 && kit.kinds[kit.seen - 1] == EVENT_RESERVE);
		assert_true(kit.tokens[kit.seen - 1] > 103);
		kit_files(&kit, "damaged-", true);
		kit_files(&kit, "snapshot", true);
		bytes[at] ^= 2;
	}
	free(bytes);
	kit_end(&kit);
}

static void a_repair_that_fails_changes_nothing(void **state)
{
	struct kit kit;
	struct text report = {0};
	struct original before, after;

	(void)state;
	begin(&kit);
	publish(&kit, 8, 3);
	kit_flip(&kit, "snapshot", 3);
	kit_flip(&kit, SEGMENT_1, 2);
	before = take_original(&kit, SEGMENT_1);
	assert_int_equal(mkdirat(kit.dir_fd, "audit.log.repair", 0700), 0);
	journal_release(&kit.journal);
	assert_int_equal(journal_repair(kit.dir_fd, &report), -EISDIR);
	text_release(&report);
	assert_int_equal(unlinkat(kit.dir_fd, "audit.log.repair", AT_REMOVEDIR), 0);
	assert_int_equal(kit_files(&kit, "", false), 4);
	after = take_original(&kit, SEGMENT_1);
	assert_int_equal(after.len, before.len);
	assert_memory_equal(after.bytes, before.bytes, before.len);
	free(after.bytes);
	free(before.bytes);
	kit_end(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sound_is_left_alone),
		cmocka_unit_test(a_fresh_root_needs_no_repair),
		cmocka_unit_test(a_flipped_byte_costs_one_line),
		cmocka_unit_test(later_files_are_renumbered_and_renamed),
		cmocka_unit_test(a_missing_line_is_told),
		cmocka_unit_test(garbage_between_sound_lines_costs_nothing),
		cmocka_unit_test(a_line_without_end_is_passed),
		cmocka_unit_test(a_torn_end_goes_and_a_lost_newline_comes_back),
		cmocka_unit_test(a_missing_segment_is_closed_up),
		cmocka_unit_test(a_missing_audit_log_is_begun_anew),
		cmocka_unit_test(a_segment_without_a_sound_line_goes),
		cmocka_unit_test(lines_behind_a_snapshot_are_never_moved_under_it),
		cmocka_unit_test(a_damaged_snapshot_is_rebuilt_from_all_segments),
		cmocka_unit_test(a_damaged_snapshot_without_its_segments_keeps_its_sound_lines),
		cmocka_unit_test(a_damaged_header_hides_no_line),
		cmocka_unit_test(without_snapshot_and_first_segment_the_rest_is_kept),
		cmocka_unit_test(a_snapshot_alone_is_salvaged),
		cmocka_unit_test(whatever_byte_is_damaged_repair_helps),
		cmocka_unit_test(a_repair_that_fails_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

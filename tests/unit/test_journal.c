/*
 * Appending, replay and damage. Writes that fail, rotation and the full disk are
 * test_journal_space.c's, the snapshot test_snapshot.c's.
 */
#include "journal_kit.h"

#define SEGMENT_1 "audit-00000000000000000001.log"
#define SEGMENT_4 "audit-00000000000000000004.log"

static void a_fresh_root_gets_an_empty_audit_log(void **state)
{
	struct kit kit;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	assert_int_equal(kit.seen, 0);
	assert_int_equal(kit.journal.seq, 0);
	assert_true(kit_exists(&kit, "audit.log"));
	kit_reopen(&kit);
	assert_int_equal(kit.journal.seq, 0);
	kit_end(&kit);
}

static void every_kind_comes_back_in_order(void **state)
{
	struct kit kit;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	for (unsigned kind = 0; kind < EVENT_COUNT; kind++)
		assert_int_equal(kit_append(&kit, kind, kind + 101), 0);
	assert_int_equal(kit.journal.position, kit.journal.size);
	kit_reopen(&kit);
	assert_int_equal(kit.seen, EVENT_COUNT);
	for (unsigned kind = 0; kind < EVENT_COUNT; kind++) {
		assert_int_equal(kit.kinds[kind], kind);
		assert_int_equal(kit.seqs[kind], kind + 1);
		if (kind != EVENT_CLOCK)
			assert_int_equal(kit.tokens[kind], kind + 101);
	}
	assert_int_equal(kit.journal.seq, EVENT_COUNT);
	assert_int_equal(kit.journal.first_seq, 1);
	assert_int_equal(kit.journal.position, 0);
	kit_fill(&kit, 1);
	kit_reopen(&kit);
	assert_int_equal(kit.journal.seq, EVENT_COUNT + 1);
	kit_end(&kit);
}

static void apply_may_refuse(void **state)
{
	struct kit kit;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	kit_fill(&kit, 2);
	journal_release(&kit.journal);
	kit.refuse = -ENOMEM;
	assert_int_equal(kit_open(&kit), -ENOMEM);
	assert_string_equal(kit.fault.file, "audit.log");
	assert_int_equal(kit.fault.line, 1);
	kit_end(&kit);
}

static void a_torn_tail_is_cut_off(void **state)
{
	static const struct {
		const char *bytes;
		size_t zeroes;
	} rows[] = {
		{"{", 0},     {"{\"seq\":4,\"ts\":\"2026-11", 0},      {"", 1}, {"", 4096},
		{"", 300000}, {"{\"seq\":4,\"ts\":\"2026-11", 200000},
	};
	struct kit kit;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint64_t size;
		struct stat st;

		kit_begin(&kit);
		assert_int_equal(kit_open(&kit), 0);
		kit_fill(&kit, 3);
		size = kit.journal.size;
		assert_int_equal(write(kit.journal.fd, rows[i].bytes, strlen(rows[i].bytes)),
				 strlen(rows[i].bytes));
		assert_int_equal(ftruncate(kit.journal.fd,
					   (off_t)(size + strlen(rows[i].bytes) + rows[i].zeroes)),
				 0);
		kit_reopen(&kit);
		kit_saw(&kit, 1, 3);
		assert_int_equal(kit.journal.size, size);
		assert_int_equal(fstat(kit.journal.fd, &st), 0);
		assert_int_equal(st.st_size, size);
		kit_fill(&kit, 1);
		kit_reopen(&kit);
		kit_saw(&kit, 1, 4);
		kit_end(&kit);
	}
}

static void a_file_cut_anywhere_keeps_its_whole_lines(void **state)
{
	struct kit kit;
	size_t len, lines = 0;
	char *bytes;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	kit_fill(&kit, 3);
	bytes = kit_read(&kit, "audit.log", &len);
	for (size_t cut = 0; cut <= len; cut++) {
		/* A line that lacks only its newline is whole. */
		bool is_end = cut < len && bytes[cut] == '\n';

		lines += is_end;
		if (!is_end && cut % stride())
			continue;
		kit_write(&kit, "audit.log", bytes, cut);
		kit_reopen(&kit);
		assert_int_equal(kit.seen, lines);
		assert_int_equal(kit.journal.seq, lines);
		assert_int_equal(kit.journal.first_seq, lines ? 1 : 0);
		kit_fill(&kit, 1);
		kit_reopen(&kit);
		assert_int_equal(kit.seen, lines + 1);
	}
	assert_int_equal(lines, 3);
	free(bytes);
	kit_end(&kit);
}

static void every_flipped_bit_is_found(void **state)
{
	struct kit kit;
	size_t len;
	char *bytes;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	assert_int_equal(kit_append(&kit, EVENT_START, 1000), 0);
	kit_fill(&kit, 1);
	assert_int_equal(kit_append(&kit, EVENT_RELEASE, 102), 0);
	bytes = kit_read(&kit, "audit.log", &len);
	for (size_t bit = 0; bit < len * 8; bit += stride()) {
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		kit_write(&kit, "audit.log", bytes, len);
		journal_release(&kit.journal);
		if (kit_open(&kit) != -EBADMSG)
			fail_msg("bit %zu of byte %zu is not found", bit % 8, bit / 8);
		bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
	kit_write(&kit, "audit.log", bytes, len);
	kit_reopen(&kit);
	assert_int_equal(kit.seen, 3);
	free(bytes);
	kit_end(&kit);
}

static void drop_line(struct kit *kit)
{
	kit_replace_line(kit, SEGMENT_1, 2, NULL);
}

static void drop_first_line(struct kit *kit)
{
	kit_replace_line(kit, SEGMENT_1, 1, NULL);
}

static void double_line(struct kit *kit)
{
	size_t len;
	char *bytes = kit_read(kit, "audit.log", &len);
	char *line = strndup(bytes, (size_t)(kit_line(bytes, 2) - bytes));
	struct text twice = {0};

	text_puts(&twice, line);
	text_puts(&twice, line);
	kit_replace_line(kit, "audit.log", 1, twice.data);
	text_release(&twice);
	free(line);
	free(bytes);
}

static void empty_line(struct kit *kit)
{
	kit_replace_line(kit, "audit.log", 2, "\n");
}

static void garbage_line(struct kit *kit)
{
	kit_replace_line(kit, "audit.log", 2, "not an event\n");
}

static void zeroes_before_a_newline(struct kit *kit)
{
	char zeroes[64] = {0};
	int fd = openat(kit->dir_fd, "audit.log", O_WRONLY | O_APPEND | O_CLOEXEC);

	zeroes[63] = '\n';
	assert_int_equal(write(fd, zeroes, 64), 64);
	close(fd);
}

static void long_bytes(struct kit *kit, size_t len, const char *end)
{
	int fd = openat(kit->dir_fd, "audit.log", O_WRONLY | O_APPEND | O_CLOEXEC);
	char *bytes = malloc(len);

	assert_non_null(bytes);
	memset(bytes, 'x', len);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(write(fd, end, strlen(end)), strlen(end));
	free(bytes);
	close(fd);
}

static void long_line(struct kit *kit)
{
	long_bytes(kit, 300000, "\n");
}

static void long_tail(struct kit *kit)
{
	long_bytes(kit, 300000, "");
}

static void torn_segment(struct kit *kit)
{
	size_t len;
	char *bytes = kit_read(kit, SEGMENT_1, &len);

	kit_write(kit, SEGMENT_1, bytes, len - 10);
	free(bytes);
}

static void no_segment(struct kit *kit)
{
	assert_int_equal(unlinkat(kit->dir_fd, SEGMENT_1, 0), 0);
}

static void no_middle_segment(struct kit *kit)
{
	assert_int_equal(unlinkat(kit->dir_fd, SEGMENT_4, 0), 0);
}

static void no_audit_log(struct kit *kit)
{
	assert_int_equal(unlinkat(kit->dir_fd, "audit.log", 0), 0);
}

static void other_name(struct kit *kit)
{
	assert_int_equal(
		renameat(kit->dir_fd, SEGMENT_1, kit->dir_fd, "audit-00000000000000000002.log"), 0);
}

static void a_directory(struct kit *kit)
{
	no_segment(kit);
	assert_int_equal(mkdirat(kit->dir_fd, SEGMENT_1, 0700), 0);
}

/* Lines 1 to 3, 4 to 6, and in audit.log 7 to 9. */
static void damage_is_found_and_told(void **state)
{
	static const struct {
		void (*damage)(struct kit *kit);
		const char *file;
		uint64_t line;
	} rows[] = {
		{drop_line, SEGMENT_1, 2},
		{drop_first_line, SEGMENT_1, 1},
		{double_line, "audit.log", 2},
		{empty_line, "audit.log", 2},
		{garbage_line, "audit.log", 2},
		{zeroes_before_a_newline, "audit.log", 4},
		{long_line, "audit.log", 4},
		{long_tail, "audit.log", 4},
		{torn_segment, SEGMENT_1, 3},
		{no_segment, SEGMENT_4, 1},
		{no_middle_segment, "audit.log", 1},
		{no_audit_log, "audit.log", 1},
		{other_name, "audit-00000000000000000002.log", 1},
	};
	struct kit kit;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t before = 0, after = 0, files;

		kit_begin(&kit);
		assert_int_equal(kit_open(&kit), 0);
		kit_fill(&kit, 3);
		kit_rotate(&kit);
		kit_fill(&kit, 3);
		kit_rotate(&kit);
		kit_fill(&kit, 3);
		kit_reopen(&kit);
		kit_saw(&kit, 1, 9);
		rows[i].damage(&kit);
		files = kit_files(&kit, "", false);
		if (rows[i].damage != no_audit_log)
			free(kit_read(&kit, "audit.log", &before));
		kit_expect_damage(&kit, rows[i].file, rows[i].line);
		assert_int_equal(kit_files(&kit, "", false), files);
		if (rows[i].damage != no_audit_log)
			free(kit_read(&kit, "audit.log", &after));
		assert_int_equal(after, before);
		kit_end(&kit);
	}
}

static void what_is_no_regular_file_is_not_read(void **state)
{
	struct kit kit;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	kit_fill(&kit, 3);
	kit_rotate(&kit);
	a_directory(&kit);
	journal_release(&kit.journal);
	assert_int_equal(kit_open(&kit), -EINVAL);
	assert_string_equal(kit.fault.file, SEGMENT_1);
	assert_int_equal(unlinkat(kit.dir_fd, SEGMENT_1, AT_REMOVEDIR), 0);
	kit_end(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fresh_root_gets_an_empty_audit_log),
		cmocka_unit_test(every_kind_comes_back_in_order),
		cmocka_unit_test(apply_may_refuse),
		cmocka_unit_test(a_torn_tail_is_cut_off),
		cmocka_unit_test(a_file_cut_anywhere_keeps_its_whole_lines),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(damage_is_found_and_told),
		cmocka_unit_test(what_is_no_regular_file_is_not_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Lines that are held back: one write with the next line, by themselves when that one fails, and
 * lost, numbers and all, when nothing can be written.
 */
#include "journal_fails.h"

/* Holds back an end whose token is its sequence number + 100, as kit_fill() does. */
static int hold(struct kit *kit)
{
	struct event event = kit_event(EVENT_RELEASE, kit->journal.seq + 101);
	int err = journal_hold(&kit->journal, &event);

	assert_int_equal(event.seq, err ? 0 : kit->journal.seq);
	event_clear(&event);
	return err;
}

static void what_is_held_back_goes_with_the_next_line(void **state)
{
	struct kit kit;
	uint64_t size;
	size_t len;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	assert_int_equal(hold(&kit), 0);
	assert_int_equal(hold(&kit), 0);
	assert_int_equal(kit.journal.seq, 2);
	assert_int_equal(kit.journal.position, 0);
	free(kit_read(&kit, "audit.log", &len));
	assert_int_equal(len, 0);
	kit_fill(&kit, 1);
	assert_int_equal(kit.journal.first_seq, 1);
	assert_int_equal(kit.journal.position, kit.journal.size);
	size = kit.journal.size;
	assert_int_equal(journal_flush(&kit.journal), 0);
	assert_int_equal(kit.journal.size, size);
	assert_int_equal(hold(&kit), 0);
	assert_int_equal(journal_flush(&kit.journal), 0);
	assert_true(kit.journal.size > size);
	kit_reopen(&kit);
	kit_saw(&kit, 1, 4);
	assert_int_equal(kit.kinds[1], EVENT_RELEASE);
	assert_int_equal(kit.kinds[2], EVENT_ACQUIRE);
	kit_end(&kit);
}

static void a_line_that_fails_leaves_what_is_held_back(void **state)
{
	struct kit kit;
	uint64_t size;
	size_t len;
	int err;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	kit_fill(&kit, 2);
	size = kit.journal.size;
	assert_int_equal(hold(&kit), 0);
	limit_file_size(size + kit.journal.lines.len + 50);
	err = kit_append(&kit, EVENT_ACQUIRE, 500);
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(kit.journal.seq, 3);
	assert_int_equal(kit.journal.size, size);
	free(kit_read(&kit, "audit.log", &len));
	assert_int_equal(len, size);
	err = journal_flush(&kit.journal);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(err, 0);
	kit_fill(&kit, 1);
	kit_reopen(&kit);
	kit_saw(&kit, 1, 4);
	assert_int_equal(kit.kinds[2], EVENT_RELEASE);
	kit_end(&kit);
}

static void what_cannot_be_flushed_is_lost_and_its_numbers_are_not(void **state)
{
	struct kit kit;
	int err;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	kit_fill(&kit, 2);
	assert_int_equal(hold(&kit), 0);
	assert_int_equal(hold(&kit), 0);
	limit_file_size(kit.journal.size + 50);
	err = journal_flush(&kit.journal);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(kit.journal.seq, 2);
	assert_int_equal(journal_flush(&kit.journal), 0);
	kit_fill(&kit, 1);
	kit_reopen(&kit);
	kit_saw(&kit, 1, 3);
	kit_end(&kit);
}

static void a_torn_journal_takes_nothing_that_is_held_back(void **state)
{
	struct kit kit;
	int err;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	kit_fill(&kit, 2);
	assert_int_equal(hold(&kit), 0);
	ftruncate_fails = true;
	limit_file_size(kit.journal.size + kit.journal.lines.len + 50);
	err = kit_append(&kit, EVENT_ACQUIRE, 500);
	limit_file_size(RLIM_INFINITY);
	ftruncate_fails = false;
	assert_int_equal(err, -EIO);
	assert_true(kit.journal.is_broken);
	assert_int_equal(hold(&kit), -EIO);
	assert_int_equal(journal_flush(&kit.journal), -EIO);
	assert_int_equal(kit.journal.seq, 2);
	/* The held line was whole in what could not be taken back. */
	kit_reopen(&kit);
	kit_saw(&kit, 1, 3);
	kit_end(&kit);
}

static void rotation_takes_along_what_is_held_back(void **state)
{
	struct kit kit;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	kit_fill(&kit, 2);
	assert_int_equal(hold(&kit), 0);
	kit_rotate(&kit);
	assert_int_equal(kit.journal.size, 0);
	kit_fill(&kit, 1);
	assert_int_equal(kit.journal.first_seq, 4);
	kit_reopen(&kit);
	kit_saw(&kit, 1, 4);
	kit_end(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_held_back_goes_with_the_next_line),
		cmocka_unit_test(a_line_that_fails_leaves_what_is_held_back),
		cmocka_unit_test(what_cannot_be_flushed_is_lost_and_its_numbers_are_not),
		cmocka_unit_test(a_torn_journal_takes_nothing_that_is_held_back),
		cmocka_unit_test(rotation_takes_along_what_is_held_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

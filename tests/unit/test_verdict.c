/*
 * The verdict table as the contract has it: words are unique and come back, errnos and exit
 * statuses are the ones that cli.md and the man pages promise.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lokt/verdict.h"

static const struct {
	enum verdict verdict;
	int error, lokt_exit, grite_exit;
} promised[VERDICT_COUNT] = {
	{VERDICT_OK, 0, 0, 0},
	{VERDICT_HELD, EBUSY, 2, 4},
	{VERDICT_CONFLICT, EBUSY, 2, 4},
	{VERDICT_BOUND, EBUSY, 2, 4},
	{VERDICT_FROZEN, EACCES, 2, 4},
	{VERDICT_NOT_OWNER, EPERM, 4, 4},
	{VERDICT_FORBIDDEN, EPERM, 4, 1},
	{VERDICT_NO_LEASE, ENOENT, 3, 3},
	{VERDICT_ENDED, ESTALE, 3, 3},
	{VERDICT_NOT_STALE, EBUSY, 1, 1},
	{VERDICT_BAD_NAME, EINVAL, 64, 2},
	{VERDICT_NAME_TOO_LONG, ENAMETOOLONG, 64, 2},
	{VERDICT_BAD_OPTION, EINVAL, 64, 2},
	{VERDICT_TOO_BIG, EFBIG, 64, 2},
	{VERDICT_BAD_IDENTITY, EINVAL, 64, 2},
	{VERDICT_IN_PAST, EINVAL, 64, 2},
	{VERDICT_NO_PROCESS, EINVAL, 64, 2},
	{VERDICT_TABLE_FULL, ENOSPC, 1, 1},
	{VERDICT_TIMED_OUT, ETIMEDOUT, 2, 4},
	{VERDICT_INTERRUPTED, EINTR, 1, 1},
	{VERDICT_UNREACHABLE, EHOSTUNREACH, 1, 1},
	{VERDICT_UNSUPPORTED, EOPNOTSUPP, 1, 1},
};

static void every_row_is_as_promised(void **state)
{
	(void)state;
	for (unsigned i = 0; i < VERDICT_COUNT; i++) {
		const struct verdict_row *row = verdict_row(promised[i].verdict);

		assert_int_equal(promised[i].verdict, i);
		assert_int_equal(row->error, promised[i].error);
		assert_int_equal(row->lokt_exit, promised[i].lokt_exit);
		assert_int_equal(row->grite_exit, promised[i].grite_exit);
		assert_non_null(row->sentence);
		assert_non_null(row->grite_code);
	}
}

static void words_lead_back_to_their_verdict(void **state)
{
	(void)state;
	for (unsigned i = 0; i < VERDICT_COUNT; i++)
		assert_int_equal(verdict_from_word(verdict_row((enum verdict)i)->word), i);
	assert_int_equal(verdict_from_word("no such word"), VERDICT_COUNT);
	assert_int_equal(verdict_from_word(""), VERDICT_COUNT);
}

static void out_of_range_is_an_internal_error(void **state)
{
	(void)state;
	assert_string_equal(verdict_row(VERDICT_COUNT)->word, "internal");
	assert_string_equal(verdict_row((enum verdict) - 1)->word, "internal");
	assert_int_equal(verdict_from_word("internal"), VERDICT_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_as_promised),
		cmocka_unit_test(words_lead_back_to_their_verdict),
		cmocka_unit_test(out_of_range_is_an_internal_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

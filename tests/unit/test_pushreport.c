/*
 * Lines of git push --porcelain, as git 2.39 and servers print them, and the fates they mean.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "host/pushreport.h"

#define HASH "00112233445566aa"
#define REF LOCKREF_PREFIX HASH
#define UNTOUCHED "not tried"

static struct remote_change read_report(const char *report)
{
	struct remote_change change = {.hash = HASH, .fate = REMOTE_UNKNOWN, .why = UNTOUCHED};

	pushreport_read(report, strlen(report), &change, 1);
	return change;
}

static void each_line_has_its_fate(void **state)
{
	static const struct {
		const char *line;
		enum remote_fate fate;
		const char *why;
	} rows[] = {
		{"*\tabc:" REF "\t[new reference]", REMOTE_DONE, ""},
		{" \tabc:" REF "\tabc..def", REMOTE_DONE, ""},
		{"+\tabc:" REF "\tabc...def (forced update)", REMOTE_DONE, ""},
		{"=\tabc:" REF "\t[up to date]", REMOTE_DONE, ""},
		{"-\t:" REF "\t[deleted]", REMOTE_DONE, ""},
		{"!\tabc:" REF "\t[rejected] (stale info)", REMOTE_LOST, ""},
		{"!\t(delete):" REF "\t[rejected] (stale info)", REMOTE_LOST, ""},
		{"!\tabc:" REF "\t[rejected] (fetch first)", REMOTE_LOST, ""},
		{"!\tabc:" REF "\t[rejected] (non-fast-forward)", REMOTE_LOST, ""},
		{"!\tabc:" REF "\t[remote rejected] (failed to update ref)", REMOTE_LOST, ""},
		{"!\tabc:" REF "\t[remote rejected] (failed to lock)", REMOTE_LOST, ""},
		{"!\tabc:" REF "\t[remote rejected] (incorrect old value provided)", REMOTE_LOST,
		 ""},
		{"!\tabc:" REF "\t[remote rejected] (cannot lock ref '" REF
		 "': is at 1 but expected 2)",
		 REMOTE_LOST, ""},
		{"!\tabc:" REF "\t[remote rejected] (hook declined)", REMOTE_REFUSED,
		 "hook declined"},
		{"!\tabc:" REF "\t[remote rejected] (pre-receive hook declined)", REMOTE_REFUSED,
		 "pre-receive hook declined"},
		{"!\tabc:" REF "\t[remote rejected] (deletion prohibited)", REMOTE_REFUSED,
		 "deletion prohibited"},
		{"!\tabc:" REF "\t[remote rejected] (shallow update not allowed)", REMOTE_REFUSED,
		 "shallow update not allowed"},
		{"!\tabc:" REF "\t[remote rejected] (a (b) c)", REMOTE_REFUSED, "a (b) c"},
		{"!\tabc:" REF "\t[remote rejected] (\033[1m\xff)", REMOTE_REFUSED, "?[1m?"},
		{"!\tabc:" REF "\t[remote rejected]", REMOTE_REFUSED, "[remote rejected]"},
		{"!\tabc:" REF "\t[remote rejected] (unpacker error)", REMOTE_UNKNOWN,
		 "unpacker error"},
		{"!\tabc:" REF "\t[remote failure] (remote failed to report status)",
		 REMOTE_UNKNOWN, "remote failed to report status"},
		{"!\tabc:" REF "\t", REMOTE_UNKNOWN, ""},
		{"X\tabc:" REF "\t[no match]", REMOTE_UNKNOWN, "[no match]"},
		{"*\tabc:refs/heads/main\t[new branch]", REMOTE_UNKNOWN, UNTOUCHED},
		{"*\tabc:" REF "0\t[new reference]", REMOTE_UNKNOWN, UNTOUCHED},
		{"*\tabc:" REF, REMOTE_UNKNOWN, UNTOUCHED},
		{"*\t" REF "\t[new reference]", REMOTE_UNKNOWN, UNTOUCHED},
		{"* abc:" REF "\t[new reference]", REMOTE_UNKNOWN, UNTOUCHED},
		{"*", REMOTE_UNKNOWN, UNTOUCHED},
		{"", REMOTE_UNKNOWN, UNTOUCHED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text report = {0};
		struct remote_change change;

		text_printf(&report, "To ../remote\n%s\nDone\n", rows[i].line);
		change = read_report(report.data);
		if (change.fate != rows[i].fate || strcmp(change.why, rows[i].why) != 0)
			fail_msg("\"%s\": fate %d, \"%s\"", rows[i].line, (int)change.fate,
				 change.why);
		text_release(&report);
	}
}

static void a_report_without_its_end_says_nothing(void **state)
{
	static const char report[] = "To x\n*\ta:" REF "\t[new reference]\nDone\n";

	(void)state;
	assert_int_equal(read_report(report).fate, REMOTE_DONE);
	for (size_t cut = 0; cut < strlen(report); cut++) {
		struct remote_change change = {.hash = HASH, .fate = REMOTE_UNKNOWN};

		pushreport_read(report, cut, &change, 1);
		assert_int_equal(change.fate, REMOTE_UNKNOWN);
	}
}

static void of_several_addresses_all_must_have_taken_it(void **state)
{
	static const char done[] = "*\ta:" REF "\t[new reference]\n";
	static const char lost[] = "!\ta:" REF "\t[rejected] (stale info)\n";
	struct text report = {0};

	(void)state;
	text_printf(&report, "To x\n%sDone\nTo y\n%sDone\n", done, lost);
	assert_int_equal(read_report(report.data).fate, REMOTE_LOST);
	text_clear(&report);
	text_printf(&report, "To x\n%sDone\nTo y\n%sDone\n", lost, done);
	assert_int_equal(read_report(report.data).fate, REMOTE_LOST);
	text_release(&report);
}

static void changes_are_told_apart(void **state)
{
	static const char report[] = "To x\n"
				     "!\ta:" LOCKREF_PREFIX "0000000000000002\t[rejected] (stale "
				     "info)\n"
				     "*\ta:" LOCKREF_PREFIX "0000000000000001\t[new reference]\n"
				     "Done\n";
	struct remote_change changes[3] = {
		{.hash = "0000000000000001", .fate = REMOTE_UNKNOWN},
		{.hash = "0000000000000002", .fate = REMOTE_UNKNOWN},
		{.hash = "0000000000000003", .fate = REMOTE_UNKNOWN},
	};

	(void)state;
	pushreport_read(report, strlen(report), changes, 3);
	assert_int_equal(changes[0].fate, REMOTE_DONE);
	assert_int_equal(changes[1].fate, REMOTE_LOST);
	assert_int_equal(changes[2].fate, REMOTE_UNKNOWN);
}

static void a_long_reason_is_clipped(void **state)
{
	struct text report = {0};

	(void)state;
	text_printf(&report, "!\ta:" REF "\t[remote rejected] (%0500d)\nDone\n", 1);
	assert_int_equal(strlen(read_report(report.data).why), LOCKREF_WHY_MAX - 1);
	text_release(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_has_its_fate),
		cmocka_unit_test(a_report_without_its_end_says_nothing),
		cmocka_unit_test(of_several_addresses_all_must_have_taken_it),
		cmocka_unit_test(changes_are_told_apart),
		cmocka_unit_test(a_long_reason_is_clipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

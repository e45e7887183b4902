/*
 * What the options for shared leases may be: words, spans within their bounds, names of remotes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lokt/shared_option.h"

static void modes_are_three_words(void **state)
{
	static const char *const wrong[] = {"", "Off", "of", "strict ", "sync", "offoff"};

	(void)state;
	for (int i = SHARED_OFF; i <= SHARED_STRICT; i++) {
		const char *word = shared_mode_word((enum shared_mode)i);
		enum shared_mode mode = SHARED_OFF;

		assert_true(shared_mode_parse(word, strlen(word), &mode));
		assert_int_equal(mode, i);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		enum shared_mode mode = SHARED_ASYNC;

		assert_false(shared_mode_parse(wrong[i], strlen(wrong[i]), &mode));
		assert_int_equal(mode, SHARED_ASYNC);
	}
}

static void spans_keep_their_bounds(void **state)
{
	static const struct {
		enum shared_span span;
		const char *text;
		int64_t ms; /* -1: refused */
	} rows[] = {
		{SPAN_INTERVAL, "1s", 1000},
		{SPAN_INTERVAL, "999ms", -1},
		{SPAN_INTERVAL, "24h", 86400000},
		{SPAN_INTERVAL, "1d", 86400000},
		{SPAN_INTERVAL, "86401", -1},
		{SPAN_INTERVAL, "0", -1},
		{SPAN_INTERVAL, "", -1},
		{SPAN_INTERVAL, "soon", -1},
		{SPAN_SKEW, "0", 0},
		{SPAN_SKEW, "0s", 0},
		{SPAN_SKEW, "0ms", 0},
		{SPAN_SKEW, "0h", 0},
		{SPAN_SKEW, "00", -1},
		{SPAN_SKEW, "0x", -1},
		{SPAN_SKEW, "-1s", -1},
		{SPAN_SKEW, "1h", 3600000},
		{SPAN_SKEW, "1h1s", -1},
		{SPAN_SKEW, "500ms", 500},
		{SPAN_STRICT_WAIT, "100ms", 100},
		{SPAN_STRICT_WAIT, "99ms", -1},
		{SPAN_STRICT_WAIT, "0", -1},
		{SPAN_STRICT_WAIT, "60s", 60000},
		{SPAN_STRICT_WAIT, "1m1ms", -1},
		{SPAN_STRICT_WAIT, "99999999999999999999h", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t ms = -7;
		bool is_taken =
			shared_span_parse(rows[i].span, rows[i].text, strlen(rows[i].text), &ms);

		assert_int_equal(is_taken, rows[i].ms >= 0);
		assert_int_equal(ms, is_taken ? rows[i].ms : -7);
	}
}

static void defaults_are_within_the_bounds(void **state)
{
	(void)state;
	assert_int_equal(shared_span_default(SPAN_INTERVAL), 30000);
	assert_int_equal(shared_span_default(SPAN_SKEW), 5000);
	assert_int_equal(shared_span_default(SPAN_STRICT_WAIT), 2000);
}

static void only_names_are_names_of_remotes(void **state)
{
	static const char *const right[] = {"origin", "up/stream", "a", "A.b_c+d-9", "x."};
	static const char *const wrong[] = {
		"",
		"-x",
		"--upload-pack=x",
		"/a",
		"a/",
		"..",
		"a..b",
		"../a",
		"a b",
		"a:b",
		"https://host/x",
		"git@host",
		"a\n",
		"ext::sh",
		"a\x1b",
		"\xC3\xA4",
		"a*",
		"a~1",
		".",
		"./x",
		"x/.",
		"a/./b",
		".x",
	};
	char longest[REMOTE_NAME_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		assert_true(remote_name_is_valid(right[i], strlen(right[i])));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(remote_name_is_valid(wrong[i], strlen(wrong[i])));
	memset(longest, 'a', sizeof longest);
	assert_true(remote_name_is_valid(longest, REMOTE_NAME_MAX));
	assert_false(remote_name_is_valid(longest, REMOTE_NAME_MAX + 1));
	assert_false(remote_name_is_valid("a\0b", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes_are_three_words),
		cmocka_unit_test(spans_keep_their_bounds),
		cmocka_unit_test(defaults_are_within_the_bounds),
		cmocka_unit_test(only_names_are_names_of_remotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Judging text from outside, and the buffer that JSON is written into.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "lokt/text.h"

static const struct {
	const char *text;
	bool is_utf8, is_clean;
} texts[] = {
	{"", true, true},
	{"plain", true, true},
	{"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x94\x92", true, true},
	{"\xC2\xA0", true, true},
	{"\xEF\xBF\xBF", true, true},
	{"\xF4\x8F\xBF\xBF", true, true},
	{"a\tb", true, false},
	{"a\nb", true, false},
	{"\x1B[31m", true, false},
	{"\x7F", true, false},
	{"\xC2\x85", true, false},
	{"\xC2\x9B", true, false},
	{"\xE2\x80\xA8", true, false},
	{"\xE2\x80\xA9", true, false},
	{"\xE2\x80\xAA", true, false},
	{"\xE2\x80\xAE", true, false},
	{"\xE2\x81\xA6", true, false},
	{"\xE2\x81\xA9", true, false},
	{"\xE2\x80\xA7", true, true},
	{"\xE2\x80\xAF", true, true},
	{"\xE2\x81\xAA", true, true},
	{"\x80", false, false},
	{"\xC3", false, false},
	{"\xC3(", false, false},
	{"\xC0\x80", false, false},
	{"\xC1\xBF", false, false},
	{"\xE0\x80\x80", false, false},
	{"\xE0\x9F\xBF", false, false},
	{"\xF0\x8F\xBF\xBF", false, false},
	{"\xED\xA0\x80", false, false},
	{"\xED\xBF\xBF", false, false},
	{"\xF4\x90\x80\x80", false, false},
	{"\xF8\x88\x80\x80\x80", false, false},
	{"\xFF", false, false},
	{"a\xE2\x82", false, false},
};

static void text_is_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		size_t len = strlen(texts[i].text);

		assert_int_equal(text_is_utf8(texts[i].text, len), texts[i].is_utf8);
		assert_int_equal(text_is_clean(texts[i].text, len, 100), texts[i].is_clean);
	}
	assert_false(text_is_clean("a\0b", 3, 100));
}

static void the_bound_is_in_bytes(void **state)
{
	(void)state;
	assert_true(text_is_clean("\xC3\xA4"
				  "b",
				  3, 3));
	assert_false(text_is_clean("\xC3\xA4"
				   "b",
				   3, 2));
}

static void json_strings_are_escaped_and_come_back(void **state)
{
	static const char *const rows[][2] = {
		{"plain", "\"plain\""},
		{"", "\"\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"a\nb\tc", "\"a\\nb\\tc\""},
		{"\x1B[0m", "\"\\u001b[0m\""},
		{"\x7F\xC2\x9B", "\"\\u007f\\u009b\""},
		{"\xE2\x80\xAE!", "\"\\u202e!\""},
		{"\xC3\xA4", "\"\xC3\xA4\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text text = {0};
		cJSON *json;

		text_add_json(&text, rows[i][0]);
		assert_string_equal(text.data, rows[i][1]);
		json = cJSON_Parse(text.data);
		assert_non_null(json);
		assert_string_equal(json->valuestring, rows[i][0]);
		cJSON_Delete(json);
		text_release(&text);
	}
}

static void bytes_that_are_not_utf8_are_replaced_one_by_one(void **state)
{
	struct text text = {0};

	(void)state;
	text_add_json(&text, "a\xFF\xC3(\xC3");
	assert_string_equal(text.data, "\"a\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\"");
	text_release(&text);
}

/* Strings are looked at eight bytes at a time. */
static void a_byte_is_judged_alike_wherever_it_stands(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		struct text alone = {0};

		text_add_json(&alone, (const char[]){(char)byte, '\0'});
		for (size_t place = 0; place < 17; place++) {
			char string[] = "aaaaaaaaaaaaaaaaa";
			struct text among = {0}, expected = {0};

			string[place] = (char)byte;
			text_add_json(&among, string);
			text_printf(&expected, "\"%.*s%.*s%s\"", (int)place, string,
				    (int)alone.len - 2, alone.data + 1, string + place + 1);
			assert_string_equal(among.data, expected.data);
			assert_int_equal(among.len, expected.len);
			text_release(&among);
			text_release(&expected);
		}
		text_release(&alone);
	}
}

static void numbers_come_out_whole(void **state)
{
	static const int64_t rows[] = {0, 7, 10, 99, 100, 1234567890, -1, INT64_MAX, INT64_MIN};
	struct text text = {0};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char expected[32];

		text_clear(&text);
		text_add_i64(&text, rows[i]);
		snprintf(expected, sizeof expected, "%lld", (long long)rows[i]);
		assert_string_equal(text.data, expected);
		assert_int_equal(text.len, strlen(expected));
	}
	text_clear(&text);
	text_add_u64(&text, UINT64_MAX);
	assert_string_equal(text.data, "18446744073709551615");
	text_release(&text);
}

static void keys_are_separated(void **state)
{
	struct text text = {0};

	(void)state;
	text_add(&text, "{", 1);
	text_key_string(&text, "s", "{");
	text_key_i64(&text, "min", INT64_MIN);
	text_key_u64(&text, "max", UINT64_MAX);
	text_key(&text, "a");
	text_puts(&text, "[");
	text_puts(&text, "{");
	text_key_bool(&text, "t", true);
	text_key_bool(&text, "f", false);
	text_puts(&text, "}]}");
	assert_string_equal(text.data, "{\"s\":\"{\",\"min\":-9223372036854775808,"
				       "\"max\":18446744073709551615,"
				       "\"a\":[{\"t\":true,\"f\":false}]}");
	assert_int_equal(text.len, strlen(text.data));
	text_release(&text);
}

static void it_grows_and_is_reused(void **state)
{
	struct text text = {0};

	(void)state;
	for (int i = 0; i < 10000; i++)
		text_printf(&text, "%04d,", i);
	assert_int_equal(text.len, 50000);
	assert_string_equal(text.data + 49995, "9999,");
	assert_memory_equal(text.data, "0000,0001,", 10);
	text_clear(&text);
	assert_int_equal(text.len, 0);
	assert_string_equal(text.data, "");
	text_add_u64(&text, 0);
	assert_string_equal(text.data, "0");
	text_release(&text);
	assert_null(text.data);
}

static void a_failed_growth_is_remembered(void **state)
{
	struct text text = {.len = SIZE_MAX - 10, .cap = SIZE_MAX - 5};

	(void)state;
	text_add(&text, "0123456789", 10);
	assert_true(text.failed);
	assert_int_equal(text.len, SIZE_MAX - 10);
	text_add(&text, "", 0);
	assert_true(text.failed);
}

static void a_line_is_clean_and_has_room(void **state)
{
	static const struct {
		const char *from;
		size_t room;
		const char *line;
	} rows[] = {
		{"plain", 5, "plain"},
		{"plain", 4, "plai"},
		{"a\nb\tc\x1b", 9, "a b c "},
		{"\xC3\xA4\xC3\xA4", 3, "\xC3\xA4"},
		{"\xFF\xC3", 9, "  "},
		{"\xE2\x80\xAE"
		 "a",
		 2, " a"},
		{"a", 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text text = {0};

		text_puts(&text, "|");
		text_add_line(&text, rows[i].from, rows[i].room);
		assert_string_equal(text.data + 1, rows[i].line);
		assert_true(text_is_clean(text.data, text.len, rows[i].room + 1));
		text_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_judged),
		cmocka_unit_test(the_bound_is_in_bytes),
		cmocka_unit_test(a_line_is_clean_and_has_room),
		cmocka_unit_test(json_strings_are_escaped_and_come_back),
		cmocka_unit_test(a_byte_is_judged_alike_wherever_it_stands),
		cmocka_unit_test(numbers_come_out_whole),
		cmocka_unit_test(bytes_that_are_not_utf8_are_replaced_one_by_one),
		cmocka_unit_test(keys_are_separated),
		cmocka_unit_test(it_grows_and_is_reused),
		cmocka_unit_test(a_failed_growth_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

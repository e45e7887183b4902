/*
 * JSON that is read where it stands: what is taken, what is refused, and that another reader finds
 * the same in each text, each cut of it and each change of a byte (tests/fuzz/fuzz_json.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../fuzz/fuzz_json.c"

static const struct {
	const char *text;
	bool is_taken;
} rows[] = {
	{"{}", true},
	{" \t\r\n{ \t\r\n} \t\r\n", true},
	{"", false},
	{" ", false},
	{"[]", false},
	{"5", false},
	{"\"seq\"", false},
	{"{}{}", false},
	{"{} x", false},
	{"{", false},
	{"{\"seq\"", false},
	{"{\"seq\":", false},
	{"{\"seq\":1", false},
	{"{\"seq\":1,", false},
	{"{\"seq\":1,}", false},
	{"{,\"seq\":1}", false},
	{"{\"seq\" 1}", false},
	{"{seq:1}", false},
	{"{1:1}", false},
	{"{\"seq\":1 \"ts\":2}", false},
	{"{\"seq\":1;\"ts\":2}", false},
	{"{\"seq\":}", false},
	{"{\"seq\":1}", true},
	{" {\"seq\" : 1 , \"ts\" : 2 } ", true},
	{"{\"ts\":2,\"seq\":1}", true},
	{"{\"seq\":1,\"seq\":1}", false},
	{"{\"seq\":1,\"s\\u0065q\":1}", false},
	{"{\"s\\u0065q\":1}", true},
	{"{\"x\":1,\"x\":2,\"\":3}", true},
	{"{\"a key of more than thirty-one bytes, escaped: \\n\":1}", true},
	/* numbers */
	{"{\"seq\":0}", true},
	{"{\"seq\":-0}", true},
	{"{\"seq\":00}", false},
	{"{\"seq\":01}", false},
	{"{\"seq\":-01}", false},
	{"{\"seq\":-}", false},
	{"{\"seq\":+1}", false},
	{"{\"seq\":.5}", false},
	{"{\"seq\":5.}", false},
	{"{\"seq\":5.0}", true},
	{"{\"seq\":5.000}", true},
	{"{\"seq\":5.01}", true},
	{"{\"seq\":5e1}", true},
	{"{\"seq\":5E-1}", true},
	{"{\"seq\":5e+}", false},
	{"{\"seq\":5e}", false},
	{"{\"seq\":5.e1}", false},
	{"{\"seq\":1-2}", false},
	{"{\"seq\":1.2.3}", false},
	{"{\"seq\":0x1}", false},
	{"{\"seq\":9223372036854775807}", true},
	{"{\"seq\":9223372036854775808}", true},
	{"{\"seq\":-9223372036854775808}", true},
	{"{\"seq\":-9223372036854775809}", true},
	{"{\"seq\":99999999999999999999999999}", true},
	{"{\"seq\":10000000000000000000}", true},
	/* numbers as strings */
	{"{\"seq\":\"\"}", true},
	{"{\"seq\":\"-\"}", true},
	{"{\"seq\":\"5.\"}", true},
	{"{\"seq\":\"5.00\"}", true},
	{"{\"seq\":\"5.10\"}", true},
	{"{\"seq\":\"5..\"}", true},
	{"{\"seq\":\".5\"}", true},
	{"{\"seq\":\"-.5\"}", true},
	{"{\"seq\":\"--5\"}", true},
	{"{\"seq\":\"+5\"}", true},
	{"{\"seq\":\" 5\"}", true},
	{"{\"seq\":\"5 \"}", true},
	{"{\"seq\":\"5e1\"}", true},
	{"{\"seq\":\"007\"}", true},
	{"{\"seq\":\"0000000000000000000000000000000000000007\"}", true},
	{"{\"seq\":\"\\u0035\"}", true},
	{"{\"seq\":\"\\u002d\\u0035.\\u0030\"}", true},
	{"{\"seq\":\"9223372036854775807\"}", true},
	{"{\"seq\":\"9223372036854775808\"}", true},
	{"{\"seq\":\"-9223372036854775808\"}", true},
	{"{\"seq\":\"-9223372036854775809\"}", true},
	{"{\"seq\":\"18446744073709551615\"}", true},
	/* words */
	{"{\"seq\":true}", true},
	{"{\"seq\":false}", true},
	{"{\"seq\":null}", true},
	{"{\"seq\":tru}", false},
	{"{\"seq\":truex}", false},
	{"{\"seq\":True}", false},
	{"{\"seq\":nul", false},
	{"{\"seq\":true false}", false},
	/* strings */
	{"{\"seq\":\"a", false},
	{"{\"seq\":\"a\\", false},
	{"{\"seq\":\"a\\\"", false},
	{"{\"seq\":\"a\\\"\"}", true},
	{"{\"seq\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", true},
	{"{\"seq\":\"\\a\"}", false},
	{"{\"seq\":\"\\U0041\"}", false},
	{"{\"seq\":\"\\u004\"}", false},
	{"{\"seq\":\"\\u00 1\"}", false},
	{"{\"seq\":\"\\u00g1\"}", false},
	{"{\"seq\":\"\\uABcd\\u00e4\\u0001\"}", true},
	{"{\"seq\":\"\\u0000\"}", false},
	{"{\"seq\":\"\\ud83d\\udd12\"}", true},
	{"{\"seq\":\"\\uDBFF\\uDFFF\"}", true},
	{"{\"seq\":\"\\ud83d\"}", false},
	{"{\"seq\":\"\\ud83dx\"}", false},
	{"{\"seq\":\"\\ud83d\\n\"}", false},
	{"{\"seq\":\"\\ud83d\\u0041\"}", false},
	{"{\"seq\":\"\\ud83d\\ud83d\"}", false},
	{"{\"seq\":\"\\udd12\"}", false},
	{"{\"seq\":\"tab\there\"}", false},
	{"{\"seq\":\"line\nhere\"}", false},
	{"{\"seq\":\"del\x7Fhere\"}", true},
	{"{\"seq\":\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x94\x92\"}", true},
	{"{\"seq\":\"\xC3\"}", false},
	{"{\"seq\":\"\xC3\\n\"}", false},
	{"{\"seq\":\"\xFF\"}", false},
	{"{\"seq\":\"\xC0\xAF\"}", false},
	{"{\"seq\":\"\xED\xA0\x80\"}", false},
	{"{\"seq\":\"\xF4\x90\x80\x80\"}", false},
	{"{\"seq\":\"right to left: \xE2\x80\xAE\"}", true},
	{"{\"seq\":\"the eighth byte and the seventeenth: \xC2\x80\"}", true},
	{"\xEF\xBB\xBF{}", false},
	{"{\"\xC3\xA4\":1}", true},
	{"{\"\xC3\":1}", false},
	/* arrays and objects */
	{"{\"seq\":[]}", true},
	{"{\"seq\":[ ]}", true},
	{"{\"seq\":[1,\"2\",[3],{\"ts\":4}]}", true},
	{"{\"seq\":[ 1 , \"2\" , [ 3 ] ]}", true},
	{"{\"seq\":[1,]}", false},
	{"{\"seq\":[,1]}", false},
	{"{\"seq\":[1 2]}", false},
	{"{\"seq\":[1}", false},
	{"{\"seq\":[1]]}", false},
	{"{\"seq\":{\"ts\":1,\"ts\":2}}", true},
	{"{\"seq\":{\"ts\":{\"ts\":[]},\"x\":{}}}", true},
	{"{\"seq\":[[[[[[[]]]]]]]}", true},
	{"{\"seq\":[[[[[[[[]]]]]]]]}", false},
	{"{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{}}}}}}}}", true},
	{"{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{}}}}}}}}}", false},
	{"{\"seq\":[[1],[[2]],[{\"x\":[3]}]],\"ts\":[[4]]}", true},
};

/* In a block of exactly its size, so that a sanitizer sees the first byte too many. */
static bool try(const char *text, size_t len)
{
	char *exact = malloc(len ? len : 1);
	struct span values[KEYS];
	bool is_taken;

	assert_non_null(exact);
	memcpy(exact, text, len);
	LLVMFuzzerTestOneInput((const uint8_t *)exact, len);
	is_taken = span_members(exact, len, keys, KEYS, values) == 0;
	free(exact);
	return is_taken;
}

static void texts_are_taken_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (try(rows[i].text, strlen(rows[i].text)) != rows[i].is_taken)
			fail_msg("%s", rows[i].text);
}

static void a_nul_is_never_taken(void **state)
{
	(void)state;
	assert_false(try("{\0}", 3));
	assert_false(try("{}\0", 3));
	assert_false(try("{\"seq\":\"a\0b\"}", 13));
	assert_false(try("{\"seq\":1\0}", 10));
}

/* What a byte may be changed to: all that means something, and some that mean nothing. */
static const char changes[] = "{}[]\",:\\ \n019-+.eEutfnx\x01\x7F\x80\xC3\xFF";

static void every_cut_and_every_changed_byte_is_read_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t len = strlen(rows[i].text);
		char text[128];

		assert_in_range(len, 0, sizeof text);
		for (size_t at = 0; at < len; at++) {
			try(rows[i].text, at);
			memcpy(text, rows[i].text, len);
			for (size_t change = 0; change < sizeof changes; change++) {
				text[at] = changes[change];
				try(text, len);
			}
		}
	}
}

#define SOUP_ROUNDS 200000

/* Pieces of texts put together by chance: few are JSON, but many nearly are. */
static void a_soup_of_pieces_is_read_alike(void **state)
{
	static const char *const pieces[] = {"{",
					     "}",
					     "[",
					     "]",
					     ",",
					     ":",
					     "\"",
					     "\"seq\":",
					     "{\"ts\":",
					     "}}",
					     "[1,",
					     "\"a\"",
					     "\"\\u00e4\"",
					     "-1",
					     "0",
					     "1.0",
					     "true",
					     "null",
					     "\"5\"",
					     "\\",
					     "\xC3\xA4",
					     " ",
					     "\t",
					     "\"event\":",
					     "\\ud83d",
					     "\\udd12",
					     ",\"x\":",
					     "]}",
					     "\"\"",
					     "e9",
					     "9223372036854775808"};
	unsigned seed = 1, taken = 0;

	(void)state;
	for (unsigned round = 0; round < SOUP_ROUNDS; round++) {
		char text[256] = "{\"seq\":";
		unsigned count;

		seed = seed * 1103515245 + 12345;
		count = seed >> 16 & 7;
		for (unsigned i = 0; i < count; i++) {
			seed = seed * 1103515245 + 12345;
			strcat(text, pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)]);
		}
		taken += try(text, strlen(text));
		strcat(text, "}");
		taken += try(text, strlen(text));
	}
	assert_in_range(taken, SOUP_ROUNDS / 100, SOUP_ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_taken_or_refused),
		cmocka_unit_test(a_nul_is_never_taken),
		cmocka_unit_test(every_cut_and_every_changed_byte_is_read_alike),
		cmocka_unit_test(a_soup_of_pieces_is_read_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * What may be written into a lease's file, what may not, and when more has to come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lokt/option_text.h"

#define OK OPTION_PARSE_OK
#define BAD OPTION_PARSE_BAD
#define MORE OPTION_PARSE_INCOMPLETE

static const struct {
	const char *text;
	enum option_parse result;
	unsigned set;
	int64_t ttl_ms;
} rows[] = {
	{"30m\n", OK, OPTION_TTL, 1800000},
	{" \t30m\r\n", OK, OPTION_TTL, 1800000},
	{"5", OK, OPTION_TTL, 5000},
	{"{}", OK, 0, 0},
	{" { } \n", OK, 0, 0},
	{"{\"ttl\":\"1h30m\"}", OK, OPTION_TTL, 5400000},
	{"{\"ttl\":90}", OK, OPTION_TTL, 90000},
	{"{\"ttl\":0.5}", OK, OPTION_TTL, 500},
	{"{\"ttl\":90.0}", OK, OPTION_TTL, 90000},
	{"{\"ttl\":null}", OK, OPTION_TTL, 0},
	{"{\"pid\":12}", OK, OPTION_PID, 0},
	{"{\"note\":\"\"}", OK, OPTION_NOTE, 0},
	{"{\"note\":\"\\u00e4\\ud83d\\udd12\\/\"}", OK, OPTION_NOTE, 0},
	{"{\"agent_id\":\"a\",\"ttl\":\"1s\"}", OK, OPTION_AGENT_ID | OPTION_TTL, 1000},
	{"", MORE, 0, 0},
	{" \n", MORE, 0, 0},
	{"{", MORE, 0, 0},
	{"{\"", MORE, 0, 0},
	{"{\"ttl", MORE, 0, 0},
	{"{\"ttl\"", MORE, 0, 0},
	{"{\"ttl\":", MORE, 0, 0},
	{"{\"ttl\": ", MORE, 0, 0},
	{"{\"ttl\":nul", MORE, 0, 0},
	{"{\"ttl\":9", MORE, 0, 0},
	{"{\"ttl\":9.", MORE, 0, 0},
	{"{\"ttl\":\"1h", MORE, 0, 0},
	{"{\"note\":\"\\", MORE, 0, 0},
	{"{\"note\":\"\\u00", MORE, 0, 0},
	{"{\"note\":\"\\ud83d\\", MORE, 0, 0},
	{"{\"ttl\":\"1h\"\n", MORE, 0, 0},
	{"{\"ttl\":\"1h\",", MORE, 0, 0},
	{"{\"ttl\":\"1h\"}}", BAD, 0, 0},
	{"{\"ttl\":\"1h\"} 5", BAD, 0, 0},
	{"{\"ttl\":\"1h\",}", BAD, 0, 0},
	{"{,}", BAD, 0, 0},
	{"{\"ttl\":x", BAD, 0, 0},
	{"{\"ttl\" \"1h\"", BAD, 0, 0},
	{"{'ttl':1}", BAD, 0, 0},
	{"{\"ttl\":1,\"ttl\":2}", BAD, 0, 0},
	{"{\"tll\":1}", BAD, 0, 0},
	{"{\"TTL\":1}", BAD, 0, 0},
	{"{\"t\":1}", BAD, 0, 0},
	{"{\"\":1}", BAD, 0, 0},
	{"{\"x\":", BAD, 0, 0},
	{"{\"ttl\":1,\"ttl\":", BAD, 0, 0},
	{"{\"ttl\":0}", BAD, 0, 0},
	{"{\"ttl\":-1}", BAD, 0, 0},
	{"{\"ttl\":1e3}", BAD, 0, 0},
	{"{\"ttl\":01}", BAD, 0, 0},
	{"{\"ttl\":true}", BAD, 0, 0},
	{"{\"ttl\":[1]}", BAD, 0, 0},
	{"{\"ttl\":{}}", BAD, 0, 0},
	{"{\"ttl\":\"\"}", BAD, 0, 0},
	{"{\"ttl\":\"0s\"}", BAD, 0, 0},
	{"{\"ttl\":\"999999d\"}", BAD, 0, 0},
	{"{\"pid\":0}", BAD, 0, 0},
	{"{\"pid\":-1}", BAD, 0, 0},
	{"{\"pid\":1.5}", BAD, 0, 0},
	{"{\"pid\":2147483648}", BAD, 0, 0},
	{"{\"pid\":4294967297}", BAD, 0, 0},
	{"{\"pid\":\"1\"}", BAD, 0, 0},
	{"{\"pid\":null}", BAD, 0, 0},
	{"{\"note\":5}", BAD, 0, 0},
	{"{\"note\":\"a\\u0000b\"}", BAD, 0, 0},
	{"{\"note\":\"a\\nb\"}", BAD, 0, 0},
	{"{\"note\":\"a\nb\"}", BAD, 0, 0},
	{"{\"note\":\"\\u202e\"}", BAD, 0, 0},
	{"{\"note\":\"\\ud83d\"}", BAD, 0, 0},
	{"{\"note\":\"\\udd12\\ud83d\"}", BAD, 0, 0},
	{"{\"note\":\"\\x\"}", BAD, 0, 0},
	{"{\"note\":\"\xFF\"}", BAD, 0, 0},
	{"{\"note\":\"\xC0\x80\"}", BAD, 0, 0},
	{"{\"agent_id\":\"\"}", BAD, 0, 0},
	{"30m x", BAD, 0, 0},
	{"[]", BAD, 0, 0},
	{"\"30m\"", BAD, 0, 0},
	{"0", BAD, 0, 0},
	{"\xEF\xBB\xBF{}", BAD, 0, 0},
};

static void texts_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct options out = {.set = 1u << 30};
		size_t len = strlen(rows[i].text);
		char *exact = malloc(len ? len : 1); /* for the address sanitizer */

		assert_non_null(exact);
		memcpy(exact, rows[i].text, len);
		assert_int_equal(options_parse(exact, len, &out), rows[i].result);
		assert_int_equal(out.set, rows[i].result == OK ? rows[i].set : 1u << 30);
		if (rows[i].result == OK && (rows[i].set & OPTION_TTL))
			assert_true(out.ttl_ms == rows[i].ttl_ms);
		free(exact);
	}
}

static void values_arrive(void **state)
{
	static const char text[] =
		"{\"ttl\":\"2s\",\"pid\":2147483647,"
		"\"note\":\"say \\\"\\u00e4\\\" \\ud83d\\udd12\",\"agent_id\":\"a b\"}";
	struct options out;

	(void)state;
	assert_int_equal(options_parse(text, sizeof text - 1, &out), OK);
	assert_int_equal(out.set, OPTION_TTL | OPTION_PID | OPTION_NOTE | OPTION_AGENT_ID);
	assert_int_equal(out.pid, 2147483647);
	assert_string_equal(out.note, "say \"\xC3\xA4\" \xF0\x9F\x94\x92");
	assert_string_equal(out.agent_id, "a b");
}

static void a_nul_is_refused(void **state)
{
	struct options out;

	(void)state;
	assert_int_equal(options_parse("30m\0", 4, &out), BAD);
	assert_int_equal(options_parse("{}\0", 3, &out), BAD);
	assert_int_equal(options_parse("{\"note\":\"a\0b\"}", 14, &out), BAD);
}

static void every_beginning_of_an_object_is_incomplete(void **state)
{
	static const char text[] = "{ \"note\" : \"a\\u00e4\\n\" , \"pid\" : 12 , \"ttl\" : null }";
	struct options out;

	(void)state;
	for (size_t len = 0; len < sizeof text - 1; len++)
		assert_int_equal(options_parse(text, len, &out), MORE);
}

static void a_note_is_bounded_in_bytes(void **state)
{
	char text[NOTE_MAX + 40];
	struct options out;

	(void)state;
	for (int len = NOTE_MAX; len <= NOTE_MAX + 1; len++) {
		size_t end = strlen(strcpy(text, "{\"note\":\""));

		memset(text + end, 'n', (size_t)len);
		strcpy(text + end + len, "\"}");
		assert_int_equal(options_parse(text, strlen(text), &out),
				 len > NOTE_MAX ? BAD : OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_judged),
		cmocka_unit_test(values_arrive),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(every_beginning_of_an_object_is_incomplete),
		cmocka_unit_test(a_note_is_bounded_in_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

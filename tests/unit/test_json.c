/*
 * What the reader of JSON takes, what it refuses, and what is not whole yet.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"

enum { A, B, C, COUNT };

static const char *const keys[COUNT] = {"a", "b", "c\"\xC3\xA9"};

/* Every text in memory of its own size: to read past it is found. */
static char *exactly(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	return copy;
}

static int parse(const char *text, size_t len, struct json_document *out)
{
	char *copy = exactly(text, len);
	int error = json_parse(copy, len, out);

	free(copy);
	return error;
}

static bool is_beginning(const char *text, size_t len)
{
	char *copy = exactly(text, len);
	bool result = span_is_beginning(copy, len, keys, COUNT);

	free(copy);
	return result;
}

static const char *const whole[] = {
	"{}",
	" \t\r\n{ \t\r\n} \t\r\n",
	"{\"a\":true,\"b\":false,\"c\\\"\\u00e9\":null}",
	"{\"a\":[],\"b\":[[],{}]}",
	"{ \"a\" : [ 1 , 2 ] , \"b\" : { \"a\" : 3 } }",
	"{\"a\":0,\"b\":-0}",
	"{\"a\":[0.5,-1.25e10,1E+2,1e-2,12345678901234567890123]}",
	"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
	"{\"a\":\"\\ud83d\\uDD12\",\"b\":\"\xF0\x9F\x94\x92\"}",
	"{\"a\":\"}]\\\"\",\"b\":\"[{\\\\\"}",
	"{\"a\":[[[[[[[]]]]]]]}",
};

static void what_is_whole_is_taken_and_each_part_of_it_is_a_beginning(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
		size_t end = (size_t)(strrchr(whole[i], '}') - whole[i]);
		JSON_DOCUMENT(document);

		assert_int_equal(parse(whole[i], strlen(whole[i]), &document), 0);
		assert_false(is_beginning(whole[i], strlen(whole[i])));
		for (size_t len = strcspn(whole[i], "{") + 1; len <= end; len++) {
			JSON_DOCUMENT(part);

			assert_true(is_beginning(whole[i], len));
			assert_int_equal(parse(whole[i], len, &part), -EINVAL);
		}
	}
}

static const char *const wrong[] = {
	"{,",
	"{\"a\",",
	"{\"a\":,",
	"{\"a\":1,,",
	"{\"a\":1,}",
	"{\"a\":1 2",
	"{\"a\":1]",
	"{\"a\":[1}",
	"{\"a\":[1,]",
	"{\"a\":[,1]",
	"{\"a\":{1",
	"{\"a\" 1",
	"{a",
	"{'a'",
	"{}}",
	"{}{",
	"{}x",
	"{\"a\":tru,",
	"{\"a\":truex",
	"{\"a\":nul}",
	"{\"a\":TRUE",
	"{\"a\":+1",
	"{\"a\":.5",
	"{\"a\":01,",
	"{\"a\":1.,",
	"{\"a\":1e,",
	"{\"a\":-,",
	"{\"a\":1-2,",
	"{\"a\":0x1",
	"{\"a\":NaN",
	"{\"a\":\"\\x",
	"{\"a\":\"\\u00g",
	"{\"a\":\"\\u0000",
	"{\"a\":\"\\udd12",
	"{\"a\":\"\\ud83dx",
	"{\"a\":\"\\ud83d\\n",
	"{\"a\":\"\\ud83d\\u0041",
	"{\"a\":\"\n",
	"{\"a\":\"\x1F",
	"{\"a\":\"\xFF\"",
	"{\"a\":\"\xC3\"",
	"{\"a\":\"\xED\xA0\x80\"",
	"{\f",
	"{\"a\":[[[[[[[[",
	"/**/{",
	"\xEF\xBB\xBF{",
};

static void what_is_wrong_is_neither_taken_nor_a_beginning(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		JSON_DOCUMENT(document);

		assert_int_equal(parse(wrong[i], strlen(wrong[i]), &document), -EINVAL);
		if (is_beginning(wrong[i], strlen(wrong[i])))
			fail_msg("%s is a beginning", wrong[i]);
	}
	assert_false(is_beginning("{\0", 2));
	assert_false(is_beginning("{\"a\":\"\0", 8));
}

static void only_objects_with_each_listed_key_once_begin(void **state)
{
	static const char *const none[] = {"",
					   " ",
					   "[",
					   "\"",
					   "1",
					   "tru",
					   "{\"x\"",
					   "{\"x\":",
					   "{\"a\":1,\"a\"",
					   "{\"c\\\"\\u00e9\":1,\"c\\\"\xC3\xA9\":"};

	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_false(is_beginning(none[i], strlen(none[i])));
	assert_true(is_beginning("{\"x", 3));
	assert_true(is_beginning("{\"a\":{\"x\":1,\"x\"", 15));
	assert_true(is_beginning(" {", 2));
}

static void objects_and_arrays_are_not_taken_for_each_other(void **state)
{
	JSON_DOCUMENT(document);

	(void)state;
	assert_int_equal(json_parse("[]", 2, &document), -EINVAL);
	assert_int_equal(json_parse("\"{\"", 3, &document), -EINVAL);
	assert_int_equal(json_parse_array("{}", 2, &document), -EINVAL);
	assert_int_equal(json_parse_array("[1", 2, &document), -EINVAL);
	assert_int_equal(json_parse_array(" [1]", 4, &document), 0);
}

static void members_are_found_by_their_decoded_keys(void **state)
{
	static const char text[] =
		"{\"x\":{\"a\":[9]},\"\\u0062\" : 2 ,\"c\\\"\\u00e9\":[3],\"a\":1}";
	struct span values[COUNT];
	struct span inner;
	JSON_DOCUMENT(document);
	int64_t number;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &document), 0);
	assert_int_equal(span_object(json_root(&document), keys, COUNT, true, values), -EINVAL);
	assert_int_equal(span_object(json_root(&document), keys, COUNT, false, values), 0);
	assert_int_equal(span_get_i64(values[A], 0, 9, &number), 0);
	assert_int_equal(number, 1);
	assert_int_equal(span_get_i64(values[B], 0, 9, &number), 0);
	assert_int_equal(number, 2);
	assert_int_equal(span_first(values[C], &inner), 0);
	assert_int_equal(span_get_i64(inner, 0, 9, &number), 0);
	assert_int_equal(number, 3);
	assert_false(span_has(span_next(values[C], inner)));
	assert_false(span_has(span_next(values[C], span_next(values[C], inner))));
	assert_int_equal(span_object(inner, keys, COUNT, false, values), -EINVAL);
	assert_int_equal(span_first(inner, &inner), -EINVAL);
}

static void a_listed_key_may_not_be_there_twice(void **state)
{
	static const char text[] = "{\"a\":1,\"x\":1,\"x\":2,\"\\u0061\":1}";
	struct span values[COUNT];
	JSON_DOCUMENT(document);

	(void)state;
	assert_int_equal(parse(text, strlen(text), &document), 0);
	assert_int_equal(span_object(json_root(&document), keys, COUNT, false, values), -EINVAL);
	assert_int_equal(span_object(json_root(&document), keys + 1, 1, false, values), 0);
	assert_false(span_has(values[0]));
}

static void strings_are_decoded_into_the_room_there_is(void **state)
{
	static const char text[] = "{\"a\":\"\\u00e4\\ud83d\\udd12\\/\\b\\f\\n\\r\\t\\\"\\\\x\"}";
	static const char decoded[] = "\xC3\xA4\xF0\x9F\x94\x92/\b\f\n\r\t\"\\x";
	char out[sizeof decoded + 1] = "as it was";
	struct span value;
	JSON_DOCUMENT(document);

	(void)state;
	assert_int_equal(parse(text, strlen(text), &document), 0);
	assert_int_equal(span_object(json_root(&document), keys, 1, true, &value), 0);
	for (size_t max = 0; max < sizeof decoded - 1; max++)
		assert_int_equal(span_get_string(value, max, out), -EINVAL);
	assert_int_equal(span_get_clean(value, sizeof decoded, out), -EINVAL);
	assert_string_equal(out, "as it was");
	assert_int_equal(span_get_string(value, sizeof decoded - 1, out), 0);
	assert_string_equal(out, decoded);
}

static void a_value_is_printed_without_white_space(void **state)
{
	static const char text[] = " { \"a\" : [ 1 , \"x y\\\" \" , { } ] , \"b\" : -0.50 } ";
	JSON_DOCUMENT(document);
	struct span value;
	char *printed;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &document), 0);
	printed = span_print(json_root(&document));
	assert_string_equal(printed, "{\"a\":[1,\"x y\\\" \",{}],\"b\":-0.50}");
	free(printed);
	assert_int_equal(span_object(json_root(&document), keys + 1, 1, false, &value), 0);
	printed = span_print(value);
	assert_string_equal(printed, "-0.50");
	free(printed);
	assert_null(span_print((struct span){0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_whole_is_taken_and_each_part_of_it_is_a_beginning),
		cmocka_unit_test(what_is_wrong_is_neither_taken_nor_a_beginning),
		cmocka_unit_test(only_objects_with_each_listed_key_once_begin),
		cmocka_unit_test(objects_and_arrays_are_not_taken_for_each_other),
		cmocka_unit_test(members_are_found_by_their_decoded_keys),
		cmocka_unit_test(a_listed_key_may_not_be_there_twice),
		cmocka_unit_test(strings_are_decoded_into_the_room_there_is),
		cmocka_unit_test(a_value_is_printed_without_white_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

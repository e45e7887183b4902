/*
 * Resource names: what is taken, what is refused and why, and which resources stand in each
 * other's way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lokt/resource.h"

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define NAME_255 FIFTY FIFTY FIFTY FIFTY FIFTY "abcde"

/* text, its file name, how it is shown, its kind */
static const struct {
	const char *text, *name, *display;
	enum resource_kind kind;
} taken[] = {
	{"build", "build", "build", RESOURCE_PLAIN},
	{"-n", "-n", "-n", RESOURCE_PLAIN},
	{"a.b", "a.b", "a.b", RESOURCE_PLAIN},
	{".hidden", "%2Ehidden", ".hidden", RESOURCE_PLAIN},
	{".", "%2E", ".", RESOURCE_PLAIN},
	{"..", "%2E.", "..", RESOURCE_PLAIN},
	{"a..b", "a.%2Eb", "a..b", RESOURCE_PLAIN},
	{"a...b", "a.%2E.b", "a...b", RESOURCE_PLAIN},
	{"a....", "a.%2E.%2E", "a....", RESOURCE_PLAIN},
	{"a/b", "a%2Fb", "a/b", RESOURCE_PLAIN},
	{"a%2Fb", "a%2Fb", "a/b", RESOURCE_PLAIN},
	{"100%", "100%25", "100%", RESOURCE_PLAIN},
	{"100%25", "100%25", "100%", RESOURCE_PLAIN},
	{"100%2525", "100%2525", "100%2525", RESOURCE_PLAIN},
	{"%41", "%2541", "%41", RESOURCE_PLAIN},
	{"%2f", "%252f", "%2f", RESOURCE_PLAIN},
	{"%", "%25", "%", RESOURCE_PLAIN},
	{"%2", "%252", "%2", RESOURCE_PLAIN},
	{"%00", "%2500", "%00", RESOURCE_PLAIN},
	{"two words", "two%20words", "two words", RESOURCE_PLAIN},
	{"a\nb", "a%0Ab", "a%0Ab", RESOURCE_PLAIN},
	{"\xC3\xA4", "%C3%A4", "\xC3\xA4", RESOURCE_PLAIN},
	{"\xFF", "%FF", "%FF", RESOURCE_PLAIN},
	{"\xE2\x80\xAE", "%E2%80%AE", "%E2%80%AE", RESOURCE_PLAIN},
	{"1:2", "1:2", "1:2", RESOURCE_PLAIN},
	{":x", ":x", ":x", RESOURCE_PLAIN},
	{"a b:c", "a%20b:c", "a b:c", RESOURCE_PLAIN},
	{"issue:8057324b", "issue:8057324b", "issue:8057324b", RESOURCE_SHARED},
	{"my-app_2:x", "my-app_2:x", "my-app_2:x", RESOURCE_SHARED},
	{"Path:/x", "Path:%2Fx", "Path:/x", RESOURCE_SHARED},
	{"repo:", "repo:", "repo:", RESOURCE_REPO},
	{"repo:global", "repo:global", "repo:global", RESOURCE_REPO},
	{"path:src/auth.rs", "path:src%2Fauth.rs", "path:src/auth.rs", RESOURCE_PATH},
	{"path:src%2Fauth.rs", "path:src%2Fauth.rs", "path:src/auth.rs", RESOURCE_PATH},
	{"path:src/app/[slug].ts", "path:src%2Fapp%2F%5Bslug%5D.ts", "path:src/app/[slug].ts",
	 RESOURCE_PATH},
	{"path:.env", "path:.env", "path:.env", RESOURCE_PATH},
	{"path:...", "path:.%2E.", "path:...", RESOURCE_PATH},
	{"path:a/..b", "path:a%2F.%2Eb", "path:a/..b", RESOURCE_PATH},
	{"path:a%252Fb", "path:a%252Fb", "path:a%252Fb", RESOURCE_PATH},
	{NAME_255, NAME_255, NAME_255, RESOURCE_PLAIN},
};

static const struct {
	const char *text;
	enum verdict verdict;
} refused_texts[] = {
	{"", VERDICT_BAD_NAME},
	{"path:", VERDICT_BAD_NAME},
	{"path:/etc/passwd", VERDICT_BAD_NAME},
	{"path:src/", VERDICT_BAD_NAME},
	{"path:a//b", VERDICT_BAD_NAME},
	{"path:.", VERDICT_BAD_NAME},
	{"path:..", VERDICT_BAD_NAME},
	{"path:./a", VERDICT_BAD_NAME},
	{"path:a/../b", VERDICT_BAD_NAME},
	{"path:a/..", VERDICT_BAD_NAME},
	{"path:a%2F.%2E%2Fb", VERDICT_BAD_NAME},
	{"path:%2Fa", VERDICT_BAD_NAME},
	{NAME_255 "x", VERDICT_NAME_TOO_LONG},
	{FIFTY FIFTY "////////////////////////////////////////////////////", VERDICT_NAME_TOO_LONG},
};

static const struct {
	const char *name;
	enum verdict verdict;
} refused_names[] = {
	{"", VERDICT_BAD_NAME},
	{".x", VERDICT_BAD_NAME},
	{".", VERDICT_BAD_NAME},
	{"..", VERDICT_BAD_NAME},
	{"a..b", VERDICT_BAD_NAME},
	{"%41", VERDICT_BAD_NAME},
	{"a%2fb", VERDICT_BAD_NAME},
	{"a%2", VERDICT_BAD_NAME},
	{"a%", VERDICT_BAD_NAME},
	{"a%GG", VERDICT_BAD_NAME},
	{"a%00", VERDICT_BAD_NAME},
	{"a%2E", VERDICT_BAD_NAME},
	{"a b", VERDICT_BAD_NAME},
	{"a\nb", VERDICT_BAD_NAME},
	{"\xC3\xA4", VERDICT_BAD_NAME},
	{"a~#", VERDICT_BAD_NAME},
	{"path:a%2F.%2E%2Fb", VERDICT_BAD_NAME},
	{"path:%2Fa", VERDICT_BAD_NAME},
	{"path:a%2F", VERDICT_BAD_NAME},
	{"path:a%2F%2Fb", VERDICT_BAD_NAME},
	{"path:", VERDICT_BAD_NAME},
	{NAME_255 "x", VERDICT_NAME_TOO_LONG},
};

static const struct {
	const char *a, *b;
	bool overlap;
} pairs[] = {
	{"build", "build", true},
	{"build", "deploy", false},
	{"build", "repo:", false},
	{"issue:1", "issue:1", true},
	{"issue:1", "issue:2", false},
	{"issue:1", "repo:", true},
	{"repo:a", "repo:b", true},
	{"path:src", "repo:x", true},
	{"path:src", "path:src%2Fa", true},
	{"path:src", "path:src%2Fa%2Fb", true},
	{"path:src", "path:srcs", false},
	{"path:src", "path:srcs%2Fa", false},
	{"path:src%2Fa", "path:src%2Fb", false},
	{"path:src", "path:src%252Fa", false},
	{"path:src", "issue:src%2Fa", false},
	{"issue:a", "issue:a%2Fb", false},
};

static void texts_have_one_name_and_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
		struct resource parsed, named, again;
		char display[RESOURCE_NAME_MAX + 1];

		assert_int_equal(resource_from_text(taken[i].text, &parsed), VERDICT_OK);
		assert_string_equal(parsed.name, taken[i].name);
		assert_int_equal(parsed.kind, taken[i].kind);
		assert_int_equal(resource_from_name(taken[i].name, &named), VERDICT_OK);
		assert_true(resource_is_equal(&parsed, &named));
		resource_display(&parsed, display);
		assert_string_equal(display, taken[i].display);
		assert_int_equal(resource_from_text(display, &again), VERDICT_OK);
		assert_true(resource_is_equal(&again, &parsed));
	}
}

static void bad_texts_are_refused_and_leave_out_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused_texts / sizeof *refused_texts; i++) {
		struct resource out = {.name = "untouched"};

		assert_int_equal(resource_from_text(refused_texts[i].text, &out),
				 refused_texts[i].verdict);
		assert_string_equal(out.name, "untouched");
	}
}

static void bad_names_are_refused_and_leave_out_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused_names / sizeof *refused_names; i++) {
		struct resource out = {.name = "untouched"};

		assert_int_equal(resource_from_name(refused_names[i].name, &out),
				 refused_names[i].verdict);
		assert_string_equal(out.name, "untouched");
	}
}

static void every_byte_survives_the_codec(void **state)
{
	(void)state;
	for (int first = 1; first < 256; first++)
		for (int second = 1; second < 256; second++) {
			char text[] = {'x', (char)first, (char)second, 'x', '\0'};
			char bytes[RESOURCE_NAME_MAX + 1];
			struct resource resource;

			assert_int_equal(resource_from_text(text, &resource), VERDICT_OK);
			resource_bytes(&resource, bytes);
			assert_string_equal(bytes, text);
		}
}

static void overlap_is_symmetric(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		assert_int_equal(resource_names_overlap(pairs[i].a, pairs[i].b), pairs[i].overlap);
		assert_int_equal(resource_names_overlap(pairs[i].b, pairs[i].a), pairs[i].overlap);
	}
}

static void only_bare_names_are_not_shared(void **state)
{
	struct resource bare, issue;

	(void)state;
	assert_int_equal(resource_from_text("build", &bare), VERDICT_OK);
	assert_int_equal(resource_from_text("issue:1", &issue), VERDICT_OK);
	assert_false(resource_is_shared(&bare));
	assert_true(resource_is_shared(&issue));
}

static void bytes_are_never_taken_for_a_file_name(void **state)
{
	struct resource resource;
	char bytes[RESOURCE_NAME_MAX + 1];
	(void)state;
	assert_int_equal(resource_from_bytes("path:50%25", &resource), VERDICT_OK);
	assert_string_equal(resource.name, "path:50%2525");
	assert_int_equal(resource.kind, RESOURCE_PATH);
	resource_bytes(&resource, bytes);
	assert_string_equal(bytes, "path:50%25");
	assert_int_equal(resource_from_bytes("", &resource), VERDICT_BAD_NAME);
	assert_int_equal(resource_from_bytes("path:a//b", &resource), VERDICT_BAD_NAME);
	assert_int_equal(resource_from_bytes(NAME_255 "x", &resource), VERDICT_NAME_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_never_taken_for_a_file_name),
		cmocka_unit_test(texts_have_one_name_and_come_back),
		cmocka_unit_test(bad_texts_are_refused_and_leave_out_alone),
		cmocka_unit_test(bad_names_are_refused_and_leave_out_alone),
		cmocka_unit_test(every_byte_survives_the_codec),
		cmocka_unit_test(overlap_is_symmetric),
		cmocka_unit_test(only_bare_names_are_not_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

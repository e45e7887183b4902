/*
 * grite's config.toml: what it says to us, and which line of it is refused for what.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lokt/grite_config.h"

#define A32 "64d15a2c383e2161772f9cea23e87222"
#define OFF LOCK_POLICY_OFF
#define WARN LOCK_POLICY_WARN
#define REQUIRE LOCK_POLICY_REQUIRE

static const struct {
	const char *text;
	enum lock_policy policy;
	const char *actor;
} taken[] = {
	{"", WARN, ""},
	{"# nothing but a comment", WARN, ""},
	{"\n\n \t\n", WARN, ""},
	{"lock_policy = \"warn\"  # off, warn, require\n", WARN, ""},
	{"lock_policy = \"off\"", OFF, ""},
	{"lock_policy=\"require\"", REQUIRE, ""},
	{"lock_policy = 'require'\r\n", REQUIRE, ""},
	{"\"lock_policy\" = \"off\"\n", OFF, ""},
	{"'lock_policy' = \"off\"\n", OFF, ""},
	{"lock_policy = \"\"\"off\"\"\"\n", OFF, ""},
	{"lock_policy = '''\noff'''\n", OFF, ""},
	{"lock_policy = \"\\u006ff\\U00000066\"\n", OFF, ""},
	{"default_actor = \"" A32 "\"\nlock_policy = \"off\"\n", OFF, A32},
	{"default_actor = \"64D15A2C383E2161772F9CEA23E87222\"", WARN, A32},
	{"[locks]\nlock_policy = \"nonsense\"\n", WARN, ""},
	{"lock_policy = \"off\"\n[a]\nlock_policy = \"require\"\n", OFF, ""},
	{"[[a.\"b c\"]] # d\nlock_policy = 1\n", WARN, ""},
	{"a.lock_policy = \"x\"\n", WARN, ""},
	{"a = \"lock_policy = 'off'\"\n", WARN, ""},
	{"a = \"\"\"\nlock_policy = 'off'\n[x]\n\"\"\"\nlock_policy = 'require'", REQUIRE, ""},
	{"a = '''\n'' ' [ '''''\nlock_policy = 'off'", OFF, ""},
	{"a = \"\"\"x \\\n   y\"\"\"\nlock_policy = 'off'", OFF, ""},
	{"a = [\n 1, # one\n 'x]', [ ],\n]\nlock_policy = 'off'", OFF, ""},
	{"a = { b = [1, 2], c.d = { } }\nlock_policy = 'off'", OFF, ""},
	{"a = [{x = 1}, {y = \"}\"}]\nlock_policy = 'off'", OFF, ""},
	{"a = 1979-05-27 07:32:00Z\nb = -inf\nc = 0x1F\nd = 1_000.5e+3\nlock_policy = 'off'", OFF,
	 ""},
	{"a = true\nb = false # c\nlock_policy = 'off'", OFF, ""},
};

static void settings_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
		struct grite_config config;
		struct grite_fault fault = {0};

		if (grite_config_parse(taken[i].text, strlen(taken[i].text), &config, &fault))
			fail_msg("'%s': line %u: %s", taken[i].text, fault.line, fault.what);
		if (config.policy != taken[i].policy)
			fail_msg("'%s': policy %d", taken[i].text, (int)config.policy);
		assert_string_equal(config.default_actor, taken[i].actor);
	}
}

static const struct {
	const char *text;
	unsigned line;
	const char *part;
} refused[] = {
	{"lock_policy = warn\n", 1, "quotes"},
	{"lock_policy = \"sometimes\"\n", 1, "lock_policy should be"},
	{"lock_policy = \"Off\"\n", 1, "lock_policy should be"},
	{"lock_policy = \"\"\n", 1, "lock_policy should be"},
	{"lock_policy = true\n", 1, "lock_policy should be"},
	{"lock_policy = [\n\"off\"\n]\n", 1, "lock_policy should be"},
	{"lock_policy = \"off\\u0000\"\n", 1, "lock_policy should be"},
	{"lock_policy = \"off\"\nlock_policy = \"off\"\n", 2, "twice"},
	{"\n\ndefault_actor = \"abc\"\n", 3, "32 hex"},
	{"default_actor = \"" A32 "0\"\n", 1, "32 hex"},
	{"default_actor = \"g4d15a2c383e2161772f9cea23e87222\"\n", 1, "32 hex"},
	{"lock_policy\n", 1, "without a value"},
	{"a = 1\r\n= 2\r\n", 2, "key should stand"},
	{"lock_policy =\n", 1, "no value"},
	{"lock_policy = \"off\" \"on\"\n", 1, "end of the line"},
	{"lock_policy = \"off\n", 1, "does not end on its line"},
	{"a = 1\n\nb = \"\"\"\nlock_policy = 'off'\n", 5, "does not end"},
	{"a = [1\n", 2, "does not go on"},
	{"a = [1 2]\n", 1, "does not go on"},
	{"a = [,]\n", 1, "no value"},
	{"a = {b = 1,}\n", 1, "key should stand"},
	{"a = {b = 1\n}\n", 1, "does not go on"},
	{"a = {1}\n", 1, "without a value"},
	{"[a\nb = 1\n", 1, "does not end"},
	{"[a] b\n", 1, "end of the line"},
	{"[[a]\n", 1, "does not end"},
	{"[]\n", 1, "key should stand"},
	{"a. = 1\n", 1, "key should stand"},
	{"a = 1\rb = 2\n", 1, "end of the line"},
	{"a = \"\\q\"\n", 1, "escape"},
	{"a = \"\\ud800\"\n", 1, "no character"},
	{"a = \"\\u12x4\"\n", 1, "hex digits"},
	{"a = \"\x01\"\n", 1, "does not end on its line"},
	{"# \x01\n", 1, "end of the line"},
	{"a = 1\n# \xff\n", 2, "UTF-8"},
	{"a = yes\n", 1, "quotes"},
	{"a = [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n", 1, "deeply"},
	{"just text\n", 1, "without a value"},
};

static void junk_is_refused_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct grite_config config = {.policy = REQUIRE, .default_actor = "untouched"};
		struct grite_fault fault = {0};
		int error = grite_config_parse(refused[i].text, strlen(refused[i].text), &config,
					       &fault);

		if (error != -EINVAL)
			fail_msg("'%s' is taken", refused[i].text);
		if (fault.line != refused[i].line || !strstr(fault.what, refused[i].part))
			fail_msg("'%s': line %u: %s", refused[i].text, fault.line, fault.what);
		assert_int_equal(config.policy, REQUIRE);
		assert_string_equal(config.default_actor, "untouched");
	}
}

static void bytes_are_bounded(void **state)
{
	static char text[GRITE_CONFIG_MAX + 1];
	struct grite_config config;
	struct grite_fault fault;

	(void)state;
	memset(text, '#', sizeof text);
	assert_int_equal(grite_config_parse(text, GRITE_CONFIG_MAX, &config, &fault), 0);
	assert_int_equal(grite_config_parse(text, sizeof text, &config, &fault), -EINVAL);
	assert_int_equal(grite_config_parse("a = \"x\0y\"", 9, &config, &fault), -EINVAL);
}

static void a_policy_has_its_word(void **state)
{
	(void)state;
	assert_string_equal(lock_policy_word(OFF), "off");
	assert_string_equal(lock_policy_word(WARN), "warn");
	assert_string_equal(lock_policy_word(REQUIRE), "require");
}

static void an_actor_is_32_hex_digits(void **state)
{
	char actor[ACTOR_LEN + 1] = "as before";

	(void)state;
	assert_false(actor_parse("", actor));
	assert_false(actor_parse(A32 "0", actor));
	assert_false(actor_parse("64d15a2c383e2161772f9cea23e8722", actor));
	assert_false(actor_parse("64d15a2c383e2161772f9cea23e8722 ", actor));
	assert_string_equal(actor, "as before");
	assert_true(actor_parse("64D15A2C383E2161772F9CEA23E87222", actor));
	assert_string_equal(actor, A32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_found),
		cmocka_unit_test(junk_is_refused_with_its_line),
		cmocka_unit_test(bytes_are_bounded),
		cmocka_unit_test(a_policy_has_its_word),
		cmocka_unit_test(an_actor_is_32_hex_digits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The four variables, found in whatever bytes an environment may hold, and nowhere else.
 * Who may read an environment at all is test_identity.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/callenv.h"
#include "host/smallfile.h"
#include "stride.h"

static char directory[] = "/tmp/lokt-callenv-XXXXXX";
static int dir_fd = -1;

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	dir_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir_fd < 0 ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	unlinkat(dir_fd, "environ", 0);
	close(dir_fd);
	return rmdir(directory);
}

static void write_environ(const char *bytes, size_t len)
{
	SCOPED_FD fd = openat(dir_fd, "environ", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
}

/* Entries end in '|', which becomes NUL. */
static void write_entries(const char *text)
{
	char bytes[512];
	size_t len = strlen(text);
	assert_true(len < sizeof(bytes));
	for (size_t i = 0; i < len; i++)
		bytes[i] = text[i] == '|' ? '\0' : text[i];
	write_environ(bytes, len);
}

struct environ_row {
	const char *environment;
	int error;
	const char *values[CALLENV_COUNT]; /* NULL: unset */
};

static const struct environ_row environ_rows[] = {
	{"", 0, {NULL, NULL, NULL, NULL}},
	{"PATH=/bin|LOKT_OWNER=claude|HOME=/|", 0, {"claude", NULL, NULL, NULL}},
	{"LOKT_OWNER=a|LOKT_AGENT_ID=b|LOKT_HOST=c|GRITE_ACTOR=d|", 0, {"a", "b", "c", "d"}},
	{"LOKT_OWNER=first|LOKT_OWNER=second|", 0, {"first", NULL, NULL, NULL}},
	{"LOKT_OWNER=|LOKT_OWNER=second|", 0, {NULL, NULL, NULL, NULL}},
	{"LOKT_OWNER=no-newline-at-end", 0, {"no-newline-at-end", NULL, NULL, NULL}},
	{"XLOKT_OWNER=x|LOKT_OWNERS=y|LOKT_OWNER|lokt_owner=z|", 0, {NULL, NULL, NULL, NULL}},
	{"||LOKT_OWNER=behind empty ones|", 0, {"behind empty ones", NULL, NULL, NULL}},
	{"LOKT_OWNER=a=b|", 0, {"a=b", NULL, NULL, NULL}},
	{"LOKT_OWNER=bell\a|", -EINVAL, {NULL, NULL, NULL, NULL}},
	{"LOKT_HOST=\xff|", -EINVAL, {NULL, NULL, NULL, NULL}},
	{"GRITE_ACTOR=two\nlines|", -EINVAL, {NULL, NULL, NULL, NULL}},
	{"LOKT_OWNER=good|LOKT_OWNER=bell\a|", 0, {"good", NULL, NULL, NULL}},
	{"OTHER=bell\a|LOKT_OWNER=good|", 0, {"good", NULL, NULL, NULL}},
};

static void assert_row(const struct environ_row *row)
{
	struct callenv env = {.value = {"untouched"}};
	write_entries(row->environment);
	assert_int_equal(callenv_read(dir_fd, &env), row->error);
	if (row->error < 0) {
		assert_string_equal(env.value[0], "untouched");
		return;
	}
	for (int i = 0; i < CALLENV_COUNT; i++)
		assert_string_equal(env.value[i], row->values[i] ? row->values[i] : "");
}

static void variables_are_read_like_getenv(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(environ_rows) / sizeof(environ_rows[0]); i++)
		assert_row(&environ_rows[i]);
}

static const char *const names[CALLENV_COUNT] = {"LOKT_OWNER", "LOKT_AGENT_ID", "LOKT_HOST",
						 "GRITE_ACTOR"};

static void value_may_be_as_long_as_owner_max(void **state)
{
	(void)state;
	for (int i = 0; i < CALLENV_COUNT; i++) {
		struct callenv env;
		char text[512];
		int len = snprintf(text, sizeof(text), "%s=%0*d", names[i], OWNER_MAX, 1);
		write_entries(text);
		assert_int_equal(callenv_read(dir_fd, &env), 0);
		assert_int_equal(strlen(env.value[i]), OWNER_MAX);
		for (int more = 1; more <= 8; more++) {
			text[len++] = 'x';
			text[len] = '\0';
			write_entries(text);
			assert_int_equal(callenv_read(dir_fd, &env), -EINVAL);
		}
	}
}

/* Every place of a chunk's border relative to the variable is met on the way. */
static void variable_is_found_behind_any_amount(void **state)
{
	(void)state;
	static char text[16384];
	for (size_t before = 8192 - 24; before < 8192 + 3; before++) {
		struct callenv env;
		memset(text, 'x', before);
		text[before - 1] = '\0';
		memcpy(text + before, "LOKT_OWNER=somebody", 20);
		write_environ(text, before + 20);
		assert_int_equal(callenv_read(dir_fd, &env), 0);
		assert_string_equal(env.value[CALLENV_OWNER], "somebody");
	}
}

static void grow(off_t size)
{
	SCOPED_FD fd = openat(dir_fd, "environ", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
}

static void environment_has_a_bound(void **state)
{
	(void)state;
	struct callenv env;
	/* megabytes, and each byte in turn */
	if (stride() > 1)
		skip();
	write_entries("LOKT_OWNER=a|");
	grow(16 << 20);
	assert_int_equal(callenv_read(dir_fd, &env), 0);
	assert_string_equal(env.value[CALLENV_OWNER], "a");
	grow((16 << 20) + 1);
	assert_int_equal(callenv_read(dir_fd, &env), -EINVAL);
}

static void missing_environ_is_an_error(void **state)
{
	(void)state;
	struct callenv env;
	unlinkat(dir_fd, "environ", 0);
	assert_int_equal(callenv_read(dir_fd, &env), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_are_read_like_getenv),
		cmocka_unit_test(value_may_be_as_long_as_owner_max),
		cmocka_unit_test(variable_is_found_behind_any_amount),
		cmocka_unit_test(environment_has_a_bound),
		cmocka_unit_test(missing_environ_is_an_error),
	};
	return cmocka_run_group_tests(tests, begin, end);
}

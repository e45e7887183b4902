/*
 * Log lines are single lines of one write, whatever is put into them.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/log.h"

static int pipe_fds[2];

static int begin(void **state)
{
	(void)state;
	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	log_set_fd(pipe_fds[1]);
	return 0;
}

static int end(void **state)
{
	(void)state;
	log_set_fd(STDERR_FILENO);
	log_set_level(LOG_LEVEL_INFO);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return 0;
}

/* The text behind the time, which is "2026-11-22T03:04:05Z ". */
static const char *read_line(char *out, size_t cap)
{
	ssize_t len = read(pipe_fds[0], out, cap - 1);
	if (len < 0)
		return NULL;
	out[len] = '\0';
	assert_true(len > 21);
	assert_memory_equal(out + 10, "T", 1);
	assert_memory_equal(out + 19, "Z ", 2);
	assert_ptr_equal(strchr(out, '\n'), out + len - 1);
	return out + 21;
}

static void line_has_time_level_and_text(void **state)
{
	(void)state;
	char line[8192];
	errno = EXDEV;
	log_error("no %s for %d", "disk", 7);
	assert_int_equal(errno, EXDEV);
	assert_string_equal(read_line(line, sizeof(line)), "error: no disk for 7\n");
	log_warning("w");
	assert_string_equal(read_line(line, sizeof(line)), "warning: w\n");
}

static void level_decides(void **state)
{
	(void)state;
	char line[8192];
	log_debug("unheard");
	assert_null(read_line(line, sizeof(line)));
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("heard");
	assert_string_equal(read_line(line, sizeof(line)), "debug: heard\n");
	log_set_level(LOG_LEVEL_ERROR);
	log_warning("unheard");
	assert_null(read_line(line, sizeof(line)));
}

static void controls_and_length_are_tamed(void **state)
{
	(void)state;
	char line[8192], long_text[5000];
	log_info("a\nb\x1b[31m\x7f");
	assert_string_equal(read_line(line, sizeof(line)), "info: a?b?[31m?\n");
	memset(long_text, 'x', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	log_info("%s", long_text);
	assert_non_null(read_line(line, sizeof(line)));
	assert_int_equal(strlen(line), 2047);
}

#define IN_PIPE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PIPE(line_has_time_level_and_text),
		IN_PIPE(level_decides),
		IN_PIPE(controls_and_length_are_tamed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

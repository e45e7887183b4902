/*
 * The clocks tell the machine's time; the wall clock alone follows LOKTFS_TEST_CLOCK, and
 * only where the hook is compiled in.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/clock.h"
#include "host/smallfile.h"

static char clock_file[] = "/tmp/lokt-clock-XXXXXX";

static int64_t read_ns(clockid_t clock)
{
	struct timespec at;
	assert_int_equal(clock_gettime(clock, &at), 0);
	return (int64_t)at.tv_sec * NS_PER_SEC + at.tv_nsec;
}

static void both_clocks_are_the_machine_s(void **state)
{
	(void)state;
	unsetenv("LOKTFS_TEST_CLOCK");
	int64_t mono = read_ns(CLOCK_MONOTONIC), wall = read_ns(CLOCK_REALTIME);
	struct now now = clock_now();
	assert_true(now.mono_ns >= mono && now.mono_ns <= read_ns(CLOCK_MONOTONIC));
	assert_true(llabs(now.wall_ns - wall) < 60 * NS_PER_SEC);
	assert_true(clock_now().mono_ns >= now.mono_ns);
}

struct offset_row {
	const char *text;
	int64_t seconds;
};

static const struct offset_row offset_rows[] = {
	{"3600\n", 3600}, {"-86400", -86400},	       {"0", 0},	 {"", 0},
	{"soon", 0},	  {"99999999999999999999", 0}, {"9999999999", 0}};

static void write_offset(const char *text)
{
	SCOPED_FD fd = open(clock_file, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void assert_offset(int64_t seconds)
{
	struct now now = clock_now();
	int64_t offset = now.wall_ns - read_ns(CLOCK_REALTIME);
	assert_true(llabs(offset - seconds * NS_PER_SEC) < 60 * NS_PER_SEC);
	assert_true(llabs(now.mono_ns - read_ns(CLOCK_MONOTONIC)) < 60 * NS_PER_SEC);
}

static void wall_clock_follows_the_file_with_the_hook_only(void **state)
{
	(void)state;
	int fd = mkstemp(clock_file);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(setenv("LOKTFS_TEST_CLOCK", clock_file, 1), 0);
	for (size_t i = 0; i < sizeof(offset_rows) / sizeof(offset_rows[0]); i++) {
		write_offset(offset_rows[i].text);
#ifdef LOKT_TEST_HOOKS
		assert_offset(offset_rows[i].seconds);
#else
		assert_offset(0);
#endif
	}
	assert_int_equal(unlink(clock_file), 0);
	assert_offset(0);
	unsetenv("LOKTFS_TEST_CLOCK");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_clocks_are_the_machine_s),
		cmocka_unit_test(wall_clock_follows_the_file_with_the_hook_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

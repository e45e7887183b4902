/* What is handed to a process made before: whole messages, open descriptors, and the end. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "handing.h"

static void a_descriptor_is_open_from_its_sending(void **state)
{
	const int word = 7;
	int got = 0;
	int ends[2];
	int pipe_fds[2];
	int given[2];
	int taken[2];
	char byte = 0;

	(void)state;
	assert_int_equal(handing_open(ends), 0);
	assert_int_equal(pipe(pipe_fds), 0);
	given[0] = given[1] = pipe_fds[1];
	assert_int_equal(handing_send(ends[0], &word, sizeof(word), given, 2), 0);
	close(pipe_fds[1]);
	close(ends[0]);
	assert_int_equal(handing_receive(ends[1], &got, sizeof(got), taken, 2), 0);
	assert_int_equal(got, word);
	assert_int_equal(fcntl(taken[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(write(taken[1], "x", 1), 1);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(taken[0]);
	close(taken[1]);
	close(pipe_fds[0]);
	close(ends[1]);
}

static void nobody_at_the_other_end_is_no_message(void **state)
{
	int word = 7;
	int ends[2];

	(void)state;
	assert_int_equal(handing_open(ends), 0);
	close(ends[0]);
	assert_int_equal(handing_receive(ends[1], &word, sizeof(word), NULL, 0), -EPIPE);
	assert_int_equal(handing_send(ends[1], &word, sizeof(word), NULL, 0), -EPIPE);
	close(ends[1]);
}

static void what_is_short_or_lacks_a_descriptor_is_refused(void **state)
{
	const int word = 7;
	int64_t wide;
	int got;
	int taken[1];
	int ends[2];

	(void)state;
	assert_int_equal(handing_open(ends), 0);
	assert_int_equal(handing_send(ends[0], &word, sizeof(word), NULL, 0), 0);
	assert_int_equal(handing_receive(ends[1], &wide, sizeof(wide), NULL, 0), -EIO);
	assert_int_equal(handing_send(ends[0], &word, sizeof(word), NULL, 0), 0);
	assert_int_equal(handing_receive(ends[1], &got, sizeof(got), taken, 1), -EMFILE);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_descriptor_is_open_from_its_sending),
		cmocka_unit_test(nobody_at_the_other_end_is_no_message),
		cmocka_unit_test(what_is_short_or_lacks_a_descriptor_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

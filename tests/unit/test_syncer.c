/*
 * The syncer's thread: what is wanted arrives, what is retired is closed, a failure is final.
 * Everything is waited for at its descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/syncer.h"

#define WAIT_MS 10000

static int new_file(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "line\n", 5), 5);
	return fd;
}

/* Until the disk has everything up to goal, or a failure. */
static int wait_for(struct syncer *syncer, uint64_t goal, uint64_t *position)
{
	struct pollfd news = {.fd = syncer_event_fd(syncer), .events = POLLIN};
	int err = 0;

	*position = 0;
	while (!err && *position < goal) {
		if (poll(&news, 1, WAIT_MS) != 1)
			return -ETIMEDOUT;
		err = syncer_collect(syncer, position);
	}
	return err;
}

static void what_is_wanted_arrives(void **state)
{
	struct syncer *syncer = syncer_new();
	uint64_t position = 77;
	int fd = new_file();

	(void)state;
	assert_non_null(syncer);
	assert_int_equal(syncer_collect(syncer, &position), 0);
	assert_int_equal(position, 0);
	for (uint64_t goal = 1; goal <= 100; goal++) {
		syncer_want(syncer, fd, goal);
		assert_int_equal(wait_for(syncer, goal, &position), 0);
		assert_int_equal(position, goal);
	}
	syncer_want(syncer, fd, 5);
	assert_int_equal(syncer_collect(syncer, &position), 0);
	assert_int_equal(position, 100);
	syncer_free(syncer);
	close(fd);
}

static void many_wishes_need_few_syncs(void **state)
{
	struct syncer *syncer = syncer_new();
	uint64_t position;
	int fd = new_file();

	(void)state;
	for (uint64_t goal = 1; goal <= 20000; goal++)
		syncer_want(syncer, fd, goal);
	assert_int_equal(wait_for(syncer, 20000, &position), 0);
	assert_int_equal(position, 20000);
	syncer_free(syncer);
	close(fd);
}

static void what_is_retired_is_closed_first(void **state)
{
	struct syncer *syncer = syncer_new();
	uint64_t position, at = 0;

	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		int old_fds[3], fd;

		for (unsigned i = 0; i < 3; i++) {
			old_fds[i] = new_file();
			syncer_want(syncer, old_fds[i], at + 1);
			at += 2;
			syncer_retire(syncer, old_fds[i], at);
		}
		fd = new_file();
		syncer_want(syncer, fd, ++at);
		assert_int_equal(wait_for(syncer, at, &position), 0);
		for (unsigned i = 0; i < 3; i++) {
			/* The number may have been given out again, to nobody but fd. */
			assert_true(old_fds[i] == fd || fcntl(old_fds[i], F_GETFD) == -1);
		}
		syncer_retire(syncer, fd, at);
	}
	syncer_free(syncer);
}

static void a_file_without_wishes_is_closed_too(void **state)
{
	struct syncer *syncer = syncer_new();
	uint64_t position;
	int fd = new_file();

	(void)state;
	syncer_retire(syncer, fd, 5);
	assert_int_equal(wait_for(syncer, 5, &position), 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	fd = new_file();
	syncer_retire(syncer, fd, 6);
	syncer_free(syncer);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void a_failure_is_final(void **state)
{
	struct syncer *syncer = syncer_new();
	uint64_t position, before;
	int pipes[2];
	int fd = new_file(), retired = new_file();

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	syncer_want(syncer, fd, 1);
	assert_int_equal(wait_for(syncer, 1, &before), 0);
	syncer_want(syncer, pipes[1], 2);
	assert_int_equal(wait_for(syncer, 2, &position), -EINVAL);
	position = 77;
	syncer_want(syncer, fd, 3);
	assert_int_equal(syncer_collect(syncer, &position), -EINVAL);
	assert_int_equal(position, 77);
	syncer_retire(syncer, retired, 4);
	assert_int_equal(syncer_collect(syncer, &position), -EINVAL);
	syncer_free(syncer);
	assert_int_equal(fcntl(retired, F_GETFD), -1);
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
}

static void the_hook_makes_the_nth_sync_fail(void **state)
{
#ifdef LOKT_TEST_HOOKS
	struct syncer *syncer;
	uint64_t position;
	int fd = new_file();

	(void)state;
	assert_int_equal(setenv("LOKTFS_TEST_SYNC_FAIL", "3", 1), 0);
	syncer = syncer_new();
	assert_int_equal(unsetenv("LOKTFS_TEST_SYNC_FAIL"), 0);
	for (uint64_t goal = 1; goal <= 2; goal++) {
		syncer_want(syncer, fd, goal);
		assert_int_equal(wait_for(syncer, goal, &position), 0);
	}
	syncer_want(syncer, fd, 3);
	assert_int_equal(wait_for(syncer, 3, &position), -EIO);
	syncer_free(syncer);
	close(fd);
#else
	(void)state;
	skip();
#endif
}

static void it_ends_with_wishes_open(void **state)
{
	(void)state;
	for (int round = 0; round < 50; round++) {
		struct syncer *syncer = syncer_new();
		int fd = new_file();

		syncer_want(syncer, fd, 1);
		syncer_want(syncer, fd, 2);
		syncer_free(syncer);
		close(fd);
	}
	syncer_free(NULL);
}

/* A signal to the process is the loop's to take: the thread must have it blocked. */
static void the_thread_takes_no_signals(void **state)
{
	struct syncer *syncer;
	sigset_t usr1, before, pending;
	uint64_t position;
	int fd = new_file();

	(void)state;
	syncer = syncer_new();
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_BLOCK, &usr1, &before), 0);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	syncer_want(syncer, fd, 1);
	assert_int_equal(wait_for(syncer, 1, &position), 0);
	assert_int_equal(sigpending(&pending), 0);
	assert_true(sigismember(&pending, SIGUSR1));
	signal(SIGUSR1, SIG_IGN);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	syncer_free(syncer);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wanted_arrives),
		cmocka_unit_test(many_wishes_need_few_syncs),
		cmocka_unit_test(what_is_retired_is_closed_first),
		cmocka_unit_test(a_file_without_wishes_is_closed_too),
		cmocka_unit_test(a_failure_is_final),
		cmocka_unit_test(the_hook_makes_the_nth_sync_fail),
		cmocka_unit_test(it_ends_with_wishes_open),
		cmocka_unit_test(the_thread_takes_no_signals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

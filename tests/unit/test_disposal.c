/* Files that are deleted beside the loop: all of them, or none where the directory is not synced. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/disposal.h"

static int create_error;

static int create(pthread_t *thread, const pthread_attr_t *attr, void *(*body)(void *),
		  void *context)
{
	return create_error ? create_error : pthread_create(thread, attr, body, context);
}

#define pthread_create create
#include "host/disposal.c"

#define FILES 3

struct stage {
	char path[64];
	int dir_fd;
	struct disposal disposal;
};

static void put(struct stage *s, const char *name)
{
	int fd = openat(s->dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	close(fd);
}

static bool is_there(struct stage *s, const char *name)
{
	return faccessat(s->dir_fd, name, F_OK, 0) == 0;
}

static void add_files(struct stage *s)
{
	put(s, "a");
	put(s, "longer.tmp");
	put(s, "kept");
	disposal_add(&s->disposal, "a");
	disposal_add(&s->disposal, "not there");
	disposal_add(&s->disposal, "longer.tmp");
}

static void assert_deleted(struct stage *s)
{
	assert_false(is_there(s, "a"));
	assert_false(is_there(s, "longer.tmp"));
	assert_true(is_there(s, "kept"));
}

static int begin(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));
	assert_non_null(s);
	strcpy(s->path, "/tmp/test_disposal.XXXXXX");
	assert_non_null(mkdtemp(s->path));
	s->dir_fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(s->dir_fd >= 0);
	create_error = 0;
	*state = s;
	return 0;
}

static int end(void **state)
{
	static const char *const names[] = {"a", "longer.tmp", "kept"};
	struct stage *s = *state;
	for (int i = 0; i < FILES; i++)
		unlinkat(s->dir_fd, names[i], 0);
	close(s->dir_fd);
	assert_int_equal(rmdir(s->path), 0);
	free(s);
	return 0;
}

static void what_was_added_is_deleted(void **state)
{
	struct stage *s = *state;
	for (int round = 0; round < 3; round++) {
		add_files(s);
		disposal_begin(&s->disposal, s->dir_fd);
		assert_int_equal(disposal_end(&s->disposal), 0);
		assert_deleted(s);
	}
}

static void the_end_is_seen_without_waiting(void **state)
{
	struct stage *s = *state;
	struct timespec pause = {.tv_nsec = 1000000};
	int error = 1;
	assert_true(disposal_is_over(&s->disposal, &error)); /* none was begun */
	assert_int_equal(error, 0);
	add_files(s);
	disposal_begin(&s->disposal, s->dir_fd);
	for (int i = 0; i < 30000 && !disposal_is_over(&s->disposal, &error); i++)
		nanosleep(&pause, NULL);
	assert_false(s->disposal.is_running);
	assert_int_equal(error, 0);
	assert_deleted(s);
}

static void nothing_is_deleted_when_the_sync_fails(void **state)
{
	struct stage *s = *state;
	int error = 0;
	int path_fd =
		open(s->path, O_PATH | O_CLOEXEC); /* good for unlinkat(2), not for fsync(2) */
	assert_true(path_fd >= 0);
	add_files(s);
	disposal_begin(&s->disposal, path_fd);
	assert_int_equal(disposal_end(&s->disposal), -EBADF);
	assert_true(is_there(s, "a"));
	assert_true(is_there(s, "longer.tmp"));
	assert_true(disposal_is_over(&s->disposal, &error));
	assert_int_equal(error, 0); /* it is told once */
	close(path_fd);
}

static void without_a_thread_it_is_done_at_once(void **state)
{
	struct stage *s = *state;
	create_error = EAGAIN;
	add_files(s);
	disposal_begin(&s->disposal, s->dir_fd);
	assert_deleted(s);
	assert_int_equal(disposal_end(&s->disposal), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_added_is_deleted),
		TEST(the_end_is_seen_without_waiting),
		TEST(nothing_is_deleted_when_the_sync_fails),
		TEST(without_a_thread_it_is_done_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

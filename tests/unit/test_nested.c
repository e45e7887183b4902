/*
 * Guards inside guards, without a daemon: what LOKT_HELD may say, whose ring it leads to, and who
 * waits for whom there. That the lease ends when it must is tests/cases/guard's.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "nested.h"

#define ID "0123456789abcdef0123456789abcdef"
#define OTHER_ID "00000000000000000000000000000000"
#define SHORT_MS 60
#define LONG_MS 10000

static void held_by(const char *text)
{
	assert_int_equal(text ? setenv("LOKT_HELD", text, 1) : unsetenv("LOKT_HELD"), 0);
}

/* How many guards are found; the last one in *out. */
static int found(struct nested_guard *out)
{
	const char *list = NULL;
	int count = 0;

	while (nested_next(&list, out))
		count++;
	return count;
}

static void text_that_is_no_guard_is_passed_over(void **state)
{
	static char long_name[RESOURCE_NAME_MAX + 80];
	static const char *const rows[] = {
		NULL,
		"",
		" ",
		"x",
		"x/" ID,
		"x/" ID "/7",
		"x/" ID "/7/",
		"x/" ID "/7/8/9",
		"x/" ID "/7/8x",
		"x/" ID "/-7/8",
		"x/" ID "/7/+8",
		"x/" ID "/ 7/8",
		"x/" ID "/99999999999999999999/8",
		"x/" ID "/2147483648/8",
		"x/" ID "0/7/8",
		"/" ID "/7/8",
		"x//7/8",
		"x/" ID "/7/8\n",
		"x\t/" ID "/7",
		long_name,
	};
	struct nested_guard guard;

	(void)state;
	memset(long_name, 'x', RESOURCE_NAME_MAX + 1);
	strcpy(long_name + RESOURCE_NAME_MAX + 1, "/" ID "/7/8");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		held_by(rows[i]);
		if (found(&guard) != 0)
			fail_msg("row %zu \"%s\" is taken for a guard", i, rows[i]);
	}
}

static void guards_are_found_among_junk(void **state)
{
	const char *list = NULL;
	struct nested_guard guard;

	(void)state;
	held_by("  junk path:a%2Fb/" ID "/7/65  //// x/" OTHER_ID "/2147483647/0 y/" ID "/1 ");
	assert_true(nested_next(&list, &guard));
	assert_string_equal(guard.name, "path:a%2Fb");
	assert_string_equal(guard.lock_id, ID);
	assert_int_equal(guard.pid, 7);
	assert_int_equal(guard.ring_fd, 65);
	assert_true(nested_next(&list, &guard));
	assert_string_equal(guard.name, "x");
	assert_string_equal(guard.lock_id, OTHER_ID);
	assert_int_equal(guard.pid, INT32_MAX);
	assert_int_equal(guard.ring_fd, 0);
	assert_false(nested_next(&list, &guard));
	assert_false(nested_next(&list, &guard));
}

static void what_is_exported_comes_back_innermost_first(void **state)
{
	struct nested_guard outer = {.name = "x", .lock_id = ID, .pid = 7, .ring_fd = 64};
	struct nested_guard inner = {.name = "y", .lock_id = OTHER_ID, .pid = 8, .ring_fd = 65};
	struct nested_guard guard;
	const char *list = NULL;

	(void)state;
	memset(outer.name, 'n', RESOURCE_NAME_MAX);
	held_by(NULL);
	assert_int_equal(nested_export(&outer), 0);
	assert_int_equal(nested_export(&inner), 0);
	assert_true(nested_next(&list, &guard));
	assert_string_equal(guard.name, "y");
	assert_int_equal(guard.pid, 8);
	assert_true(nested_next(&list, &guard));
	assert_string_equal(guard.name, outer.name);
	assert_int_equal(guard.ring_fd, 64);
	assert_false(nested_next(&list, &guard));
}

/* What a depth of a hundred leaves is still whole. */
static void a_deep_nest_is_read_to_its_end(void **state)
{
	struct nested_guard guard = {.name = "x", .lock_id = ID, .ring_fd = 64};
	struct nested_guard last;

	(void)state;
	held_by(NULL);
	for (guard.pid = 100; guard.pid > 0; guard.pid--)
		assert_int_equal(nested_export(&guard), 0);
	assert_int_equal(found(&last), 100);
	assert_int_equal(last.pid, 100);
}

/* A ring of this process, as LOKT_HELD would lead to it. */
static struct nested_guard make_ring(void)
{
	struct nested_guard guard = {.name = "x", .lock_id = ID, .pid = getpid()};

	guard.ring_fd = nested_ring_new(ID);
	assert_true(guard.ring_fd >= 64);
	assert_int_equal(fcntl(guard.ring_fd, F_GETFD), FD_CLOEXEC);
	return guard;
}

static int sit_within(const struct nested_guard *guard, int64_t ms)
{
	struct timelimit limit;
	int fd;

	timelimit_begin(&limit, ms);
	fd = nested_sit(guard, &limit);
	timelimit_end(&limit);
	return fd;
}

static int take_turn_within(int seat_fd, int64_t ms)
{
	struct timelimit limit;
	int error;

	timelimit_begin(&limit, ms);
	error = nested_take_turn(seat_fd, &limit);
	timelimit_end(&limit);
	return error;
}

static void a_ring_that_is_not_the_guards_is_not_sat_in(void **state)
{
	struct nested_guard guard = make_ring();
	struct nested_guard wrong[4] = {guard, guard, guard, guard};

	(void)state;
	strcpy(wrong[0].lock_id, OTHER_ID);
	wrong[1].pid = guard.pid + 1;
	wrong[2].ring_fd = 0;
	wrong[3].ring_fd = INT32_MAX;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(sit_within(&wrong[i], LONG_MS), -ENOENT);
	nested_ring_end(guard.ring_fd);
	assert_int_equal(sit_within(&guard, LONG_MS), -ENOENT);
}

static void turns_are_taken_one_at_a_time(void **state)
{
	struct nested_guard guard = make_ring();
	int first = sit_within(&guard, LONG_MS);
	int second = sit_within(&guard, LONG_MS);

	(void)state;
	assert_true(first >= 64 && second >= 64 && first != second);
	assert_int_equal(fcntl(first, F_GETFD), FD_CLOEXEC);
	assert_int_equal(take_turn_within(first, LONG_MS), 0);
	assert_int_equal(take_turn_within(second, SHORT_MS), -ETIMEDOUT);
	/* by leaving, although what was started there still has the descriptor */
	int copy = dup(first);
	nested_leave(first);
	assert_int_equal(take_turn_within(second, LONG_MS), 0);
	nested_leave(second);
	close(copy);
	nested_ring_end(guard.ring_fd);
}

static void a_turn_ends_with_its_last_descriptor(void **state)
{
	struct nested_guard guard = make_ring();
	int first = sit_within(&guard, LONG_MS);
	int second = sit_within(&guard, LONG_MS);
	int copy = dup(first);

	(void)state;
	assert_int_equal(take_turn_within(first, LONG_MS), 0);
	close(first);
	assert_int_equal(take_turn_within(second, SHORT_MS), -ETIMEDOUT);
	close(copy);
	assert_int_equal(take_turn_within(second, LONG_MS), 0);
	nested_leave(second);
	nested_ring_end(guard.ring_fd);
}

static void a_ring_closes_when_nobody_sits_in_it(void **state)
{
	struct nested_guard guard = make_ring();
	int first = sit_within(&guard, LONG_MS);
	int second = sit_within(&guard, LONG_MS);

	(void)state;
	assert_false(nested_ring_closes(guard.ring_fd));
	nested_leave(first);
	assert_false(nested_ring_closes(guard.ring_fd));
	nested_leave(second);
	assert_true(nested_ring_closes(guard.ring_fd));
	nested_ring_end(guard.ring_fd);
}

/* Who comes while a guard is ending waits for that end, and then takes the lock by itself. */
static void whoever_comes_late_is_sent_away(void **state)
{
	struct nested_guard guard = make_ring();
	int background = dup(guard.ring_fd); /* as of a process that inherited it */
	struct nested_guard there = guard;

	(void)state;
	there.ring_fd = background;
	assert_true(nested_ring_closes(guard.ring_fd));
	assert_int_equal(sit_within(&guard, SHORT_MS), -ETIMEDOUT);
	nested_ring_end(guard.ring_fd);
	assert_int_equal(sit_within(&there, LONG_MS), -ENOENT);
	close(background);
}

static void awaiting_the_close_outlasts_every_seat(void **state)
{
	struct nested_guard guard = make_ring();
	int seat = sit_within(&guard, LONG_MS);
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		close(seat);
		alarm(LONG_MS / 1000);
		nested_await_close(guard.ring_fd);
		_exit(7);
	}
	usleep(SHORT_MS * 1000);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	nested_leave(seat);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	/* through the ring's own open file: whoever waited there keeps late comers out as we would */
	assert_int_equal(sit_within(&guard, SHORT_MS), -ETIMEDOUT);
	nested_ring_end(guard.ring_fd);
}

/* sudo and the like close what is inherited: the way leads through the guard's own process. */
static void a_ring_is_found_where_its_descriptor_was_closed(void **state)
{
	struct nested_guard guard = make_ring();
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		close(guard.ring_fd);
		int fd = sit_within(&guard, LONG_MS);
		_exit(fd >= 64 && take_turn_within(fd, LONG_MS) == 0 ? 7 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	/* it was killed or forgot to leave: its seat and turn ended with it */
	assert_true(nested_ring_closes(guard.ring_fd));
	nested_ring_end(guard.ring_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_is_no_guard_is_passed_over),
		cmocka_unit_test(guards_are_found_among_junk),
		cmocka_unit_test(what_is_exported_comes_back_innermost_first),
		cmocka_unit_test(a_deep_nest_is_read_to_its_end),
		cmocka_unit_test(a_ring_that_is_not_the_guards_is_not_sat_in),
		cmocka_unit_test(turns_are_taken_one_at_a_time),
		cmocka_unit_test(a_turn_ends_with_its_last_descriptor),
		cmocka_unit_test(a_ring_closes_when_nobody_sits_in_it),
		cmocka_unit_test(whoever_comes_late_is_sent_away),
		cmocka_unit_test(awaiting_the_close_outlasts_every_seat),
		cmocka_unit_test(a_ring_is_found_where_its_descriptor_was_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

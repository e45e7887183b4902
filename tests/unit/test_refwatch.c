/*
 * What a watch notices of a real git's doings. Events are there when git has exited, so nothing
 * is waited for.
 */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/clock.h"
#include "host/refwatch.h"

#define MANY 1000
#define REF "refs/grite/locks/0123456789abcdef"

struct place {
	char dir[64];
	struct refwatch watch;
};

static int drop(const char *path, const struct stat *found, int kind, struct FTW *ftw)
{
	(void)found, (void)kind, (void)ftw;
	return remove(path);
}

static void run(const struct place *place, const char *script)
{
	char *command;
	assert_true(asprintf(&command, "set -e; cd '%s'; %s", place->dir, script) > 0);
	assert_int_equal(system(command), 0);
	free(command);
}

static void watch(struct place *place)
{
	char git_dir[80];
	snprintf(git_dir, sizeof(git_dir), "%s/.git", place->dir);
	assert_int_equal(refwatch_init(&place->watch, git_dir), 0);
	assert_true(place->watch.is_whole);
	assert_false(refwatch_collect(&place->watch));
}

static int begin(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	if (!place)
		return -1;
	strcpy(place->dir, "/tmp/lokt-refwatch.XXXXXX");
	if (!mkdtemp(place->dir))
		return -1;
	setenv("HOME", place->dir, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	place->watch.fd = -1;
	*state = place;
	run(place, "git init -q; git config user.name a; git config user.email b;"
		   "git commit -q --allow-empty -m 1; git commit -q --allow-empty -m 2");
	return 0;
}

static int end(void **state)
{
	struct place *place = *state;
	refwatch_release(&place->watch);
	nftw(place->dir, drop, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	free(place);
	return 0;
}

static bool is_readable(const struct place *place)
{
	struct pollfd watched = {.fd = place->watch.fd, .events = POLLIN};
	return poll(&watched, 1, 0) > 0;
}

static void assert_noticed(struct place *place, const char *script)
{
	run(place, script);
	if (!is_readable(place) || !refwatch_collect(&place->watch))
		fail_msg("not noticed: %s", script);
	assert_true(place->watch.is_whole);
	/* what arming itself brought about, once */
	refwatch_collect(&place->watch);
	assert_false(is_readable(place));
}

static void assert_unnoticed(struct place *place, const char *script)
{
	run(place, script);
	if (refwatch_collect(&place->watch))
		fail_msg("taken for a change: %s", script);
}

static void every_way_to_change_a_ref_is_noticed(void **state)
{
	static const char *const scripts[] = {
		"git update-ref " REF " HEAD",
		"git update-ref " REF " HEAD~",
		"git update-ref -d " REF,
		"git update-ref " REF " HEAD",
		"git pack-refs --all",
		"git update-ref " REF " HEAD~",
		"git pack-refs --all",
		"git update-ref -d " REF, /* only packed-refs is renamed */
		"git update-ref " REF "0 HEAD; git update-ref " REF "1 HEAD",
		"printf 'delete " REF "0\\ndelete " REF "1\\n' | git update-ref --stdin",
		"git fetch -q . HEAD:" REF,
		"git push -q . HEAD~:" REF "2",
		"git push -q . :" REF "2",
		"git update-ref --no-deref " REF " HEAD~",
	};
	struct place *place = *state;
	watch(place);
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
			assert_noticed(place, scripts[i]);
}

static void directories_that_vanish_and_come_again_are_followed(void **state)
{
	static const char *const scripts[] = {
		"git update-ref " REF " HEAD",
		"rm -r .git/refs/grite/locks",
		"git update-ref " REF " HEAD",
		"rm -r .git/refs/grite",
		"git update-ref " REF " HEAD",
		"mv .git/refs/grite .git/refs/other",
		"git update-ref " REF " HEAD~",
		"git update-ref " REF " HEAD",
		"mv .git/refs/grite/locks .git/refs/grite/other",
		"mv .git/refs/grite/other .git/refs/grite/locks",
		"git update-ref " REF " HEAD~",
		"mv .git/refs/grite .git/old; mv .git/refs/other .git/refs/grite",
		"git update-ref " REF " HEAD~",
		"mv .git/old .git/refs/old; rm -r .git/refs/grite; mv .git/refs/old "
		".git/refs/grite",
		"git update-ref " REF " HEAD",
		"git pack-refs --all; git update-ref -d " REF "; git update-ref " REF " HEAD",
		"git update-ref " REF " HEAD~",
	};
	struct place *place = *state;
	watch(place);
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
			assert_noticed(place, scripts[i]);
	/* the one that was moved away is nobody's any more */
	run(place, "git update-ref -d " REF "; rm -rf .git/refs/grite");
	refwatch_collect(&place->watch);
	assert_int_equal(place->watch.grite, -1);
	assert_int_equal(place->watch.locks, -1);
}

static void other_refs_and_lock_files_are_no_change(void **state)
{
	static const char *const scripts[] = {
		"git update-ref refs/heads/other HEAD",
		"git update-ref -d refs/heads/other",
		"git update-ref refs/grite/wal HEAD",
		"git update-ref refs/grite/other/x HEAD",
		"touch a; git add a; git commit -q -m a; git status >/dev/null",
		"git tag -m x x",
		"touch .git/" REF ".lock",
		"rm .git/" REF ".lock",
		"touch .git/packed-refs.lock; rm .git/packed-refs.lock",
		"! git update-ref " REF
		" HEAD 0000000000000000000000000000000000000000 2>/dev/null",
		"git stash list",
	};
	struct place *place = *state;
	run(place, "git update-ref " REF " HEAD");
	watch(place);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
		assert_unnoticed(place, scripts[i]);
	assert_noticed(place, "git update-ref " REF " HEAD"); /* moved on by the commit */
}

/* Lock files are created, closed and renamed: of all that, one event. */
static void one_update_is_one_event(void **state)
{
	struct place *place = *state;
	int bytes = 0;
	run(place, "git update-ref " REF " HEAD");
	watch(place);
	run(place, "git update-ref " REF " HEAD~");
	assert_int_equal(ioctl(place->watch.fd, FIONREAD, &bytes), 0);
	assert_in_range(bytes, 1, sizeof(struct inotify_event) + 32);
	assert_true(refwatch_collect(&place->watch));
}

static int count_refs(const struct place *place)
{
	char *command;
	int count = -1;
	assert_true(asprintf(&command, "git -C '%s' for-each-ref refs/grite/locks | wc -l",
			     place->dir) > 0);
	FILE *pipe = popen(command, "re");
	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%d", &count), 1);
	pclose(pipe);
	free(command);
	return count;
}

/* Scanning whenever there is a change, one never ends with an old view. */
static void a_thousand_updates_are_all_seen_in_the_end(void **state)
{
	struct place *place = *state;
	int seen = 0;
	int64_t give_up = clock_now().mono_ns + 60 * NS_PER_SEC;
	watch(place);
	run(place, "(i=0; while [ $i -lt 10 ]; do j=0; while [ $j -lt 100 ]; do"
		   " printf 'update refs/grite/locks/%08x%08x HEAD\\n' $i $j; j=$((j + 1)); done |"
		   " git update-ref --stdin; git pack-refs --all; i=$((i + 1)); done; >done) &");
	for (bool is_done = false; !is_done || is_readable(place);) {
		char path[80];
		snprintf(path, sizeof(path), "%s/done", place->dir);
		is_done = access(path, F_OK) == 0;
		assert_true(clock_now().mono_ns < give_up);
		struct pollfd watched = {.fd = place->watch.fd, .events = POLLIN};
		poll(&watched, 1, is_done ? 0 : 20);
		if (refwatch_collect(&place->watch))
			seen = count_refs(place);
	}
	assert_int_equal(seen, MANY);
}

static void a_thousand_loose_updates_are_all_noticed(void **state)
{
	struct place *place = *state;
	watch(place);
	run(place, "i=0; while [ $i -lt 1000 ]; do printf 'update " REF "%d HEAD\\n' $i;"
		   " i=$((i + 1)); done | git update-ref --stdin");
	assert_true(refwatch_collect(&place->watch));
	while (refwatch_collect(&place->watch))
		;
	assert_false(is_readable(place));
	assert_noticed(place, "git update-ref -d " REF "999");
}

static void an_overflow_is_a_change(void **state)
{
	struct place *place = *state;
	int limit = 0;
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &limit), 1);
	fclose(file);
	if (limit > 100000)
		skip();
	run(place, "git update-ref " REF " HEAD");
	watch(place);
	/* names that mean nothing, and two in turn, as equal events in a row are merged */
	for (int i = 0; i < limit + 100; i++) {
		char path[2][160];
		for (int j = 0; j < 2; j++)
			snprintf(path[j], sizeof(path[j]), "%s/.git/refs/grite/locks/%d.lock",
				 place->dir, (i + j) % 2);
		fclose(fopen(path[0], "we"));
		assert_int_equal(rename(path[0], path[1]), 0);
	}
	bool is_changed = false;
	while (is_readable(place))
		is_changed = refwatch_collect(&place->watch) || is_changed;
	assert_true(is_changed);
	assert_noticed(place, "git update-ref " REF " HEAD~");
}

static void a_repository_that_vanishes_leaves_no_watch(void **state)
{
	struct place *place = *state;
	run(place, "git update-ref " REF " HEAD");
	watch(place);
	run(place, "mv .git gone");
	assert_true(refwatch_collect(&place->watch));
	assert_false(place->watch.is_whole);
	assert_false(refwatch_collect(&place->watch));
	assert_false(is_readable(place));
	run(place, "mv gone .git");
	assert_true(refwatch_collect(&place->watch));
	assert_true(place->watch.is_whole);
	assert_noticed(place, "git update-ref " REF " HEAD~");
}

static void a_reftable_is_watched(void **state)
{
	struct place *place = *state;
	/* as a git that knows it would write it */
	run(place, "mkdir .git/reftable; touch .git/reftable/tables.list");
	watch(place);
	assert_true(place->watch.reftable >= 0);
	assert_unnoticed(place, "touch .git/reftable/0x1.ref .git/reftable/tables.list.lock");
	assert_noticed(place, "mv .git/reftable/tables.list.lock .git/reftable/tables.list");
	assert_noticed(place, "rm -r .git/reftable");
	assert_int_equal(place->watch.reftable, -1);
	assert_noticed(place, "mkdir .git/x; mv .git/x .git/reftable");
	assert_true(place->watch.reftable >= 0);
}

static void what_is_no_repository_is_not_watched(void **state)
{
	struct place *place = *state;
	char path[80];
	assert_int_equal(refwatch_init(&place->watch, place->dir), -ENOENT);
	assert_int_equal(place->watch.fd, -1);
	snprintf(path, sizeof(path), "%s/nowhere", place->dir);
	assert_int_equal(refwatch_init(&place->watch, path), -ENOENT);
	assert_int_equal(place->watch.fd, -1);
	assert_false(refwatch_collect(&place->watch));
	refwatch_release(&place->watch);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_way_to_change_a_ref_is_noticed),
		TEST(directories_that_vanish_and_come_again_are_followed),
		TEST(other_refs_and_lock_files_are_no_change),
		TEST(one_update_is_one_event),
		TEST(a_thousand_updates_are_all_seen_in_the_end),
		TEST(a_thousand_loose_updates_are_all_noticed),
		TEST(an_overflow_is_a_change),
		TEST(a_repository_that_vanishes_leaves_no_watch),
		TEST(a_reftable_is_watched),
		TEST(what_is_no_repository_is_not_watched),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

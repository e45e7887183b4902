/* What outlives a worker: every cut between two commits leaves the state of the first. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/keep.h"

#define SIZE ((size_t)64 << 10)

struct bench {
	void *memory;
	struct keep keep;
};

static void begin(struct bench *bench)
{
	bench->memory = calloc(1, SIZE);
	assert_non_null(bench->memory);
	assert_int_equal(keep_open(&bench->keep, bench->memory, SIZE), 0);
}

/* As a killed worker leaves it to the next one. */
static void die_and_reopen(struct bench *bench)
{
	keep_close(&bench->keep);
	assert_int_equal(keep_open(&bench->keep, bench->memory, SIZE), 0);
}

static void end(struct bench *bench)
{
	keep_close(&bench->keep);
	free(bench->memory);
}

static void assert_holds(const struct bench *bench, uint64_t key, const char *bytes)
{
	struct text text = {0};
	bool is_there = keep_get(&bench->keep, KEEP_FILE, key, &text);
	assert_int_equal(is_there, bytes != NULL);
	if (bytes) {
		assert_int_equal(text.len, strlen(bytes));
		assert_true(text.len == 0 || memcmp(text.data, bytes, text.len) == 0);
		assert_true(keep_is(&bench->keep, KEEP_FILE, key, bytes, strlen(bytes)));
	}
	text_release(&text);
}

static void put(struct bench *bench, uint64_t key, const char *bytes)
{
	assert_int_equal(keep_put(&bench->keep, KEEP_FILE, key, bytes, strlen(bytes)), 0);
}

static void what_was_committed_is_there_for_the_next(void **state)
{
	struct bench bench;
	(void)state;
	begin(&bench);
	put(&bench, 7, "seven");
	put(&bench, 8, "");
	keep_commit(&bench.keep);
	die_and_reopen(&bench);
	assert_holds(&bench, 7, "seven");
	assert_holds(&bench, 8, "");
	assert_holds(&bench, 9, NULL);
	assert_false(keep_has(&bench.keep, KEEP_REQUEST, 7));
	end(&bench);
}

static void what_was_not_committed_never_was(void **state)
{
	struct bench bench;
	(void)state;
	begin(&bench);
	put(&bench, 1, "old");
	put(&bench, 2, "stays");
	keep_commit(&bench.keep);
	put(&bench, 1, "new");
	put(&bench, 1, "newer");
	put(&bench, 3, "fresh");
	keep_drop(&bench.keep, KEEP_FILE, 2);
	assert_holds(&bench, 1, "newer");
	assert_holds(&bench, 2, NULL);
	die_and_reopen(&bench);
	assert_holds(&bench, 1, "old");
	assert_holds(&bench, 2, "stays");
	assert_holds(&bench, 3, NULL);
	/* and can be done again */
	put(&bench, 1, "new");
	keep_drop(&bench.keep, KEEP_FILE, 2);
	keep_commit(&bench.keep);
	die_and_reopen(&bench);
	assert_holds(&bench, 1, "new");
	assert_holds(&bench, 2, NULL);
	end(&bench);
}

static void put_and_drop_in_one_turn_leave_the_last_word(void **state)
{
	struct bench bench;
	(void)state;
	begin(&bench);
	put(&bench, 1, "a");
	keep_drop(&bench.keep, KEEP_FILE, 1);
	put(&bench, 2, "b");
	keep_commit(&bench.keep);
	keep_drop(&bench.keep, KEEP_FILE, 2);
	put(&bench, 2, "c");
	keep_commit(&bench.keep);
	die_and_reopen(&bench);
	assert_holds(&bench, 1, NULL);
	assert_holds(&bench, 2, "c");
	end(&bench);
}

static void long_entries_are_whole_and_space_comes_back(void **state)
{
	struct bench bench;
	char *bytes = malloc(40000);
	(void)state;
	memset(bytes, 'x', 39999);
	bytes[39999] = '\0';
	begin(&bench);
	for (int i = 0; i < 50; i++) {
		bytes[i] = (char)('a' + i % 26);
		assert_int_equal(keep_put(&bench.keep, KEEP_FILE, 1, bytes, 16000), 0);
		keep_commit(&bench.keep);
		if (i % 7 == 0)
			die_and_reopen(&bench);
	}
	assert_true(keep_is(&bench.keep, KEEP_FILE, 1, bytes, 16000));
	assert_int_equal(keep_put(&bench.keep, KEEP_FILE, 2, bytes, 39999), -ENOSPC);
	assert_false(keep_has_room(&bench.keep, SIZE));
	keep_drop(&bench.keep, KEEP_FILE, 1);
	keep_commit(&bench.keep);
	assert_int_equal(keep_put(&bench.keep, KEEP_FILE, 2, bytes, 39999), 0);
	keep_commit(&bench.keep);
	die_and_reopen(&bench);
	assert_true(keep_is(&bench.keep, KEEP_FILE, 2, bytes, 39999));
	end(&bench);
	free(bytes);
}

static void keys_come_in_order(void **state)
{
	struct bench bench;
	size_t len;
	(void)state;
	begin(&bench);
	put(&bench, 30, "c");
	put(&bench, 10, "a");
	put(&bench, 20, "b");
	keep_commit(&bench.keep);
	die_and_reopen(&bench);
	uint64_t *keys = keep_keys(&bench.keep, KEEP_FILE, &len);
	assert_int_equal(len, 3);
	assert_true(keys[0] == 10 && keys[1] == 20 && keys[2] == 30);
	free(keys);
	end(&bench);
}

/* Random changes, each turn cut off at a random place, against a naive copy. */
static void random_turns_agree_with_a_naive_copy(void **state)
{
	enum { KEYS = 12, TURNS = 4000 };
	char now[KEYS][600] = {{0}}, then[KEYS][600] = {{0}};
	struct bench bench;
	(void)state;
	srandom(4711);
	begin(&bench);
	for (int turn = 0; turn < TURNS; turn++) {
		for (long changes = random() % 4; changes > 0; changes--) {
			long key = random() % KEYS;
			size_t len = (size_t)(random() % 599);
			if (random() % 3 == 0) {
				keep_drop(&bench.keep, KEEP_FILE, (uint64_t)key);
				now[key][0] = '\0';
				continue;
			}
			memset(now[key], 'a' + turn % 26, len + 1);
			now[key][len] = '\0';
			if (len)
				put(&bench, (uint64_t)key, now[key]);
			else
				keep_drop(&bench.keep, KEEP_FILE, (uint64_t)key);
		}
		if (random() % 3 == 0) {
			die_and_reopen(&bench);
			memcpy(now, then, sizeof(now));
		} else {
			keep_commit(&bench.keep);
			memcpy(then, now, sizeof(then));
		}
		for (long key = 0; key < KEYS; key++)
			assert_holds(&bench, (uint64_t)key, now[key][0] ? now[key] : NULL);
	}
	end(&bench);
}

static void what_is_not_ours_is_refused(void **state)
{
	struct keep keep;
	struct bench bench;
	(void)state;
	begin(&bench);
	put(&bench, 1, "a");
	keep_commit(&bench.keep);
	keep_close(&bench.keep);
	((unsigned char *)bench.memory)[0] ^= 1;
	assert_int_equal(keep_open(&keep, bench.memory, SIZE), -EINVAL);
	((unsigned char *)bench.memory)[0] ^= 1;
	assert_int_equal(keep_open(&keep, bench.memory, 100), -EINVAL);
	/* a length that its chain has not */
	uint32_t *len = (uint32_t *)((char *)bench.memory + 128 + 128 + 28);
	assert_int_equal(*len, 1);
	*len = 5000;
	assert_int_equal(keep_open(&keep, bench.memory, SIZE), -EINVAL);
	free(bench.memory);
}

/* With one byte changed where the first block or the header lies. */
static int open_changed(size_t at, unsigned char byte)
{
	struct bench bench;
	begin(&bench);
	put(&bench, 4, "a");
	keep_commit(&bench.keep);
	keep_close(&bench.keep);
	((unsigned char *)bench.memory)[at] = byte;
	int error = keep_open(&bench.keep, bench.memory, SIZE);
	end(&bench);
	return error;
}

/* Where nobody has written yet nobody looks either, before it is used. */
static void damage_beyond_what_was_used_does_no_harm(void **state)
{
	enum { AT_THIRD_KIND = 128 + 3 * 128 + 32 };
	struct bench bench;
	(void)state;
	begin(&bench);
	((unsigned char *)bench.memory)[AT_THIRD_KIND] = KEEP_FILE;
	put(&bench, 4, "a");
	keep_commit(&bench.keep);
	die_and_reopen(&bench);
	char bytes[101];
	memset(bytes, 'x', 100);
	bytes[100] = '\0';
	put(&bench, 5, bytes);
	die_and_reopen(&bench);
	assert_holds(&bench, 4, "a");
	assert_holds(&bench, 5, NULL);
	assert_holds(&bench, 0, NULL);
	end(&bench);
}

static void what_nobody_wrote_is_refused(void **state)
{
	enum { AT_COMMITTED = 8, AT_BLOCK = 256, AT_KIND = AT_BLOCK + 32 };
	(void)state;
	assert_int_equal(open_changed(AT_KIND, KEEP_REQUEST), 0);
	/* kinds that there are none of, which would be found under another key */
	assert_int_equal(open_changed(AT_KIND, KEEP_FILE + 1), -EINVAL);
	assert_int_equal(open_changed(AT_KIND, KEEP_FILE + 4), -EINVAL);
	/* a key that has no room beside the kind */
	assert_int_equal(open_changed(AT_BLOCK + 7, 0x40), -EINVAL);
	/* commits that would begin anew */
	assert_int_equal(open_changed(AT_COMMITTED + 7, 0x80), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_committed_is_there_for_the_next),
		cmocka_unit_test(what_was_not_committed_never_was),
		cmocka_unit_test(put_and_drop_in_one_turn_leave_the_last_word),
		cmocka_unit_test(long_entries_are_whole_and_space_comes_back),
		cmocka_unit_test(keys_come_in_order),
		cmocka_unit_test(random_turns_agree_with_a_naive_copy),
		cmocka_unit_test(what_is_not_ours_is_refused),
		cmocka_unit_test(damage_beyond_what_was_used_does_no_harm),
		cmocka_unit_test(what_nobody_wrote_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

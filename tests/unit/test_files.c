/* Open files as the next worker finds them: what was kept is open again; what is no record is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuse/files.h"
#include "fuse/nodes.h"

#define SIZE ((size_t)1 << 20)
#define HANDLE 8

/* Where a record has what (files_keep.c): fixed, since another program may have written it. */
enum { AT_FLAGS = 2, AT_NAME_LEN = 4, AT_PARTY_LEN = 6, AT_OPENER_PID = 32, AT_NAME = 48 };

struct bench {
	void *memory;
	struct keep keep;
	struct files files;
};

static void begin(struct bench *bench)
{
	*bench = (struct bench){.memory = calloc(1, SIZE)};
	assert_non_null(bench->memory);
	assert_int_equal(keep_open(&bench->keep, bench->memory, SIZE), 0);
	bench->files.keep = &bench->keep;
}

static void end(struct bench *bench)
{
	files_release(&bench->files);
	keep_close(&bench->keep);
	free(bench->memory);
}

/* As a killed worker leaves it to the next one. */
static int die_and_restore(struct bench *bench)
{
	files_release(&bench->files);
	keep_close(&bench->keep);
	assert_int_equal(keep_open(&bench->keep, bench->memory, SIZE), 0);
	bench->files.keep = &bench->keep;
	return files_restore(&bench->files);
}

static void open_file(struct bench *bench, struct text *record)
{
	const struct process chain[] = {{100, 5}, {50, 4}};
	struct resource resource;
	struct file *file = file_new(&bench->files, HANDLE, INO_REQUEST);
	assert_non_null(file);
	assert_int_equal(resource_from_name("path:a%2Fb", &resource), VERDICT_OK);
	assert_true(file_set_name(file, resource.name));
	file->opener = (struct process){100, 5};
	file->waiter = 12;
	text_puts(&file->in, "{}");
	file->party = party_new(1000, "me", true, "agent-1", false, "host", "abc", chain, 2);
	assert_non_null(file->party);
	files_keep(&bench->files);
	keep_commit(&bench->keep);
	assert_true(keep_get(&bench->keep, KEEP_FILE, HANDLE, record));
}

static void an_open_file_is_open_again(void **state)
{
	struct bench bench;
	struct text before = {0}, after = {0};
	(void)state;
	begin(&bench);
	open_file(&bench, &before);
	assert_int_equal(die_and_restore(&bench), 0);
	const struct file *file = file_find(&bench.files, HANDLE);
	assert_non_null(file);
	assert_string_equal(file->name, "path:a%2Fb");
	assert_int_equal(file->waiter, 12);
	assert_string_equal(file->party->actor, "abc");
	assert_int_equal(file->party->chain[1].pid, 50);
	files_keep(&bench.files);
	keep_commit(&bench.keep);
	assert_true(keep_get(&bench.keep, KEEP_FILE, HANDLE, &after));
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.data, after.data, after.len);
	text_release(&before);
	text_release(&after);
	end(&bench);
}

/* New files would find no room, but those that are open have it. */
static void what_is_kept_is_open_again_without_room_for_more(void **state)
{
	static const char much[1 << 16];
	struct bench bench;
	struct text record = {0};
	(void)state;
	begin(&bench);
	open_file(&bench, &record);
	for (uint64_t key = 100; keep_has_room(&bench.keep, sizeof(much)); key += 2)
		assert_int_equal(keep_put(&bench.keep, KEEP_REQUEST, key, much, sizeof(much)), 0);
	keep_commit(&bench.keep);
	assert_null(file_new(&bench.files, HANDLE + 2, INO_REQUEST));
	assert_int_equal(die_and_restore(&bench), 0);
	assert_non_null(file_find(&bench.files, HANDLE));
	text_release(&record);
	end(&bench);
}

static int restore(const char *bytes, size_t len)
{
	struct bench bench;
	begin(&bench);
	assert_int_equal(keep_put(&bench.keep, KEEP_FILE, HANDLE, bytes, len), 0);
	keep_commit(&bench.keep);
	int error = die_and_restore(&bench);
	end(&bench);
	return error;
}

/* A record with one byte changed. */
static int restore_changed(const struct text *record, size_t at, char byte)
{
	struct text changed = {0};
	text_add(&changed, record->data, record->len);
	assert_true(at < changed.len);
	changed.data[at] = byte;
	int error = restore(changed.data, changed.len);
	text_release(&changed);
	return error;
}

static void a_record_that_is_not_whole_is_refused(void **state)
{
	struct bench bench;
	struct text record = {0};
	(void)state;
	begin(&bench);
	open_file(&bench, &record);
	assert_int_equal(restore(record.data, record.len), 0);
	for (size_t len = 0; len < record.len; len++)
		assert_int_equal(restore(record.data, len), -EINVAL);
	text_puts(&record, "x");
	assert_int_equal(restore(record.data, record.len), -EINVAL);
	text_release(&record);
	end(&bench);
}

static void a_record_that_nobody_wrote_is_refused(void **state)
{
	struct bench bench;
	struct text record = {0};
	(void)state;
	begin(&bench);
	open_file(&bench, &record);
	size_t waits = AT_NAME + 40, party = record.len - 16;
	/* another version; a length too few; a name, an owner that end in the middle */
	assert_int_equal(restore_changed(&record, 0, 2), -EINVAL);
	assert_int_equal(restore_changed(&record, AT_NAME_LEN, 9), -EINVAL);
	assert_int_equal(restore_changed(&record, AT_PARTY_LEN, 0), -EINVAL);
	assert_int_equal(restore_changed(&record, waits + 6, '\0'), -EINVAL);
	assert_int_equal(restore_changed(&record, party + 1, '\0'), -EINVAL);
	/* no pid has so many bits: it would be another's */
	assert_int_equal(restore_changed(&record, AT_OPENER_PID + 4, 1), -EINVAL);
	assert_int_equal(restore_changed(&record, AT_OPENER_PID + 3, '\xff'), -EINVAL);
	text_release(&record);
	end(&bench);
}

/* Only the request file has questions that wait. */
static void another_file_with_a_question_is_refused(void **state)
{
	struct bench bench;
	struct text record = {0};
	(void)state;
	begin(&bench);
	open_file(&bench, &record);
	const size_t at_ino = 16;
	assert_int_equal(restore_changed(&record, at_ino, INO_ROOT), -EINVAL);
	text_release(&record);
	end(&bench);
}

/* What is read next begins in what there is to read. */
static void an_answer_read_beyond_its_end_is_refused(void **state)
{
	struct bench bench;
	struct text record = {0};
	(void)state;
	begin(&bench);
	struct file *file = file_new(&bench.files, HANDLE, INO_REQUEST);
	assert_non_null(file);
	text_puts(&file->out, "{}");
	file->has_content = true;
	file->read_at = 2;
	files_keep(&bench.files);
	keep_commit(&bench.keep);
	assert_true(keep_get(&bench.keep, KEEP_FILE, HANDLE, &record));
	assert_int_equal(restore_changed(&record, AT_NAME + 8, 2), 0);
	assert_int_equal(restore_changed(&record, AT_NAME + 8, 3), -EINVAL);
	text_release(&record);
	end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_open_file_is_open_again),
		cmocka_unit_test(what_is_kept_is_open_again_without_room_for_more),
		cmocka_unit_test(a_record_that_is_not_whole_is_refused),
		cmocka_unit_test(a_record_that_nobody_wrote_is_refused),
		cmocka_unit_test(another_file_with_a_question_is_refused),
		cmocka_unit_test(an_answer_read_beyond_its_end_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

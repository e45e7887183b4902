/*
 * Writes that fail, rotation, and the disk that fills up.
 */
#include "journal_fails.h"

#include <sched.h>
#include <sys/mount.h>

#define SEGMENT_1 "audit-00000000000000000001.log"
#define SEGMENT_4 "audit-00000000000000000004.log"
#define END_BYTES 512 /* what one end may need */

static void a_short_write_is_taken_back(void **state)
{
	struct kit kit;
	uint64_t size;
	size_t len;
	int err;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	kit_fill(&kit, 2);
	size = kit.journal.size;
	limit_file_size(size + 50);
	err = kit_append(&kit, EVENT_ACQUIRE, 500);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(kit.journal.seq, 2);
	assert_int_equal(kit.journal.size, size);
	free(kit_read(&kit, "audit.log", &len));
	assert_int_equal(len, size);
	limit_file_size(size);
	err = kit_append(&kit, EVENT_ACQUIRE, 500);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(err, -EFBIG);
	kit_fill(&kit, 1);
	kit_reopen(&kit);
	kit_saw(&kit, 1, 3);
	kit_end(&kit);
}

static void what_cannot_be_taken_back_ends_writing(void **state)
{
	struct kit kit;
	int err, old_fd = -1;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	kit_fill(&kit, 2);
	ftruncate_fails = true;
	limit_file_size(kit.journal.size + 50);
	err = kit_append(&kit, EVENT_ACQUIRE, 500);
	limit_file_size(RLIM_INFINITY);
	ftruncate_fails = false;
	assert_int_equal(err, -EIO);
	assert_true(kit.journal.is_broken);
	assert_int_equal(kit_append(&kit, EVENT_RELEASE, 101), -EIO);
	assert_int_equal(journal_set_aside(&kit.journal, 1), -EIO);
	assert_int_equal(journal_rotate(&kit.journal, &old_fd), -EIO);
	assert_int_equal(old_fd, -1);
	kit_reopen(&kit);
	kit_saw(&kit, 1, 2);
	kit_fill(&kit, 1);
	kit_end(&kit);
}

static void a_line_that_could_not_be_read_is_not_written(void **state)
{
	struct kit kit;
	struct event event = kit_event(EVENT_RELEASE, 101);

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	event.reason = malloc(JOURNAL_LINE_MAX + 1);
	assert_non_null(event.reason);
	memset(event.reason, 'x', JOURNAL_LINE_MAX);
	event.reason[JOURNAL_LINE_MAX] = '\0';
	assert_int_equal(journal_append(&kit.journal, &event, true), -EMSGSIZE);
	assert_int_equal(event.seq, 0);
	event_clear(&event);
	kit_fill(&kit, 1);
	kit_reopen(&kit);
	kit_saw(&kit, 1, 1);
	kit_end(&kit);
}

static void rotation_goes_on_in_a_new_file(void **state)
{
	struct kit kit;
	int old_fd = -1;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	assert_int_equal(journal_rotate(&kit.journal, &old_fd), -EAGAIN);
	kit.journal.rotate_at = 1000;
	kit_fill(&kit, 1);
	assert_false(journal_wants_rotation(&kit.journal));
	kit_fill(&kit, 2);
	assert_true(journal_wants_rotation(&kit.journal));
	kit_rotate(&kit);
	assert_false(journal_wants_rotation(&kit.journal));
	assert_int_equal(kit.journal.first_seq, 0);
	assert_int_equal(journal_rotate(&kit.journal, &old_fd), -EAGAIN);
	assert_true(kit_exists(&kit, SEGMENT_1));
	kit_reopen(&kit);
	kit_saw(&kit, 1, 3);
	assert_int_equal(kit.journal.first_seq, 0);
	kit_fill(&kit, 2);
	assert_int_equal(kit.journal.first_seq, 4);
	kit_rotate(&kit);
	assert_true(kit_exists(&kit, SEGMENT_4));
	kit_fill(&kit, 1);
	kit_reopen(&kit);
	kit_saw(&kit, 1, 6);
	assert_int_equal(kit_files(&kit, "", false), 3);
	kit_end(&kit);
}

static void a_rotation_that_fails_changes_nothing(void **state)
{
	struct kit kit;
	int old_fd = -1, fd;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	kit_fill(&kit, 3);
	kit_write(&kit, SEGMENT_1, "", 0);
	fd = kit.journal.fd;
	assert_int_equal(journal_rotate(&kit.journal, &old_fd), -EEXIST);
	assert_int_equal(old_fd, -1);
	assert_int_equal(kit.journal.fd, fd);
	assert_false(kit.journal.is_broken);
	assert_int_equal(unlinkat(kit.dir_fd, SEGMENT_1, 0), 0);
	assert_int_equal(kit_files(&kit, "", false), 1);
	kit_fill(&kit, 1);
	kit_rotate(&kit);
	kit_reopen(&kit);
	kit_saw(&kit, 1, 4);
	kit_end(&kit);
}

static void a_crash_at_each_point_of_a_rotation_is_survived(void **state)
{
	struct kit kit;

	(void)state;
	for (int renames = 0; renames <= 2; renames++) {
		kit_begin(&kit);
		assert_int_equal(kit_open(&kit), 0);
		kit_fill(&kit, 3);
		kit_write(&kit, "audit.log.tmp", "", 0);
		if (renames > 0)
			assert_int_equal(renameat(kit.dir_fd, "audit.log", kit.dir_fd, SEGMENT_1),
					 0);
		if (renames > 1)
			assert_int_equal(
				renameat(kit.dir_fd, "audit.log.tmp", kit.dir_fd, "audit.log"), 0);
		kit_reopen(&kit);
		kit_saw(&kit, 1, 3);
		assert_int_equal(kit_files(&kit, "", false), renames ? 2 : 1);
		kit_fill(&kit, 1);
		kit_reopen(&kit);
		kit_saw(&kit, 1, 4);
		kit_end(&kit);
	}
}

static void only_ends_eat_into_what_is_set_aside(void **state)
{
	const uint64_t aside = (1 << 20) - 100; /* the first step holds just this much */
	struct kit kit;

	(void)state;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	assert_int_equal(journal_set_aside(&kit.journal, aside), 0);
	for (int i = 0; i < 10; i++) {
		kit_fill(&kit, 1);
		assert_true(kit.journal.reserved_to >= kit.journal.size + aside);
	}
	kit_rotate(&kit);
	assert_true(kit.journal.reserved_to >= aside);
	kit_fill(&kit, 1);
	assert_true(kit.journal.reserved_to >= kit.journal.size + aside);
	kit_end(&kit);
}

/* In a mount namespace of its own, so that nothing stays mounted whatever happens. */
static bool mount_small(struct kit *kit)
{
	kit_begin(kit);
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", kit->path, "tmpfs", 0, "size=2m,mode=0700") != 0) {
		print_message("SKIPPED: no tmpfs may be mounted: %s\n", strerror(errno));
		kit_end(kit);
		return false;
	}
	close(kit->dir_fd);
	kit->dir_fd = open(kit->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(kit->dir_fd >= 0);
	return true;
}

static void unmount_small(struct kit *kit)
{
	journal_release(&kit->journal);
	close(kit->dir_fd);
	assert_int_equal(umount2(kit->path, MNT_DETACH), 0);
	kit->dir_fd = open(kit->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	kit_end(kit);
}

/* Acquires until the disk is full: how many there are. */
static uint64_t acquire_all(struct kit *kit, uint64_t held)
{
	int err = 0;

	for (;;) {
		err = journal_set_aside(&kit->journal, (held + 1) * END_BYTES);
		if (!err)
			err = kit_append(kit, EVENT_ACQUIRE, held + 1);
		if (err)
			break;
		held++;
	}
	if (err != -ENOSPC)
		print_error("error %d\n", err);
	return err == -ENOSPC ? held : 0;
}

static void fill_disk(struct kit *kit)
{
	int fd = openat(kit->dir_fd, "filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	char page[4096] = {0};

	while (write(fd, page, sizeof page) > 0)
		;
	close(fd);
}

/* How many of the releases succeed on a disk that has not a byte left. */
static uint64_t release_all(struct kit *kit, uint64_t held)
{
	uint64_t released = 0;

	while (released < held && kit_append(kit, EVENT_RELEASE, released + 1) == 0)
		released++;
	return released;
}

static void on_a_full_disk_every_lease_can_be_released(void **state)
{
	struct kit kit;
	uint64_t held, released, seq;
	bool reads = false;

	(void)state;
	if (!mount_small(&kit))
		skip();
	held = kit_open(&kit) ? 0 : acquire_all(&kit, 0);
	fill_disk(&kit);
	released = release_all(&kit, held);
	seq = kit.journal.seq;
	journal_release(&kit.journal);
	reads = kit_open(&kit) == 0 && kit.journal.seq == seq && kit.seen == seq;
	unmount_small(&kit);
	assert_true(held > 500);
	assert_int_equal(released, held);
	assert_int_equal(seq, 2 * held);
	assert_true(reads);
}

static void space_set_aside_survives_rotation_reopening_and_a_failed_append(void **state)
{
	struct kit kit;
	uint64_t held = 0, released, more;
	int old_fd = -1, rotated;

	(void)state;
	if (!mount_small(&kit))
		skip();
	if (kit_open(&kit) == 0)
		for (; held < 400; held++) {
			journal_set_aside(&kit.journal, (held + 1) * END_BYTES);
			kit_append(&kit, EVENT_ACQUIRE, held + 1);
		}
	rotated = journal_rotate(&kit.journal, &old_fd);
	close(old_fd);
	fill_disk(&kit);
	held = acquire_all(&kit, held);
	released = release_all(&kit, held / 2);
	journal_release(&kit.journal);
	/* A daemon that dies takes nothing with it: what was set aside is the file's. */
	kit.seen = 0;
	more = kit_open(&kit) ? 0 : release_all(&kit, held - held / 2);
	unmount_small(&kit);
	assert_int_equal(rotated, 0);
	assert_true(held > 500);
	assert_int_equal(released + more, held);
}

static void no_rotation_without_room_for_what_is_set_aside(void **state)
{
	struct kit kit;
	int old_fd = -1, rotated, fd;
	uint64_t held, released;

	(void)state;
	if (!mount_small(&kit))
		skip();
	held = kit_open(&kit) ? 0 : acquire_all(&kit, 0);
	fd = kit.journal.fd;
	rotated = journal_rotate(&kit.journal, &old_fd);
	released = fd == kit.journal.fd ? release_all(&kit, held) : 0;
	unmount_small(&kit);
	assert_int_equal(rotated, -ENOSPC);
	assert_int_equal(old_fd, -1);
	assert_true(held > 500);
	assert_int_equal(released, held);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_write_is_taken_back),
		cmocka_unit_test(what_cannot_be_taken_back_ends_writing),
		cmocka_unit_test(a_line_that_could_not_be_read_is_not_written),
		cmocka_unit_test(rotation_goes_on_in_a_new_file),
		cmocka_unit_test(a_rotation_that_fails_changes_nothing),
		cmocka_unit_test(a_crash_at_each_point_of_a_rotation_is_survived),
		cmocka_unit_test(only_ends_eat_into_what_is_set_aside),
		cmocka_unit_test(on_a_full_disk_every_lease_can_be_released),
		cmocka_unit_test(space_set_aside_survives_rotation_reopening_and_a_failed_append),
		cmocka_unit_test(no_rotation_without_room_for_what_is_set_aside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What waits for the disk when a segment is begun: journal.c's part and snapshotter.c's. */
#include "journal_kit.h"

static unsigned syncs, rotations;
static uint64_t wanted;

static int count_sync(int fd)
{
	(void)fd;
	syncs++;
	return 0;
}

#define fdatasync count_sync
#define fsync count_sync
#include "host/journal.c"

#include "host/syncer.h"

static int count_rotation(struct journal *journal, int *old_fd)
{
	(void)journal;
	(void)old_fd;
	rotations++;
	return -EAGAIN;
}

static void note_wish(struct syncer *syncer, int fd, uint64_t position)
{
	(void)syncer;
	(void)fd;
	wanted = position;
}

#define journal_rotate count_rotation
#define syncer_want note_wish
#include "snapshotter.c"
#undef journal_rotate

static unsigned syncs_of_a_rotation(bool is_lazy)
{
	struct kit kit;
	kit_begin(&kit);
	assert_int_equal(kit_open(&kit), 0);
	kit_fill(&kit, 3);
	kit.journal.is_lazy = is_lazy;
	syncs = 0;
	kit_rotate(&kit);
	unsigned during = syncs;
	kit_fill(&kit, 2);
	kit_reopen(&kit);
	assert_int_equal(kit.seen, 5);
	kit_end(&kit);
	return during;
}

static void only_a_durable_rotation_waits_for_the_disk(void **state)
{
	(void)state;
	assert_int_equal(syncs_of_a_rotation(true), 0);
	assert_int_equal(syncs_of_a_rotation(false), 3);
}

static void a_rotation_waits_for_the_syncer(void **state)
{
	struct journal journal = {.size = 101, .rotate_at = 100, .position = 5000};
	struct serve serve = {.journal = &journal, .is_durable = true};
	struct snapshotter snapshotter = {.serve = &serve, .pid_fd = -1};
	(void)state;
	snapshotter_consider(&snapshotter);
	assert_int_equal(wanted, 5000);
	journal.position = 5100;
	serve.synced = 4999;
	snapshotter_consider(&snapshotter);
	assert_int_equal(wanted, 5000);
	assert_int_equal(rotations, 0);
	serve.synced = 5000;
	snapshotter_consider(&snapshotter);
	assert_int_equal(rotations, 1);
	/* The disk is too slow, or nobody asked it. */
	snapshotter.not_before_ns = 0;
	snapshotter_consider(&snapshotter);
	assert_int_equal(wanted, 5100);
	assert_int_equal(rotations, 1);
	journal.size = 202;
	snapshotter_consider(&snapshotter);
	assert_int_equal(rotations, 2);
	serve.is_durable = false;
	journal.size = 101;
	snapshotter.not_before_ns = 0;
	snapshotter_consider(&snapshotter);
	assert_int_equal(rotations, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_durable_rotation_waits_for_the_disk),
		cmocka_unit_test(a_rotation_waits_for_the_syncer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

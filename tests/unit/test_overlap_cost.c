/*
 * What overlap costs where much is held and many wait: the table's walks and the queue's marks
 * without the engine, whose own check would take longer than either.
 */
#include <time.h>

#include "engine/state.h"
#include "engine_world.h"

#define LEASES 20000
#define WALKS 2000

static struct slot *slots;

static int fill_table(void **state)
{
	struct table *table = calloc(1, sizeof(*table));
	slots = calloc(LEASES, sizeof(*slots));
	assert_non_null(table);
	assert_non_null(slots);
	*state = table;
	for (unsigned i = 0; i < LEASES; i++) {
		struct slot *slot = &slots[i];
		char name[32];
		/* Two in common with path:a/N, one with everything, the rest with neither. */
		snprintf(name, sizeof(name), "issue:%u", i);
		lease_rename(&slot->lease, i == 7   ? "path:a"
					   : i == 8 ? "path:a/b/c"
					   : i == 9 ? "repo:r"
						    : name);
		assert_int_equal(table_add(table, slot), 0);
	}
	return 0;
}

static int empty_table(void **state)
{
	struct table *table = *state;
	table_release(table);
	for (unsigned i = 0; i < LEASES; i++)
		lease_clear(&slots[i].lease);
	free(table);
	free(slots);
	return 0;
}

static size_t overlaps(const struct table *table, const char *text)
{
	struct resource resource = resource_named(text);
	const struct slot *slot = NULL;
	size_t len = 0;
	while ((slot = table_next_overlap(table, &resource, slot))) {
		assert_true(resource_names_overlap(slot->lease.name, resource.name));
		assert_true(++len <= LEASES);
	}
	return len;
}

static void a_walk_finds_each_overlap_once(void **state)
{
	static const struct {
		const char *text;
		size_t overlaps;
	} rows[] = {
		{"path:a/b/c", 2}, {"path:a/b", 3},	   {"path:a/b/c/d", 3}, {"path:a", 2},
		{"path:ab", 1},	   {"path:a/x", 2},	   {"issue:1", 1},	{"issue:x", 1},
		{"build", 0},	   {"repo:r", LEASES - 1}, {"repo:s", LEASES},
	};
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(overlaps(*state, rows[i].text), rows[i].overlaps);
}

static void a_walk_passes_by_what_has_nothing_in_common(void **state)
{
	clock_t begin = clock();
	for (unsigned i = 0; i < WALKS; i++) {
		char text[32];
		snprintf(text, sizeof(text), i % 2 ? "path:a/%u" : "task:%u", i);
		assert_int_equal(overlaps(*state, text), i % 2 ? 2 : 1);
	}
	assert_in_range(clock() - begin, 0, CLOCKS_PER_SEC / 4);
}

static void park(struct waitq *waitq, struct party *party, const char *text, uint64_t id)
{
	const struct request claim = {
		.op = OP_ACQUIRE,
		.resource = resource_named(text),
		.party = party,
		.new_lock_id = "0123456789abcdef0123456789abcdef",
		.waiter = id,
		.wait_until_ns = LEASE_NEVER,
	};
	assert_int_equal(waitq_add(waitq, &claim), 0);
}

/* How many are worth a look when the resource has become free; none afterwards. */
static size_t touched(struct waitq *waitq, const char *text)
{
	struct resource resource = resource_named(text);
	size_t len = 0;
	waitq_touch(waitq, resource.kind, resource.name);
	for (; waitq->ready; len++)
		waitq_settled(waitq, waitq->ready);
	return len;
}

static void only_what_overlaps_is_looked_at(void **state)
{
	static const char *const waiting[] = {"path:a/1", "path:a/2", "path:a/2", "path:b",
					      "issue:1",  "issue:1",  "repo:r",	  "build"};
	static const struct {
		const char *text;
		size_t touched;
	} rows[] = {{"issue:5", 1}, {"issue:1", 2}, {"path:a", 3}, {"path:a/2", 2}, {"path:b/c", 2},
		    {"path:c", 1},  {"repo:s", 5},  {"repo:r", 5}, {"build", 1},    {"test", 0}};
	struct party *party = party_with(UID, NULL, NULL, &tool, 1);
	struct waitq waitq = {0};
	(void)state;
	for (size_t i = 0; i < LENGTH(waiting); i++)
		park(&waitq, party, waiting[i], i + 1);
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(touched(&waitq, rows[i].text), rows[i].touched);
	waitq_remove(&waitq, waitq_find(&waitq, 7));
	assert_int_equal(touched(&waitq, "issue:5"), 4); /* 3 by the removal of repo:r */
	waitq_release(&waitq);
	party_unref(party);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_walk_finds_each_overlap_once, fill_table,
						empty_table),
		cmocka_unit_test_setup_teardown(a_walk_passes_by_what_has_nothing_in_common,
						fill_table, empty_table),
		cmocka_unit_test(only_what_overlaps_is_looked_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

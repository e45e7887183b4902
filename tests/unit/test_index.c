/* The index against plain arrays: whatever was added and when, each link is found and none else. */
#include "engine/index.h"

#include "engine_world.h"

#define LINKS 5000
#define SAME 7

struct thing {
	struct index_link link; /* first */
	bool is_in;
};

static struct index_link *find(const struct index *index, uint64_t key, const struct thing *thing)
{
	struct index_link *link = index_find(index, key);
	while (link && link != &thing->link)
		link = index_find_next(link);
	return link;
}

/* SAME things to a key. */
static uint64_t key_of(const struct thing *things, const struct thing *thing)
{
	return (uint64_t)(thing - things) / SAME;
}

static void check(const struct index *index, const struct thing *things, size_t in)
{
	assert_int_equal(index->len, in);
	for (const struct thing *thing = things; thing < things + LINKS; thing++)
		assert_int_equal(find(index, key_of(things, thing), thing) != NULL, thing->is_in);
	assert_null(index_find(index, LINKS));
}

static void what_is_in_is_found_and_nothing_else(void **state)
{
	static struct thing things[LINKS];
	struct index index = {0};
	size_t in = 0;
	(void)state;
	srand(1);
	assert_null(index_find(&index, 0));
	for (unsigned step = 1; step <= 20 * LINKS; step++) {
		struct thing *thing = &things[rand() % LINKS];
		/* Grows to the end of the first half, then shrinks. */
		bool shall_be_in = (rand() % 4 != 0) == (step < 10 * LINKS);
		if (shall_be_in && !thing->is_in)
			assert_int_equal(index_add(&index, &thing->link, key_of(things, thing)), 0);
		if (!shall_be_in && thing->is_in)
			index_remove(&index, &thing->link);
		in += (size_t)shall_be_in - (size_t)thing->is_in;
		thing->is_in = shall_be_in;
		if (step % LINKS == 0)
			check(&index, things, in);
	}
	index_release(&index);
	assert_null(index_find(&index, 0));
}

static size_t longest_chain(const struct index *index)
{
	size_t longest = 0;
	for (size_t i = 0; i < index->used; i++) {
		size_t len = 0;
		for (const struct index_link *link = index->chains[i]; link; link = link->next)
			len++;
		longest = len > longest ? len : longest;
	}
	return longest;
}

/* Tokens follow one another, jump by 65536 at a start, and what is left of them may be every Nth. */
static void chains_stay_short(void **state)
{
	static const uint64_t steps[] = {1, 2, 3, 64, 4096, 65536, UINT64_C(1) << 32};
	static struct index_link links[LINKS];
	(void)state;
	for (size_t i = 0; i < LENGTH(steps); i++) {
		struct index index = {0};
		for (uint64_t n = 0; n < LINKS; n++)
			assert_int_equal(index_add(&index, &links[n], 32 + n * steps[i]), 0);
		assert_in_range(longest_chain(&index), 1, 12);
		assert_in_range(index.used, LINKS, LINKS + 16);
		index_release(&index);
	}
}

static void names_get_numbers_of_their_own(void **state)
{
	static struct index_link links[LINKS];
	struct index index = {0};
	(void)state;
	for (unsigned i = 0; i < LINKS; i++) {
		char name[32];
		int len = snprintf(name, sizeof(name), "path:src%%2F%u", i);
		uint64_t hash = index_hash(name, (size_t)len);
		assert_null(index_find(&index, hash));
		assert_int_equal(index_add(&index, &links[i], hash), 0);
	}
	assert_in_range(longest_chain(&index), 1, 12);
	index_release(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_is_found_and_nothing_else),
		cmocka_unit_test(chains_stay_short),
		cmocka_unit_test(names_get_numbers_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

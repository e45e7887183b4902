/*
 * Very many ends at once are carried out a slice at a time, and what is looked at meanwhile has
 * ended all the same.
 */
#include "commit_stage.h"

#define LEASES 10
#define SLICE 4

static size_t left(const struct stage *s)
{
	return engine_count(s->serve.engine, false);
}

static void without_a_slice_all_is_carried_out(void **state)
{
	struct stage *s = *state;
	expire_many(s, LEASES);
	assert_int_equal(settle(&s->serve), 0);
	assert_int_equal(left(s), 0);
	assert_false(s->serve.is_behind);
}

static void the_rest_is_carried_out_later(void **state)
{
	struct stage *s = *state;
	expire_many(s, LEASES);
	s->serve.slice = SLICE;
	for (size_t rest = LEASES - SLICE; rest > 0; rest = rest > SLICE ? rest - SLICE : 0) {
		assert_int_equal(settle(&s->serve), 0);
		assert_int_equal(left(s), rest);
		assert_true(s->serve.is_behind);
	}
	assert_int_equal(settle(&s->serve), 0);
	assert_int_equal(left(s), 0);
	assert_false(s->serve.is_behind);
}

static void what_is_looked_at_has_ended(void **state)
{
	struct stage *s = *state;
	uint64_t first = expire_many(s, LEASES);
	s->serve.slice = SLICE;
	assert_int_equal(settle(&s->serve), 0);
	/* Those of the slice are the first ones: by their order in time. */
	uint64_t token = 0;
	for (uint64_t i = 0; i < LEASES; i++)
		if (engine_find_token(s->serve.engine, first + i))
			token = first + i;
	assert_true(token);
	struct resource resource = lease_resource(engine_find_token(s->serve.engine, token));
	serve_catch_up_lease(&s->serve, token);
	assert_null(engine_find(s->serve.engine, false, resource.name));
	assert_int_equal(left(s), LEASES - SLICE - 1);
	assert_null(s->kit.journal.held);
}

static void a_name_that_is_looked_at_has_ended(void **state)
{
	struct stage *s = *state;
	expire_many(s, LEASES);
	s->serve.slice = SLICE;
	assert_int_equal(settle(&s->serve), 0);
	const struct lease *lease = engine_next(s->serve.engine, false, NULL);
	assert_non_null(lease);
	struct resource resource = lease_resource(lease);
	serve_catch_up_name(&s->serve, resource.name);
	assert_null(engine_find(s->serve.engine, false, resource.name));
	lease = engine_next(s->serve.engine, false, NULL);
	resource = lease_resource(lease);
	settle_resource(&s->serve, &resource);
	assert_null(engine_find(s->serve.engine, false, resource.name));
	serve_catch_up(&s->serve);
	assert_int_equal(left(s), 0);
	assert_false(s->serve.is_behind);
}

static void a_lease_in_time_is_left_alone(void **state)
{
	struct stage *s = *state;
	expire_many(s, LEASES);
	uint64_t token = engine_next_token(s->serve.engine);
	assert_int_equal(take(s), 0);
	s->serve.slice = SLICE;
	assert_int_equal(settle(&s->serve), 0);
	serve_catch_up_lease(&s->serve, token);
	assert_non_null(engine_find_token(s->serve.engine, token));
	serve_catch_up(&s->serve);
	assert_int_equal(left(s), 1);
}

static void what_stands_in_git_is_never_behind(void **state)
{
	struct stage *s = *state;
	expire_many(s, LEASES);
	s->serve.slice = SLICE;
	s->serve.is_mirrored = true;
	assert_int_equal(settle(&s->serve), 0);
	assert_int_equal(left(s), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_begin, stage_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_slice_all_is_carried_out), TEST(the_rest_is_carried_out_later),
		TEST(what_is_looked_at_has_ended),	  TEST(a_name_that_is_looked_at_has_ended),
		TEST(a_lease_in_time_is_left_alone),	  TEST(what_stands_in_git_is_never_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

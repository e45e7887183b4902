/*
 * How leases end by themselves: bindings, TTLs, and the options that set them. Who may end them by
 * hand is test_engine.c's.
 */
#include <errno.h>

#include "engine_world.h"

/* What keeps a bound lease: letters c close, u unlock, p its process dies, t ten minutes pass. */
static void test_bindings(void **state)
{
	static const struct {
		uint64_t handle;
		bool on_process;
		const char *what;
		bool is_held;
	} rows[] = {
		{5, false, "t", true},	{5, false, "p", true},	 {5, false, "c", false},
		{5, false, "u", false}, {0, true, "t", true},	 {0, true, "c", true},
		{0, true, "p", false},	{5, true, "t", true},	 {5, true, "c", true},
		{5, true, "p", true},	{5, true, "u", false},	 {5, true, "cp", false},
		{5, true, "pc", false}, {5, true, "ctp", false}, {5, true, "ct", true},
		{0, false, "c", true},	{0, false, "p", true},	 {0, false, "t", false},
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct world w;
		struct process process = rows[i].on_process ? shell : (struct process){0};
		world_begin(&w, (struct engine_config){0});
		claim(&w, "build", .handle = rows[i].handle, .process = process);
		for (const char *what = rows[i].what; *what; what++) {
			enum op op = *what == 'c' ? OP_CLOSE : OP_UNLOCK;
			if (*what == 'p')
				dies(&w, shell);
			else if (*what == 't')
				pass(&w, 600);
			else
				ask(&w, "build", (struct request){.op = op, .handle = 5});
		}
		if ((held(&w, "build") != NULL) != rows[i].is_held)
			fail_msg("row %zu: %s", i, rows[i].what);
		world_end(&w);
	}
}

static void test_default_ttl_ends_an_unbound_lease_on_time(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "build");
	claim(&w, "forever", .has_ttl = true);
	assert_true(engine_next_deadline(w.engine) == w.now.mono_ns + 300 * SEC);
	assert_true(held(&w, "build")->expires_wall_ns == w.now.wall_ns + 300 * SEC);
	dies(&w, tool);
	pass(&w, 299);
	assert_story(&w, "");
	pass(&w, 1);
	assert_story(&w, "expire build; ");
	assert_true(engine_next_deadline(w.engine) == LEASE_NEVER);
	assert_true(held(&w, "forever")->deadline_ns == LEASE_NEVER);
	world_end(&w);
}

/* Nobody is refused by a lease that has just ended. */
static void test_claim_at_the_deadline_succeeds(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "build", ttl(10));
	w.now.mono_ns += 10 * SEC - 1;
	assert_int_equal(claim(&w, "build", .party = w.theirs), VERDICT_HELD);
	w.now.mono_ns += 1;
	assert_int_equal(claim(&w, "build", .party = w.theirs), VERDICT_OK);
	world_end(&w);
}

/* Of a bound lease only an explicit TTL runs, and only while its setter lives. */
static void test_ttl_of_bound_leases(void **state)
{
	static const struct {
		const char *why;
		bool is_explicit, setter_dies, is_set_later, is_held;
	} rows[] = {
		{"default TTL", false, false, false, true},
		{"explicit", true, false, false, false},
		{"explicit, its setter dead", true, true, false, true},
		{"explicit, set after the binding", true, false, true, false},
		{"set after the binding, its setter dead", true, true, true, true},
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct world w;
		struct request options = {.op = OP_SET, .holder = shell, ttl(60)};
		struct request at_once = {.op = OP_ACQUIRE, .handle = 5, .holder = shell, ttl(60)};
		world_begin(&w, (struct engine_config){0});
		if (rows[i].is_explicit && !rows[i].is_set_later)
			ask(&w, "build", at_once);
		else
			claim(&w, "build", .handle = 5, .holder = shell);
		if (rows[i].is_set_later)
			assert_int_equal(ask(&w, "build", options), VERDICT_OK);
		assert_int_equal(engine_is_watched(w.engine, shell), rows[i].is_explicit);
		if (rows[i].setter_dies)
			dies(&w, shell);
		pass(&w, 600);
		if ((held(&w, "build") != NULL) != rows[i].is_held)
			fail_msg("%s", rows[i].why);
		world_end(&w);
	}
}

static void test_new_setter_sets_the_ttl_going_again(void **state)
{
	const struct process fresh[] = {{13, 9}, harness};
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	struct party *sibling = party_with(UID, NULL, NULL, fresh, LENGTH(fresh));
	claim(&w, "build", .handle = 5, .holder = shell, ttl(60));
	dies(&w, shell);
	assert_story(&w, "bind build; ");
	assert_true(held(&w, "build")->deadline_ns == LEASE_NEVER);
	ask(&w, "build", (struct request){.op = OP_SET, .party = sibling, ttl(60)});
	assert_true(engine_is_watched(w.engine, harness));
	pass(&w, 60);
	assert_story(&w, "expire build; ");
	party_unref(sibling);
	world_end(&w);
}

static void test_bind_suspends_the_default_ttl(void **state)
{
	struct world w;
	enum event_kind kind;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "build");
	uint64_t token = held(&w, "build")->token;
	struct request bind = {.op = OP_BIND, .token = token, .handle = 5};
	assert_int_equal(ask_kind(&w, "build", bind, &kind), VERDICT_OK);
	assert_int_equal(kind, EVENT_BIND);
	assert_ptr_equal(engine_find_handle(w.engine, 5), held(&w, "build"));
	assert_int_equal(ask_kind(&w, "build", bind, &kind), VERDICT_OK);
	pass(&w, 1000);
	assert_true(held(&w, "build")->token == token);
	bind.handle = 6;
	assert_int_equal(verdict_row(ask(&w, "build", bind))->error, EBUSY);
	ask(&w, "build", (struct request){.op = OP_UNLOCK, .handle = 5});
	assert_null(held(&w, "build"));
	world_end(&w);
}

static void test_renew(void **state)
{
	struct world w;
	enum event_kind kind;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	struct request renew = {.op = OP_RENEW};
	assert_int_equal(ask(&w, "build", renew), VERDICT_NO_LEASE);
	claim(&w, "build", ttl(100), .note = "why");
	uint64_t token = held(&w, "build")->token;
	pass(&w, 90);
	renew.party = w.theirs;
	assert_int_equal(ask(&w, "build", renew), VERDICT_NOT_OWNER);
	renew.party = w.mine;
	assert_int_equal(ask_kind(&w, "build", renew, &kind), VERDICT_OK);
	assert_int_equal(kind, EVENT_RENEW);
	assert_true(held(&w, "build")->deadline_ns == w.now.mono_ns + 100 * SEC);
	assert_true(held(&w, "build")->expires_wall_ns == w.now.wall_ns + 100 * SEC);
	assert_true(held(&w, "build")->token == token);
	assert_string_equal(held(&w, "build")->note, "why");
	assert_int_equal(ask(&w, "build", (struct request){.op = OP_RENEW, ttl(20), .note = "now"}),
			 VERDICT_OK);
	assert_string_equal(held(&w, "build")->note, "now");
	pass(&w, 20);
	assert_null(held(&w, "build"));
	world_end(&w);
}

/* SET goes through the creating descriptor: the note alone leaves the deadline, a pid binds. */
static void test_set(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "build");
	int64_t deadline = held(&w, "build")->deadline_ns;
	pass(&w, 10);
	ask(&w, "build", (struct request){.op = OP_SET, .note = "n"});
	assert_true(held(&w, "build")->deadline_ns == deadline);
	ask(&w, "build", (struct request){.op = OP_SET, ttl(30)});
	assert_true(held(&w, "build")->deadline_ns == w.now.mono_ns + 30 * SEC);
	ask(&w, "build", (struct request){.op = OP_SET, .process = harness});
	assert_true(lease_is_bound(held(&w, "build")));
	assert_true(engine_is_watched(w.engine, harness));
	dies(&w, harness);
	assert_story(&w, "holder-dead build; ");
	assert_false(engine_is_watched(w.engine, harness));
	world_end(&w);
}

static void test_withdraw(void **state)
{
	struct world w;
	enum event_kind kind;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "build", .handle = 5, .process = shell);
	struct request withdraw = {.op = OP_WITHDRAW, .token = held(&w, "build")->token};
	assert_int_equal(ask_kind(&w, "build", withdraw, &kind), VERDICT_OK);
	assert_int_equal(kind, EVENT_RELEASE);
	assert_null(held(&w, "build"));
	assert_null(engine_find_handle(w.engine, 5));
	assert_int_equal(engine_next_watched(w.engine, (struct process){0}).pid, 0);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bindings),
		cmocka_unit_test(test_default_ttl_ends_an_unbound_lease_on_time),
		cmocka_unit_test(test_claim_at_the_deadline_succeeds),
		cmocka_unit_test(test_ttl_of_bound_leases),
		cmocka_unit_test(test_new_setter_sets_the_ttl_going_again),
		cmocka_unit_test(test_bind_suspends_the_default_ttl),
		cmocka_unit_test(test_renew),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_withdraw),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

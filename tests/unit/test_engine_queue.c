/*
 * The engine's queue and what concerns more than one lease: overlap, order of arrival, freezes,
 * restarts, clock jumps and replay. Single leases are test_engine.c's.
 */
#include <errno.h>

#include "engine_world.h"

static void test_overlap(void **state)
{
	static const struct {
		const char *held, *claimed;
		enum verdict verdict, own, off; /* another's; one's own; lock_policy off */
	} rows[] = {
		{"path:src", "path:src", VERDICT_HELD, VERDICT_HELD, VERDICT_HELD},
		{"path:src", "path:src/a", VERDICT_CONFLICT, VERDICT_OK, VERDICT_OK},
		{"path:src/a/b", "path:src", VERDICT_CONFLICT, VERDICT_OK, VERDICT_OK},
		{"path:src/a/b", "path:src/a", VERDICT_CONFLICT, VERDICT_OK, VERDICT_OK},
		{"path:src/a", "path:src/b", VERDICT_OK, VERDICT_OK, VERDICT_OK},
		{"path:src", "path:srcb", VERDICT_OK, VERDICT_OK, VERDICT_OK},
		{"path:src/a", "path:src/ab/c", VERDICT_OK, VERDICT_OK, VERDICT_OK},
		{"path:src", "src", VERDICT_OK, VERDICT_OK, VERDICT_OK},
		{"repo:x", "path:src", VERDICT_CONFLICT, VERDICT_OK, VERDICT_OK},
		{"issue:1", "repo:x", VERDICT_CONFLICT, VERDICT_OK, VERDICT_OK},
		{"repo:x", "repo:y", VERDICT_CONFLICT, VERDICT_OK, VERDICT_OK},
		{"repo:x", "repo:x", VERDICT_HELD, VERDICT_HELD, VERDICT_HELD},
		{"repo:x", "build", VERDICT_OK, VERDICT_OK, VERDICT_OK},
		{"issue:1", "issue:1", VERDICT_HELD, VERDICT_HELD, VERDICT_HELD},
		{"issue:1", "issue:2", VERDICT_OK, VERDICT_OK, VERDICT_OK},
		{"issue:1", "path:1", VERDICT_OK, VERDICT_OK, VERDICT_OK},
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows) * 3; i++) {
		struct world w;
		bool is_own = i % 3 == 1, is_off = i % 3 == 2;
		size_t row = i / 3;
		enum verdict expected = is_own	 ? rows[row].own
					: is_off ? rows[row].off
						 : rows[row].verdict;
		world_begin(&w, (struct engine_config){.overlap_is_allowed = is_off});
		claim(&w, rows[row].held, .party = is_own ? w.mine : w.theirs);
		enum verdict verdict = claim(&w, rows[row].claimed);
		if (verdict != expected)
			fail_msg("%s over %s (%zu): %s", rows[row].claimed, rows[row].held, i % 3,
				 verdict_row(verdict)->word);
		world_end(&w);
	}
}

/* Own overlapping leases stay own only while someone of them lives that the caller is below. */
static void test_overlap_goes_by_what_is_observed(void **state)
{
	const struct process fresh[] = {{13, 9}, harness};
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	struct party *sibling = party_with(UID, NULL, NULL, fresh, LENGTH(fresh));
	claim(&w, "path:src");
	assert_int_equal(claim(&w, "path:src/a", .party = sibling), VERDICT_CONFLICT);
	assert_int_equal(claim(&w, "path:src/a", .party = sibling, waits(4)), VERDICT_CONFLICT);
	engine_observe(w.engine, held(&w, "path:src"), 2);
	settle(&w);
	assert_story(&w, "ok 4; ");
	assert_int_equal(claim(&w, "path:src/b", .party = sibling), VERDICT_OK);
	party_unref(sibling);
	world_end(&w);
}

static void test_overlap_is_listed(void **state)
{
	static const char *const all[] = {"path:src", "path:src/a/b", "path:srcb",
					  "repo:x",   "issue:1",      "build"};
	struct world w;
	int found = 0;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	for (size_t i = 0; i < LENGTH(all); i++)
		assert_int_equal(claim(&w, all[i]), VERDICT_OK);
	struct resource resource = resource_named("path:src/a");
	const struct lease *lease = NULL;
	while ((lease = engine_next_overlap(w.engine, &resource, false, lease))) {
		assert_true(resource_names_overlap(lease->name, resource.name));
		found++;
	}
	assert_int_equal(found, 3);
	assert_null(engine_next_overlap(w.engine, &resource, true, NULL));
	world_end(&w);
}

static void test_waiters_of_a_name_go_in_order_of_arrival(void **state)
{
	struct world w;
	uint64_t cursor = 0;
	const struct party *party;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "build");
	for (uint64_t id = 3; id >= 1; id--)
		assert_int_equal(claim(&w, "build", .handle = id, waits(id)), VERDICT_HELD);
	assert_int_equal(engine_place(w.engine, 3), 0);
	assert_int_equal(engine_place(w.engine, 2), 1);
	assert_int_equal(engine_place(w.engine, 1), 2);
	for (uint64_t id = 3; id >= 1; id--) {
		assert_true(engine_next_waiter(w.engine, "build", &cursor, &party));
		assert_true(cursor == id && party == w.mine);
	}
	assert_false(engine_next_waiter(w.engine, "build", &cursor, &party));
	uint64_t token = held(&w, "build")->token;
	drop(&w, "build");
	assert_story(&w, "ok 3; ");
	assert_true(held(&w, "build")->token > token && held(&w, "build")->handle == 3);
	assert_true(engine_unpark(w.engine, 2));
	assert_false(engine_unpark(w.engine, 2));
	ask(&w, "build", (struct request){.op = OP_CLOSE, .handle = 3});
	assert_story(&w, "ok 1; ");
	ask(&w, "build", (struct request){.op = OP_UNLOCK, .handle = 1});
	assert_null(held(&w, "build"));
	world_end(&w);
}

/* Every way a lease can end hands over in the same turn. */
static void test_every_end_grants_the_next(void **state)
{
	static const struct {
		const char *how, *story;
	} rows[] = {
		{"release", "ok 1; "},
		{"force", "ok 1; "},
		{"expiry", "expire build; ok 1; "},
		{"death", "holder-dead build; ok 1; "},
		{"close", "ok 1; "},
		{"withdraw", "ok 1; "},
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const char *how = rows[i].how;
		bool is_death = !strcmp(how, "death"), is_close = !strcmp(how, "close");
		struct world w;
		world_begin(&w, (struct engine_config){0});
		claim(&w, "build", .process = is_death ? shell : (struct process){0},
		      .handle = is_close ? 5 : 0);
		claim(&w, "build", .party = w.theirs, waits(1));
		uint64_t token = held(&w, "build")->token;
		if (is_death)
			dies(&w, shell);
		else if (is_close)
			ask(&w, "build", (struct request){.op = OP_CLOSE, .handle = 5});
		else if (!strcmp(how, "expiry"))
			pass(&w, 300);
		else if (!strcmp(how, "withdraw"))
			ask(&w, "build", (struct request){.op = OP_WITHDRAW, .token = token});
		else
			drop(&w, "build", .ground = how[0] == 'f' ? GROUND_FORCE : GROUND_PARTY);
		assert_story(&w, rows[i].story);
		assert_ptr_equal(held(&w, "build")->party, w.theirs);
		world_end(&w);
	}
}

/* A late claim overtakes no earlier waiter that it conflicts with, though the name is free. */
static void test_overlapping_waiters_keep_their_order(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "path:a", .party = w.theirs);
	assert_int_equal(claim(&w, "repo:x", waits(1)), VERDICT_CONFLICT);
	assert_int_equal(verdict_row(claim(&w, "path:b", .party = w.theirs))->lokt_exit, 2);
	assert_null(held(&w, "path:b"));
	claim(&w, "path:b", .party = w.theirs, waits(2));
	assert_int_equal(claim(&w, "path:c"), VERDICT_OK);
	assert_int_equal(claim(&w, "build", .party = w.theirs), VERDICT_OK);
	assert_int_equal(engine_place(w.engine, 1), 0);
	assert_int_equal(engine_place(w.engine, 2), 1);
	assert_story(&w, "");
	drop(&w, "path:c");
	drop(&w, "path:a", .party = w.theirs);
	assert_story(&w, "ok 1; ");
	drop(&w, "repo:x");
	assert_story(&w, "ok 2; ");
	world_end(&w);
}

static void test_waiter_that_leaves_lets_others_pass(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "path:a", .party = w.theirs);
	claim(&w, "repo:x", waits(1));
	claim(&w, "path:b", .party = w.theirs, waits(2));
	assert_true(engine_unpark(w.engine, 1));
	settle(&w);
	assert_story(&w, "ok 2; ");
	world_end(&w);
}

static void test_time_out(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "build");
	claim(&w, "build", .waiter = 1, .wait_until_ns = w.now.mono_ns + 20 * SEC);
	claim(&w, "build", .waiter = 2, .wait_until_ns = w.now.mono_ns + 10 * SEC);
	assert_true(engine_next_deadline(w.engine) == w.now.mono_ns + 10 * SEC);
	pass(&w, 9);
	assert_story(&w, "");
	pass(&w, 1);
	assert_story(&w, "timed-out 2; ");
	assert_true(engine_next_deadline(w.engine) == w.now.mono_ns + 10 * SEC);
	drop(&w, "build");
	assert_story(&w, "ok 1; ");
	pass(&w, 20);
	assert_story(&w, "");
	assert_int_equal(claim(&w, "build", .waiter = 3, .wait_until_ns = w.now.mono_ns),
			 VERDICT_HELD);
	assert_story(&w, "timed-out 3; ");
	world_end(&w);
}

static void test_freeze_refuses_everybody_and_keeps_holders(void **state)
{
	struct world w;
	enum event_kind kind;
	struct request freeze = {.op = OP_FREEZE, ttl(100)};
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "build");
	claim(&w, "build", waits(1));
	claim(&w, "build", .party = w.theirs, waits(2));
	assert_int_equal(ask_kind(&w, "build", freeze, &kind), VERDICT_OK);
	assert_int_equal(kind, EVENT_FREEZE);
	assert_story(&w, "frozen 1; frozen 2; ");
	assert_int_equal(claim(&w, "build", waits(3)), VERDICT_FROZEN);
	assert_int_equal(
		ask_kind(&w, "build", (struct request){.op = OP_ACQUIRE, .handle = 8}, &kind),
		VERDICT_FROZEN);
	assert_int_equal(kind, EVENT_FREEZE_DENY);
	assert_int_equal(verdict_row(ask(&w, "build", freeze))->error, EBUSY);
	assert_int_equal(ask(&w, "build", (struct request){.op = OP_RENEW}), VERDICT_OK);
	assert_int_equal(drop(&w, "build"), VERDICT_OK);
	assert_int_equal(claim(&w, "build"), VERDICT_FROZEN);
	pass(&w, 100);
	assert_story(&w, "expire build; ");
	assert_int_equal(claim(&w, "build"), VERDICT_OK);
	world_end(&w);
}

static void test_freeze_covers_what_overlaps(void **state)
{
	static const struct {
		const char *frozen, *claimed;
		bool is_frozen;
	} rows[] = {
		{"repo:x", "path:src", true},	  {"path:src", "path:src/a", true},
		{"path:src/a", "path:src", true}, {"issue:1", "repo:x", true},
		{"path:src", "path:srcb", false}, {"issue:1", "issue:2", false},
		{"repo:x", "build", false},	  {"build", "build", true},
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct world w;
		world_begin(&w, (struct engine_config){0});
		ask(&w, rows[i].frozen, (struct request){.op = OP_FREEZE});
		if ((claim(&w, rows[i].claimed) == VERDICT_FROZEN) != rows[i].is_frozen)
			fail_msg("%s under a freeze of %s", rows[i].claimed, rows[i].frozen);
		world_end(&w);
	}
}

static void test_unfreeze(void **state)
{
	struct world w;
	enum event_kind kind;
	struct request unfreeze = {.op = OP_RELEASE, .is_freeze = true};
	(void)state;
	world_begin(&w, (struct engine_config){0});
	assert_int_equal(ask(&w, "build", unfreeze), VERDICT_NO_LEASE);
	ask(&w, "build", (struct request){.op = OP_FREEZE});
	assert_true(engine_find(w.engine, true, "build")->deadline_ns == w.now.mono_ns + 300 * SEC);
	unfreeze.party = w.theirs;
	assert_int_equal(ask(&w, "build", unfreeze), VERDICT_NOT_OWNER);
	unfreeze.ground = GROUND_STALE;
	assert_int_equal(ask(&w, "build", unfreeze), VERDICT_NOT_STALE);
	unfreeze.ground = GROUND_FORCE;
	assert_int_equal(ask_kind(&w, "build", unfreeze, &kind), VERDICT_OK);
	assert_int_equal(kind, EVENT_FORCE_UNFREEZE);
	ask(&w, "build", (struct request){.op = OP_FREEZE});
	unfreeze.party = w.mine;
	unfreeze.ground = GROUND_PARTY;
	assert_int_equal(ask_kind(&w, "build", unfreeze, &kind), VERDICT_OK);
	assert_int_equal(kind, EVENT_UNFREEZE);
	assert_int_equal(claim(&w, "build"), VERDICT_OK);
	world_end(&w);
}

static void hold_everything(struct world *w)
{
	struct party *unseen = party_with(UID, NULL, NULL, NULL, 0);
	claim(w, "unbound", ttl(200));
	claim(w, "forever", .has_ttl = true);
	claim(w, "on-handle", .handle = 1, .holder = tool);
	claim(w, "on-process", .process = shell);
	claim(w, "on-both", .handle = 2, .process = other_tool);
	claim(w, "unseen", .handle = 3, .party = unseen);
	ask(w, "frozen", (struct request){.op = OP_FREEZE, ttl(200)});
	party_unref(unseen);
}

/* The open files are gone; what one held is now held by the process that had it open. */
static void test_start_on_the_same_boot(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	hold_everything(&w);
	int64_t deadline = held(&w, "unbound")->deadline_ns;
	pass(&w, 10);
	start(&w, "boot-1", 2000);
	assert_story(&w, "holder-dead unseen; ");
	assert_true(held(&w, "unbound")->deadline_ns == deadline);
	assert_int_equal(held(&w, "on-handle")->handle, 0);
	assert_true(process_is_equal(held(&w, "on-handle")->process, tool));
	assert_true(engine_is_watched(w.engine, tool));
	assert_null(engine_find_handle(w.engine, 1));
	assert_true(process_is_equal(held(&w, "on-both")->process, other_tool));
	dies(&w, tool);
	dies(&w, other_tool);
	assert_story(&w, "holder-dead on-handle; holder-dead on-both; ");
	assert_non_null(held(&w, "on-process"));
	assert_non_null(engine_find(w.engine, true, "frozen"));
	world_end(&w);
}

/* Everything bound is gone, the rest runs on by the wall clock; nobody lives. */
static void test_start_on_another_boot(void **state)
{
	static const char *const bound[] = {"on-handle", "on-process", "on-both", "unseen"};
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	hold_everything(&w);
	claim(&w, "short", ttl(20));
	int64_t end = held(&w, "unbound")->expires_wall_ns;
	w.now.wall_ns += 50 * SEC;
	w.now.mono_ns = 3 * SEC;
	start(&w, "boot-2", 2000);
	for (size_t i = 0; i < LENGTH(bound); i++)
		assert_null(held(&w, bound[i]));
	assert_null(held(&w, "short"));
	assert_true(held(&w, "unbound")->deadline_ns == w.now.mono_ns + 150 * SEC);
	assert_true(held(&w, "unbound")->expires_wall_ns == end);
	assert_true(held(&w, "forever")->deadline_ns == LEASE_NEVER);
	assert_true(engine_is_stale(w.engine, held(&w, "forever")));
	assert_int_equal(engine_next_watched(w.engine, (struct process){0}).pid, 0);
	pass(&w, 149);
	assert_int_equal(claim(&w, "frozen"), VERDICT_FROZEN);
	pass(&w, 1);
	assert_null(held(&w, "unbound"));
	assert_int_equal(claim(&w, "frozen"), VERDICT_OK);
	world_end(&w);
}

/* Tokens of a block that was reserved may have been used by a daemon that died: skip them. */
static void test_tokens_only_rise(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "a");
	uint64_t first = held(&w, "a")->token;
	assert_true(first >= TOKEN_FIRST);
	drop(&w, "a");
	claim(&w, "a");
	assert_true(held(&w, "a")->token > first);
	assert_true(engine_tokens_below(w.engine) == 1000);
	struct event reserve = {.kind = EVENT_RESERVE, .at = w.now, .tokens_below = 3000};
	engine_apply(w.engine, &reserve);
	assert_true(engine_tokens_below(w.engine) == 3000);
	start(&w, "boot-1", 5000);
	claim(&w, "b");
	assert_true(held(&w, "b")->token >= 3000);
	start(&w, "boot-2", 7000);
	claim(&w, "c");
	assert_true(held(&w, "c")->token >= 5000);
	assert_true(engine_next_token(w.engine) > held(&w, "c")->token);
	world_end(&w);
}

/* Setting the wall clock neither ends nor prolongs a lease; what people read follows. */
static void test_clock_jump(void **state)
{
	static const int64_t jumps[] = {3600 * SEC, -3600 * SEC, 2 * SEC, -2 * SEC};
	(void)state;
	for (size_t i = 0; i < LENGTH(jumps); i++) {
		struct world w;
		world_begin(&w, (struct engine_config){0});
		claim(&w, "build", ttl(100));
		struct lease before = *held(&w, "build");
		w.now.wall_ns += SEC / 2;
		assert_true(engine_clock_jump(w.engine, w.now) == 0);
		w.now.wall_ns += jumps[i] - SEC / 2;
		assert_true(engine_clock_jump(w.engine, w.now) == jumps[i]);
		struct event jump = {.kind = EVENT_CLOCK, .at = w.now, .delta_ns = jumps[i]};
		engine_apply(w.engine, &jump);
		settle(&w);
		assert_true(engine_clock_jump(w.engine, w.now) == 0);
		assert_true(held(&w, "build")->deadline_ns == before.deadline_ns);
		assert_true(held(&w, "build")->expires_wall_ns ==
			    before.expires_wall_ns + jumps[i]);
		pass(&w, 100);
		assert_story(&w, "expire build; ");
		world_end(&w);
	}
}

static void apply_copy(struct world *w, enum event_kind kind, const struct lease *lease,
		       uint64_t token)
{
	struct event event = {.kind = kind, .at = w->now, .lease = lease_copy(lease)};
	assert_non_null(event.lease);
	event.lease->token = token ? token : lease->token;
	engine_apply(w->engine, &event);
	event_clear(&event);
	engine_check(w->engine);
}

static void test_replay_is_forgiving(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "build", .handle = 5);
	struct lease *old = lease_copy(held(&w, "build"));
	assert_non_null(old);
	apply_copy(&w, EVENT_ACQUIRE, old, 0);
	assert_int_equal(engine_count(w.engine, false), 1);
	apply_copy(&w, EVENT_ACQUIRE, old, 500);
	assert_int_equal(engine_count(w.engine, false), 1);
	assert_true(held(&w, "build")->token == 500);
	assert_null(engine_find_token(w.engine, old->token));
	assert_ptr_equal(engine_find_handle(w.engine, 5), held(&w, "build"));
	assert_true(engine_next_token(w.engine) == 501);
	apply_copy(&w, EVENT_RELEASE, old, 0);
	assert_true(held(&w, "build")->token == 500);
	apply_copy(&w, EVENT_EXPIRE, old, 500);
	assert_null(held(&w, "build"));
	apply_copy(&w, EVENT_EXPIRE, old, 500);
	apply_copy(&w, EVENT_DENY, old, 0);
	assert_int_equal(engine_count(w.engine, false), 0);
	lease_free(old);
	world_end(&w);
}

/* A lease from the remote appears by IMPORT and goes by CONFLICT, and its waiters follow. */
static void test_import_and_conflict(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	claim(&w, "issue:1", .party = w.theirs);
	claim(&w, "issue:1", waits(1));
	struct lease *foreign = lease_copy(held(&w, "issue:1"));
	assert_non_null(foreign);
	apply_copy(&w, EVENT_IMPORT, foreign, 77);
	settle(&w);
	assert_story(&w, "");
	assert_true(held(&w, "issue:1")->token == 77);
	apply_copy(&w, EVENT_CONFLICT, foreign, 77);
	settle(&w);
	assert_story(&w, "ok 1; ");
	lease_free(foreign);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_overlap_goes_by_what_is_observed),
		cmocka_unit_test(test_overlap_is_listed),
		cmocka_unit_test(test_waiters_of_a_name_go_in_order_of_arrival),
		cmocka_unit_test(test_every_end_grants_the_next),
		cmocka_unit_test(test_overlapping_waiters_keep_their_order),
		cmocka_unit_test(test_waiter_that_leaves_lets_others_pass),
		cmocka_unit_test(test_time_out),
		cmocka_unit_test(test_freeze_refuses_everybody_and_keeps_holders),
		cmocka_unit_test(test_freeze_covers_what_overlaps),
		cmocka_unit_test(test_unfreeze),
		cmocka_unit_test(test_start_on_the_same_boot),
		cmocka_unit_test(test_start_on_another_boot),
		cmocka_unit_test(test_tokens_only_rise),
		cmocka_unit_test(test_clock_jump),
		cmocka_unit_test(test_replay_is_forgiving),
		cmocka_unit_test(test_import_and_conflict),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

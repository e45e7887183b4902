/*
 * The engine's leases: who may claim, release and break. How they end by themselves is
 * test_engine_ends.c's, queue, freezes and restarts are test_engine_queue.c's.
 */
#include <errno.h>

#include "engine_world.h"

static void test_errno_contract(void **state)
{
	static const struct {
		enum verdict verdict;
		int error;
	} rows[] = {
		{VERDICT_OK, 0},
		{VERDICT_HELD, EBUSY},
		{VERDICT_CONFLICT, EBUSY},
		{VERDICT_BOUND, EBUSY},
		{VERDICT_NOT_OWNER, EPERM},
		{VERDICT_FORBIDDEN, EPERM},
		{VERDICT_FROZEN, EACCES},
		{VERDICT_BAD_NAME, EINVAL},
		{VERDICT_BAD_OPTION, EINVAL},
		{VERDICT_IN_PAST, EINVAL},
		{VERDICT_NAME_TOO_LONG, ENAMETOOLONG},
		{VERDICT_TABLE_FULL, ENOSPC},
		{VERDICT_NO_LEASE, ENOENT},
		{VERDICT_ENDED, ESTALE},
		{VERDICT_INTERRUPTED, EINTR},
		{VERDICT_UNREACHABLE, EHOSTUNREACH},
		{VERDICT_UNSUPPORTED, EOPNOTSUPP},
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(verdict_row(rows[i].verdict)->error, rows[i].error);
}

/* There is no re-entrance: not for the same owner, not for the same shell. */
static void test_claim_never_succeeds_on_a_held_name(void **state)
{
	struct world w;
	enum event_kind kind;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	assert_int_equal(claim(&w, "build"), VERDICT_OK);
	uint64_t token = held(&w, "build")->token;
	assert_int_equal(claim(&w, "build"), VERDICT_HELD);
	assert_int_equal(claim(&w, "build", .party = w.theirs), VERDICT_HELD);
	assert_int_equal(claim(&w, "build", .handle = 7), VERDICT_HELD);
	assert_int_equal(ask_kind(&w, "build", (struct request){.op = OP_ACQUIRE}, &kind),
			 VERDICT_HELD);
	assert_int_equal(kind, EVENT_DENY);
	assert_true(held(&w, "build")->token == token);
	world_end(&w);
}

static void test_full_table_refuses(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){.max_leases = 2});
	assert_int_equal(claim(&w, "a"), VERDICT_OK);
	assert_int_equal(claim(&w, "b"), VERDICT_OK);
	assert_int_equal(claim(&w, "c"), VERDICT_TABLE_FULL);
	assert_int_equal(claim(&w, "c", waits(1)), VERDICT_TABLE_FULL);
	assert_int_equal(claim(&w, "a"), VERDICT_HELD);
	assert_int_equal(drop(&w, "a"), VERDICT_OK);
	assert_int_equal(claim(&w, "c"), VERDICT_OK);
	world_end(&w);
}

static void test_caller_without_pid_holds_only_through_an_open_file(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	struct party *unseen = party_with(UID, NULL, NULL, NULL, 0);
	struct party *unseen_root = party_with(0, NULL, NULL, NULL, 0);
	int forbidden = verdict_row(VERDICT_FORBIDDEN)->error;
	assert_int_equal(verdict_row(claim(&w, "build", .party = unseen))->error, forbidden);
	assert_int_equal(verdict_row(claim(&w, "build", .party = unseen, .process = shell))->error,
			 forbidden);
	assert_null(held(&w, "build"));
	assert_int_equal(claim(&w, "build", .party = unseen, .handle = 5), VERDICT_OK);
	assert_int_equal(drop(&w, "build", .party = unseen), VERDICT_NOT_OWNER);
	assert_int_equal(drop(&w, "build", .party = unseen_root, .ground = GROUND_FORCE),
			 VERDICT_NOT_OWNER);
	ask(&w, "build", (struct request){.op = OP_CLOSE, .handle = 5});
	assert_null(held(&w, "build"));
	party_unref(unseen);
	party_unref(unseen_root);
	world_end(&w);
}

/* A TTL that nobody visible stands behind never ends a bound lease, and hides no other watch. */
static void test_unseen_setter_is_nobody_to_watch(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	struct party *unseen = party_with(UID, NULL, NULL, NULL, 0);
	assert_int_equal(claim(&w, "a", .party = unseen, .handle = 5, ttl(10)), VERDICT_OK);
	assert_int_equal(claim(&w, "b", .process = shell), VERDICT_OK);
	struct process first = engine_next_watched(w.engine, (struct process){0});
	assert_true(process_is_equal(first, shell));
	assert_int_equal(engine_next_watched(w.engine, first).pid, 0);
	pass(&w, 11);
	assert_non_null(held(&w, "a"));
	party_unref(unseen);
	world_end(&w);
}

/* Design "Who is who". Chains are pids, the caller first; owner, agent: NULL not explicit. */
static void test_may_release(void **state)
{
	static const struct {
		const char *why;
		bool may;
		uid_t uid, caller_uid;
		const char *owner, *caller_owner, *agent, *caller_agent;
		pid_t chain[4], caller_chain[4];
		unsigned living;
	} rows[] = {
		{"the creator itself", true, 1, 1, 0, 0, 0, 0, {5, 3, 2}, {5, 3, 2}, 0},
		{"another user", false, 1, 2, 0, 0, 0, 0, {5, 3}, {5, 3}, 0},
		{"another user, equal owners", false, 1, 2, "o", "o", 0, 0, {5}, {5}, 0},
		{"root is no party either", false, 1, 0, 0, 0, 0, 0, {5, 3}, {5, 3}, 0},
		{"a later tool of the shell", true, 1, 1, 0, 0, 0, 0, {5, 3, 2}, {6, 3, 2}, 1},
		{"a sibling while the creator lives", false, 1, 1, 0, 0, 0, 0, {5, 3}, {6, 3}, 0},
		{"a fresh shell of the harness", true, 1, 1, 0, 0, 0, 0, {5, 3, 2}, {7, 4, 2}, 2},
		{"the loser's trap while the winner's shell lives",
		 false,
		 1,
		 1,
		 0,
		 0,
		 0,
		 0,
		 {5, 3, 2},
		 {7, 4, 2},
		 1},
		{"a child of the shell's child", true, 1, 1, 0, 0, 0, 0, {5, 3}, {9, 8, 3}, 1},
		{"the harness itself", true, 1, 1, 0, 0, 0, 0, {5, 3, 2}, {2}, 2},
		{"the harness while its shell lives", false, 1, 1, 0, 0, 0, 0, {5, 3, 2}, {2}, 1},
		{"nobody lives, same login", true, 1, 1, 0, 0, 0, 0, {5, 3}, {7}, 2},
		{"nobody lives, other owner", false, 1, 1, 0, "b", 0, 0, {5, 3}, {7}, 2},
		{"equal explicit owners anywhere", true, 1, 1, "o", "o", 0, 0, {5}, {7}, 0},
		{"differing explicit owners, one harness",
		 false,
		 1,
		 1,
		 "o",
		 "p",
		 0,
		 0,
		 {5, 3, 2},
		 {7, 4, 2},
		 2},
		{"one explicit owner: the chain decides",
		 true,
		 1,
		 1,
		 "o",
		 0,
		 0,
		 0,
		 {5, 3},
		 {6, 3},
		 1},
		{"owner string without being explicit", false, 1, 1, "login", 0, 0, 0, {5}, {7}, 0},
		{"differing agents, one shell", false, 1, 1, 0, 0, "x", "y", {5, 3}, {6, 3}, 1},
		{"differing agents, equal owners", false, 1, 1, "o", "o", "x", "y", {5}, {7}, 0},
		{"equal agents are not enough", false, 1, 1, 0, 0, "x", "x", {5}, {7}, 0},
		{"equal agents, one shell", true, 1, 1, 0, 0, "x", "x", {5, 3}, {6, 3}, 1},
		{"one explicit agent does not matter", true, 1, 1, 0, 0, "x", 0, {5, 3}, {6, 3}, 1},
		{"a caller without a pid", false, 1, 1, "o", "o", 0, 0, {5}, {0}, 0},
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct process chains[2][4] = {0};
		unsigned len[2] = {0};
		struct world w;
		for (; len[0] < 4 && rows[i].chain[len[0]]; len[0]++)
			chains[0][len[0]] = (struct process){rows[i].chain[len[0]], 1};
		for (; len[1] < 4 && rows[i].caller_chain[len[1]]; len[1]++)
			chains[1][len[1]] = (struct process){rows[i].caller_chain[len[1]], 1};
		world_begin(&w, (struct engine_config){0});
		struct party *holder =
			party_with(rows[i].uid, rows[i].owner, rows[i].agent, chains[0], len[0]);
		struct party *caller = party_with(rows[i].caller_uid, rows[i].caller_owner,
						  rows[i].caller_agent, chains[1], len[1]);
		claim(&w, "build", .party = holder);
		engine_observe(w.engine, held(&w, "build"), rows[i].living);
		if (engine_may_release(w.engine, held(&w, "build"), caller) != rows[i].may)
			fail_msg("may_release: %s", rows[i].why);
		enum verdict expected = rows[i].may ? VERDICT_OK : VERDICT_NOT_OWNER;
		if (drop(&w, "build", .party = caller) != expected)
			fail_msg("release: %s", rows[i].why);
		party_unref(holder);
		party_unref(caller);
		world_end(&w);
	}
}

static void test_recycled_pid_is_another_process(void **state)
{
	static const struct process later[] = {{12, 77}, {11, 78}, {10, 79}};
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	struct party *recycled = party_with(UID, NULL, NULL, later, LENGTH(later));
	claim(&w, "build", .process = shell);
	assert_false(engine_may_release(w.engine, held(&w, "build"), recycled));
	dies(&w, later[1]);
	assert_non_null(held(&w, "build"));
	party_unref(recycled);
	world_end(&w);
}

/* An agent id that was set by option counts as explicit. */
static void test_agent_option_sets_parties_apart(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	struct party *other = party_with(UID, NULL, "two", w.mine->chain, w.mine->chain_len);
	claim(&w, "build", .agent_id = "one");
	assert_int_equal(drop(&w, "build", .party = other), VERDICT_NOT_OWNER);
	assert_int_equal(drop(&w, "build"), VERDICT_OK);
	party_unref(other);
	world_end(&w);
}

/* … or brings them together: a waiter need not wait for what has become its own. */
static void test_agent_option_may_let_a_waiter_pass(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	struct party *two = party_with(UID, NULL, "two", w.mine->chain, w.mine->chain_len);
	claim(&w, "path:src", .agent_id = "one");
	assert_int_equal(claim(&w, "path:src/a", .party = two, waits(1)), VERDICT_CONFLICT);
	assert_story(&w, "");
	assert_int_equal(ask(&w, "path:src", (struct request){.op = OP_RENEW, .agent_id = "two"}),
			 VERDICT_OK);
	assert_story(&w, "ok 1; ");
	party_unref(two);
	world_end(&w);
}

enum caller { OWN, STRANGER, SAME_UID, OTHER_USER, THE_MOUNTER, ROOT, CALLERS };
enum binding { UNBOUND, ON_HANDLE, ON_PROCESS, ON_BOTH, NO_TTL, NO_TTL_DEAD };

static void claim_as(struct world *w, enum binding binding)
{
	struct request request = {.op = OP_ACQUIRE, .has_ttl = binding >= NO_TTL};
	if (binding == ON_HANDLE || binding == ON_BOTH)
		request.handle = 5;
	if (binding == ON_PROCESS || binding == ON_BOTH)
		request.process = (struct process){99, 9};
	assert_int_equal(ask(w, "build", request), VERDICT_OK);
	if (binding == NO_TTL_DEAD)
		engine_observe(w->engine, held(w, "build"), w->mine->chain_len);
}

static void test_release_on_every_ground(void **state)
{
	static const struct {
		enum binding binding;
		enum caller caller;
		enum ground ground;
		enum verdict verdict;
		enum event_kind kind;
	} rows[] = {
		{UNBOUND, OWN, GROUND_PARTY, VERDICT_OK, EVENT_RELEASE},
		{UNBOUND, STRANGER, GROUND_PARTY, VERDICT_NOT_OWNER, EVENT_COUNT},
		{UNBOUND, ROOT, GROUND_PARTY, VERDICT_NOT_OWNER, EVENT_COUNT},
		{UNBOUND, THE_MOUNTER, GROUND_PARTY, VERDICT_NOT_OWNER, EVENT_COUNT},
		{ON_HANDLE, OWN, GROUND_PARTY, VERDICT_BOUND, EVENT_COUNT},
		{ON_PROCESS, OWN, GROUND_PARTY, VERDICT_BOUND, EVENT_COUNT},
		{ON_BOTH, OWN, GROUND_PARTY, VERDICT_BOUND, EVENT_COUNT},
		{ON_HANDLE, STRANGER, GROUND_PARTY, VERDICT_BOUND, EVENT_COUNT},
		{ON_PROCESS, OTHER_USER, GROUND_PARTY, VERDICT_NOT_OWNER, EVENT_COUNT},
		{UNBOUND, OWN, GROUND_FORCE, VERDICT_OK, EVENT_FORCE_BREAK},
		{UNBOUND, SAME_UID, GROUND_FORCE, VERDICT_OK, EVENT_FORCE_BREAK},
		{ON_HANDLE, SAME_UID, GROUND_FORCE, VERDICT_OK, EVENT_FORCE_BREAK},
		{ON_BOTH, THE_MOUNTER, GROUND_FORCE, VERDICT_OK, EVENT_FORCE_BREAK},
		{ON_PROCESS, ROOT, GROUND_FORCE, VERDICT_OK, EVENT_FORCE_BREAK},
		{UNBOUND, OTHER_USER, GROUND_FORCE, VERDICT_NOT_OWNER, EVENT_COUNT},
		{UNBOUND, OWN, GROUND_STALE, VERDICT_NOT_STALE, EVENT_COUNT},
		{NO_TTL, SAME_UID, GROUND_STALE, VERDICT_NOT_STALE, EVENT_COUNT},
		{ON_HANDLE, SAME_UID, GROUND_STALE, VERDICT_NOT_STALE, EVENT_COUNT},
		{NO_TTL_DEAD, SAME_UID, GROUND_STALE, VERDICT_OK, EVENT_STALE_BREAK},
		{NO_TTL_DEAD, ROOT, GROUND_STALE, VERDICT_OK, EVENT_STALE_BREAK},
		{NO_TTL_DEAD, OTHER_USER, GROUND_STALE, VERDICT_NOT_OWNER, EVENT_COUNT},
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct world w;
		enum event_kind kind;
		world_begin(&w, (struct engine_config){0});
		static const uid_t uids[CALLERS] = {
			[SAME_UID] = UID, [OTHER_USER] = 3000, [THE_MOUNTER] = MOUNTER};
		struct party *caller =
			rows[i].caller == OWN ? party_ref(w.mine)
			: rows[i].caller == STRANGER
				? party_ref(w.theirs)
				: party_with(uids[rows[i].caller], NULL, NULL, &other_tool, 1);
		claim_as(&w, rows[i].binding);
		enum verdict verdict = ask_kind(&w, "build",
						(struct request){.op = OP_RELEASE,
								 .party = caller,
								 .ground = rows[i].ground},
						&kind);
		if (verdict != rows[i].verdict || kind != rows[i].kind)
			fail_msg("row %zu: %s", i, verdict_row(verdict)->word);
		assert_int_equal(held(&w, "build") == NULL, verdict == VERDICT_OK);
		party_unref(caller);
		world_end(&w);
	}
}

static void test_only_that_very_lease_is_meant(void **state)
{
	struct world w;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	char old_id[LOCK_ID_LEN + 1];
	assert_int_equal(drop(&w, "build"), VERDICT_NO_LEASE);
	claim(&w, "build");
	uint64_t old = held(&w, "build")->token;
	strcpy(old_id, held(&w, "build")->lock_id);
	assert_int_equal(drop(&w, "build", .lock_id = old_id, .token = old), VERDICT_OK);
	claim(&w, "build");
	assert_true(held(&w, "build")->token > old);
	assert_int_equal(drop(&w, "build", .lock_id = old_id), VERDICT_NO_LEASE);
	assert_int_equal(drop(&w, "build", .token = old), VERDICT_ENDED);
	for (enum op op = OP_SET; op <= OP_BIND; op++)
		assert_int_equal(
			ask(&w, "build", (struct request){.op = op, .token = old, .handle = 3}),
			VERDICT_ENDED);
	assert_int_equal(ask(&w, "build", (struct request){.op = OP_WITHDRAW, .token = old}),
			 VERDICT_ENDED);
	assert_non_null(held(&w, "build"));
	world_end(&w);
}

static void test_deciding_changes_nothing(void **state)
{
	struct world w;
	struct decision first, second;
	struct due due, again;
	(void)state;
	world_begin(&w, (struct engine_config){0});
	struct request request = {.op = OP_ACQUIRE,
				  .resource = resource_named("build"),
				  .party = w.mine,
				  .new_lock_id = "0123456789abcdef0123456789abcdef"};
	assert_int_equal(engine_decide(w.engine, &request, w.now, &first), 0);
	assert_int_equal(engine_decide(w.engine, &request, w.now, &second), 0);
	assert_true(first.event.lease->token == second.event.lease->token);
	assert_int_equal(engine_count(w.engine, false), 0);
	engine_apply(w.engine, &first.event);
	assert_null(first.event.lease);
	event_clear(&second.event);
	w.now.mono_ns += 1000 * SEC;
	assert_true(engine_due(w.engine, w.now, &due));
	assert_true(engine_due(w.engine, w.now, &again));
	assert_int_equal(due.event.kind, EVENT_EXPIRE);
	assert_true(again.event.lease->token == due.event.lease->token);
	assert_non_null(held(&w, "build"));
	event_clear(&due.event);
	event_clear(&again.event);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errno_contract),
		cmocka_unit_test(test_claim_never_succeeds_on_a_held_name),
		cmocka_unit_test(test_full_table_refuses),
		cmocka_unit_test(test_caller_without_pid_holds_only_through_an_open_file),
		cmocka_unit_test(test_unseen_setter_is_nobody_to_watch),
		cmocka_unit_test(test_may_release),
		cmocka_unit_test(test_recycled_pid_is_another_process),
		cmocka_unit_test(test_agent_option_sets_parties_apart),
		cmocka_unit_test(test_agent_option_may_let_a_waiter_pass),
		cmocka_unit_test(test_release_on_every_ground),
		cmocka_unit_test(test_only_that_very_lease_is_meant),
		cmocka_unit_test(test_deciding_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the engine knows of a request that comes back, over a restart and over a new mount. */
#include "engine_world.h"

static const char boot[] = "f1e3e7b0-3c6a-4f6e-9d6c-0123456789ab";

/* An event about a lease of this name and token, by that request. */
static void apply_about(struct engine *engine, enum event_kind kind, const char *name,
			uint64_t token, uint64_t req)
{
	struct lease *lease = calloc(1, sizeof(*lease));
	assert_non_null(lease);
	lease_rename(lease, name);
	lease->token = token;
	lease->party = party_with(UID, NULL, NULL, &tool, 1);
	lease->deadline_ns = LEASE_NEVER;
	lease->handle = event_class(kind) == EVENT_RECORDS ? req : 0;
	lease->made_by = event_is_claim(kind) ? req : 0;
	struct event event = {.kind = kind, .at = {SEC, SEC}, .lease = lease, .req = req};
	engine_apply(engine, &event);
	event_clear(&event);
}

static void begin_mount(struct engine *engine, uint64_t mount)
{
	struct event event = {
		.kind = EVENT_START, .at = {SEC, SEC}, .mount = mount, .tokens_below = 1000};
	strcpy(event.boot_id, boot);
	engine_apply(engine, &event);
}

static struct engine *new_engine(uint64_t mount)
{
	const struct engine_config config = {.max_leases = 10000, .default_ttl_ms = DEFAULT_TTL_MS};
	struct engine *engine = engine_new(&config);
	assert_non_null(engine);
	begin_mount(engine, mount);
	return engine;
}

static void a_request_is_known_by_what_it_did(void **state)
{
	struct engine *engine = new_engine(5);
	struct done done;
	(void)state;
	apply_about(engine, EVENT_ACQUIRE, "a", 40, 100);
	apply_about(engine, EVENT_RELEASE, "a", 40, 102);
	assert_true(engine_find_done(engine, 100, EVENT_RECORDS, 0, &done));
	assert_int_equal(done.kind, EVENT_ACQUIRE);
	assert_int_equal(done.token, 40);
	assert_false(engine_find_done(engine, 100, EVENT_ENDS, 0, &done));
	assert_true(engine_find_done(engine, 102, EVENT_ENDS, 40, &done));
	assert_false(engine_find_done(engine, 102, EVENT_ENDS, 41, &done));
	assert_false(engine_find_done(engine, 104, EVENT_RECORDS, 0, &done));
	engine_free(engine);
}

/* Another worker of this mount says the same mount: its open files are open. */
static void a_new_worker_knows_it_and_a_new_mount_does_not(void **state)
{
	struct engine *engine = new_engine(5);
	struct done done;
	(void)state;
	apply_about(engine, EVENT_ACQUIRE, "a", 40, 100);
	begin_mount(engine, 5);
	assert_true(engine_find_done(engine, 100, EVENT_RECORDS, 0, &done));
	assert_int_equal(engine_find_token(engine, 40)->made_by, 100);
	assert_int_equal(engine_find_token(engine, 40)->handle, 100);
	begin_mount(engine, 6);
	assert_false(engine_find_done(engine, 100, EVENT_RECORDS, 0, &done));
	assert_int_equal(engine_find_token(engine, 40)->made_by, 0);
	assert_int_equal(engine_find_token(engine, 40)->handle, 0);
	/* lines of a program that knew no mounts */
	begin_mount(engine, 0);
	begin_mount(engine, 0);
	assert_int_equal(engine_find_token(engine, 40)->handle, 0);
	engine_free(engine);
}

static void the_latest_go_into_a_snapshot_and_come_out_of_it(void **state)
{
	struct engine *engine = new_engine(5);
	struct engine *again = new_engine(5);
	struct done done;
	uint64_t cursor = 0;
	unsigned count = 0;
	(void)state;
	for (uint64_t req = 1; req <= 6000; req++)
		apply_about(engine, EVENT_RELEASE, "x", 40, req);
	assert_false(engine_find_done(engine, 1, EVENT_ENDS, 0, &done));
	assert_true(engine_find_done(engine, 2000, EVENT_ENDS, 0, &done));
	while (engine_next_done(engine, 1024, &cursor, &done)) {
		struct event event = {.kind = EVENT_DONE,
				      .at = {SEC, SEC},
				      .req = done.req,
				      .done = done.kind,
				      .token = done.token};
		engine_apply(again, &event);
		count++;
	}
	assert_int_equal(count, 1024);
	assert_true(engine_find_done(again, 6000, EVENT_ENDS, 40, &done));
	assert_true(engine_find_done(again, 6000 - 1023, EVENT_ENDS, 40, &done));
	assert_false(engine_find_done(again, 6000 - 1024, EVENT_ENDS, 40, &done));
	engine_free(engine);
	engine_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_known_by_what_it_did),
		cmocka_unit_test(a_new_worker_knows_it_and_a_new_mount_does_not),
		cmocka_unit_test(the_latest_go_into_a_snapshot_and_come_out_of_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

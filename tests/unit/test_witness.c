/* How often the machine is asked who lives, for requests that overlap many leases. */
#include "engine_world.h"

#include "host/identity.h"

static unsigned questions;
static pid_t dead;

static bool ask_machine(struct identity *identity, struct process process)
{
	(void)identity;
	questions++;
	return process.pid != dead;
}

#define identity_is_alive ask_machine
#include "witness.c"

#define LEASES 40

static void a_living_process_is_asked_for_once_a_turn(void **state)
{
	struct world w;
	struct identity identity = {.proc_fd = -1};
	const struct request request = {.op = OP_ACQUIRE, .resource = resource_named("repo:all")};
	(void)state;
	world_begin(&w, (struct engine_config){0});
	for (unsigned i = 0; i < LEASES; i++) {
		char name[24];
		snprintf(name, sizeof(name), "issue:%u", i);
		struct party *party = i % 2 ? w.mine : w.theirs;
		assert_int_equal(claim(&w, name, .party = party), VERDICT_OK);
	}
	struct serve serve = {.engine = w.engine, .identity = &identity, .now = w.now};
	witness_request(&serve, &request);
	assert_int_equal(questions, 2);
	witness_request(&serve, &request);
	assert_int_equal(questions, 2);
	serve.now.mono_ns++;
	dead = tool.pid;
	questions = 0;
	witness_request(&serve, &request);
	assert_int_equal(questions, LEASES / 2 + 2);
	assert_int_equal(engine_living(w.engine, held(&w, "issue:1")), 1);
	assert_int_equal(engine_living(w.engine, held(&w, "issue:2")), 0);
	assert_string_equal(serve_pid_status(&serve, held(&w, "issue:1")), "alive");
	assert_int_equal(questions, LEASES / 2 + 2);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_living_process_is_asked_for_once_a_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

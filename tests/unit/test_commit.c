/*
 * What the journal, the engine, the watched processes and the reserved tokens have to agree on.
 */
#include "commit_stage.h"

/* Takes and lets go until only `left` tokens remain of those that are safe. */
static void use_up(struct stage *s, uint64_t left)
{
	while (engine_next_token(s->serve.engine) + left < s->serve.tokens_safe) {
		uint64_t token = engine_next_token(s->serve.engine);
		assert_int_equal(take(s), 0);
		let_go(s, token);
	}
}

static void a_reservation_asks_for_a_sync(void **state)
{
	struct stage *s = *state;
	uint64_t safe = s->serve.tokens_safe;
	assert_int_equal(commit_wanted(&s->serve), 0);
	assert_int_equal(take(s), 0);
	uint64_t wanted = commit_wanted(&s->serve);
	assert_true(wanted > 0 && wanted <= s->kit.journal.position);
	commit_synced(&s->serve, wanted - 1);
	assert_int_equal(commit_wanted(&s->serve), wanted);
	assert_int_equal(s->serve.tokens_safe, safe);
	commit_synced(&s->serve, wanted);
	assert_int_equal(commit_wanted(&s->serve), 0);
	assert_int_equal(s->serve.tokens_safe, engine_tokens_below(s->serve.engine));
	assert_int_equal(syncs, 0);
}

static void no_token_is_given_that_may_be_given_again(void **state)
{
	struct stage *s = *state;
	use_up(s, 0);
	disk_error = EIO;
	size_t count = engine_count(s->serve.engine, false);
	assert_int_equal(take(s), -EIO);
	assert_int_equal(engine_count(s->serve.engine, false), count);
	assert_true(s->kit.journal.is_broken);
}

static void a_late_disk_is_awaited_once(void **state)
{
	struct stage *s = *state;
	use_up(s, 0);
	assert_int_equal(take(s), 0);
	assert_int_equal(take(s), 0);
	assert_int_equal(syncs, 1);
	assert_int_equal(commit_wanted(&s->serve), 0);
}

static void without_durability_nothing_is_awaited(void **state)
{
	struct stage *s = *state;
	s->serve.is_durable = false;
	disk_error = EIO;
	use_up(s, 0);
	assert_int_equal(take(s), 0);
	assert_int_equal(commit_wanted(&s->serve), 0);
	assert_int_equal(syncs, 0);
}

static void a_longer_agent_id_is_counted(void **state)
{
	struct stage *s = *state;
	uint64_t before = s->serve.aside;
	uint64_t token = engine_next_token(s->serve.engine);
	assert_int_equal(take(s), 0);
	assert_int_equal(take(s), 0);
	struct event event = {.kind = EVENT_RENEW, .at = s->serve.now};
	event.lease = lease_copy(engine_find_token(s->serve.engine, token));
	assert_non_null(event.lease);
	event.lease->agent_id = calloc(1, OWNER_MAX + 1);
	assert_non_null(event.lease->agent_id);
	memset(event.lease->agent_id, 'a', OWNER_MAX);
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
	uint64_t needed = end_line_bound(engine_find_token(s->serve.engine, token)) +
			  end_line_bound(engine_find_token(s->serve.engine, token + 1));
	assert_int_equal(s->serve.aside, before + needed);
	assert_true(s->kit.journal.set_aside >= needed);
	let_go(s, token);
	let_go(s, token + 1);
	assert_int_equal(s->serve.aside, before);
}

static int take_for(struct stage *s, struct process process)
{
	struct event event = claim(s);
	event.lease->process = process;
	return commit_event(&s->serve, &event, NULL);
}

/* From now on so many descriptors may be opened, and no more; -1: as many as before. */
static void leave_descriptors(int count)
{
	static struct rlimit before;
	struct rlimit limit;
	if (!before.rlim_cur)
		assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	if (count >= 0) {
		int lowest = dup(STDIN_FILENO);
		assert_true(lowest >= 0);
		close(lowest);
		limit.rlim_cur = (rlim_t)(lowest + count);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static size_t collect(struct stage *s)
{
	struct process dead[8];
	return holders_collect(&s->holders, dead, LENGTH(dead));
}

static void a_claim_for_an_unwatched_process_is_refused(void **state)
{
	struct stage *s = *state;
	struct process child = start_child(s);
	uint64_t seq = s->kit.journal.seq;
	leave_descriptors(0);
	int error = take_for(s, child);
	leave_descriptors(-1);
	assert_int_equal(error, -EMFILE);
	assert_int_equal(engine_count(s->serve.engine, false), 0);
	assert_int_equal(s->kit.journal.seq, seq);
	assert_int_equal(take_for(s, child), 0);
	uint64_t token = engine_next_token(s->serve.engine) - 1;
	let_go(s, token);
	assert_false(holder_is_watched(&s->holders, child));
	assert_int_equal(take_for(s, child), 0);
	end_child(child);
	assert_int_equal(collect(s), 1);
}

static void what_could_not_be_watched_is_tried_again(void **state)
{
	struct stage *s = *state;
	struct process children[3];
	/* As a replay does, which watches nothing. */
	for (size_t i = 0; i < LENGTH(children); i++) {
		struct event event = claim(s);
		children[i] = start_child(s);
		event.lease->process = children[i];
		engine_apply(s->serve.engine, &event);
		event_clear(&event);
	}
	end_child(children[0]);
	leave_descriptors(2); /* a pidfd and a look into /proc */
	commit_catch_up(&s->serve);
	leave_descriptors(-1);
	assert_false(engine_is_watched(s->serve.engine, children[0]));
	assert_true(holder_is_watched(&s->holders, children[1]));
	assert_false(holder_is_watched(&s->holders, children[2]));
	assert_int_equal(take(s), 0);
	assert_false(holder_is_watched(&s->holders, children[2]));
	s->serve.now.mono_ns += NS_PER_SEC;
	assert_int_equal(take(s), 0);
	assert_true(holder_is_watched(&s->holders, children[2]));
	end_child(children[1]);
	end_child(children[2]);
	assert_int_equal(collect(s), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(a_reservation_asks_for_a_sync),
		STAGED(no_token_is_given_that_may_be_given_again),
		STAGED(a_late_disk_is_awaited_once),
		STAGED(without_durability_nothing_is_awaited),
		STAGED(a_longer_agent_id_is_counted),
		STAGED(a_claim_for_an_unwatched_process_is_refused),
		STAGED(what_could_not_be_watched_is_tried_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

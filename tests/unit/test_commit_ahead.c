/*
 * An end and the grant that follows it are one write: what is true, who is told what and what a
 * replay finds when that write fails, and the next, and all.
 */
#include <limits.h>

#include "commit_stage.h"

#define HANDLE 7

/* A lease bound to an open file and to a process (pid 0: to none), and waiters for it. */
static uint64_t hold_bound(struct stage *s, struct process process)
{
	struct event event = claim(s);
	event.lease->handle = HANDLE;
	event.lease->process = process;
	uint64_t token = event.lease->token;
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
	return token;
}

static void queue_up(struct stage *s, uint64_t token, uint64_t waiter)
{
	char lock_id[LOCK_ID_LEN + 1] = "0123456789abcdef0123456789abcdef";
	const struct lease *lease = engine_find_token(s->serve.engine, token);
	struct request request = {
		.op = OP_ACQUIRE,
		.resource = lease_resource(lease),
		.party = lease->party,
		.handle = 100 + waiter,
		.new_lock_id = lock_id,
		.waiter = waiter,
		.wait_until_ns = LEASE_NEVER,
	};
	assert_int_equal(engine_park(s->serve.engine, &request), 0);
}

static struct event end_of(struct stage *s, uint64_t token)
{
	struct event event = {.kind = EVENT_RELEASE, .at = s->serve.now};
	event.lease = lease_copy(engine_find_token(s->serve.engine, token));
	assert_non_null(event.lease);
	return event;
}

static void close_it(struct stage *s, uint64_t token)
{
	struct event event = end_of(s, token);
	commit_fact(&s->serve, &event);
	assert_null(engine_find_token(s->serve.engine, token));
	assert_int_equal(settle(&s->serve), 0);
}

static void end_ahead(struct stage *s, uint64_t token)
{
	struct event event = end_of(s, token);
	lease_free(s->serve.ended);
	s->serve.ended = lease_copy(event.lease);
	assert_non_null(s->serve.ended);
	assert_int_equal(commit_ahead(&s->serve, &event), 0);
	assert_null(engine_find_token(s->serve.engine, token));
}

static int unlock_it(struct stage *s, uint64_t token)
{
	end_ahead(s, token);
	return settle(&s->serve);
}

/* The waiter was answered next, with this error. */
static void answered(struct stage *s, uint64_t waiter, int error)
{
	assert_true(s->serve.settled_first < s->serve.settled_len);
	const struct settled *settled = &s->serve.settled[s->serve.settled_first++];
	assert_int_equal(settled->waiter, waiter);
	assert_int_equal(settled->error, error);
	assert_int_equal(engine_find_handle(s->serve.engine, 100 + waiter) != NULL, !error);
}

/* Nothing is held back, what is set aside is what the leases need, and a replay finds them all. */
static void all_agrees(struct stage *s)
{
	const struct lease *lease = NULL;
	uint64_t aside = 0;
	while ((lease = engine_next(s->serve.engine, false, lease)))
		aside += end_line_bound(lease);
	assert_int_equal(s->serve.aside, aside);
	assert_true(s->kit.journal.set_aside >= aside);
	assert_int_equal(s->kit.journal.held, 0);
	assert_int_equal(s->serve.ahead_seq, 0);

	static const struct engine_config config = {.max_leases = 100};
	struct engine *again = engine_new(&config);
	struct journal journal = {.fd = -1};
	assert_non_null(again);
	assert_int_equal(
		journal_open(&journal, s->kit.dir_fd, apply_to_engine, again, &s->kit.fault), 0);
	assert_int_equal(journal.seq, s->kit.journal.seq);
	assert_int_equal(engine_count(again, false), engine_count(s->serve.engine, false));
	while ((lease = engine_next(s->serve.engine, false, lease)))
		assert_non_null(engine_find_token(again, lease->token));
	journal_release(&journal);
	engine_free(again);
}

static const struct process nobody;

static void an_end_and_its_grant_are_one_write(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold_bound(s, nobody);
	queue_up(s, token, 1);
	queue_up(s, token, 2);
	writes = 0;
	assert_int_equal(unlock_it(s, token), 0);
	answered(s, 1, 0);
	assert_int_equal(writes, 1);
	close_it(s, engine_find_handle(s->serve.engine, 101)->token);
	answered(s, 2, 0);
	assert_int_equal(writes, 2);
	close_it(s, engine_find_handle(s->serve.engine, 102)->token);
	assert_int_equal(writes, 3);
	all_agrees(s);
}

static void a_grant_that_cannot_be_written_leaves_the_end(void **state)
{
	struct stage *s = *state;
	for (int is_unlock = 0; is_unlock < 2; is_unlock++) {
		uint64_t token = hold_bound(s, nobody);
		queue_up(s, token, 1);
		writes_to_fail = 1;
		if (is_unlock)
			assert_int_equal(unlock_it(s, token), 0);
		else
			close_it(s, token);
		answered(s, 1, EIO);
		assert_int_equal(engine_count(s->serve.engine, false), 0);
		all_agrees(s);
	}
}

static void the_next_in_line_is_granted_when_the_first_could_not_be(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold_bound(s, nobody);
	queue_up(s, token, 1);
	queue_up(s, token, 2);
	writes = 0;
	writes_to_fail = 1;
	assert_int_equal(unlock_it(s, token), 0);
	answered(s, 1, EIO);
	answered(s, 2, 0);
	assert_int_equal(writes, 2);
	all_agrees(s);
}

static void a_fact_stays_true_when_nothing_can_be_written(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold_bound(s, nobody);
	uint64_t seq = s->kit.journal.seq;
	char name[RESOURCE_NAME_MAX + 1];
	strcpy(name, engine_find_token(s->serve.engine, token)->name);
	queue_up(s, token, 1);
	writes_to_fail = UINT_MAX;
	close_it(s, token);
	writes_to_fail = 0;
	answered(s, 1, EIO);
	assert_int_equal(engine_count(s->serve.engine, false), 0);
	assert_int_equal(s->kit.journal.seq, seq);
	assert_int_equal(s->kit.journal.held, 0);
	/* The name's next lease takes the place of the one that the journal still has. */
	struct event event = claim(s);
	lease_rename(event.lease, name);
	assert_int_equal(commit_event(&s->serve, &event, NULL), 0);
	all_agrees(s);
}

static void an_unlock_that_cannot_be_written_is_undone(void **state)
{
	struct stage *s = *state;
	struct process child = start_child(s);
	uint64_t token = hold_bound(s, child);
	queue_up(s, token, 1);
	writes_to_fail = UINT_MAX;
	assert_int_equal(unlock_it(s, token), -EIO);
	writes_to_fail = 0;
	answered(s, 1, EIO);
	const struct lease *lease = engine_find_handle(s->serve.engine, HANDLE);
	assert_non_null(lease);
	assert_int_equal(lease->token, token);
	assert_true(holder_is_watched(&s->holders, child));
	all_agrees(s);
	queue_up(s, token, 2);
	assert_int_equal(unlock_it(s, token), 0);
	answered(s, 2, 0);
	assert_false(holder_is_watched(&s->holders, child));
	all_agrees(s);
	end_child(child);
}

static void an_unlock_that_was_written_with_another_line_stays(void **state)
{
	struct stage *s = *state;
	uint64_t token = hold_bound(s, nobody);
	uint64_t other = engine_next_token(s->serve.engine);
	assert_int_equal(take(s), 0);
	end_ahead(s, token);
	assert_int_equal(take(s), 0);
	struct event event = end_of(s, other);
	commit_fact(&s->serve, &event);
	writes_to_fail = UINT_MAX;
	assert_int_equal(commit_flush(&s->serve), 0);
	writes_to_fail = 0;
	assert_null(engine_find_token(s->serve.engine, token));
	assert_null(engine_find_token(s->serve.engine, other));
	assert_int_equal(s->kit.journal.held, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(an_end_and_its_grant_are_one_write),
		STAGED(a_grant_that_cannot_be_written_leaves_the_end),
		STAGED(the_next_in_line_is_granted_when_the_first_could_not_be),
		STAGED(a_fact_stays_true_when_nothing_can_be_written),
		STAGED(an_unlock_that_cannot_be_written_is_undone),
		STAGED(an_unlock_that_was_written_with_another_line_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Refusals on their way into the audit trail: how many lines they become, and that none is lost. */
#include "journal_kit.h"

#include "refusals.c"

struct stage {
	struct kit kit;
	struct refusals *refusals;
	struct now now;
	unsigned lines, refused, others;
};

static void refuse(struct stage *s, enum event_kind kind, unsigned name, const char *agent_id)
{
	struct event event = kit_event(kind, name + 1);
	struct lease *lease = event.lease;
	event.at = s->now;
	if (agent_id) {
		party_unref(lease->party);
		lease->party =
			party_new(1000, "claude-1", true, agent_id, true, "vm", NULL, NULL, 0);
		assert_non_null(lease->party);
	}
	refusals_add(s->refusals, &s->kit.journal, &event);
	event_clear(&event);
}

static int read_line(struct event *event, void *context)
{
	struct stage *s = context;
	s->lines++;
	s->refused += event->count;
	s->others += event->reason && strcmp(event->reason, OTHERS) == 0;
	return 0;
}

/* Ends everything; the lines and what they count are in *s from here on. */
static void read_all(struct stage *s)
{
	refusals_flush(s->refusals, &s->kit.journal, (struct now){LEASE_NEVER, 0});
	assert_int_equal(refusals_deadline(s->refusals), LEASE_NEVER);
	journal_release(&s->kit.journal);
	s->lines = s->refused = s->others = 0;
	assert_int_equal(journal_open(&s->kit.journal, s->kit.dir_fd, read_line, s, &s->kit.fault),
			 0);
}

static int stage_begin(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));
	assert_non_null(s);
	*state = s;
	kit_begin(&s->kit);
	assert_int_equal(kit_open(&s->kit), 0);
	s->refusals = refusals_new();
	s->now = (struct now){NS_PER_SEC, 1700000000 * NS_PER_SEC};
	return 0;
}

static int stage_end(void **state)
{
	struct stage *s = *state;
	refusals_free(s->refusals);
	kit_end(&s->kit);
	free(s);
	return 0;
}

static void repetitions_become_one_line(void **state)
{
	struct stage *s = *state;
	for (int i = 0; i < 50; i++)
		refuse(s, EVENT_DENY, 1, NULL);
	assert_int_equal(s->kit.journal.seq, 1);
	int64_t deadline = refusals_deadline(s->refusals);
	refusals_flush(s->refusals, &s->kit.journal, (struct now){deadline - 1, 0});
	assert_int_equal(s->kit.journal.seq, 1);
	refusals_flush(s->refusals, &s->kit.journal, (struct now){deadline, 0});
	assert_int_equal(s->kit.journal.seq, 2);
	read_all(s);
	assert_int_equal(s->lines, 2);
	assert_int_equal(s->refused, 50);
}

static void what_differs_is_told_apart(void **state)
{
	struct stage *s = *state;
	refuse(s, EVENT_DENY, 1, NULL);
	refuse(s, EVENT_DENY, 2, NULL);
	refuse(s, EVENT_FREEZE_DENY, 1, NULL);
	refuse(s, EVENT_DENY, 1, "one");
	refuse(s, EVENT_DENY, 1, "two");
	assert_int_equal(s->kit.journal.seq, 5);
	read_all(s);
	assert_int_equal(s->lines, 5);
}

static void a_hundred_names_in_turn_are_two_lines_each(void **state)
{
	struct stage *s = *state;
	for (int i = 0; i < 2000; i++)
		refuse(s, EVENT_DENY, (unsigned)i % 100, NULL);
	read_all(s);
	assert_int_equal(s->lines, 200);
	assert_int_equal(s->refused, 2000);
}

static void ever_new_names_become_one_line_a_kind(void **state)
{
	struct stage *s = *state;
	unsigned all = 3 * WINDOWS_MAX;
	for (unsigned i = 0; i < all; i++)
		refuse(s, EVENT_DENY, i, NULL);
	refuse(s, EVENT_FREEZE_DENY, all, NULL);
	assert_int_equal(s->kit.journal.seq, WINDOWS_MAX);
	read_all(s);
	assert_int_equal(s->lines, WINDOWS_MAX + 2);
	assert_int_equal(s->others, 2);
	assert_int_equal(s->refused, all + 1);
	refuse(s, EVENT_DENY, all, NULL);
	read_all(s);
	assert_int_equal(s->others, 2);
	assert_int_equal(s->lines, WINDOWS_MAX + 3);
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, stage_begin, stage_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(repetitions_become_one_line),
		STAGED(what_differs_is_told_apart),
		STAGED(a_hundred_names_in_turn_are_two_lines_each),
		STAGED(ever_new_names_become_one_line_a_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

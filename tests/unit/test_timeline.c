/* lokt timeline's fold: what is held from when to when, also where its beginning or end is no line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lease_named.h"
#include "timeline.h"

#define WINDOW_FROM 100
#define WINDOW_TO 200

struct row {
	enum event_kind kind;
	int64_t at_ns;
	const char *name; /* NULL: bookkeeping */
	uint64_t token;
	int64_t acquired_ns;
	bool is_bound;
	bool is_freeze;
	const char *boot;
	int64_t waited_ms;
};

struct expected {
	const char *name;
	int64_t from_ns;
	int64_t to_ns;
	enum event_kind end;
};

static void add(struct timeline *timeline, const struct row *row)
{
	struct event event = {
		.kind = row->kind, .at.wall_ns = row->at_ns, .waited_ms = row->waited_ms};
	struct party *party = party_new(1, "ann", true, "agent", false, "vm", NULL, NULL, 0);
	struct lease lease = {.token = row->token,
			      .is_freeze = row->is_freeze,
			      .acquired_wall_ns = row->acquired_ns,
			      .handle = row->is_bound,
			      .party = party};

	assert_non_null(party);
	if (row->name) {
		lease_rename(&lease, row->name);
		event.lease = &lease;
	}
	if (row->boot)
		strcpy(event.boot_id, row->boot);
	timeline_add(timeline, &event);
	lease_clear(&lease);
}

static void check(const struct row *rows, size_t rows_len, const struct expected *expected,
		  size_t expected_len)
{
	struct timeline timeline = {.from_ns = WINDOW_FROM, .to_ns = WINDOW_TO};
	struct text svg = {0};

	for (size_t i = 0; i < rows_len; i++)
		add(&timeline, &rows[i]);
	timeline_finish(&timeline);
	assert_false(timeline.failed);
	assert_int_equal(timeline.spans_len, expected_len);
	for (size_t i = 0; i < expected_len; i++) {
		const struct timeline_span *span = &timeline.spans[i];

		assert_string_equal(timeline.lanes.list[span->lane], expected[i].name);
		assert_int_equal(span->from_ns, expected[i].from_ns);
		assert_int_equal(span->to_ns, expected[i].to_ns);
		assert_int_equal(span->end, expected[i].end);
	}
	timeline_draw(&timeline, &svg);
	assert_false(svg.failed);
	text_release(&svg);
	timeline_release(&timeline);
}

#define CHECK(rows, expected)                                                                      \
	check(rows, sizeof(rows) / sizeof((rows)[0]), expected,                                    \
	      sizeof(expected) / sizeof((expected)[0]))

static void is_cut_to_the_window(void **state)
{
	static const struct row rows[] = {
		{.kind = EVENT_ACQUIRE, .at_ns = 10, .name = "gone", .token = 1, .acquired_ns = 10},
		{.kind = EVENT_RELEASE, .at_ns = 20, .name = "gone", .token = 1},
		{.kind = EVENT_ACQUIRE, .at_ns = 30, .name = "old", .token = 2, .acquired_ns = 30},
		{.kind = EVENT_ACQUIRE,
		 .at_ns = 120,
		 .name = "new",
		 .token = 3,
		 .acquired_ns = 120},
		{.kind = EVENT_EXPIRE, .at_ns = 150, .name = "old", .token = 2},
	};
	static const struct expected expected[] = {
		{"old", 100, 150, EVENT_EXPIRE},
		{"new", 120, 200, EVENT_COUNT},
	};

	(void)state;
	CHECK(rows, expected);
}

static void what_the_trail_does_not_begin_with_is_known_by_its_later_lines(void **state)
{
	static const struct row rows[] = {
		{.kind = EVENT_START, .at_ns = 90, .boot = "one"},
		{.kind = EVENT_RENEW,
		 .at_ns = 130,
		 .name = "renewed",
		 .token = 1,
		 .acquired_ns = 110},
		{.kind = EVENT_RELEASE, .at_ns = 140, .name = "ended", .token = 2},
	};
	static const struct expected expected[] = {
		{"ended", 100, 140, EVENT_RELEASE},
		{"renewed", 110, 200, EVENT_COUNT},
	};

	(void)state;
	CHECK(rows, expected);
}

static void another_boot_ends_what_is_bound(void **state)
{
	static const struct row rows[] = {
		{.kind = EVENT_START, .at_ns = 100, .boot = "one"},
		{.kind = EVENT_ACQUIRE,
		 .at_ns = 110,
		 .name = "bound",
		 .token = 1,
		 .acquired_ns = 110,
		 .is_bound = true},
		{.kind = EVENT_ACQUIRE,
		 .at_ns = 111,
		 .name = "free",
		 .token = 2,
		 .acquired_ns = 111},
		{.kind = EVENT_START, .at_ns = 120, .boot = "one"},
		{.kind = EVENT_START, .at_ns = 150, .boot = "two"},
	};
	static const struct expected expected[] = {
		{"bound", 110, 150, EVENT_HOLDER_DEAD},
		{"free", 111, 200, EVENT_COUNT},
	};

	(void)state;
	CHECK(rows, expected);
}

static void a_freeze_stands_beside_a_lease(void **state)
{
	static const struct row rows[] = {
		{.kind = EVENT_ACQUIRE, .at_ns = 100, .name = "x", .token = 1, .acquired_ns = 100},
		{.kind = EVENT_FREEZE,
		 .at_ns = 110,
		 .name = "x",
		 .token = 2,
		 .acquired_ns = 110,
		 .is_freeze = true},
		{.kind = EVENT_FREEZE_DENY, .at_ns = 115, .name = "x"},
		{.kind = EVENT_RELEASE, .at_ns = 120, .name = "x", .token = 1},
		{.kind = EVENT_UNFREEZE, .at_ns = 130, .name = "x", .token = 2, .is_freeze = true},
	};
	static const struct expected expected[] = {
		{"x", 100, 120, EVENT_RELEASE},
		{"x", 110, 130, EVENT_UNFREEZE},
	};

	(void)state;
	CHECK(rows, expected);
}

static void what_was_granted_had_been_waited_for(void **state)
{
	static const struct row rows[] = {
		{.kind = EVENT_GRANT,
		 .at_ns = 5 * NS_PER_MS,
		 .name = "gone",
		 .token = 1,
		 .waited_ms = 1},
		{.kind = EVENT_GRANT,
		 .at_ns = 12 * NS_PER_MS,
		 .name = "late",
		 .token = 2,
		 .waited_ms = 1},
		{.kind = EVENT_GRANT,
		 .at_ns = 13 * NS_PER_MS,
		 .name = "early",
		 .token = 3,
		 .waited_ms = 5},
		{.kind = EVENT_ACQUIRE, .at_ns = 14 * NS_PER_MS, .name = "at-once", .token = 4},
	};
	struct timeline timeline = {.from_ns = 10 * NS_PER_MS, .to_ns = 20 * NS_PER_MS};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		add(&timeline, &rows[i]);
	timeline_finish(&timeline);
	assert_int_equal(timeline.waits_len, 2);
	assert_string_equal(timeline.lanes.list[timeline.waits[0].lane], "early");
	assert_int_equal(timeline.waits[0].from_ns, 10 * NS_PER_MS);
	assert_int_equal(timeline.waits[0].to_ns, 13 * NS_PER_MS);
	assert_int_equal(timeline.waits[0].waited_ms, 5);
	assert_string_equal(timeline.lanes.list[timeline.waits[1].lane], "late");
	assert_int_equal(timeline.waits[1].from_ns, 11 * NS_PER_MS);
	timeline_release(&timeline);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_cut_to_the_window),
		cmocka_unit_test(what_the_trail_does_not_begin_with_is_known_by_its_later_lines),
		cmocka_unit_test(another_boot_ends_what_is_bound),
		cmocka_unit_test(a_freeze_stands_beside_a_lease),
		cmocka_unit_test(what_was_granted_had_been_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

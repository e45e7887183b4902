/*
 * Journal lines: what was written comes back, for every kind and every field; a line that was
 * touched does not.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <zlib.h>

#include "lease_named.h"
#include "lokt/event.h"

#define ID "0123456789abcdef0123456789abcdef"
#define WALL INT64_C(1795316645123456789)

static const struct process chain[] = {{4712, 9007199254740993}, {4711, 17}};

static struct lease *make_lease(void)
{
	struct lease *lease = calloc(1, sizeof *lease);

	assert_non_null(lease);
	*lease = (struct lease){
		.token = 4242,
		.lock_id = ID,
		.holder = {4711, 17},
		.acquired_wall_ns = WALL - 5,
		.deadline_ns = LEASE_NEVER,
	};
	lease_rename(lease, "path:src/\xC3\xA4.c");
	lease->party = party_new(1000, "claude-1", true, "agent-1f3c", false, "vm", NULL, chain, 2);
	assert_non_null(lease->party);
	return lease;
}

/* Every field that a record can have, set. */
static struct lease *make_full_lease(void)
{
	struct lease *lease = make_lease();

	party_unref(lease->party);
	lease->party = party_new(1000, "o\x1B\"", false, "agent-1f3c", true, "vm",
				 "ab0123456789abcdef0123456789abcd", chain, 2);
	assert_non_null(lease->party);
	lease->is_freeze = true;
	lease->note = strdup("line one \xF0\x9F\x94\x92");
	lease->agent_id = strdup("other");
	lease->ttl_ms = 1500;
	lease->deadline_ns = INT64_MAX - 1;
	lease->expires_wall_ns = WALL + 1;
	lease->ttl_is_explicit = true;
	lease->ttl_setter = (struct process){99, INT64_MAX};
	lease->handle = UINT64_MAX;
	lease->process = (struct process){98, 1};
	return lease;
}

static struct event make_event(enum event_kind kind, struct lease *lease)
{
	return (struct event){
		.kind = kind, .seq = 77, .at = {INT64_C(9007199254740993), WALL}, .lease = lease};
}

/* Writes, checks that it is one line of JSON for another parser too, and reads it back. */
static void pass(const struct event *event, struct event *out)
{
	struct text text = {0};
	cJSON *json;

	text_puts(&text, "before\n");
	event_write(&text, event);
	assert_false(text.failed);
	assert_ptr_equal(strchr(text.data + 7, '\n'), text.data + text.len - 1);
	json = cJSON_Parse(text.data + 7);
	assert_non_null(json);
	cJSON_Delete(json);
	assert_int_equal(event_parse(text.data + 7, text.len - 7, out), 0);
	event_clear(out);
	assert_int_equal(event_parse(text.data + 7, text.len - 8, out), 0);
	text_release(&text);
}

static void assert_same_party(const struct party *a, const struct party *b)
{
	assert_int_equal(a->uid, b->uid);
	assert_string_equal(a->owner, b->owner);
	assert_string_equal(a->host, b->host);
	assert_string_equal(a->agent_id, b->agent_id);
	assert_int_equal(a->owner_is_explicit, b->owner_is_explicit);
	assert_int_equal(a->agent_is_explicit, b->agent_is_explicit);
	assert_int_equal(a->actor != NULL, b->actor != NULL);
	if (a->actor)
		assert_string_equal(a->actor, b->actor);
	assert_int_equal(a->chain_len, b->chain_len);
	for (unsigned i = 0; i < a->chain_len; i++)
		assert_true(process_is_equal(a->chain[i], b->chain[i]));
}

static void assert_same_string(const char *a, const char *b)
{
	assert_int_equal(a != NULL, b != NULL);
	if (a)
		assert_string_equal(a, b);
}

static void assert_same_lease(const struct lease *a, const struct lease *b)
{
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->is_freeze, b->is_freeze);
	assert_true(a->token == b->token);
	assert_string_equal(a->lock_id, b->lock_id);
	assert_same_party(a->party, b->party);
	assert_true(process_is_equal(a->holder, b->holder));
	assert_same_string(a->note, b->note);
	assert_same_string(a->agent_id, b->agent_id);
	assert_true(a->acquired_wall_ns == b->acquired_wall_ns);
	assert_true(a->ttl_ms == b->ttl_ms);
	assert_true(a->deadline_ns == b->deadline_ns);
	assert_true(a->expires_wall_ns == b->expires_wall_ns);
	assert_int_equal(a->ttl_is_explicit, b->ttl_is_explicit);
	assert_true(process_is_equal(a->ttl_setter, b->ttl_setter));
	assert_true(a->handle == b->handle);
	assert_true(process_is_equal(a->process, b->process));
}

static void records_come_back_whole(void **state)
{
	struct lease *(*const makers[])(void) = {make_lease, make_full_lease};

	(void)state;
	for (unsigned kind = 0; kind < EVENT_COUNT; kind++)
		for (size_t i = 0; i < 2; i++) {
			struct event event, out;

			if (event_class((enum event_kind)kind) != EVENT_RECORDS)
				continue;
			event = make_event((enum event_kind)kind, makers[i]());
			pass(&event, &out);
			assert_int_equal(out.kind, kind);
			assert_int_equal(out.seq, 77);
			assert_true(out.at.mono_ns == event.at.mono_ns);
			assert_true(out.at.wall_ns == WALL);
			assert_int_equal(out.count, 0);
			assert_null(out.reason);
			assert_same_lease(event.lease, out.lease);
			event_clear(&event);
			event_clear(&out);
		}
}

static void ends_and_refusals_say_whose_it_was(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < EVENT_COUNT; kind++) {
		enum event_class class = event_class((enum event_kind)kind);
		struct event event, out;

		if (class != EVENT_ENDS && class != EVENT_REFUSES)
			continue;
		event = make_event((enum event_kind)kind, make_full_lease());
		event.reason = strdup("withdrawn");
		event.verdict = class == EVENT_REFUSES ? VERDICT_CONFLICT : VERDICT_OK;
		event.count = class == EVENT_REFUSES ? 12 : 0;
		pass(&event, &out);
		assert_int_equal(out.kind, kind);
		assert_int_equal(out.verdict, event.verdict);
		assert_int_equal(out.count, event.count);
		assert_string_equal(out.reason, "withdrawn");
		assert_string_equal(out.lease->name, event.lease->name);
		assert_int_equal(out.lease->kind, event.lease->kind);
		assert_true(out.lease->is_freeze);
		assert_int_equal(out.lease->token, 4242);
		assert_string_equal(out.lease->lock_id, ID);
		assert_int_equal(out.lease->holder.pid, 4711);
		assert_string_equal(lease_agent_id(out.lease), "other");
		assert_string_equal(out.lease->party->owner, "o\x1B\"");
		assert_int_equal(out.lease->party->uid, 1000);
		assert_int_equal(out.lease->party->chain_len, 0);
		assert_null(out.lease->note);
		event_clear(&event);
		event_clear(&out);
	}
}

static void books_come_back(void **state)
{
	struct event start = make_event(EVENT_START, NULL), clock = make_event(EVENT_CLOCK, NULL);
	struct event reserve = make_event(EVENT_RESERVE, NULL), out;

	(void)state;
	strcpy(start.boot_id, "f1e3e7b0-3c6a-4f6e-9d6c-0123456789ab");
	start.tokens_below = 1000;
	clock.delta_ns = INT64_MIN;
	reserve.tokens_below = UINT64_C(1) << 60;
	pass(&start, &out);
	assert_string_equal(out.boot_id, start.boot_id);
	assert_int_equal(out.tokens_below, 1000);
	assert_null(out.lease);
	event_clear(&out);
	pass(&clock, &out);
	assert_true(out.delta_ns == INT64_MIN);
	event_clear(&out);
	pass(&reserve, &out);
	assert_true(out.tokens_below == UINT64_C(1) << 60);
	event_clear(&out);
}

/* Which request did it, so that it is known when it comes back. */
static void requests_and_mounts_come_back(void **state)
{
	struct event event = make_event(EVENT_GRANT, make_lease()), out;

	(void)state;
	event.req = UINT64_MAX - 1;
	event.lease->made_by = event.req;
	pass(&event, &out);
	assert_true(out.req == event.req);
	assert_true(out.lease->made_by == event.req);
	event_clear(&out);
	/* and how long somebody waited for it */
	event.waited_ms = 90061;
	pass(&event, &out);
	assert_int_equal(out.waited_ms, 90061);
	event_clear(&out);
	event.waited_ms = 0;
	event.kind = EVENT_RENEW;
	event.lease->made_by = 7;
	pass(&event, &out);
	assert_true(out.req == event.req);
	assert_int_equal(out.lease->made_by, 7);
	event_clear(&out);
	/* an older program's line says neither */
	event.req = event.lease->made_by = 0;
	event.kind = EVENT_ACQUIRE;
	pass(&event, &out);
	assert_int_equal(out.req, 0);
	assert_int_equal(out.lease->made_by, 0);
	event_clear(&out);
	event_clear(&event);

	event = make_event(EVENT_START, NULL);
	strcpy(event.boot_id, "f1e3e7b0-3c6a-4f6e-9d6c-0123456789ab");
	event.mount = UINT64_MAX;
	pass(&event, &out);
	assert_true(out.mount == UINT64_MAX);
	event_clear(&out);

	event = make_event(EVENT_DONE, NULL);
	event.req = 12;
	event.token = 4711;
	event.done = EVENT_UNFREEZE;
	pass(&event, &out);
	assert_int_equal(out.req, 12);
	assert_int_equal(out.token, 4711);
	assert_int_equal(out.done, EVENT_UNFREEZE);
	event_clear(&out);
}

static void assert_line(const struct event *event, const char *expected)
{
	struct text text = {0};
	char end[32];

	event_write(&text, event);
	snprintf(end, sizeof end, ",\"crc\":\"%08lx\"}\n",
		 crc32(0, (const unsigned char *)expected, (unsigned)strlen(expected)));
	assert_memory_equal(text.data, expected, strlen(expected));
	assert_string_equal(text.data + strlen(expected), end);
	text_release(&text);
}

static void lines_are_as_documented(void **state)
{
	struct event acquire = make_event(EVENT_ACQUIRE, make_lease());
	struct event deny = make_event(EVENT_DENY, make_lease());

	(void)state;
	acquire.lease->ttl_ms = 1500;
	acquire.lease->deadline_ns = 8;
	acquire.lease->expires_wall_ns = 9;
	assert_line(&acquire,
		    "{\"seq\":77,\"ts\":\"2026-11-22T03:04:05.123456789Z\",\"event\":\"acquire\","
		    "\"name\":\"path:src/\xC3\xA4.c\",\"lock_id\":\"" ID
		    "\",\"owner\":\"claude-1\","
		    "\"host\":\"vm\",\"pid\":4711,\"agent_id\":\"agent-1f3c\",\"ttl_sec\":1.5,"
		    "\"file\":\"path:src%2F%C3%A4.c\",\"token\":4242,"
		    "\"mono_ns\":\"9007199254740993\",\"uid\":1000,\"pid_start_ns\":\"17\","
		    "\"acquired\":\"2026-11-22T03:04:05.123456784Z\",\"ttl_ms\":1500,"
		    "\"deadline_ns\":\"8\",\"expires_wall_ns\":\"9\",\"owner_explicit\":true,"
		    "\"chain\":[[4712,\"9007199254740993\"],[4711,\"17\"]]");
	deny.verdict = VERDICT_HELD;
	deny.count = 3;
	assert_line(&deny,
		    "{\"seq\":77,\"ts\":\"2026-11-22T03:04:05.123456789Z\",\"event\":\"deny\","
		    "\"name\":\"path:src/\xC3\xA4.c\",\"lock_id\":\"" ID
		    "\",\"owner\":\"claude-1\","
		    "\"host\":\"vm\",\"pid\":4711,\"agent_id\":\"agent-1f3c\",\"count\":3,"
		    "\"extra\":{\"verdict\":\"held\",\"count\":3},\"file\":\"path:src%2F%C3%A4.c\","
		    "\"token\":4242,\"mono_ns\":\"9007199254740993\",\"uid\":1000");
	event_clear(&acquire);
	event_clear(&deny);
}

static void a_single_refusal_needs_no_count(void **state)
{
	struct event event = make_event(EVENT_DENY, make_lease()), out;

	(void)state;
	event.verdict = VERDICT_HELD;
	event.count = 1;
	pass(&event, &out);
	assert_int_equal(out.count, 1);
	event_clear(&event);
	event_clear(&out);
}

static void no_changed_or_shortened_line_passes(void **state)
{
	struct event event = make_event(EVENT_ACQUIRE, make_full_lease());
	struct event out = {.seq = 5};
	struct text text = {0};

	(void)state;
	event_write(&text, &event);
	for (size_t i = 0; i + 1 < text.len; i++) {
		char saved = text.data[i];

		text.data[i] = (char)(saved ^ 1);
		assert_int_equal(event_parse(text.data, text.len, &out), -EBADMSG);
		text.data[i] = saved;
		assert_int_equal(event_parse(text.data, i, &out), -EBADMSG);
	}
	assert_int_equal(event_parse("", 0, &out), -EBADMSG);
	assert_int_equal(event_parse("\n", 1, &out), -EBADMSG);
	assert_int_equal(out.seq, 5);
	text_release(&text);
	event_clear(&event);
}

#define LINE_HEAD "{\"seq\":1,\"ts\":\"2026-11-22T03:04:05Z\",\"event\":"
#define WHOSE                                                                                      \
	",\"owner\":\"o\",\"host\":\"h\",\"pid\":1,\"agent_id\":\"a\",\"file\":\"f\",\"token\":40"
#define AT ",\"mono_ns\":\"5\",\"uid\":0"
#define RECORD LINE_HEAD "\"acquire\"" WHOSE AT ",\"acquired\":\"2026-11-22T03:04:05Z\""

/* Lines with a right checksum that are no events. */
static const struct {
	const char *body;
	int result;
} bodies[] = {
	{LINE_HEAD "\"release\"" WHOSE AT, 0},
	{RECORD, 0},
	{RECORD ",\"unknown\":{\"a\":[1]}", 0},
	{"", -EINVAL},
	{"{}", -EINVAL},
	{"{\"seq\":1", -EINVAL},
	{LINE_HEAD "\"party\"" WHOSE AT, -EINVAL},
	{LINE_HEAD "\"release\"" WHOSE, -EINVAL},
	{LINE_HEAD "\"release\"" AT, -EINVAL},
	{LINE_HEAD "\"acquire\"" WHOSE AT, -EINVAL},
	{LINE_HEAD "\"start\"" AT, -EINVAL},
	{LINE_HEAD "\"clock\",\"delta_ns\":5" AT, -EINVAL},
	{LINE_HEAD "\"reserve\",\"tokens_below\":-5" AT, -EINVAL},
	{RECORD ",\"file\":\"g\"", -EINVAL},
	{RECORD ",\"chain\":[]", 0},
	{RECORD ",\"chain\": [ [ 1 , \"2\" ] , [3,\"4\"] ] ", 0},
	{RECORD ",\"chain\":[[1]]", -EINVAL},
	{RECORD ",\"chain\":[[]]", -EINVAL},
	{RECORD ",\"chain\":[1,\"2\"]", -EINVAL},
	{RECORD ",\"chain\":[[[1],\"2\"]]", -EINVAL},
	{RECORD ",\"chain\":[[1,\"2\"],[3]]", -EINVAL},
	{RECORD ",\"chain\":[[1,\"2\"],3]", -EINVAL},
	{RECORD ",\"process\":[1,\"2\"]", 0},
	{RECORD ",\"process\":[]", -EINVAL},
	{RECORD ",\"process\":[1,\"2\",3]", -EINVAL},
	{RECORD ",\"process\":1", -EINVAL},
	{RECORD ",\"handle\":\"18446744073709551615\"", 0},
	{RECORD ",\"note\":\"\\u00e4\\n\"", 0},
	{RECORD ",\"note\":\"\xC3\"", -EINVAL},
	{RECORD ",\"n\\u006fte\":\"a\",\"note\":\"b\"", -EINVAL},
	{RECORD ",\"chain\":[[1,\"2\",3]]", -EINVAL},
	{RECORD ",\"chain\":[[1,2]]", -EINVAL},
	{RECORD ",\"chain\":{}", -EINVAL},
	{RECORD ",\"chain\":[[-1,\"2\"]]", -EINVAL},
	{RECORD ",\"handle\":\"18446744073709551616\"", -EINVAL},
	{RECORD ",\"handle\":\"\"", -EINVAL},
	{RECORD ",\"handle\":\"x\"", -EINVAL},
	{RECORD ",\"deadline_ns\":\"9223372036854775808\"", -EINVAL},
	{RECORD ",\"deadline_ns\":5", -EINVAL},
	{RECORD ",\"deadline_ns\":\"\"", -EINVAL},
	{RECORD ",\"ttl_ms\":0", -EINVAL},
	{RECORD ",\"freeze\":1", -EINVAL},
	{RECORD ",\"note\":5", -EINVAL},
	{RECORD ",\"lock_id\":\"" ID "0\"", -EINVAL},
	{RECORD ",\"extra\":5", -EINVAL},
	{RECORD ",\"x\":\"\\u0000\"", -EINVAL},
};

static void a_right_checksum_does_not_make_an_event(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct event out = {0};
		char line[1024];
		int len = snprintf(line, sizeof line, "%s,\"crc\":\"%08lx\"}", bodies[i].body,
				   crc32(0, (const unsigned char *)bodies[i].body,
					 (unsigned)strlen(bodies[i].body)));

		assert_int_equal(event_parse(line, (size_t)len, &out), bodies[i].result);
		event_clear(&out);
	}
}

static void a_chain_is_bounded(void **state)
{
	(void)state;
	for (unsigned len = PARTY_CHAIN_MAX; len <= PARTY_CHAIN_MAX + 1; len++) {
		struct text text = {0};
		struct event out = {0};

		text_puts(&text, RECORD ",\"chain\":[[1,\"2\"]");
		for (unsigned i = 1; i < len; i++)
			text_puts(&text, ",[1,\"2\"]");
		text_puts(&text, "]");
		text_printf(&text, ",\"crc\":\"%08lx\"}",
			    crc32(0, (const unsigned char *)text.data, (unsigned)text.len));
		assert_int_equal(event_parse(text.data, text.len, &out),
				 len > PARTY_CHAIN_MAX ? -EINVAL : 0);
		event_clear(&out);
		text_release(&text);
	}
}

static void words_lead_back_to_their_kind(void **state)
{
	(void)state;
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		assert_int_equal(event_from_word(event_word((enum event_kind)i)), i);
	assert_int_equal(event_from_word("no such word"), EVENT_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_back_whole),
		cmocka_unit_test(ends_and_refusals_say_whose_it_was),
		cmocka_unit_test(books_come_back),
		cmocka_unit_test(requests_and_mounts_come_back),
		cmocka_unit_test(lines_are_as_documented),
		cmocka_unit_test(a_single_refusal_needs_no_count),
		cmocka_unit_test(no_changed_or_shortened_line_passes),
		cmocka_unit_test(a_right_checksum_does_not_make_an_event),
		cmocka_unit_test(a_chain_is_bounded),
		cmocka_unit_test(words_lead_back_to_their_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

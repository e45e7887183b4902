/*
 * A lease's JSON, to the byte, and what a reader of it takes and refuses.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "lease_named.h"
#include "lokt/lease_json.h"

#define ID "0123456789abcdef0123456789abcdef"
#define ACQUIRED INT64_C(1795316645123456789)

#define HEAD                                                                                       \
	"{\"version\":1,\"name\":\"path:src/a.c\",\"lock_id\":\"" ID "\",\"owner\":\"claude-1\","  \
	"\"host\":\"vm\",\"pid\":4711,\"pid_start_ns\":9007199254740993,"                          \
	"\"agent_id\":\"agent-1f3c\",\"acquired_ts\":\"2026-11-22T03:04:05.123456789Z\""
#define TTL ",\"ttl_sec\":1800,\"expires_at\":\"2026-11-22T03:34:05Z\""
#define MIDDLE ",\"uid\":1000,\"fencing_token\":42,\"bound\":false"
#define TAIL ",\"resource\":\"path:src/a.c\",\"nonce\":\"" ID "\""
#define TTL_MS ",\"expires_unix_ms\":1795318445123"

static struct lease make_lease(void)
{
	struct lease lease = {
		.token = 42,
		.lock_id = ID,
		.holder = {4711, INT64_C(9007199254740993)},
		.acquired_wall_ns = ACQUIRED,
		.ttl_ms = 1800000,
		.deadline_ns = 5,
		.expires_wall_ns = ACQUIRED + 1800 * NS_PER_SEC,
	};

	lease_rename(&lease, "path:src/a.c");
	lease.party = party_new(1000, "claude-1", true, "agent-1f3c", false, "vm", NULL, NULL, 0);
	assert_non_null(lease.party);
	return lease;
}

static void remove_ttl(struct lease *lease)
{
	lease->ttl_ms = 0;
	lease->expires_wall_ns = 0;
	lease->deadline_ns = LEASE_NEVER;
}

static void assert_writes(const struct lease *lease, const char *expected)
{
	struct text text = {0};

	lease_json_write(&text, lease);
	assert_string_equal(text.data, expected);
	text_release(&text);
}

static void the_keys_stand_in_their_order(void **state)
{
	struct lease lease = make_lease();

	(void)state;
	assert_writes(&lease, HEAD TTL MIDDLE TAIL TTL_MS "}");
	lease.note = strdup("a \"note\"");
	assert_writes(&lease, HEAD TTL MIDDLE ",\"note\":\"a \\\"note\\\"\"" TAIL TTL_MS "}");
	remove_ttl(&lease);
	free(lease.note);
	lease.note = NULL;
	assert_writes(&lease, HEAD MIDDLE TAIL "}");
	lease.handle = 7;
	assert_writes(&lease, HEAD ",\"uid\":1000,\"fencing_token\":42,\"bound\":true" TAIL "}");
	lease_clear(&lease);
}

static void an_actor_is_shown_where_one_was_given(void **state)
{
	struct lease lease = make_lease();
	struct party *party = party_with_actor(lease.party, "an actor");
	struct text text = {0};
	struct lease_view view;

	(void)state;
	assert_non_null(party);
	assert_null(lease.party->actor);
	party_unref(lease.party);
	lease.party = party;
	assert_writes(&lease, HEAD TTL MIDDLE TAIL TTL_MS ",\"actor\":\"an actor\"}");
	lease_json_write_status(&text, &lease, ACQUIRED, "alive");
	assert_non_null(strstr(text.data, ",\"actor\":\"an actor\",\"age_sec\":0,"));
	assert_int_equal(lease_json_read(text.data, text.len, &view), 0);
	assert_string_equal(view.actor, "an actor");
	text_release(&text);
	lease_clear(&lease);
}

static void another_actor_changes_nothing_else(void **state)
{
	const struct process chain[] = {{7, 70}, {6, 60}};
	struct party *party = party_new(1000, "o", true, "a", false, "h", "old", chain, 2);
	struct party *again;

	(void)state;
	assert_non_null(party);
	party->gid = 5;
	again = party_with_actor(party, "new");
	assert_non_null(again);
	assert_string_equal(again->actor, "new");
	assert_string_equal(party->actor, "old");
	assert_string_equal(again->owner, "o");
	assert_string_equal(again->agent_id, "a");
	assert_string_equal(again->host, "h");
	assert_int_equal(again->uid, 1000);
	assert_int_equal(again->gid, 5);
	assert_true(again->owner_is_explicit && !again->agent_is_explicit);
	assert_int_equal(again->chain_len, 2);
	assert_true(process_is_equal(again->chain[1], chain[1]));
	assert_int_equal(again->refs, 1);
	party_unref(party);
	party_unref(again);
}

static void a_ttl_has_decimals_only_where_needed(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{1000, "\"ttl_sec\":1,"},  {1500, "\"ttl_sec\":1.5,"},	  {500, "\"ttl_sec\":0.5,"},
		{1, "\"ttl_sec\":0.001,"}, {60010, "\"ttl_sec\":60.01,"},
	};
	struct lease lease = make_lease();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text text = {0};
		struct lease_view view;

		lease.ttl_ms = rows[i].ms;
		lease_json_write(&text, &lease);
		assert_non_null(strstr(text.data, rows[i].text));
		assert_int_equal(lease_json_read(text.data, text.len, &view), 0);
		assert_int_equal(view.ttl_ms, rows[i].ms);
		text_release(&text);
	}
	lease_clear(&lease);
}

static void status_adds_its_keys(void **state)
{
	struct lease lease = make_lease();
	struct text text = {0};

	(void)state;
	lease_json_write_status(&text, &lease, ACQUIRED + 61 * NS_PER_SEC, "alive");
	assert_string_equal(text.data, HEAD TTL MIDDLE TAIL TTL_MS
			    ",\"age_sec\":61,\"expired\":false,\"pid_status\":\"alive\"}");
	text_clear(&text);
	lease.is_freeze = true;
	lease_json_write_status(&text, &lease, lease.expires_wall_ns, "dead");
	assert_string_equal(text.data, HEAD TTL MIDDLE TAIL TTL_MS
			    ",\"freeze\":true,\"age_sec\":1800,\"expired\":true,"
			    "\"pid_status\":\"dead\"}");
	text_clear(&text);
	lease_json_write_status(&text, &lease, ACQUIRED - NS_PER_SEC, "unknown");
	assert_non_null(strstr(text.data, "\"age_sec\":0,"));
	text_release(&text);
	lease_clear(&lease);
}

static void a_view_has_what_was_written(void **state)
{
	struct lease lease = make_lease();
	struct text text = {0};
	struct lease_view view;

	(void)state;
	lease.note = strdup("\xC3\xA4 note");
	lease.agent_id = strdup("mine");
	lease_json_write_status(&text, &lease, ACQUIRED, "unknown");
	assert_int_equal(lease_json_read(text.data, text.len, &view), 0);
	assert_string_equal(view.name, "path:src/a.c");
	assert_string_equal(view.lock_id, ID);
	assert_string_equal(view.owner, "claude-1");
	assert_string_equal(view.host, "vm");
	assert_string_equal(view.agent_id, "mine");
	assert_string_equal(view.note, "\xC3\xA4 note");
	assert_string_equal(view.acquired_ts, "2026-11-22T03:04:05.123456789Z");
	assert_string_equal(view.expires_at, "2026-11-22T03:34:05Z");
	assert_string_equal(view.pid_status, "unknown");
	assert_true(view.acquired_wall_ns == ACQUIRED);
	assert_int_equal(view.ttl_ms, 1800000);
	assert_true(view.expires_unix_ms == INT64_C(1795318445123));
	assert_int_equal(view.fencing_token, 42);
	assert_int_equal(view.uid, 1000);
	assert_int_equal(view.pid, 4711);
	assert_false(view.is_bound);
	assert_false(view.is_freeze);
	text_release(&text);
	lease_clear(&lease);
}

static const char *const refused[] = {
	"",
	"[]",
	"null",
	"{}",
	HEAD MIDDLE TAIL,
	HEAD MIDDLE TAIL "} x",
	HEAD MIDDLE TAIL "}{}",
	HEAD MIDDLE TAIL ",}",
	HEAD MIDDLE TAIL ",\"uid\":1000}",
	HEAD MIDDLE TAIL ",\"note\":\"a\\u0000b\"}",
	HEAD MIDDLE TAIL ",\"note\":\"a\\nb\"}",
	HEAD MIDDLE TAIL ",\"note\":\"\xFF\"}",
	HEAD MIDDLE TAIL ",\"note\":\"a\nb\"}",
	HEAD MIDDLE TAIL ",\"note\":7}",
	HEAD MIDDLE TAIL ",\"actor\":7}",
	HEAD MIDDLE TAIL ",\"actor\":\"a\nb\"}",
	HEAD MIDDLE TAIL ",\"note\":\"\\ud800\"}",
	HEAD MIDDLE TAIL ",\"pid_status\":\"long enough to overflow\"}",
	HEAD MIDDLE TAIL ",\"ttl_sec\":\"5\"}",
	HEAD MIDDLE TAIL ",\"ttl_sec\":-5}",
	HEAD MIDDLE TAIL ",\"ttl_sec\":1e400}",
	HEAD MIDDLE TAIL ",\"expires_unix_ms\":5}",
	HEAD MIDDLE TAIL ",\"x\":[[[[[[[[[1]]]]]]]]]}",
	HEAD MIDDLE TAIL ",\"x\":01}",
	HEAD MIDDLE TAIL ",\"x\":tru}",
	HEAD MIDDLE TAIL ",\"x\":[1,]}",
	HEAD MIDDLE TAIL ",\"x\":[1}}",
	HEAD ",\"uid\":-1,\"fencing_token\":42,\"bound\":false}",
	HEAD ",\"uid\":4294967296,\"fencing_token\":42,\"bound\":false}",
	HEAD ",\"uid\":1.5,\"fencing_token\":42,\"bound\":false}",
	HEAD ",\"uid\":1,\"fencing_token\":9223372036854775808,\"bound\":false}",
	HEAD ",\"uid\":1,\"fencing_token\":42,\"bound\":0}",
	HEAD ",\"uid\":1,\"fencing_token\":42}",
};

static void anything_else_is_refused(void **state)
{
	struct lease_view view = {.pid = -7}, fine;

	(void)state;
	assert_int_equal(lease_json_read(HEAD MIDDLE TAIL "}", strlen(HEAD MIDDLE TAIL "}"), &fine),
			 0);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		assert_int_equal(lease_json_read(refused[i], strlen(refused[i]), &view), -EINVAL);
		assert_int_equal(view.pid, -7);
	}
	assert_int_equal(
		lease_json_read(HEAD MIDDLE TAIL "}\0", sizeof(HEAD MIDDLE TAIL "}"), &view),
		-EINVAL);
}

static void every_truncation_is_refused(void **state)
{
	static const char full[] = HEAD TTL MIDDLE TAIL TTL_MS "}";
	struct lease_view view;

	(void)state;
	for (size_t len = 0; len < sizeof full - 1; len++) {
		char *copy = malloc(len ? len : 1); /* exact, for the address sanitizer */

		assert_non_null(copy);
		memcpy(copy, full, len);
		assert_int_equal(lease_json_read(copy, len, &view), -EINVAL);
		free(copy);
	}
	assert_int_equal(lease_json_read(full, sizeof full - 1, &view), 0);
}

static void strings_are_bounded(void **state)
{
	char owner[OWNER_MAX + 2];

	(void)state;
	for (size_t len = OWNER_MAX; len <= OWNER_MAX + 1; len++) {
		struct lease lease = make_lease();
		struct text text = {0};
		struct lease_view view;

		memset(owner, 'o', len);
		owner[len] = '\0';
		party_unref(lease.party);
		lease.party = party_new(1, owner, true, "a", false, "h", NULL, NULL, 0);
		lease_json_write(&text, &lease);
		assert_int_equal(lease_json_read(text.data, text.len, &view),
				 len > OWNER_MAX ? -EINVAL : 0);
		text_release(&text);
		lease_clear(&lease);
	}
}

struct seen {
	unsigned leases, freezes;
	int stop_with;
};

static int count_one(const struct lease_view *view, const char *raw, void *context)
{
	struct seen *seen = context;
	cJSON *json = cJSON_Parse(raw);

	assert_non_null(json);
	cJSON_Delete(json);
	assert_int_equal(seen->freezes > 0 && !view->is_freeze, 0);
	seen->leases += !view->is_freeze;
	seen->freezes += view->is_freeze;
	return seen->stop_with;
}

static void each_visits_leases_then_freezes(void **state)
{
	static const char doc[] =
		"{\"version\":1,\"now\":{\"x\":[1,2]},\"freezes\":[" HEAD MIDDLE TAIL
		"}],\"leases\":[ " HEAD MIDDLE TAIL "} , " HEAD TTL MIDDLE TAIL TTL_MS "} ]}\n";
	static const char empty[] = "{\"version\":1,\"leases\":[],\"freezes\":[ ]}";
	struct seen seen = {0};

	(void)state;
	assert_int_equal(lease_json_each(doc, sizeof doc - 1, count_one, &seen), 0);
	assert_int_equal(seen.leases, 2);
	assert_int_equal(seen.freezes, 1);
	seen = (struct seen){.stop_with = 9};
	assert_int_equal(lease_json_each(doc, sizeof doc - 1, count_one, &seen), 9);
	assert_int_equal(seen.leases, 1);
	seen = (struct seen){0};
	assert_int_equal(lease_json_each(empty, sizeof empty - 1, count_one, &seen), 0);
	assert_int_equal(seen.leases + seen.freezes, 0);
}

static void each_refuses_what_is_no_status(void **state)
{
	static const char *const docs[] = {
		"",
		"{}",
		"[]",
		"{\"version\":2,\"leases\":[],\"freezes\":[]}",
		"{\"version\":1,\"leases\":[]}",
		"{\"version\":1,\"leases\":{},\"freezes\":[]}",
		"{\"version\":1,\"leases\":[1],\"freezes\":[]}",
		"{\"version\":1,\"leases\":[{}],\"freezes\":[]}",
		"{\"version\":1,\"leases\":[],\"freezes\":[],\"leases\":[]}",
		"{\"version\":1,\"leases\":[],\"freezes\":[]",
	};
	struct seen seen = {0};

	(void)state;
	for (size_t i = 0; i < sizeof docs / sizeof *docs; i++)
		assert_int_equal(lease_json_each(docs[i], strlen(docs[i]), count_one, &seen),
				 -EINVAL);
	assert_int_equal(seen.leases + seen.freezes, 0);
}

static void a_copy_shares_the_party_and_nothing_else(void **state)
{
	struct lease lease = make_lease();
	struct lease *copy;

	(void)state;
	lease.note = strdup("note");
	copy = lease_copy(&lease);
	assert_non_null(copy);
	assert_ptr_equal(copy->party, lease.party);
	assert_int_equal(lease.party->refs, 2);
	assert_ptr_not_equal(copy->note, lease.note);
	assert_string_equal(copy->note, "note");
	assert_string_equal(lease_agent_id(copy), "agent-1f3c");
	lease_clear(&lease);
	assert_int_equal(copy->party->refs, 1);
	assert_string_equal(copy->party->owner, "claude-1");
	lease_free(copy);
}

static void a_party_records_only_its_nearest_processes(void **state)
{
	struct process chain[PARTY_CHAIN_MAX + 5];
	struct party *party;

	(void)state;
	for (int i = 0; i < PARTY_CHAIN_MAX + 5; i++)
		chain[i] = (struct process){100 + i, i};
	party = party_new(1, "o", false, "a", false, "h", "actor", chain, PARTY_CHAIN_MAX + 5);
	assert_non_null(party);
	assert_int_equal(party->chain_len, PARTY_CHAIN_MAX);
	assert_string_equal(party->actor, "actor");
	assert_true(party_has_process(party, chain[PARTY_CHAIN_MAX - 1]));
	assert_false(party_has_process(party, chain[PARTY_CHAIN_MAX]));
	assert_false(party_has_process(party, (struct process){100, 1}));
	party_unref(party);
	party_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keys_stand_in_their_order),
		cmocka_unit_test(an_actor_is_shown_where_one_was_given),
		cmocka_unit_test(another_actor_changes_nothing_else),
		cmocka_unit_test(a_ttl_has_decimals_only_where_needed),
		cmocka_unit_test(status_adds_its_keys),
		cmocka_unit_test(a_view_has_what_was_written),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(strings_are_bounded),
		cmocka_unit_test(each_visits_leases_then_freezes),
		cmocka_unit_test(each_refuses_what_is_no_status),
		cmocka_unit_test(a_copy_shares_the_party_and_nothing_else),
		cmocka_unit_test(a_party_records_only_its_nearest_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Questions and answers of the request file: each comes back as it was sent, and what is wrong
 * with a question is said.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lease_named.h"
#include "lokt/request_json.h"

#define ID "0123456789abcdef0123456789abcdef"
#define WALL INT64_C(1795316645123456789)

static const char *asked(const struct ask *ask)
{
	static struct text text;

	text_release(&text);
	ask_write(&text, ask);
	return text.data ? text.data : "";
}

static struct ask parsed(const char *text)
{
	const char *why = NULL;
	struct ask ask;

	assert_int_equal(ask_parse(text, strlen(text), &ask, &why), 0);
	return ask;
}

static void questions_come_back(void **state)
{
	static const char *const rows[] = {
		"{\"op\":\"acquire\",\"resource\":\"a b\"}",
		"{\"op\":\"acquire\",\"resource\":\"a\\nb\",\"ttl_ms\":1500,\"note\":\"n\",\"pid\":"
		"7,"
		"\"agent_id\":\"a\",\"wait_ms\":5}",
		"{\"op\":\"acquire\",\"resource\":\"a\",\"ttl_ms\":null}",
		"{\"op\":\"acquire\",\"resource\":\"a\",\"pid\":\"self\"}",
		"{\"op\":\"release\",\"resource\":\"a\",\"lock_id\":\"" ID "\",\"force\":true}",
		"{\"op\":\"release\",\"resource\":\"a\",\"break_stale\":true}",
		"{\"op\":\"release\",\"all\":true}",
		"{\"op\":\"release\",\"owner\":\"me\"}",
		"{\"op\":\"renew\",\"resource\":\"a\"}",
		"{\"op\":\"freeze\",\"resource\":\"a\",\"ttl_ms\":1}",
		"{\"op\":\"unfreeze\",\"resource\":\"a\",\"force\":true}",
		"{\"op\":\"sync\"}",
		"{\"op\":\"sync\",\"wait_ms\":60000,\"remote\":\"up/stream.2\"}",
		"{\"op\":\"gc\",\"remote\":\"origin\"}",
		"{\"op\":\"gc\"}",
		"{\"op\":\"query\",\"resource\":\"path:a\"}",
		"{\"op\":\"acquire\",\"resource\":\"a\",\"actor\":\"b\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ask ask = parsed(rows[i]);

		assert_string_equal(asked(&ask), rows[i]);
	}
	asked(&(struct ask){0});
}

static void values_of_a_question_arrive(void **state)
{
	struct ask ask = parsed(" {\"wait_ms\":9,\"pid\":7,\"note\":\"n\",\"agent_id\":\"x\","
				"\"ttl_ms\":60000,\"resource\":\"a\\nb\",\"op\":\"acquire\"}\n");

	(void)state;
	assert_int_equal(ask.op, ASK_ACQUIRE);
	assert_int_equal(ask.scope, ASK_ONE);
	assert_string_equal(ask.resource, "a\nb");
	assert_int_equal(ask.options.set, OPTION_TTL | OPTION_PID | OPTION_NOTE | OPTION_AGENT_ID);
	assert_int_equal(ask.options.ttl_ms, 60000);
	assert_int_equal(ask.options.pid, 7);
	assert_string_equal(ask.options.note, "n");
	assert_string_equal(ask.options.agent_id, "x");
	assert_int_equal(ask.wait_ms, 9);
	ask = parsed("{\"op\":\"release\",\"all\":false,\"resource\":\"a\",\"force\":false}");
	assert_int_equal(ask.scope, ASK_ONE);
	assert_false(ask.force);
}

static void a_resource_that_is_not_utf8_goes_by_its_name(void **state)
{
	struct ask ask = {.op = ASK_ACQUIRE, .resource = "a\xFF"};

	(void)state;
	assert_string_equal(asked(&ask), "{\"op\":\"acquire\",\"resource\":\"a%FF\"}");
	asked(&(struct ask){0});
}

static const struct {
	const char *text, *why;
} refused[] = {
	{"", "one JSON object"},
	{"[]", "one JSON object"},
	{"{\"op\":\"gc\"", "one JSON object"},
	{"{\"op\":\"gc\"} x", "one JSON object"},
	{"{\"op\":\"gc\",\"op\":\"gc\"}", "one JSON object"},
	{"{\"op\":\"gc\",\"uid\":0}", "known keys"},
	{"{}", "op must be"},
	{"{\"op\":\"steal\"}", "op must be"},
	{"{\"op\":5}", "op must be"},
	{"{\"op\":\"a very long word indeed\"}", "op must be"},
	{"{\"op\":\"acquire\"}", "resource is missing"},
	{"{\"op\":\"query\"}", "resource is missing"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"actor\":\"\"}", "actor must be"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"actor\":\"a\\n\"}", "actor must be"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"actor\":1}", "actor must be"},
	{"{\"op\":\"release\",\"resource\":\"a\",\"actor\":\"b\"}", "actor is for"},
	{"{\"op\":\"sync\",\"remote\":\"\"}", "remote must be"},
	{"{\"op\":\"sync\",\"remote\":7}", "remote must be"},
	{"{\"op\":\"sync\",\"remote\":\"a\\u001bb\"}", "remote must be"},
	{"{\"op\":\"sync\",\"remote\":\"--upload-pack=x\"}", "remote must be"},
	{"{\"op\":\"sync\",\"remote\":\"ext::sh -c x\"}", "remote must be"},
	{"{\"op\":\"sync\",\"remote\":\"../x\"}", "remote must be"},
	{"{\"op\":\"query\",\"resource\":\"a\",\"remote\":\"b\"}", "remote is for"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"remote\":\"b\"}", "remote is for"},
	{"{\"op\":\"release\"}", "resource is missing"},
	{"{\"op\":\"acquire\",\"resource\":\"\"}", "resource is missing"},
	{"{\"op\":\"acquire\",\"resource\":5}", "resource must be"},
	{"{\"op\":\"acquire\",\"resource\":\"a\\u0000\"}", "one JSON object"},
	{"{\"op\":\"acquire\",\"resource\":\"\xFF\"}", "one JSON object"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"ttl_ms\":0}", "ttl_ms"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"ttl_ms\":-1}", "ttl_ms"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"ttl_ms\":1.5}", "ttl_ms"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"ttl_ms\":1e3}", "ttl_ms"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"ttl_ms\":\"5m\"}", "ttl_ms"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"ttl_ms\":9223372036854775807}", "ttl_ms"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"ttl_ms\":99999999999999999999}", "ttl_ms"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"note\":\"a\\u001b\"}", "note"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"note\":null}", "note"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"pid\":0}", "pid"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"pid\":\"1\"}", "pid"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"pid\":\"selfish\"}", "pid"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"pid\":\"\"}", "pid"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"pid\":4294967297}", "pid"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"agent_id\":\"\"}", "agent_id"},
	{"{\"op\":\"acquire\",\"resource\":\"a\",\"wait_ms\":-1}", "wait_ms"},
	{"{\"op\":\"release\",\"resource\":\"a\",\"lock_id\":\"\"}", "lock_id"},
	{"{\"op\":\"release\",\"resource\":\"a\",\"lock_id\":\"" ID "0\"}", "lock_id"},
	{"{\"op\":\"release\",\"resource\":\"a\",\"force\":1}", "force"},
	{"{\"op\":\"release\",\"resource\":\"a\",\"force\":true,\"break_stale\":true}", "exclude"},
	{"{\"op\":\"release\",\"all\":true,\"owner\":\"o\"}", "exclude"},
	{"{\"op\":\"release\",\"all\":true,\"resource\":\"a\"}", "exclude"},
	{"{\"op\":\"release\",\"owner\":\"o\",\"lock_id\":\"" ID "\"}", "exclude"},
	{"{\"op\":\"release\",\"owner\":\"\"}", "owner"},
	{"{\"op\":\"release\",\"all\":1}", "all must be"},
	{"{\"op\":\"acquire\",\"all\":true}", "release only"},
};

static void wrong_questions_are_told_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct ask out = {.wait_ms = -7};
		const char *why = NULL;

		assert_int_equal(ask_parse(refused[i].text, strlen(refused[i].text), &out, &why),
				 -EINVAL);
		assert_non_null(why);
		assert_non_null(strstr(why, refused[i].why));
		assert_int_equal(out.wait_ms, -7);
	}
}

static struct lease make_lease(const char *resource)
{
	struct lease lease = {.token = 42,
			      .lock_id = ID,
			      .holder = {4711, 17},
			      .acquired_wall_ns = WALL,
			      .deadline_ns = LEASE_NEVER};

	lease_rename(&lease, resource);
	lease.party = party_new(1000, "alice", true, "agent-1", false, "vm", NULL, NULL, 0);
	assert_non_null(lease.party);
	return lease;
}

static void pass(const struct answer *answer, struct answer_view *view)
{
	struct text text = {0};

	answer_write(&text, answer);
	assert_false(text.failed);
	assert_int_equal(answer_parse(text.data, text.len, view), 0);
	text_release(&text);
}

static void a_success_brings_the_lease(void **state)
{
	struct lease lease = make_lease("a b");
	struct resource resource = lease_resource(&lease);
	struct answer answer = {.resource = &resource, .lease = &lease};
	struct answer_view view;
	struct text expected = {0};

	(void)state;
	pass(&answer, &view);
	lease_json_write(&expected, &lease);
	assert_true(view.ok && view.has_lease && !view.has_holder);
	assert_int_equal(view.verdict, VERDICT_OK);
	assert_int_equal(view.error, 0);
	assert_string_equal(view.lease.name, "a b");
	assert_string_equal(view.lease_raw, expected.data);
	assert_int_equal(view.released_len, 0);
	answer_view_release(&view);
	text_release(&expected);
	lease_clear(&lease);
}

static void a_refusal_brings_the_holder(void **state)
{
	struct lease lease = make_lease("build");
	struct resource resource = lease_resource(&lease);
	struct answer answer = {.verdict = VERDICT_HELD,
				.resource = &resource,
				.lease = &lease,
				.wall_ns = WALL + 90 * NS_PER_SEC,
				.pid_status = "alive",
				.is_own = true};
	struct answer_view view;

	(void)state;
	pass(&answer, &view);
	assert_true(!view.ok && !view.has_lease && view.has_holder);
	assert_int_equal(view.verdict, VERDICT_HELD);
	assert_int_equal(view.error, EBUSY);
	assert_string_equal(view.message, "lock \"build\" is held by alice@vm (pid 4711)");
	assert_true(view.is_own && view.holder_alive);
	assert_string_equal(view.lease.owner, "alice");
	assert_non_null(strstr(view.lease_raw, "\"age_sec\":90,"));
	answer_view_release(&view);
	answer.pid_status = NULL;
	answer.is_own = false;
	pass(&answer, &view);
	assert_false(view.is_own || view.holder_alive);
	assert_string_equal(view.lease.pid_status, "unknown");
	answer_view_release(&view);
	lease_clear(&lease);
}

static void messages_name_what_is_in_the_way(void **state)
{
	struct lease lease = make_lease("path:src");
	struct resource same, other;
	const struct {
		enum verdict verdict;
		int error;
		const struct resource *resource;
		bool has_lease, is_freeze;
		const char *message;
	} rows[] = {
		{VERDICT_CONFLICT, 0, &other, true, false,
		 "lock \"path:src/a\" overlaps another lock, \"path:src\" held by alice@vm "
		 "(pid 4711)"},
		{VERDICT_FROZEN, 0, &same, true, true,
		 "lock \"path:src\" is frozen by alice@vm (pid 4711)"},
		{VERDICT_FROZEN, 0, &other, true, true,
		 "lock \"path:src/a\" is frozen, \"path:src\" frozen by alice@vm (pid 4711)"},
		{VERDICT_NOT_OWNER, 0, &same, true, false,
		 "lock \"path:src\" is not yours, held by alice@vm (pid 4711)"},
		{VERDICT_NOT_OWNER, 0, &same, true, true,
		 "freeze \"path:src\" is not yours, frozen by alice@vm (pid 4711)"},
		{VERDICT_NO_LEASE, 0, &same, false, false, "lock \"path:src\" is not held"},
		{VERDICT_BAD_NAME, 0, NULL, false, false, "this is not a valid name"},
		{VERDICT_OK, ENOSPC, &same, false, false,
		 "lock \"path:src\": No space left on device"},
		{VERDICT_OK, 4000, NULL, false, false, "this: unknown error"},
	};

	(void)state;
	assert_int_equal(resource_from_text("path:src", &same), VERDICT_OK);
	assert_int_equal(resource_from_text("path:src/a", &other), VERDICT_OK);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct answer answer = {.verdict = rows[i].verdict,
					.error = rows[i].error,
					.resource = rows[i].resource,
					.lease = rows[i].has_lease ? &lease : NULL};
		struct answer_view view;

		lease.is_freeze = rows[i].is_freeze;
		pass(&answer, &view);
		assert_false(view.ok);
		assert_string_equal(view.message, rows[i].message);
		assert_int_equal(view.verdict, rows[i].error ? VERDICT_COUNT : rows[i].verdict);
		assert_int_equal(view.error, rows[i].error ? rows[i].error
							   : verdict_row(rows[i].verdict)->error);
		answer_view_release(&view);
	}
	lease_clear(&lease);
}

static void released_names_arrive(void **state)
{
	struct answer answer = {.released = "[\"a\",\"path:src/\\u00e4\"]"};
	struct answer_view view;

	(void)state;
	pass(&answer, &view);
	assert_true(view.ok);
	assert_false(view.has_lease);
	assert_int_equal(view.released_len, 2);
	assert_string_equal(view.released[0], "a");
	assert_string_equal(view.released[1], "path:src/\xC3\xA4");
	answer_view_release(&view);
	answer.released = "[]";
	pass(&answer, &view);
	assert_int_equal(view.released_len, 0);
	answer_view_release(&view);
}

static void a_long_message_is_cut_at_a_character(void **state)
{
	struct answer_view view;
	struct text text = {0};

	(void)state;
	text_puts(&text, "{\"ok\":false,\"verdict\":\"held\",\"errno\":16,\"message\":\"");
	for (int i = 0; i < 400; i++)
		text_puts(&text, "\xC3\xA4");
	text_puts(&text, "\"}");
	assert_int_equal(answer_parse(text.data, text.len, &view), 0);
	assert_int_equal(strlen(view.message), 510);
	assert_true(text_is_utf8(view.message, 510));
	answer_view_release(&view);
	text_release(&text);
}

static void a_holder_without_a_pid_is_on_its_host(void **state)
{
	struct lease lease = make_lease("issue:1");
	struct resource resource = lease_resource(&lease);
	struct answer answer = {.verdict = VERDICT_HELD, .resource = &resource, .lease = &lease};
	struct answer_view view;

	(void)state;
	lease.holder = (struct process){0};
	pass(&answer, &view);
	assert_string_equal(view.message, "lock \"issue:1\" is held by alice on vm");
	answer_view_release(&view);
	lease_clear(&lease);
}

static void a_report_arrives_as_it_was_sent(void **state)
{
	const struct sync_report report = {"origin", 1, 2, 3, 4, 5, 6, 4294967295};
	struct answer answer = {.sync = &report};
	struct answer_view view;
	struct text text = {0};

	(void)state;
	answer_write(&text, &answer);
	assert_string_equal(
		text.data,
		"{\"ok\":true,\"sync\":{\"remote\":\"origin\",\"imported\":1,\"dropped\":2,"
		"\"pushed\":3,\"refused\":4,\"conflicts\":5,\"removed\":6,"
		"\"kept\":4294967295}}");
	text_release(&text);
	pass(&answer, &view);
	assert_true(view.ok && view.has_sync && !view.has_lease);
	assert_memory_equal(&view.sync, &report, sizeof report);
	answer_view_release(&view);
	answer.sync = &(struct sync_report){.kept = 1};
	pass(&answer, &view);
	assert_string_equal(view.sync.remote, "");
	assert_int_equal(view.sync.kept, 1);
	answer_view_release(&view);
	answer.sync = NULL;
	pass(&answer, &view);
	assert_false(view.has_sync);
	answer_view_release(&view);
}

static void the_message_says_why(void **state)
{
	const struct resource resource = resource_named("issue:1");
	const struct {
		enum verdict verdict;
		int error;
		const struct resource *resource;
		const char *why, *message;
	} rows[] = {
		{VERDICT_UNREACHABLE, 0, &resource, "git push: exit status 128",
		 "lock \"issue:1\" could not be taken or renewed: the remote did not answer in "
		 "time: "
		 "git push: exit status 128"},
		{VERDICT_OK, EHOSTUNREACH, NULL, "a\nb\x1b[31m\xFF\xC3\xA4\xE2\x80\xAE",
		 "this: No route to host: a b [31m \xC3\xA4 "},
		{VERDICT_UNSUPPORTED, 0, NULL, "", "this does not support this"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct answer answer = {.verdict = rows[i].verdict,
					.error = rows[i].error,
					.resource = rows[i].resource,
					.why = rows[i].why};
		struct answer_view view;

		pass(&answer, &view);
		assert_string_equal(view.message, rows[i].message);
		answer_view_release(&view);
	}
}

static void a_long_why_is_bounded(void **state)
{
	char why[2001];
	struct answer answer = {.error = EIO, .why = why};
	struct answer_view view;
	struct text text = {0};

	(void)state;
	for (size_t i = 0; i + 1 < sizeof why; i += 2)
		memcpy(why + i, "\xC3\xA4", 2);
	why[sizeof why - 1] = '\0';
	answer_write(&text, &answer);
	assert_true(text.len < 600);
	assert_int_equal(answer_parse(text.data, text.len, &view), 0);
	assert_true(strlen(view.message) >= 510);
	assert_true(text_is_clean(view.message, strlen(view.message), 511));
	answer_view_release(&view);
	text_release(&text);
}

static void wrong_answers_are_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"{}",
		"{\"ok\":1}",
		"{\"ok\":true,\"lease\":{}}",
		"{\"ok\":true} x",
		"{\"ok\":true,\"released\":{}}",
		"{\"ok\":true,\"released\":[1]}",
		"{\"ok\":true,\"released\":[\"a\",\"\\u001b\"]}",
		"{\"ok\":true,\"sync\":{}}",
		"{\"ok\":true,\"sync\":[]}",
		"{\"ok\":true,\"sync\":{\"imported\":-1,\"dropped\":0,\"pushed\":0,"
		"\"refused\":0,\"conflicts\":0,\"removed\":0,\"kept\":0}}",
		"{\"ok\":true,\"sync\":{\"imported\":4294967296,\"dropped\":0,\"pushed\":0,"
		"\"refused\":0,\"conflicts\":0,\"removed\":0,\"kept\":0}}",
		"{\"ok\":true,\"sync\":{\"remote\":\"\\u001b\",\"imported\":0,\"dropped\":0,"
		"\"pushed\":0,\"refused\":0,\"conflicts\":0,\"removed\":0,\"kept\":0}}",
		"{\"ok\":false}",
		"{\"ok\":false,\"verdict\":\"held\",\"errno\":16}",
		"{\"ok\":false,\"verdict\":\"held\",\"errno\":0,\"message\":\"m\"}",
		"{\"ok\":false,\"verdict\":\"ok\",\"errno\":16,\"message\":\"m\"}",
		"{\"ok\":false,\"verdict\":\"held\",\"errno\":16,\"message\":\"m\",\"holder\":5}",
	};
	struct answer_view view = {.error = -7};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(answer_parse(rows[i], strlen(rows[i]), &view), -EINVAL);
		assert_int_equal(view.error, -7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_come_back),
		cmocka_unit_test(values_of_a_question_arrive),
		cmocka_unit_test(a_resource_that_is_not_utf8_goes_by_its_name),
		cmocka_unit_test(wrong_questions_are_told_why),
		cmocka_unit_test(a_success_brings_the_lease),
		cmocka_unit_test(a_refusal_brings_the_holder),
		cmocka_unit_test(messages_name_what_is_in_the_way),
		cmocka_unit_test(released_names_arrive),
		cmocka_unit_test(a_long_message_is_cut_at_a_character),
		cmocka_unit_test(a_holder_without_a_pid_is_on_its_host),
		cmocka_unit_test(a_report_arrives_as_it_was_sent),
		cmocka_unit_test(the_message_says_why),
		cmocka_unit_test(a_long_why_is_bounded),
		cmocka_unit_test(wrong_answers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

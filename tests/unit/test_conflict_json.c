/*
 * Conflicts between machines: each comes back from status.json as it was written, and what is no
 * conflict is refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lokt/conflict_json.h"
#include "lokt/lease_json.h"

#define OURS "0123456789abcdef0123456789abcdef"
#define THEIRS "fedcba9876543210fedcba9876543210"
#define ACTOR "64d15a2c383e2161772f9cea23e87222"
#define WALL INT64_C(1795316645123456789)

static struct conflict make_conflict(const char *ours, const char *theirs)
{
	struct conflict conflict = {
		.wall_ns = WALL,
		.owner = "me",
		.lock_id = OURS,
		.theirs = {.actor = ACTOR,
			   .lock_id = THEIRS,
			   .expires_unix_ms = 1795318445123,
			   .owner = "bob \"b\"",
			   .host = "far"},
	};

	assert_int_equal(resource_from_text(ours, &conflict.resource), VERDICT_OK);
	assert_int_equal(resource_from_text(theirs, &conflict.theirs.resource), VERDICT_OK);
	return conflict;
}

static void the_object_has_its_keys(void **state)
{
	struct conflict conflict = make_conflict("issue:1", "issue:1");
	struct text text = {0};

	(void)state;
	conflict_json_write(&text, &conflict);
	assert_string_equal(text.data,
			    "{\"resource\":\"issue:1\",\"ts\":\"2026-11-22T03:04:05.123456789Z\","
			    "\"ours\":{\"owner\":\"me\",\"nonce\":\"" OURS "\"},"
			    "\"theirs\":{\"owner\":\"" ACTOR "\",\"name\":\"bob \\\"b\\\"\","
			    "\"host\":\"far\",\"nonce\":\"" THEIRS "\","
			    "\"expires_unix_ms\":1795318445123}}");
	text_clear(&text);
	conflict = make_conflict("path:src/\xC3\xA4", "path:src");
	conflict_json_write(&text, &conflict);
	assert_non_null(strstr(text.data, "{\"resource\":\"path:src/\xC3\xA4\","));
	assert_non_null(strstr(text.data, ",\"resource\":\"path:src\"}}"));
	text_release(&text);
}

struct seen {
	struct conflict list[3];
	char raws[3][1024];
	size_t len;
	size_t stop_after;
};

static int visit(const struct conflict *conflict, const char *raw, void *context)
{
	struct seen *seen = context;

	assert_true(seen->len < 3);
	seen->list[seen->len] = *conflict;
	snprintf(seen->raws[seen->len], sizeof seen->raws[0], "%s", raw);
	return ++seen->len == seen->stop_after ? 7 : 0;
}

static void compare(const struct conflict *a, const struct conflict *b)
{
	assert_true(resource_is_equal(&a->resource, &b->resource));
	assert_true(resource_is_equal(&a->theirs.resource, &b->theirs.resource));
	assert_int_equal(a->theirs.resource.kind, b->theirs.resource.kind);
	assert_int_equal(a->wall_ns, b->wall_ns);
	assert_string_equal(a->owner, b->owner);
	assert_string_equal(a->lock_id, b->lock_id);
	assert_string_equal(a->theirs.actor, b->theirs.actor);
	assert_string_equal(a->theirs.lock_id, b->theirs.lock_id);
	assert_string_equal(a->theirs.owner, b->theirs.owner);
	assert_string_equal(a->theirs.host, b->theirs.host);
	assert_int_equal(a->theirs.expires_unix_ms, b->theirs.expires_unix_ms);
}

static void write_document(struct text *out, const struct conflict *list, size_t len)
{
	text_puts(out, "{\"version\":1,\"leases\":[],\"freezes\":[],\"conflicts\":[");
	for (size_t i = 0; i < len; i++) {
		text_puts(out, i ? ",\n" : "\n");
		conflict_json_write(out, &list[i]);
	}
	text_puts(out, "],\"later\":{\"conflicts\":1}}\n");
	assert_false(out->failed);
}

static void conflicts_come_back(void **state)
{
	const struct conflict list[] = {make_conflict("issue:1", "issue:1"),
					make_conflict("path:a/b c", "repo:x"),
					make_conflict("word:\xFF", "word:\xFF")};
	struct seen seen = {.len = 0};
	struct text text = {0}, raw = {0};

	(void)state;
	write_document(&text, list, 3);
	assert_int_equal(conflict_json_each(text.data, text.len, visit, &seen), 0);
	assert_int_equal(seen.len, 3);
	for (size_t i = 0; i < 3; i++) {
		compare(&seen.list[i], &list[i]);
		text_clear(&raw);
		conflict_json_write(&raw, &list[i]);
		assert_string_equal(seen.raws[i], raw.data);
	}
	seen = (struct seen){.stop_after = 2};
	assert_int_equal(conflict_json_each(text.data, text.len, visit, &seen), 7);
	assert_int_equal(seen.len, 2);
	text_release(&text);
	text_release(&raw);
}

static int no_lease(const struct lease_view *view, const char *raw, void *context)
{
	(void)view;
	(void)raw;
	(void)context;
	fail();
	return 0;
}

static void leases_are_read_past_conflicts(void **state)
{
	struct conflict conflict = make_conflict("issue:1", "issue:1");
	struct text text = {0};

	(void)state;
	write_document(&text, &conflict, 1);
	assert_int_equal(lease_json_each(text.data, text.len, no_lease, NULL), 0);
	text_release(&text);
}

static void a_document_may_have_none(void **state)
{
	static const char *const rows[] = {"{\"version\":1}", "{\"version\":1,\"conflicts\":[]}"};
	struct seen seen = {.len = 0};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(conflict_json_each(rows[i], strlen(rows[i]), visit, &seen), 0);
	assert_int_equal(seen.len, 0);
}

static void what_is_no_document_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"[]",
		"{}",
		"{\"version\":2,\"conflicts\":[]}",
		"{\"version\":1,\"conflicts\":{}}",
		"{\"version\":1,\"conflicts\":[1]}",
		"{\"version\":1,\"conflicts\":[{}]}",
		"{\"version\":1,\"conflicts\":[]",
	};
	struct seen seen = {.len = 0};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(conflict_json_each(rows[i], strlen(rows[i]), visit, &seen),
				 -EINVAL);
	assert_int_equal(seen.len, 0);
}

/* A sound conflict in which one piece is put in the place of another. */
static void one_wrong_value_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{"\"resource\":\"path:a\"", "\"resource\":\"path:../a\""},
		{"\"resource\":\"path:a\"", "\"other\":\"path:a\""},
		{"\"resource\":\"repo:x\"", "\"resource\":7"},
		{"2026-11-22T", "2026-13-22T"},
		{"\"ours\"", "\"mine\""},
		{"\"owner\":\"me\"", "\"owner\":\"m\\u001b\""},
		{OURS, OURS "0"},
		{"\"host\":\"far\"", "\"host\":null"},
		{"1795318445123", "253402300800000"},
		{"1795318445123", "-1"},
		{"1795318445123", "\"soon\""},
		{"\"name\":", "\"Name\":"},
	};
	struct conflict conflict = make_conflict("path:a", "repo:x");
	struct text whole = {0};

	(void)state;
	write_document(&whole, &conflict, 1);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *at = strstr(whole.data, rows[i].from);
		struct seen seen = {.len = 0};
		struct text text = {0};

		assert_non_null(at);
		text_add(&text, whole.data, (size_t)(at - whole.data));
		text_puts(&text, rows[i].to);
		text_puts(&text, at + strlen(rows[i].from));
		assert_int_equal(conflict_json_each(text.data, text.len, visit, &seen), -EINVAL);
		assert_int_equal(seen.len, 0);
		text_release(&text);
	}
	text_release(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_object_has_its_keys),
		cmocka_unit_test(conflicts_come_back),
		cmocka_unit_test(leases_are_read_past_conflicts),
		cmocka_unit_test(a_document_may_have_none),
		cmocka_unit_test(what_is_no_document_is_refused),
		cmocka_unit_test(one_wrong_value_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * lock.json as others may have written it, and the author of its commit.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lokt/lockref.h"

#define ACTOR "64d15a2c383e2161772f9cea23e87222"
#define NONCE "61e8062c5e68708b30f5fdb5a2ab2e29"
#define LONG_NONCE "longer-nonce-of-another-program"
#define FIFTY "0123456789012345678901234567890123456789abcdefghij"
#define OVER_255 FIFTY FIFTY FIFTY FIFTY FIFTY "012345"

/* sha256sum's */
#define HASH_AUTH "17615300971d8ce1"

static char *json_of(const char *owner, const char *nonce, const char *expires,
		     const char *resource)
{
	char *text;
	assert_true(asprintf(&text,
			     "{\"owner\":%s,\"nonce\":%s,\"expires_unix_ms\":%s,\"resource\":%s}",
			     owner, nonce, expires, resource) > 0);
	return text;
}

static struct resource resource_of(const char *bytes)
{
	struct resource resource;
	assert_int_equal(resource_from_bytes(bytes, &resource), VERDICT_OK);
	return resource;
}

static void the_hash_is_that_of_the_decoded_bytes(void **state)
{
	static const struct {
		const char *bytes, *hash;
	} rows[] = {
		{"path:src/auth.rs", HASH_AUTH},    {"path:50%25", "639d4b72256c80f5"},
		{"path:50%", "bed2666fc610b824"},   {"issue:\n", "dacd7f24f3e08602"},
		{"issue:\xff", "f86c40b2dd111ea8"}, {"repo:global", "4fa20104a646a633"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct resource resource = resource_of(rows[i].bytes);
		char hash[LOCKREF_HASH_LEN + 1];
		lockref_hash(&resource, hash);
		assert_string_equal(hash, rows[i].hash);
	}
}

static void a_lock_is_written_as_grite_writes_it(void **state)
{
	struct lockref lock = {.resource = resource_of("path:src/auth.rs"),
			       .actor = ACTOR,
			       .lock_id = NONCE,
			       .expires_unix_ms = INT64_C(1795337438441)};
	struct text out = {0};
	(void)state;
	lockref_write(&out, &lock);
	assert_string_equal(out.data, "{\"owner\":\"" ACTOR "\",\"nonce\":\"" NONCE "\","
				      "\"expires_unix_ms\":1795337438441,"
				      "\"resource\":\"path:src/auth.rs\"}");
	text_release(&out);
}

static void every_shared_resource_comes_back(void **state)
{
	static const char *const rows[] = {
		"path:src/auth.rs", "path:50%25",  "path:50%",	     "issue:\n",  "issue:\xff",
		"repo:global",	    "word:\"\\/",  "word:\xC3\xA4",  "path:a b",  "word:%0A",
		"word:%FF",	    "word:%2525%", "word:a..b/../c", "word:\x7f", "path:%2E%2E",
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct lockref lock = {.resource = resource_of(rows[i]),
				       .actor = ACTOR,
				       .lock_id = NONCE,
				       .expires_unix_ms = 5};
		struct lockref again;
		char hash[LOCKREF_HASH_LEN + 1];
		struct text out = {0};
		const char *why;
		lockref_hash(&lock.resource, hash);
		lockref_write(&out, &lock);
		assert_int_equal(lockref_parse(out.data, out.len, hash, &again, &why), 0);
		assert_true(resource_is_equal(&lock.resource, &again.resource));
		text_release(&out);
	}
}

static void what_others_may_write_is_taken(void **state)
{
	static const struct {
		const char *text;
		int64_t expires_unix_ms;
	} rows[] = {
		{"{\"owner\":\"" ACTOR "\",\"nonce\":\"" NONCE
		 "\",\"expires_unix_ms\":7,\"resource\":\"path:src/auth.rs\"}\n",
		 7},
		{" {\n \"resource\" : \"path:src\\/auth.rs\",\r\n\t\"new\":{\"owner\":1},\"new\":2,"
		 "\"expires_unix_ms\": 1795337438441.0,\"nonce\":\"" NONCE "\",\"owner\":\"" ACTOR
		 "\"}",
		 INT64_C(1795337438441)},
		{"{\"owner\":\"" ACTOR "\",\"nonce\":\"" NONCE
		 "\",\"expires_unix_ms\":253402300799999,\"resource\":\"path:src%2Fauth.rs\"}",
		 LOCKREF_EXPIRES_MAX},
		{"{\"owner\":\"" ACTOR "\",\"nonce\":\"" NONCE
		 "\",\"expires_unix_ms\":0,\"resource\":\"path:src\\u002fauth.rs\"}",
		 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct lockref lock;
		const char *why = NULL;
		memset(&lock, 'x', sizeof lock);
		assert_int_equal(
			lockref_parse(rows[i].text, strlen(rows[i].text), HASH_AUTH, &lock, &why),
			0);
		assert_string_equal(lock.actor, ACTOR);
		assert_string_equal(lock.lock_id, NONCE);
		assert_string_equal(lock.resource.name, "path:src%2Fauth.rs");
		assert_int_equal(lock.resource.kind, RESOURCE_PATH);
		assert_true(lock.expires_unix_ms == rows[i].expires_unix_ms);
		assert_string_equal(lock.owner, "");
		assert_string_equal(lock.host, "");
	}
}

static void a_nonce_of_another_shape_becomes_a_lock_id(void **state)
{
	static const struct {
		const char *nonce, *lock_id;
	} rows[] = {
		{NONCE, NONCE},
		{LONG_NONCE, "e1a326459e872278475d073c00a63f0b"},
		{"61E8062C5E68708B30F5FDB5A2AB2E29", "b8a978f1773d67f6f59e5c85038a5e2d"},
		{NONCE "0", "7f81200221846d86b31280dc97779cef"},
		{"0", "5feceb66ffc86f38d952786c6d696c79"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char nonce[80];
		struct lockref lock;
		const char *why;
		snprintf(nonce, sizeof nonce, "\"%s\"", rows[i].nonce);
		char *text = json_of("\"\"", nonce, "1", "\"path:src/auth.rs\"");
		assert_int_equal(lockref_parse(text, strlen(text), HASH_AUTH, &lock, &why), 0);
		assert_string_equal(lock.lock_id, rows[i].lock_id);
		free(text);
	}
}

/* Members that are wrong in one way each, in the order owner, nonce, expiry, resource. */
static const struct {
	const char *owner, *nonce, *expires, *resource, *hint;
} refused_members[] = {
	{"1", "\"n\"", "1", "\"path:src/auth.rs\"", "owner"},
	{"null", "\"n\"", "1", "\"path:src/auth.rs\"", "owner"},
	{"\"a\\nb\"", "\"n\"", "1", "\"path:src/auth.rs\"", "owner"},
	{"\"a\\u001bb\"", "\"n\"", "1", "\"path:src/auth.rs\"", "owner"},
	{"\"\\u202e\"", "\"n\"", "1", "\"path:src/auth.rs\"", "owner"},
	{"\"" OVER_255 "\"", "\"n\"", "1", "\"path:src/auth.rs\"", "owner"},
	{"\"o\"", "\"\"", "1", "\"path:src/auth.rs\"", "nonce"},
	{"\"o\"", "5", "1", "\"path:src/auth.rs\"", "nonce"},
	{"\"o\"", "\"" OVER_255 "\"", "1", "\"path:src/auth.rs\"", "nonce"},
	{"\"o\"", "\"a\\tb\"", "1", "\"path:src/auth.rs\"", "nonce"},
	{"\"o\"", "\"n\"", "-1", "\"path:src/auth.rs\"", "expires"},
	{"\"o\"", "\"n\"", "253402300800000", "\"path:src/auth.rs\"", "expires"},
	{"\"o\"", "\"n\"", "99999999999999999999", "\"path:src/auth.rs\"", "expires"},
	{"\"o\"", "\"n\"", "1.5", "\"path:src/auth.rs\"", "expires"},
	{"\"o\"", "\"n\"", "1e12", "\"path:src/auth.rs\"", "expires"},
	{"\"o\"", "\"n\"", "\"1\"", "\"path:src/auth.rs\"", "expires"},
	{"\"o\"", "\"n\"", "null", "\"path:src/auth.rs\"", "expires"},
	{"\"o\"", "\"n\"", "1", "\"path:src/other.rs\"", "another ref"},
	{"\"o\"", "\"n\"", "1", "\"path:/src/auth.rs\"", "valid name"},
	{"\"o\"", "\"n\"", "1", "\"path:src/../src/auth.rs\"", "valid name"},
	{"\"o\"", "\"n\"", "1", "\"path:src//auth.rs\"", "valid name"},
	{"\"o\"", "\"n\"", "1", "\"\"", "valid name"},
	{"\"o\"", "\"n\"", "1", "\"" OVER_255 "\"", "resource"},
	{"\"o\"", "\"n\"", "1", "\"a\\u0000b\"", "JSON"},
	{"\"o\"", "\"n\"", "1", "[\"path:src/auth.rs\"]", "resource"},
	{"\"o\"", "\"n\"", "1", "\"path:src/auth.rs\",\"owner\":\"p\"", "twice"},
	{"\"o\"", "\"n\"", "1", "\"path:src/auth.rs\",\"x\":[[[[[[[[]]]]]]]]", "JSON"},
	{"\"o\"", "\"n\"", "1", "\"path:src/auth.rs\"}{", "JSON"},
};

static void refuse(const char *text, const char *hash, const char *hint)
{
	struct lockref lock, before;
	const char *why = NULL;
	memset(&lock, 'x', sizeof lock);
	before = lock;
	assert_int_equal(lockref_parse(text, strlen(text), hash, &lock, &why), -EINVAL);
	assert_non_null(why);
	assert_non_null(strstr(why, hint));
	assert_true(strlen(why) < LOCKREF_WHY_MAX - 20);
	assert_memory_equal(&lock, &before, sizeof lock);
}

static void what_is_wrong_is_refused_with_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused_members / sizeof *refused_members; i++) {
		char *text = json_of(refused_members[i].owner, refused_members[i].nonce,
				     refused_members[i].expires, refused_members[i].resource);
		refuse(text, HASH_AUTH, refused_members[i].hint);
		free(text);
	}
	refuse("", HASH_AUTH, "JSON");
	refuse("junk", HASH_AUTH, "JSON");
	refuse("[]", HASH_AUTH, "JSON");
	refuse("{}", HASH_AUTH, "owner");
	refuse("{\"owner\":\"o\"}", HASH_AUTH, "nonce");
	refuse("{\"owner\":\"o\",\"nonce\":\"n\"}", HASH_AUTH, "expires");
	refuse("{\"owner\":\"o\",\"nonce\":\"n\",\"expires_unix_ms\":1}", HASH_AUTH, "resource");
}

static void a_bare_name_is_refused_under_its_own_hash(void **state)
{
	char *text = json_of("\"o\"", "\"n\"", "1", "\"build\"");
	(void)state;
	refuse(text, "44575cf5b28512d7", "bare");
	refuse(text, HASH_AUTH, "another ref");
	free(text);
}

static void a_path_that_leads_out_is_refused_under_its_own_hash(void **state)
{
	char *text = json_of("\"o\"", "\"n\"", "1", "\"path:a/../b\"");
	(void)state;
	refuse(text, "fe1cfc47e7a0608f", "valid name");
	free(text);
}

static void the_author_tells_owner_and_host(void **state)
{
	static const struct {
		const char *name, *address, *owner, *host;
	} rows[] = {
		{"ann", "<lokt@vm>", "ann", "vm"},
		{"ann", "lokt@vm", "ann", "vm"},
		{"Ann B.", "<a@b@vm>", "Ann B.", "vm"},
		{"", "", "unknown", "unknown"},
		{"\xC3\xA4", "<lokt>", "\xC3\xA4", "unknown"},
		{"a\033[m", "<lokt@>", "unknown", "unknown"},
		{"\xff", "<@v\tm>", "unknown", "unknown"},
		{OVER_255, "<@\xE2\x80\xAE>", "unknown", "unknown"},
		{"x", "@" OVER_255, "x", "unknown"},
		{"x", "@", "x", "unknown"},
		{"x", "<@>", "x", "unknown"},
		{"x", ">", "x", "unknown"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct lockref lock = {.actor = ACTOR};
		lockref_set_author(&lock, rows[i].name, rows[i].address);
		assert_string_equal(lock.owner, rows[i].owner);
		assert_string_equal(lock.host, rows[i].host);
		assert_string_equal(lock.actor, ACTOR);
	}
}

static void an_ident_is_what_git_can_hold(void **state)
{
	static const struct {
		const char *owner, *host, *ident;
	} rows[] = {
		{"ann", "vm", "ann <lokt@vm>"},
		{"Ann B. <x>", "a\nb", "Ann B. _x_ <lokt@a_b>"},
		{" ann ", "a@b", "_ann_ <lokt@a_b>"},
		{"", "", "unknown <lokt@unknown>"},
		{" ", " ", "_ <lokt@_>"},
		{"\xC3\xA4\x7f", "\t", "\xC3\xA4_ <lokt@_>"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct lockref lock = {0};
		struct text out = {0};
		strcpy(lock.owner, rows[i].owner);
		strcpy(lock.host, rows[i].host);
		lockref_ident(&out, &lock);
		assert_string_equal(out.data, rows[i].ident);
		text_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hash_is_that_of_the_decoded_bytes),
		cmocka_unit_test(a_lock_is_written_as_grite_writes_it),
		cmocka_unit_test(every_shared_resource_comes_back),
		cmocka_unit_test(what_others_may_write_is_taken),
		cmocka_unit_test(a_nonce_of_another_shape_becomes_a_lock_id),
		cmocka_unit_test(what_is_wrong_is_refused_with_a_reason),
		cmocka_unit_test(a_bare_name_is_refused_under_its_own_hash),
		cmocka_unit_test(a_path_that_leads_out_is_refused_under_its_own_hash),
		cmocka_unit_test(the_author_tells_owner_and_host),
		cmocka_unit_test(an_ident_is_what_git_can_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

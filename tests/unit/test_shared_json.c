/*
 * How a mount stands with its remote: it comes back from status.json as it was written.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lokt/shared_json.h"

static int pass(const struct shared_state *state, struct shared_state *out)
{
	struct text text = {0};
	int error;

	text_puts(&text, "{\"version\":1,\"conflicts\":[],\"shared\":");
	shared_json_write(&text, state);
	text_puts(&text, "}\n");
	assert_false(text.failed);
	error = shared_json_read(text.data, text.len, out);
	text_release(&text);
	return error;
}

static void the_object_has_its_keys(void **context)
{
	struct shared_state state = {.mode = SHARED_STRICT,
				     .repository = "/r/.git",
				     .remote = "origin",
				     .last_sync_wall_ns = INT64_C(1795316645123456789),
				     .error = "git fetch: exit status 128",
				     .pending = 2};
	struct text text = {0};

	(void)context;
	shared_json_write(&text, &state);
	assert_string_equal(text.data,
			    "{\"mode\":\"strict\",\"repository\":\"/r/.git\",\"remote\":\"origin\","
			    "\"last_sync\":\"2026-11-22T03:04:05.123Z\","
			    "\"error\":\"git fetch: exit status 128\",\"pending\":2}");
	text_clear(&text);
	shared_json_write(&text, &(struct shared_state){.mode = SHARED_OFF});
	assert_string_equal(text.data, "{\"mode\":\"off\",\"pending\":0}");
	text_release(&text);
}

static void a_state_comes_back(void **context)
{
	const struct shared_state state = {.mode = SHARED_ASYNC,
					   .repository = "/r \"x\"/.git",
					   .remote = "up/stream",
					   .last_sync_wall_ns = INT64_C(1795316645123000000),
					   .error = "\xC3\xA4 fatal",
					   .pending = 12345678901};
	struct shared_state out;

	(void)context;
	assert_int_equal(pass(&state, &out), 0);
	assert_int_equal(out.mode, SHARED_ASYNC);
	assert_string_equal(out.repository, state.repository);
	assert_string_equal(out.remote, state.remote);
	assert_int_equal(out.last_sync_wall_ns, state.last_sync_wall_ns);
	assert_string_equal(out.error, state.error);
	assert_int_equal(out.pending, state.pending);
	assert_int_equal(pass(&(struct shared_state){.mode = SHARED_OFF}, &out), 0);
	assert_string_equal(out.repository, "");
	assert_string_equal(out.error, "");
	assert_int_equal(out.last_sync_wall_ns, 0);
}

static void bytes_of_a_path_or_an_error_break_nothing(void **context)
{
	const struct shared_state state = {.mode = SHARED_OFF,
					   .repository = "/r\xFF/\n.git",
					   .error = "fatal:\x1b[31m\tno\xE2\x80\xAE"};
	struct shared_state out;

	(void)context;
	assert_int_equal(pass(&state, &out), 0);
	assert_string_equal(out.repository, "/r / .git");
	assert_string_equal(out.error, "fatal: [31m no ");
}

static void the_longest_error_comes_back(void **context)
{
	struct shared_state state = {.mode = SHARED_OFF};
	struct shared_state out;

	(void)context;
	memset(state.error, 'e', SHARED_ERROR_MAX);
	memset(state.repository, 'r', sizeof state.repository - 1);
	assert_int_equal(pass(&state, &out), 0);
	assert_string_equal(out.error, state.error);
	assert_string_equal(out.repository, state.repository);
}

static void wrong_documents_are_refused(void **context)
{
	static const struct {
		const char *text;
		int error;
	} rows[] = {
		{"", -EINVAL},
		{"{}", -EINVAL},
		{"{\"version\":1}", -ENOENT},
		{"{\"version\":2,\"shared\":{\"mode\":\"off\",\"pending\":0}}", -EINVAL},
		{"{\"version\":1,\"shared\":[]}", -EINVAL},
		{"{\"version\":1,\"shared\":{}}", -EINVAL},
		{"{\"version\":1,\"shared\":{\"mode\":\"off\"}}", -EINVAL},
		{"{\"version\":1,\"shared\":{\"mode\":\"of\",\"pending\":0}}", -EINVAL},
		{"{\"version\":1,\"shared\":{\"mode\":\"off\",\"pending\":-1}}", -EINVAL},
		{"{\"version\":1,\"shared\":{\"mode\":\"off\",\"pending\":0,\"remote\":7}}",
		 -EINVAL},
		{"{\"version\":1,\"shared\":{\"mode\":\"off\",\"pending\":0,"
		 "\"last_sync\":\"today\"}}",
		 -EINVAL},
		{"{\"version\":1,\"shared\":{\"mode\":\"off\",\"pending\":0,"
		 "\"error\":\"\\u001b\"}}",
		 -EINVAL},
		{"{\"version\":1,\"shared\":{\"mode\":\"off\",\"pending\":0,\"more\":1}}", 0},
	};

	(void)context;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct shared_state out = {.pending = 7};

		assert_int_equal(shared_json_read(rows[i].text, strlen(rows[i].text), &out),
				 rows[i].error);
		assert_int_equal(out.pending, rows[i].error ? 7 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_object_has_its_keys),
		cmocka_unit_test(a_state_comes_back),
		cmocka_unit_test(bytes_of_a_path_or_an_error_break_nothing),
		cmocka_unit_test(the_longest_error_comes_back),
		cmocka_unit_test(wrong_documents_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

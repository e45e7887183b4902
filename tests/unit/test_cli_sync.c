/*
 * What lokt sync and lokt gc make of a daemon's answer: words, document, exit status. The daemon
 * is a row of a table; only client.h's functions are not the real ones.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"
#include "command.h"
#include "grite.h"
#include "output.h"
#include "refusal.h"

extern const struct command_body cmd_sync;
extern const struct command_body cmd_gc;

static struct {
	struct answer answer;
	const char *status; /* the status document */
	int client_error;
} daemon_fake;

/* Shared with the process that asks. */
static struct ask *asked;

int client_ask(const struct mount *mount, const struct ask *ask, struct answer_view *answer)
{
	struct text text = {0};
	int error = daemon_fake.client_error;

	(void)mount;
	*asked = *ask;
	if (error)
		return error;
	answer_write(&text, &daemon_fake.answer);
	error = answer_parse(text.data, text.len, answer);
	text_release(&text);
	return error;
}

int client_read_status(const struct mount *mount, struct text *out)
{
	(void)mount;
	text_puts(out, daemon_fake.status);
	return 0;
}

int refusal_tell_error(int error)
{
	return output_fail(EXIT_ERROR, "io", "no answer: %s", strerror(-error));
}

int usage_error(const struct command *command, const char *format, ...)
{
	(void)command;
	(void)format;
	return output_fail(EXIT_USAGE, "usage", "usage");
}

/* What a call wrote and ended with. */
static struct {
	int status;
	char out[4096];
	char err[4096];
} said;

static int make_file(void)
{
	char path[] = "/tmp/lokt-said.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static void read_file(int fd, char out[4096])
{
	ssize_t len = pread(fd, out, 4095, 0);

	assert_true(len >= 0);
	out[len] = '\0';
	close(fd);
}

static int execute(const struct command_body *body, const char *remote, bool is_json)
{
	char *words[] = {(char *)remote};
	const struct call call = {.arguments = {.list = words, .len = remote ? 1 : 0}};
	int status;

	grite_speak();
	if (is_json)
		output_set_json();
	status = body->check(&call);
	return output_finish(status == EXIT_DONE ? body->run(&call) : status);
}

/* In a process of its own: what it says goes where a program's does, and its state with it. */
static void call(const struct command_body *body, const char *remote, bool is_json)
{
	int out = make_file();
	int err = make_file();
	int ended;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		_exit(execute(body, remote, is_json));
	}
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_true(WIFEXITED(ended));
	said.status = WEXITSTATUS(ended);
	read_file(out, said.out);
	read_file(err, said.err);
}

#define CONFLICT(resource, second, owner)                                                          \
	"{\"resource\":\"" resource "\",\"ts\":\"2026-11-22T03:04:0" second "Z\",\"ours\":"        \
	"{\"owner\":\"" owner "\",\"nonce\":\"0\"},\"theirs\":{\"owner\":\"a1\",\"name\":"         \
	"\"bob\",\"host\":\"far\",\"nonce\":\"1\",\"expires_unix_ms\":1795318445123"

#define STATUS(conflicts)                                                                          \
	"{\"version\":1,\"leases\":[],\"freezes\":[],\"conflicts\":[" conflicts "]}"

static int set_up(void **state)
{
	(void)state;
	if (!asked)
		asked = mmap(NULL, sizeof *asked, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (asked == MAP_FAILED)
		return -1;
	memset(&daemon_fake, 0, sizeof daemon_fake);
	daemon_fake.status = STATUS("");
	*(int64_t *)cmd_sync.options[0].value = 0;
	return setenv("LOKT_OWNER", "me", 1);
}

static void a_report_is_one_line(void **state)
{
	static const struct {
		struct sync_report report;
		const char *out;
		int status;
	} rows[] = {
		{{.remote = "origin", .imported = 2, .dropped = 1, .pushed = 3, .kept = 9},
		 "synced with origin: 2 imported, 1 dropped, 3 pushed\n",
		 0},
		{{.remote = "origin", .kept = 4}, "synced with origin: nothing to do\n", 0},
		{{.pushed = 1}, "synced: 1 pushed\n", 0},
		{{.remote = "o", .removed = 2}, "synced with o: 2 removed\n", 0},
		{{.remote = "o", .refused = 2}, "synced with o: 2 refused\n", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		daemon_fake.answer = (struct answer){.sync = &rows[i].report};
		call(&cmd_sync, NULL, false);
		assert_string_equal(said.out, rows[i].out);
		assert_int_equal(said.status, rows[i].status);
		assert_true((said.err[0] != '\0') == (rows[i].status != 0));
	}
}

static void the_question_has_the_remote_and_the_limit(void **state)
{
	const struct sync_report report = {.kept = 1};

	(void)state;
	daemon_fake.answer = (struct answer){.sync = &report};
	call(&cmd_sync, "up/stream", false);
	assert_int_equal(asked->op, ASK_SYNC);
	assert_string_equal(asked->remote, "up/stream");
	assert_int_equal(asked->wait_ms, 60000);
	*(int64_t *)cmd_sync.options[0].value = 1500;
	call(&cmd_sync, NULL, false);
	assert_string_equal(asked->remote, "");
	assert_int_equal(asked->wait_ms, 1500);
	asked->wait_ms = 7;
	call(&cmd_sync, "--upload-pack=x", true);
	assert_int_equal(said.status, 2);
	assert_non_null(strstr(said.out, "\"code\":\"invalid_args\""));
	call(&cmd_sync, "https://host/x", false);
	assert_int_equal(said.status, 2);
	assert_int_equal(asked->wait_ms, 7);
}

/* The newest of the daemon's list are this sync's. */
static void its_conflicts_are_told(void **state)
{
	const struct sync_report report = {.remote = "origin", .conflicts = 2};

	(void)state;
	daemon_fake.answer = (struct answer){.sync = &report};
	daemon_fake.status = STATUS(CONFLICT("issue:old", "1", "me") "}}," CONFLICT(
		"issue:1", "3", "me") "}}," CONFLICT("path:a", "2",
						     "you") ",\"resource\":\"repo:x\"}}");
	call(&cmd_sync, NULL, false);
	assert_int_equal(said.status, 4);
	assert_string_equal(said.out, "synced with origin: 2 conflicts\n");
	assert_string_equal(said.err,
			    "conflict: issue:1 is held by bob on far until "
			    "2026-11-22 03:34:05 UTC; your lock was revoked\n"
			    "conflict: path:a overlaps repo:x, which is held by bob on far until "
			    "2026-11-22 03:34:05 UTC; the lock of you was revoked\n");
	call(&cmd_sync, NULL, true);
	assert_int_equal(said.status, 4);
	assert_string_equal(
		said.out,
		"{\"schema_version\":1,\"ok\":true,\"data\":{\"remote\":\"origin\",\"imported\":0,"
		"\"dropped\":0,\"pushed\":0,\"refused\":0,\"removed\":0,\"kept\":0,\"conflicts\":"
		"[" CONFLICT("issue:1", "3", "me") "}}," CONFLICT(
			"path:a", "2", "you") ",\"resource\":\"repo:x\"}}]}}\n");
}

static void a_conflict_counts_where_the_list_cannot_be_read(void **state)
{
	const struct sync_report report = {.remote = "origin", .conflicts = 1};

	(void)state;
	daemon_fake.answer = (struct answer){.sync = &report};
	daemon_fake.status = "{}";
	call(&cmd_sync, NULL, true);
	assert_int_equal(said.status, 4);
	assert_non_null(strstr(said.out, "\"ok\":true"));
	assert_non_null(strstr(said.out, "\"conflicts\":[]"));
	assert_non_null(strstr(said.err, "cannot read the conflicts"));
}

static void failures_have_their_code_and_status(void **state)
{
	static const struct {
		struct answer answer;
		const char *remote, *code, *message;
		int status;
	} rows[] = {
		{{.verdict = VERDICT_UNREACHABLE, .why = "git fetch: exit status 128: fatal: x"},
		 "origin",
		 "git_error",
		 "cannot sync with origin: git fetch: exit status 128: fatal: x",
		 1},
		{{.verdict = VERDICT_TIMED_OUT},
		 NULL,
		 "git_error",
		 "cannot sync: the remote did not answer in time",
		 1},
		{{.error = EHOSTUNREACH, .why = "git push: exit status 1"},
		 NULL,
		 "git_error",
		 "cannot sync: No route to host: git push: exit status 1",
		 1},
		{{.error = EPERM, .why = "dubious ownership"},
		 NULL,
		 "git_error",
		 "cannot sync: Operation not permitted: dubious ownership",
		 1},
		{{.error = ENOSPC}, NULL, "io_error", "cannot sync: No space left on device", 1},
		{{.error = ENOENT, .why = "not a git repository"},
		 NULL,
		 "git_error",
		 "cannot sync: No such file or directory: not a git repository",
		 5},
		{{.verdict = VERDICT_UNSUPPORTED, .why = "/r is in no git repository"},
		 "origin",
		 "git_error",
		 "cannot sync with origin: /r is in no git repository",
		 5},
		{{.verdict = VERDICT_UNSUPPORTED},
		 NULL,
		 "internal_error",
		 "cannot sync: its daemon does not know how",
		 1},
		{{.verdict = VERDICT_BAD_OPTION, .why = "no remote \"o\""},
		 "o",
		 "invalid_args",
		 "cannot sync with o: no remote \\\"o\\\"",
		 2},
		{{.verdict = VERDICT_OK}, NULL, "internal_error", "answer has no report", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char code[64];

		daemon_fake.answer = rows[i].answer;
		call(&cmd_sync, rows[i].remote, true);
		assert_int_equal(said.status, rows[i].status);
		snprintf(code, sizeof code, "\"code\":\"%s\"", rows[i].code);
		assert_non_null(strstr(said.out, "\"ok\":false"));
		assert_non_null(strstr(said.out, code));
		assert_non_null(strstr(said.out, rows[i].message));
	}
	daemon_fake.client_error = -ENOTCONN;
	call(&cmd_sync, NULL, true);
	assert_int_equal(said.status, 1);
	assert_non_null(strstr(said.out, "\"code\":\"io_error\""));
}

static void gc_tells_what_was_removed(void **state)
{
	const struct sync_report report = {.remote = "origin", .removed = 3, .kept = 5};

	(void)state;
	daemon_fake.answer = (struct answer){.sync = &report};
	call(&cmd_gc, NULL, false);
	assert_int_equal(asked->op, ASK_GC);
	assert_int_equal(said.status, 0);
	assert_string_equal(said.out, "Removed 3 expired locks, kept 5\n");
	call(&cmd_gc, NULL, true);
	assert_string_equal(said.out, "{\"schema_version\":1,\"ok\":true,\"data\":{\"removed\":3,"
				      "\"kept\":5}}\n");
	daemon_fake.answer = (struct answer){.verdict = VERDICT_UNREACHABLE};
	call(&cmd_gc, NULL, true);
	assert_int_equal(said.status, 1);
	assert_non_null(strstr(said.out, "\"code\":\"git_error\""));
	assert_non_null(strstr(said.out, "cannot collect expired locks: the remote"));
}

static void gc_without_a_repository_counts(void **state)
{
	static const struct answer answers[] = {
		{.verdict = VERDICT_UNSUPPORTED},
		{.verdict = VERDICT_UNSUPPORTED, .why = "in no git repository"},
		{.error = ENOENT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		daemon_fake.answer = answers[i];
		call(&cmd_gc, NULL, false);
		assert_int_equal(said.status, 0);
		assert_string_equal(said.out, "Removed 0 expired locks, kept 0\n");
		assert_string_equal(said.err, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_report_is_one_line, set_up),
		cmocka_unit_test_setup(the_question_has_the_remote_and_the_limit, set_up),
		cmocka_unit_test_setup(its_conflicts_are_told, set_up),
		cmocka_unit_test_setup(a_conflict_counts_where_the_list_cannot_be_read, set_up),
		cmocka_unit_test_setup(failures_have_their_code_and_status, set_up),
		cmocka_unit_test_setup(gc_tells_what_was_removed, set_up),
		cmocka_unit_test_setup(gc_without_a_repository_counts, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

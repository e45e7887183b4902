/*
 * Child processes: real ones, mostly sh. Their ends are waited for at the epoll descriptor, as
 * the loop does it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/clock.h"
#include "host/spawn.h"

#define WAIT_MS 20000
#define MANY 50
#define OUT_MAX (4U << 20)

static char *const ENVP[] = {"PATH=relative:/nowhere:/usr/local/bin:/usr/bin:/bin", "SAID=by envp",
			     NULL};

static int begin(void **state)
{
	struct children *children = malloc(sizeof(*children));
	if (!children || children_init(children) < 0)
		return -1;
	*state = children;
	return 0;
}

static int end(void **state)
{
	children_release(*state);
	free(*state);
	return 0;
}

static int64_t in_ms(int64_t ms)
{
	return clock_now().mono_ns + ms * NS_PER_MS;
}

static struct child *start(struct children *children, const char *script, const char *input,
			   size_t len, size_t out_max, int64_t deadline_ns)
{
	char *argv[] = {"sh", "-c", (char *)script, NULL};
	struct child *child = NULL;
	assert_int_equal(
		child_start(children, NULL, argv, ENVP, input, len, out_max, deadline_ns, &child),
		0);
	assert_non_null(child);
	return child;
}

/* The next that finishes, waited for as the loop waits: for events, and by the deadline. */
static struct child *wait_for_one(struct children *children)
{
	int64_t give_up = in_ms(WAIT_MS);
	for (;;) {
		struct child *child = children_collect(children, clock_now().mono_ns);
		if (child)
			return child;
		int64_t now = clock_now().mono_ns, until = children_deadline(children);
		assert_true(now < give_up);
		if (until > give_up)
			until = give_up;
		struct pollfd watched = {.fd = children->epoll_fd, .events = POLLIN};
		poll(&watched, 1, until > now ? (int)((until - now) / NS_PER_MS) + 1 : 0);
	}
}

static struct child *run(struct children *children, const char *script)
{
	start(children, script, NULL, 0, OUT_MAX, INT64_MAX);
	return wait_for_one(children);
}

static void wait_until_dead(pid_t pid)
{
	int64_t give_up = in_ms(WAIT_MS);
	while (kill(pid, 0) == 0) {
		char path[64], stat[256] = "";
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		FILE *file = fopen(path, "re");
		bool is_zombie = file && fgets(stat, sizeof(stat), file) && strstr(stat, ") Z ");
		if (file)
			fclose(file);
		if (is_zombie)
			return;
		assert_true(clock_now().mono_ns < give_up);
		poll(NULL, 0, 5);
	}
}

static void outputs_and_status_are_told(void **state)
{
	struct child *child = run(*state, "echo to out; echo to err >&2; exit 3");
	assert_true(WIFEXITED(child->status));
	assert_int_equal(WEXITSTATUS(child->status), 3);
	assert_string_equal(child->out.data, "to out\n");
	assert_string_equal(child->err.data, "to err\n");
	assert_false(child_is_good(child));
	child_free(child);
	child = run(*state, "printf %s \"$SAID\"; pwd");
	assert_true(child_is_good(child));
	assert_string_equal(child->out.data, "by envp/\n");
	child_free(child);
}

static void a_silent_child_is_good(void **state)
{
	struct child *child = run(*state, "exec true");
	assert_true(child_is_good(child));
	assert_int_equal(child->out.len, 0);
	assert_null(child->out.data);
	child_free(child);
}

static void a_signal_is_told(void **state)
{
	char line[200];
	struct child *child = run(*state, "kill -TERM $$");
	assert_true(WIFSIGNALED(child->status));
	assert_int_equal(WTERMSIG(child->status), SIGTERM);
	assert_false(child_is_good(child));
	child_describe(child, "git push", line, sizeof(line));
	assert_string_equal(line, "git push: ended by signal 15");
	child_free(child);
}

static void a_directory_is_entered(void **state)
{
	char *argv[] = {"pwd", NULL};
	struct child *child;
	assert_int_equal(
		child_start(*state, "/usr/bin", argv, ENVP, NULL, 0, OUT_MAX, INT64_MAX, &child),
		0);
	child = wait_for_one(*state);
	assert_string_equal(child->out.data, "/usr/bin\n");
	child_free(child);
}

static void a_big_input_arrives_whole(void **state)
{
	size_t len = 1 << 20;
	char *input = malloc(len);
	assert_non_null(input);
	for (size_t i = 0; i < len; i++)
		input[i] = (char)(i * 7 >> 3);
	start(*state, "exec cat", input, len, len, INT64_MAX);
	struct child *child = wait_for_one(*state);
	assert_true(child_is_good(child));
	assert_int_equal(child->out.len, len);
	assert_memory_equal(child->out.data, input, len);
	child_free(child);
	free(input);
}

static void no_input_is_end_of_file(void **state)
{
	struct child *child = run(*state, "cat; echo $?");
	assert_string_equal(child->out.data, "0\n");
	child_free(child);
}

static void more_output_than_allowed_ends_the_child(void **state)
{
	char line[200];
	start(*state, "yes", NULL, 0, 1000, INT64_MAX);
	struct child *child = wait_for_one(*state);
	assert_true(child->is_too_long);
	assert_false(child_is_good(child));
	assert_int_equal(child->out.len, 1000);
	child_describe(child, "git x", line, sizeof(line));
	assert_string_equal(line, "git x said more than is read");
	child_free(child);
	start(*state, "printf 12345", NULL, 0, 5, INT64_MAX);
	child = wait_for_one(*state);
	assert_true(child_is_good(child));
	child_free(child);
	start(*state, "printf 123456", NULL, 0, 5, INT64_MAX);
	child = wait_for_one(*state);
	assert_false(child_is_good(child));
	child_free(child);
}

static void much_on_stderr_is_dropped(void **state)
{
	struct child *child = run(*state, "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo done");
	assert_true(child_is_good(child));
	assert_int_equal(child->err.len, 65536);
	assert_string_equal(child->out.data, "done\n");
	child_free(child);
}

static void the_time_limit_ends_the_group(void **state)
{
	char line[200];
	const char *script = "trap '' TERM HUP; (trap '' TERM HUP; sleep 1000) & echo $!; wait";
	struct child *child = start(*state, script, NULL, 0, OUT_MAX, in_ms(300));
	assert_true(children_deadline(*state) < INT64_MAX);
	assert_null(children_collect(*state, child->deadline_ns - 1));
	child = wait_for_one(*state);
	assert_true(child->is_too_late);
	assert_false(child_is_good(child));
	assert_true(WIFSIGNALED(child->status));
	child_describe(child, "git push", line, sizeof(line));
	assert_string_equal(line, "git push took too long");
	assert_non_null(child->out.data);
	wait_until_dead(atoi(child->out.data));
	child_free(child);
	assert_int_equal(children_deadline(*state), INT64_MAX);
}

/* As git removes its lock files; what else it started is ended all the same. */
static void who_is_late_may_tidy_up(void **state)
{
	const char *script =
		"(trap '' TERM; echo $BASHPID; exec sleep 1000) & trap 'echo tidy; exit 3' TERM;"
		"while :; do sleep 0.01; done";
	char *argv[] = {"bash", "-c", (char *)script, NULL};
	struct child *child = NULL;
	int64_t deadline_ns = in_ms(300);
	assert_int_equal(
		child_start(*state, NULL, argv, ENVP, NULL, 0, OUT_MAX, deadline_ns, &child), 0);
	child = wait_for_one(*state);
	assert_true(child->is_too_late);
	assert_false(child->is_killed);
	assert_false(child_is_good(child));
	assert_int_equal(WEXITSTATUS(child->status), 3);
	assert_non_null(strstr(child->out.data, "tidy"));
	wait_until_dead(atoi(child->out.data));
	child_free(child);
}

static void whoever_runs_at_the_end_may_tidy_up(void **state)
{
	char path[] = "/tmp/test_spawn.XXXXXX", script[200];
	struct children children;
	(void)state;
	assert_int_equal(children_init(&children), 0);
	assert_non_null(mkdtemp(path));
	snprintf(script, sizeof(script),
		 "trap 'rmdir %s; exit 1' TERM; echo ready; while :; do sleep 0.01; done", path);
	struct child *child = start(&children, script, NULL, 0, OUT_MAX, INT64_MAX);
	for (;;) {
		struct pollfd watched = {.fd = children.epoll_fd, .events = POLLIN};
		assert_null(children_collect(&children, clock_now().mono_ns));
		if (child->out.len)
			break;
		assert_int_equal(poll(&watched, 1, WAIT_MS), 1);
	}
	children_release(&children);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_grandchild_that_keeps_the_pipe_keeps_nobody(void **state)
{
	struct child *child = run(*state, "sleep 1000 & echo $!; exit 0");
	assert_true(child_is_good(child));
	pid_t left = atoi(child->out.data);
	assert_true(left > 1);
	/* it was left alone: it may be a credential helper's or ssh's daemon */
	assert_int_equal(kill(left, 0), 0);
	kill(left, SIGKILL);
	child_free(child);
}

static void a_grandchild_that_never_falls_silent_keeps_nobody(void **state)
{
	struct child *child = run(*state, "yes >&2 & echo $!; exit 0");
	assert_true(child_is_good(child));
	wait_until_dead(atoi(child->out.data));
	child_free(child);
}

static void a_child_that_closes_its_output_is_waited_for(void **state)
{
	struct child *child = run(*state, "echo x; exec >&- 2>&-; sleep 0.3; exit 5");
	assert_int_equal(WEXITSTATUS(child->status), 5);
	assert_string_equal(child->out.data, "x\n");
	child_free(child);
}

static void a_missing_program_is_said_at_once(void **state)
{
	static const struct {
		const char *name, *dir;
		int error;
	} rows[] = {
		{"no-such-program-here", NULL, -ENOENT},
		{"/no/such/program", NULL, -ENOENT},
		{"true", "/no/such/directory", -ENOENT},
		{"/etc/passwd", NULL, -EACCES},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *argv[] = {(char *)rows[i].name, NULL};
		struct child *child = NULL;
		assert_int_equal(
			child_start(*state, rows[i].dir, argv, ENVP, "x", 1, 1, INT64_MAX, &child),
			rows[i].error);
		assert_null(child);
		assert_null(children_collect(*state, 0));
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void the_path_is_envps(void **state)
{
	char *argv[] = {"sh", NULL};
	char *none[] = {"PATH=/nowhere:.:bin:", NULL}, *unset[] = {NULL};
	struct child *child = NULL;
	assert_int_equal(child_start(*state, "/bin", argv, none, NULL, 0, 1, INT64_MAX, &child),
			 -ENOENT);
	assert_int_equal(child_start(*state, NULL, argv, unset, NULL, 0, 1, INT64_MAX, &child), 0);
	child = wait_for_one(*state);
	assert_true(child_is_good(child));
	child_free(child);
}

static void fifty_at_once_all_finish(void **state)
{
	bool is_seen[MANY] = {false};
	for (int i = 0; i < MANY; i++) {
		char script[64];
		snprintf(script, sizeof(script), "echo %d; exit %d", i, i);
		start(*state, script, NULL, 0, OUT_MAX, INT64_MAX);
	}
	for (int i = 0; i < MANY; i++) {
		struct child *child = wait_for_one(*state);
		int number = WEXITSTATUS(child->status);
		assert_true(number < MANY && !is_seen[number]);
		assert_int_equal(atoi(child->out.data), number);
		is_seen[number] = true;
		child_free(child);
	}
	assert_null(children_collect(*state, 0));
}

static int count_fds(void)
{
	int count = 0;
	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void no_descriptor_leaks_either_way(void **state)
{
	int before = count_fds();
	int leaky = open("/dev/null", O_RDONLY); /* on purpose without O_CLOEXEC */
	start(*state, "exec sleep 1000", NULL, 0, 1, INT64_MAX);
	/* the fourth is ls's own */
	struct child *child = run(*state, "exec ls /proc/self/fd");
	assert_string_equal(child->out.data, "0\n1\n2\n3\n");
	child_free(child);
	close(leaky);
	struct children *children = *state;
	pid_t pid = children->running->pid;
	children_release(children);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(children_init(children), 0);
	assert_int_equal(count_fds(), before);
}

static void closed_standard_descriptors_do_not_confuse(void **state)
{
	int kept[3];
	for (int fd = 0; fd < 3; fd++)
		kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	struct child *child = NULL;
	char *argv[] = {"sh", "-c", "cat; echo err >&2", NULL};
	int error = child_start(*state, NULL, argv, ENVP, "in", 2, 100, INT64_MAX, &child);
	for (int fd = 0; fd < 3; fd++) {
		dup2(kept[fd], fd);
		close(kept[fd]);
	}
	assert_int_equal(error, 0);
	child = wait_for_one(*state);
	assert_string_equal(child->out.data, "in");
	assert_string_equal(child->err.data, "err\n");
	child_free(child);
}

static void signals_are_as_programs_expect_them(void **state)
{
	sigset_t blocked, old;
	sigfillset(&blocked);
	sigprocmask(SIG_BLOCK, &blocked, &old);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	struct child *child = run(*state, "exec grep -E '^Sig(Blk|Ign):' /proc/self/status");
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	unsigned long long block, ignore;
	assert_int_equal(sscanf(child->out.data, "SigBlk: %llx SigIgn: %llx", &block, &ignore), 2);
	assert_int_equal(block, 0);
	/* 32 and 33 are libc's own, and nobody can set them */
	assert_int_equal(ignore & ~0x180000000ULL, 0);
	child_free(child);
}

static void there_is_no_terminal(void **state)
{
	/* pid, group, session; the terminal's number */
	struct child *child = run(*state, "cut -d' ' -f1,5,6,7 /proc/$$/stat; echo $$");
	int pid, group, session, terminal, self;
	assert_int_equal(sscanf(child->out.data, "%d %d %d %d\n%d", &pid, &group, &session,
				&terminal, &self),
			 5);
	assert_int_equal(pid, self);
	assert_int_equal(group, pid);
	assert_int_equal(session, pid);
	assert_int_equal(terminal, 0);
	assert_int_equal(pid, child->pid);
	child_free(child);
}

static void other_children_are_not_reaped(void **state)
{
	pid_t other = fork();
	assert_true(other >= 0);
	if (other == 0)
		_exit(42);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)other, &info, WEXITED | WNOWAIT), 0);
	struct child *child = run(*state, "exit 0");
	assert_true(child_is_good(child));
	child_free(child);
	int status;
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_int_equal(WEXITSTATUS(status), 42);
}

static void an_ignored_sigchld_does_not_lose_the_status(void **state)
{
	struct children *children = *state, again;
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(children_init(&again), 0);
	children_release(&again);
	struct child *child = run(children, "exit 7");
	assert_int_equal(WEXITSTATUS(child->status), 7);
	child_free(child);
}

static void a_forked_process_does_not_keep_dead_watches(void **state)
{
	struct children *children = *state;
	start(children, "echo; read line </dev/null; exit 0", NULL, 0, 10, INT64_MAX);
	pid_t other = fork();
	assert_true(other >= 0);
	if (other == 0)
		for (;;)
			pause();
	child_free(wait_for_one(children));
	struct pollfd watched = {.fd = children->epoll_fd, .events = POLLIN};
	assert_int_equal(poll(&watched, 1, 0), 0);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

static void the_telling_line_is_described(void **state)
{
	static const struct {
		const char *err, *line;
	} rows[] = {
		{"fatal: no such remote\nmore\n", "git push: exit status 1: fatal: no such remote"},
		{"warning: x\n\nhint: y\nerror: z\n", "git push: exit status 1: error: z"},
		{"To /x\nwarning: x\n", "git push: exit status 1: To /x"},
		{"", "git push: exit status 1"},
		{"\n\r\n", "git push: exit status 1"},
		{"a\tb\033[31mred\177\xe2\x80\xae!\n", "git push: exit status 1: a b[31mred!"},
		{"bad \xff\xc3 \xc3\xa9\n", "git push: exit status 1: bad  \xc3\xa9"},
		{"for 'https://me:secret@host/x' no\n",
		 "git push: exit status 1: for 'https://host/x' no"},
		{"https://host/a@b\n", "git push: exit status 1: https://host/a@b"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char line[200], small[32], tiny[1];
		start(*state, "cat >&2; exit 1", rows[i].err, strlen(rows[i].err), 10, INT64_MAX);
		struct child *child = wait_for_one(*state);
		child_describe(child, "git push", line, sizeof(line));
		assert_string_equal(line, rows[i].line);
		child_describe(child, "git push", small, sizeof(small));
		assert_true(text_is_clean(small, strlen(small), sizeof(small) - 1));
		child_describe(child, "git push", tiny, sizeof(tiny));
		assert_string_equal(tiny, "");
		child_free(child);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(outputs_and_status_are_told),
		TEST(a_silent_child_is_good),
		TEST(a_signal_is_told),
		TEST(a_directory_is_entered),
		TEST(a_big_input_arrives_whole),
		TEST(no_input_is_end_of_file),
		TEST(more_output_than_allowed_ends_the_child),
		TEST(much_on_stderr_is_dropped),
		TEST(the_time_limit_ends_the_group),
		TEST(who_is_late_may_tidy_up),
		TEST(whoever_runs_at_the_end_may_tidy_up),
		TEST(a_grandchild_that_keeps_the_pipe_keeps_nobody),
		TEST(a_grandchild_that_never_falls_silent_keeps_nobody),
		TEST(a_child_that_closes_its_output_is_waited_for),
		TEST(a_missing_program_is_said_at_once),
		TEST(the_path_is_envps),
		TEST(fifty_at_once_all_finish),
		TEST(no_descriptor_leaks_either_way),
		TEST(closed_standard_descriptors_do_not_confuse),
		TEST(signals_are_as_programs_expect_them),
		TEST(there_is_no_terminal),
		TEST(other_children_are_not_reaped),
		TEST(an_ignored_sigchld_does_not_lose_the_status),
		TEST(a_forked_process_does_not_keep_dead_watches),
		TEST(the_telling_line_is_described),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Repositories made by git itself, and how git is called on them. Each test has a directory of its
 * own, with a HOME in it, so that the settings of whoever runs it do not matter.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/clock.h"
#include "host/repository.h"
#include "host/spawn.h"

#define ARGS 100

extern char **environ;

struct place {
	char dir[64];
	char **environ;
	char why[REPOSITORY_WHY_MAX];
	struct repository repository;
};

static int drop(const char *path, const struct stat *found, int kind, struct FTW *ftw)
{
	(void)found, (void)kind, (void)ftw;
	return remove(path);
}

/* On the heap, so that no size need be thought of. */
static char *format(const char *pattern, const char *first, const char *second)
{
	char *text;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	assert_true(asprintf(&text, pattern, first, second) > 0);
#pragma GCC diagnostic pop
	return text;
}

static void must_run(const struct place *place, const char *script)
{
	char *command = format("set -e; cd '%s'; %s", place->dir, script);
	assert_int_equal(system(command), 0);
	free(command);
}

static int begin(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	char home[80];
	char *path = getenv("PATH");
	if (!place || !path)
		return -1;
	strcpy(place->dir, "/tmp/lokt-repository.XXXXXX");
	if (!mkdtemp(place->dir))
		return -1;
	snprintf(home, sizeof(home), "%s/home", place->dir);
	place->environ = environ;
	path = strdup(path);
	environ = NULL;
	setenv("PATH", path, 1);
	setenv("HOME", home, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	free(path);
	*state = place;
	return mkdir(home, 0700);
}

static int end(void **state)
{
	struct place *place = *state;
	repository_release(&place->repository);
	clearenv();
	environ = place->environ;
	nftw(place->dir, drop, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	free(place);
	return 0;
}

/* git_dir and its ROOT are below the place. */
static int open_at(struct place *place, const char *git_dir)
{
	char root[PATH_MAX];
	snprintf(root, sizeof(root), "%s/%s/lokt", place->dir, git_dir);
	mkdir(root, 0700);
	repository_release(&place->repository);
	return repository_open(&place->repository, root, place->why);
}

static void assert_opens(struct place *place, const char *git_dir)
{
	char expected[PATH_MAX];
	snprintf(expected, sizeof(expected), "%s/%s", place->dir, git_dir);
	assert_int_equal(open_at(place, git_dir), 0);
	assert_string_equal(place->repository.git_dir, expected);
	assert_string_equal(place->why, "");
}

/* Runs git as the daemon would. */
static struct child *git(const struct place *place, const char *const words[], const char *input)
{
	const char *argv[ARGS];
	struct children children;
	struct child *child;
	assert_true(repository_argv(&place->repository, words, argv, ARGS));
	assert_int_equal(children_init(&children), 0);
	assert_int_equal(child_start(&children, NULL, (char *const *)argv, place->repository.envp,
				     input, strlen(input), 100000,
				     clock_now().mono_ns + 20 * NS_PER_SEC, &child),
			 0);
	while (!(child = children_collect(&children, clock_now().mono_ns))) {
		struct pollfd watched = {.fd = children.epoll_fd, .events = POLLIN};
		poll(&watched, 1, 1000);
	}
	children_release(&children);
	return child;
}

static const char *const make_repository =
	"git init -q r; git -C r -c user.name=a -c user.email=b commit -q --allow-empty -m x";

static void every_shape_of_repository_opens(void **state)
{
	static const struct {
		const char *script, *git_dir;
	} rows[] = {
		{"true", "r/.git"},
		{"git init -q --bare bare", "bare"},
		{"git init -q --object-format=sha256 new", "new/.git"},
		{"git clone -q --depth 1 file://$PWD/r shallow", "shallow/.git"},
		{"git init -q super; git -C super -c protocol.file.allow=always submodule --quiet"
		 " add ../r sub",
		 "super/.git/modules/sub"},
		{"git -C r worktree add -q ../tree; git -C tree rev-parse --git-common-dir |"
		 " grep -q /r/.git",
		 "r/.git"},
		{"git init -q --separate-git-dir=apart work", "apart"},
		{"git init -q 'a space'", "a space/.git"},
		{"git -C r pack-refs --all; git -C r gc -q", "r/.git"},
	};
	struct place *place = *state;
	must_run(place, make_repository);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		must_run(place, rows[i].script);
		assert_opens(place, rows[i].git_dir);
	}
}

static void a_link_to_the_repository_opens_it_by_its_own_name(void **state)
{
	struct place *place = *state;
	char root[PATH_MAX], expected[PATH_MAX];
	must_run(place, "git init -q r; ln -s r link; mkdir r/.git/lokt");
	snprintf(root, sizeof(root), "%s/link/.git/lokt", place->dir);
	snprintf(expected, sizeof(expected), "%s/r/.git", place->dir);
	assert_int_equal(repository_open(&place->repository, root, place->why), 0);
	assert_string_equal(place->repository.git_dir, expected);
}

static void a_root_elsewhere_has_no_repository(void **state)
{
	static const char *const dirs[] = {".", "plain", "r", "r/.git/refs"};
	struct place *place = *state;
	must_run(place, "git init -q r; mkdir plain");
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		assert_int_equal(open_at(place, dirs[i]), -ENOENT);
		assert_string_equal(place->why, "");
	}
	assert_int_equal(open_at(place, "not/there"), -ENOENT);
	must_run(place, "mkdir r/.git/other");
	char root[PATH_MAX];
	snprintf(root, sizeof(root), "%s/r/.git/other", place->dir);
	assert_int_equal(repository_open(&place->repository, root, place->why), -ENOENT);
}

static void what_git_cannot_read_is_refused_in_gits_words(void **state)
{
	struct place *place = *state;
	must_run(place, "mkdir -p x/objects x/refs");
	assert_int_equal(open_at(place, "x"), -EINVAL);
	assert_non_null(strstr(place->why, "not a git repository"));
	must_run(place, "git init -q r; git -C r config core.repositoryFormatVersion 9");
	assert_int_equal(open_at(place, "r/.git"), -EINVAL);
	assert_non_null(strstr(place->why, "repo version"));
	/* a broken one inside a sound one is not the sound one */
	must_run(place, "git init -q outer; mkdir -p outer/x/objects outer/x/refs");
	assert_int_equal(open_at(place, "outer/x"), -EINVAL);
	assert_non_null(strstr(place->why, "no repository"));
	assert_null(place->repository.envp);
}

static void another_users_repository_is_refused_until_git_is_told(void **state)
{
	struct place *place = *state;
	if (geteuid() != 0)
		skip();
	must_run(place, "git init -q r; git init -q --bare bare; chown -R 1 r bare");
	assert_int_equal(open_at(place, "r/.git"), -EPERM);
	assert_non_null(strstr(place->why, "dubious ownership"));
	assert_non_null(strstr(place->why, "git config --global --add safe.directory"));
	assert_int_equal(open_at(place, "bare"), -EPERM);
	/* people name the work tree; git, asked from inside, wants the .git */
	must_run(place, "git config --global --add safe.directory $PWD/r");
	assert_opens(place, "r/.git");
	must_run(place, "git config --global --add safe.directory $PWD/bare");
	assert_opens(place, "bare");
}

static void the_callers_environment_makes_nothing_safe(void **state)
{
	struct place *place = *state;
	if (geteuid() != 0)
		skip();
	must_run(place, "git init -q r; chown -R 1 r");
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "safe.directory", 1);
	setenv("GIT_CONFIG_VALUE_0", "*", 1);
	setenv("GIT_CONFIG_PARAMETERS", "'safe.directory'='*'", 1);
	char git_dir[PATH_MAX];
	snprintf(git_dir, sizeof(git_dir), "%s/r/.git", place->dir);
	setenv("GIT_DIR", git_dir, 1);
	assert_int_equal(open_at(place, "r/.git"), -EPERM);
}

static void a_bare_repository_is_refused_to_who_wants_it_named(void **state)
{
	struct place *place = *state;
	must_run(place, "git init -q --bare bare; git init -q r;"
			"git config --global safe.bareRepository explicit");
	assert_opens(place, "r/.git");
	int error = open_at(place, "bare");
	assert_true(error == -EPERM || error == 0); /* a git before 2.38 does not know it */
	if (error)
		assert_non_null(strstr(place->why, "safe.bareRepository"));
}

/* A git of our own on PATH, as a script. */
static void use_git(const struct place *place, const char *script)
{
	char path[PATH_MAX];
	char *text = format("mkdir -p bin; cat >bin/git <<'X'\n#!/bin/sh\n%s\nX\n%s", script,
			    "chmod +x bin/git");
	must_run(place, text);
	free(text);
	snprintf(path, sizeof(path), "%s/bin:/usr/bin:/bin", place->dir);
	setenv("PATH", path, 1);
}

static void an_old_git_is_not_trusted_with_another_users(void **state)
{
	static const struct {
		const char *version;
		int error;
	} rows[] = {
		{"git version 2.30.1", -EPERM},
		{"git version 2.35.1", -EPERM},
		{"git version 2.35.2", 0},
		{"git version 2.36.0.windows", 0},
		{"git version 3.0", 0},
		{"git version x", -EPERM},
		{"", -EPERM},
	};
	struct place *place = *state;
	if (geteuid() != 0)
		skip();
	must_run(place, "git init -q r; chown -R 1 r");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char script[PATH_MAX];
		snprintf(script, sizeof(script),
			 "case \"$*\" in version) echo '%s' ;; *) pwd ;; esac", rows[i].version);
		use_git(place, script);
		assert_int_equal(open_at(place, "r/.git"), rows[i].error);
		assert_true(rows[i].error == 0 || strstr(place->why, "too old"));
	}
	must_run(place, "chown -R 0 r");
	use_git(place, "case \"$*\" in version) exit 9 ;; *) pwd ;; esac");
	assert_opens(place, "r/.git");
}

static void a_missing_git_is_said(void **state)
{
	struct place *place = *state;
	must_run(place, "git init -q r");
	setenv("PATH", "/nowhere", 1);
	assert_int_equal(open_at(place, "r/.git"), -ENOENT);
	assert_non_null(strstr(place->why, "git is not installed"));
}

static void a_git_that_hangs_is_given_up(void **state)
{
	struct place *place = *state;
	must_run(place, "git init -q r");
	use_git(place, "trap '' TERM; sleep 1000");
	int64_t before = clock_now().mono_ns;
	assert_int_equal(open_at(place, "r/.git"), -EINVAL);
	assert_non_null(strstr(place->why, "took too long"));
	assert_true(clock_now().mono_ns - before < 20 * NS_PER_SEC);
}

static const char *find_variable(const struct place *place, const char *name)
{
	const char *found = NULL;
	size_t len = strlen(name), count = 0;
	for (char **at = place->repository.envp; *at; at++)
		if (strncmp(*at, name, len) == 0 && (*at)[len] == '=') {
			found = *at + len + 1;
			count++;
		}
	assert_true(count <= 1);
	return found;
}

static void the_environment_is_the_users_without_the_callers_git(void **state)
{
	/* expected NULL: taken away */
	static const struct {
		const char *name, *value, *expected;
	} rows[] = {
		{"GIT_INDEX_FILE", "/x", NULL},
		{"GIT_WORK_TREE", "/x", NULL},
		{"GIT_COMMON_DIR", "/x", NULL},
		{"GIT_OBJECT_DIRECTORY", "/x", NULL},
		{"GIT_QUARANTINE_PATH", "/x", NULL},
		{"GIT_NAMESPACE", "x", NULL},
		{"GIT_CONFIG_PARAMETERS", "'a.b'='c'", NULL},
		{"GIT_CONFIG_COUNT", "0", NULL},
		{"GIT_AUTHOR_NAME", "x", NULL},
		{"GIT_EDITOR", "vi", NULL},
		{"GIT_TRACE", "1", NULL},
		{"GIT_TRACE2", "2", NULL},
		{"GIT_TRACE_PACKET", "/tmp/x", "/tmp/x"},
		{"GIT_SSH", "ssh", "ssh"},
		{"GIT_SSH_COMMAND", "ssh -v", "ssh -v"},
		{"GIT_SSL_NO_VERIFY", "1", "1"},
		{"GIT_PROXY_COMMAND", "nc", "nc"},
		{"GIT_ALLOW_PROTOCOL", "file:ssh", "file:ssh"},
		{"GIT_CONFIG_GLOBAL", "/dev/null", "/dev/null"},
		{"GIT_CONFIG_NOSYSTEM", "1", "1"},
		{"GIT_ASKPASS", "/usr/bin/true", ""},
		{"SSH_ASKPASS", "/usr/bin/true", ""},
		{"SSH_ASKPASS_REQUIRE", "force", "never"},
		{"GIT_TERMINAL_PROMPT", "1", "0"},
		{"GCM_INTERACTIVE", "always", "never"},
		{"LC_ALL", "de_DE.UTF-8", "C"},
		{"SSH_AUTH_SOCK", "/tmp/agent", "/tmp/agent"},
		{"GITHUB_TOKEN", "t", "t"},
	};
	struct place *place = *state;
	must_run(place, "git init -q r");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		setenv(rows[i].name, rows[i].value, 1);
	assert_opens(place, "r/.git");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *found = find_variable(place, rows[i].name);
		if (rows[i].expected)
			assert_string_equal(found, rows[i].expected);
		else
			assert_null(found);
	}
	assert_string_equal(find_variable(place, "HOME"), getenv("HOME"));
	assert_string_equal(find_variable(place, "PATH"), getenv("PATH"));
}

static void nothing_is_asked_of_anybody(void **state)
{
	static const char *const words[] = {"credential", "fill", NULL};
	struct place *place = *state;
	must_run(place, "git init -q r; printf '#!/bin/sh\\n>asked\\necho secret\\n' >ask;"
			"chmod +x ask; git config --global core.askPass $PWD/ask");
	char ask[PATH_MAX];
	snprintf(ask, sizeof(ask), "%s/ask", place->dir);
	setenv("SSH_ASKPASS", ask, 1);
	setenv("GIT_ASKPASS", ask, 1);
	setenv("DISPLAY", ":0", 1);
	assert_opens(place, "r/.git");
	struct child *child = git(place, words, "protocol=https\nhost=x.invalid\n\n");
	assert_false(child_is_good(child));
	assert_false(child->is_too_late);
	assert_non_null(strstr(child->err.data, "terminal prompts disabled"));
	child_free(child);
}

static void the_users_hooks_do_not_run(void **state)
{
	static const char *const words[] = {"update-ref", "refs/grite/locks/0123456789abcdef",
					    "HEAD", NULL};
	struct place *place = *state;
	must_run(place, make_repository);
	must_run(place, "for h in reference-transaction post-update pre-push pre-auto-gc; do "
			"printf '#!/bin/sh\\nexit 1\\n' >r/.git/hooks/$h; chmod +x r/.git/hooks/$h;"
			"done; mkdir h; cp r/.git/hooks/reference-transaction h;"
			"git config --global core.hooksPath $PWD/h");
	assert_opens(place, "r/.git");
	struct child *child = git(place, words, "");
	assert_true(child_is_good(child));
	child_free(child);
}

static void no_reflog_grows_with_the_locks(void **state)
{
	static const char *const words[] = {"update-ref", "refs/grite/locks/0123456789abcdef",
					    "HEAD", NULL};
	struct place *place = *state;
	must_run(place, make_repository);
	must_run(place, "git config --global core.logAllRefUpdates always");
	assert_opens(place, "r/.git");
	struct child *child = git(place, words, "");
	assert_true(child_is_good(child));
	child_free(child);
	must_run(place, "test ! -e r/.git/logs/refs/grite");
}

static void a_remote_is_one_that_is_configured_and_named_soundly(void **state)
{
	static const struct {
		const char *name;
		bool has;
	} rows[] = {
		{"origin", true},    {"with.dot", true}, {"a/b", true},
		{"upstream", false}, {"", false},	 {"-x", false},
		{"--all", false},    {"a b", false},	 {"a..b", false},
		{"a=b", false},	     {".a", false},	 {"a/.b", false},
		{"a.lock", false},   {"a//b", false},	 {"/a", false},
		{"a/", false},	     {"@", false},	 {"a@{b", false},
		{"a:b", false},	     {"*", false},	 {"a\nb", false},
		{"a.", false},	     {"empty", false},	 {"http://x/y", false},
		{"../other", false}, {".", false},	 {"orig\xc3\xafn", true},
	};
	struct place *place = *state;
	must_run(place, "git init -q r; cd r; for n in origin with.dot a/b orig\xc3\xafn -x a=b .a "
			"'a b' a..b '*'; do git config \"remote.$n.url\" /x; done;"
			"git config remote.empty.url ''; git config --add remote.origin.url /y");
	assert_opens(place, "r/.git");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(repository_has_remote(&place->repository, rows[i].name),
				 rows[i].has);
	char longer[1000];
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_false(repository_has_remote(&place->repository, longer));
}

static void words_that_do_not_fit_are_refused(void **state)
{
	static const char *const words[] = {"-c", "a.b=c", "ls-remote", NULL};
	struct repository repository = {.git_dir = "/x/.git"};
	const char *argv[ARGS];
	size_t count = 0;
	(void)state;
	assert_true(repository_argv(&repository, words, argv, ARGS));
	while (argv[count])
		count++;
	assert_string_equal(argv[0], "git");
	assert_string_equal(argv[count - 1], "ls-remote");
	assert_string_equal(argv[count - 3], "-c");
	assert_true(repository_argv(&repository, words, argv, count + 1));
	assert_false(repository_argv(&repository, words, argv, count));
	assert_false(repository_argv(&repository, words, argv, 0));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_shape_of_repository_opens),
		TEST(a_link_to_the_repository_opens_it_by_its_own_name),
		TEST(a_root_elsewhere_has_no_repository),
		TEST(what_git_cannot_read_is_refused_in_gits_words),
		TEST(another_users_repository_is_refused_until_git_is_told),
		TEST(the_callers_environment_makes_nothing_safe),
		TEST(a_bare_repository_is_refused_to_who_wants_it_named),
		TEST(an_old_git_is_not_trusted_with_another_users),
		TEST(a_missing_git_is_said),
		TEST(a_git_that_hangs_is_given_up),
		TEST(the_environment_is_the_users_without_the_callers_git),
		TEST(nothing_is_asked_of_anybody),
		TEST(the_users_hooks_do_not_run),
		TEST(no_reflog_grows_with_the_locks),
		TEST(a_remote_is_one_that_is_configured_and_named_soundly),
		TEST(words_that_do_not_fit_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

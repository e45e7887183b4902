/*
 * ROOT is found where git has its common directory: repositories are made by the real git
 * program, and its own answer is the one that is expected.
 */
#include <errno.h>
#include <limits.h>
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

#include "lokt/root.h"

static char top[PATH_MAX] = "/tmp/lokt-root-XXXXXX";

/* Everything that git itself or a test may have set. */
static const char *const variables[] = {"LOKT_ROOT", "GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE",
					"GIT_CEILING_DIRECTORIES"};

static const char script[] =
	"set -e; cd \"$TOP\"; exec >setup.log 2>&1\n"
	"export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null\n"
	"export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a "
	"GIT_COMMITTER_EMAIL=a@b\n"
	"git init -q plain; mkdir -p plain/deep/er\n"
	"git -C plain commit -q --allow-empty -m one\n"
	"git -C plain worktree add -q ../linked; mkdir linked/sub\n"
	"git -C linked worktree list\n"
	"git init -q --bare bare.git\n"
	"git -C plain -c protocol.file.allow=always submodule add -q ../plain module\n"
	"mkdir plain/module/inside\n"
	"git init -q --separate-git-dir=apart.git separate\n"
	"git init -q empty-inside; mkdir -p empty-inside/.hidden empty-inside/sub/.git\n"
	"mkdir -p empty-inside/head/.git; echo ref: refs/heads/x >empty-inside/head/.git/HEAD\n"
	"cp -r empty-inside/head empty-inside/objects; mkdir empty-inside/objects/.git/objects\n"
	"cp -r empty-inside/head empty-inside/refs; mkdir empty-inside/refs/.git/refs\n"
	"mkdir -p plain/garbage/sub; echo nonsense >plain/garbage/.git\n"
	"mkdir -p plain/dangling; echo 'gitdir: ../nowhere' >plain/dangling/.git\n"
	"mkdir -p plain/blank; : >plain/blank/.git\n"
	"mkdir -p plain/pipe; mkfifo plain/pipe/.git\n"
	"mkdir -p outside/sub; : >outside/file\n"
	"ln -s plain/deep shortcut\n";

static int run(const char *command)
{
	return system(command);
}

static int make_repositories(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	char *real = mkdtemp(top) ? realpath(top, NULL) : NULL;
	if (!real || strlen(real) >= sizeof(top))
		return -1;
	memcpy(top, real, strlen(real) + 1);
	free(real);
	if (setenv("TOP", top, 1) < 0 || run(script) != 0) {
		print_error("making repositories failed, see %s/setup.log\n", top);
		return -1;
	}
	return 0;
}

static int remove_repositories(void **state)
{
	(void)state;
	return chdir("/") < 0 ? -1 : run("rm -rf \"$TOP\"");
}

static int forget_variables(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	return 0;
}

static void under_top(const char *path, char out[PATH_MAX])
{
	int len = snprintf(out, PATH_MAX, "%s%s%s", top, path[0] ? "/" : "", path);
	assert_in_range(len, 1, PATH_MAX - 1);
}

static void go(const char *path)
{
	char dir[PATH_MAX];
	under_top(path, dir);
	assert_int_equal(chdir(dir), 0);
}

/* want: below top, or NULL for -ENOENT. */
static void assert_git(const char *want)
{
	char got[PATH_MAX] = "untouched", expected[PATH_MAX];
	int error = root_find_git(got, sizeof(got));
	if (!want) {
		assert_int_equal(error, -ENOENT);
		assert_string_equal(got, "untouched");
		return;
	}
	assert_int_equal(error, 0);
	under_top(want, expected);
	assert_string_equal(got, expected);
}

static void assert_worktree(const char *want)
{
	char got[PATH_MAX] = "untouched", expected[PATH_MAX];
	int error = root_find_worktree(got, sizeof(got));
	if (!want) {
		assert_int_equal(error, -ENOENT);
		assert_string_equal(got, "untouched");
		return;
	}
	assert_int_equal(error, 0);
	under_top(want, expected);
	assert_string_equal(got, expected);
}

static void assert_root(const char *want)
{
	char got[PATH_MAX], expected[PATH_MAX];
	assert_int_equal(root_find(got, sizeof(got)), 0);
	under_top(want, expected);
	assert_string_equal(got, expected);
}

/* What git says here, made absolute; "" when it says nothing. */
static void ask_git(const char *question, char out[PATH_MAX])
{
	char command[128], line[PATH_MAX] = "";
	snprintf(command, sizeof(command), "git rev-parse %s 2>/dev/null", question);
	FILE *git = popen(command, "re");
	assert_non_null(git);
	bool has_line = fgets(line, sizeof(line), git) != NULL;
	bool is_ok = pclose(git) == 0 && has_line;
	line[strcspn(line, "\n")] = '\0';
	if (!is_ok || !realpath(line, out))
		out[0] = '\0';
}

static void assert_as_git(const char *where, const char *question,
			  int (*find)(char *out, size_t cap))
{
	char want[PATH_MAX], got[PATH_MAX] = "";
	ask_git(question, want);
	int error = find(got, sizeof(got));
	if (error != (want[0] ? 0 : -ENOENT) || strcmp(got, want) != 0)
		fail_msg("in %s, %s: git says '%s', we say '%s' (%d)", where, question, want, got,
			 error);
}

struct place_row {
	const char *dir;
	const char *common;   /* NULL: no repository */
	const char *worktree; /* NULL: none */
};

static const struct place_row places[] = {
	{"plain", "plain/.git", "plain"},
	{"plain/deep/er", "plain/.git", "plain"},
	{"shortcut/er", "plain/.git", "plain"},
	{"linked", "plain/.git", "linked"},
	{"linked/sub", "plain/.git", "linked"},
	{"plain/module", "plain/.git/modules/module", "plain/module"},
	{"plain/module/inside", "plain/.git/modules/module", "plain/module"},
	{"bare.git", "bare.git", NULL},
	{"bare.git/refs/heads", "bare.git", NULL},
	{"plain/.git", "plain/.git", NULL},
	{"plain/.git/objects", "plain/.git", NULL},
	{"separate", "apart.git", "separate"},
	{"empty-inside/sub", "empty-inside/.git", "empty-inside"},
	{"empty-inside/head", "empty-inside/.git", "empty-inside"},
	{"empty-inside/objects", "empty-inside/.git", "empty-inside"},
	{"empty-inside/refs", "empty-inside/.git", "empty-inside"},
	{"plain/garbage", NULL, NULL},
	{"plain/garbage/sub", NULL, NULL},
	{"plain/dangling", NULL, NULL},
	{"plain/blank", NULL, NULL},
	{"outside/sub", NULL, NULL},
};

static void repositories_are_found_as_git_finds_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char root[PATH_MAX];
		go(places[i].dir);
		assert_git(places[i].common);
		assert_worktree(places[i].worktree);
		assert_as_git(places[i].dir, "--git-common-dir", root_find_git);
		assert_as_git(places[i].dir, "--show-toplevel", root_find_worktree);
		snprintf(root, sizeof(root), "%s/%s",
			 places[i].common ? places[i].common : places[i].dir,
			 places[i].common ? "lokt" : ".lokt");
		assert_root(root);
	}
}

/* git passes it over as well, and opening it would block. */
static void pipe_named_dot_git_is_passed_over(void **state)
{
	(void)state;
	go("plain/pipe");
	assert_git("plain/.git");
}

struct variable_row {
	const char *dir;
	const char *git_dir, *common_dir, *work_tree; /* relative ones as they are; @ is top */
	const char *common, *worktree;
};

static const struct variable_row variable_rows[] = {
	{"outside", "@/plain/.git", NULL, NULL, "plain/.git", "outside"},
	{"outside", "../plain/.git", NULL, NULL, "plain/.git", "outside"},
	{"outside", "../linked/.git", NULL, NULL, "plain/.git", "outside"},
	{"outside", "../plain/.git/worktrees/linked", NULL, NULL, "plain/.git", "outside"},
	{"outside", "../plain/.git/worktrees/linked", "@/bare.git", NULL, "bare.git", "outside"},
	{"outside", "../plain/module/.git", NULL, NULL, "plain/.git/modules/module", "outside"},
	{"plain", "@/nowhere", NULL, NULL, NULL, NULL},
	{"plain", "garbage/.git", NULL, NULL, NULL, NULL},
	{"plain", "", "", "", "plain/.git", "plain"},
	{"plain", NULL, "@/bare.git", NULL, "bare.git", "plain"},
	{"plain", NULL, "@/outside", NULL, NULL, NULL},
	{"outside", NULL, "@/plain/.git", NULL, NULL, NULL},
	{"outside/sub", "@/plain/.git", NULL, "@/outside", "plain/.git", "outside"},
	{"outside/sub", "@/plain/.git", NULL, "..", "plain/.git", "outside"},
	{"outside", "@/plain/.git", NULL, "@/plain", "plain/.git", NULL},
};

static void set_variable(const char *name, const char *value)
{
	char path[PATH_MAX];
	unsetenv(name);
	if (!value)
		return;
	if (value[0] == '@')
		under_top(value + 2, path);
	else
		snprintf(path, sizeof(path), "%s", value);
	assert_int_equal(setenv(name, path, 1), 0);
}

static void variables_are_obeyed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variable_rows) / sizeof(variable_rows[0]); i++) {
		const struct variable_row *row = &variable_rows[i];
		go(row->dir);
		set_variable("GIT_DIR", row->git_dir);
		set_variable("GIT_COMMON_DIR", row->common_dir);
		set_variable("GIT_WORK_TREE", row->work_tree);
		assert_git(row->common);
		assert_worktree(row->worktree);
	}
}

static void lokt_root_comes_first(void **state)
{
	(void)state;
	go("plain");
	set_variable("LOKT_ROOT", "@/elsewhere/deep");
	assert_root("elsewhere/deep");
	set_variable("LOKT_ROOT", "@/elsewhere//");
	assert_root("elsewhere");
	set_variable("LOKT_ROOT", "here/it is");
	assert_root("plain/here/it is");
	set_variable("LOKT_ROOT", "");
	assert_root("plain/.git/lokt");
	setenv("LOKT_ROOT", "/", 1);
	char got[PATH_MAX];
	assert_int_equal(root_find(got, sizeof(got)), 0);
	assert_string_equal(got, "/");
}

static void unusable_roots_are_refused(void **state)
{
	(void)state;
	char got[PATH_MAX] = "untouched", huge[PATH_MAX + 10];
	go("outside");
	set_variable("LOKT_ROOT", "file");
	assert_int_equal(root_find(got, sizeof(got)), -EINVAL);
	set_variable("LOKT_ROOT", "@/outside/file/below");
	assert_int_equal(root_find(got, sizeof(got)), -EINVAL);
	memset(huge, 'x', sizeof(huge));
	huge[0] = '/';
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(setenv("LOKT_ROOT", huge, 1), 0);
	assert_int_equal(root_find(got, sizeof(got)), -ENAMETOOLONG);
	assert_int_equal(setenv("LOKT_ROOT", huge + 1, 1), 0);
	assert_int_equal(root_find(got, sizeof(got)), -ENAMETOOLONG);
	unsetenv("LOKT_ROOT");
	assert_int_equal(root_find(got, 5), -ENAMETOOLONG);
	assert_string_equal(got, "untouched");
}

#define CLEAN(test) cmocka_unit_test_setup_teardown(test, forget_variables, forget_variables)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLEAN(repositories_are_found_as_git_finds_them),
		CLEAN(pipe_named_dot_git_is_passed_over),
		CLEAN(variables_are_obeyed),
		CLEAN(lokt_root_comes_first),
		CLEAN(unusable_roots_are_refused),
	};
	return cmocka_run_group_tests(tests, make_repositories, remove_repositories);
}

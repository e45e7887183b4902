/*
 * Finds the repository around a ROOT and lets git itself say whether it may be used. Later calls
 * name it with --git-dir, for which git makes no such check. What git is told here takes away what
 * a daemon can't have (prompts, the caller's surroundings) and what would change explicit fetches
 * and pushes; how to reach a server stays as the user has set it up.
 */
#include "host/repository.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/spawn.h"
#include "lokt/root.h"
#include "lokt/text.h"

#define LIMIT_NS (5 * NS_PER_SEC)
#define OUT_MAX 65536
#define REMOTE_NAME_MAX 200
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* The first git that looks at the owner of a repository is 2.35.2. */
static const unsigned checking_version[] = {2, 35, 2};

extern char **environ;

/*
 * Of GIT_*, only how to reach a server, where git and its settings are, and traces into a file.
 * The rest belongs to one call (a hook's GIT_DIR, GIT_INDEX_FILE, GIT_QUARANTINE_PATH, the -c
 * options in GIT_CONFIG_PARAMETERS), and the daemon outlives the call that started it.
 */
static const char *const kept_variables[] = {
	"GIT_SSH=",	  "GIT_SSH_COMMAND=",	"GIT_SSH_VARIANT=",	"GIT_SSL_",
	"GIT_HTTP_",	  "GIT_PROXY_",		"GIT_ALLOW_PROTOCOL=",	"GIT_PROTOCOL_FROM_USER=",
	"GIT_EXEC_PATH=", "GIT_CONFIG_GLOBAL=", "GIT_CONFIG_NOSYSTEM=", "GIT_CONFIG_SYSTEM=",
};

/*
 * Nobody is there to answer a question. An empty GIT_ASKPASS stands before core.askPass and
 * SSH_ASKPASS; an old ssh heeds SSH_ASKPASS alone. Refs may not mean other commits than they say.
 */
static const char *const set_variables[] = {
	"GIT_TERMINAL_PROMPT=0",
	"GIT_ASKPASS=",
	"SSH_ASKPASS=",
	"GCM_INTERACTIVE=never",
	"SSH_ASKPASS_REQUIRE=never",
	"GIT_OPTIONAL_LOCKS=0",
	"GIT_NO_LAZY_FETCH=1",
	"GIT_ADVICE=0",
	"GIT_NO_REPLACE_OBJECTS=1",
	"LC_ALL=C",
};

/* A -c for each, before every call's words. What hangs on a remote's name is its user's. */
static const char *const settings[] = {
	/* cleaning up is for the user's own commands: here it would keep the next call waiting */
	"gc.auto=0",
	"maintenance.auto=false",
	"fetch.writeCommitGraph=false",
	/* no hooks: our own pre-push would refuse, others are not meant for a daemon's refs */
	"core.hooksPath=/dev/null",
	/* a reflog would keep every commit of every lock */
	"core.logAllRefUpdates=false",
	/* nothing but the refs that are named */
	"fetch.prune=false",
	"fetch.pruneTags=false",
	"fetch.recurseSubmodules=false",
	"submodule.recurse=false",
	"push.recurseSubmodules=no",
	"push.followTags=false",
	/* a server may refuse what it does not know, and a signature asks for a pass phrase */
	"push.gpgSign=false",
	"push.pushOption=",
	"push.negotiate=false",
	"credential.interactive=false",
	/* what is said is logged */
	"color.ui=false",
	"color.push=false",
	"color.remote=false",
	"color.transport=false",
};

/* git, --no-pager, --git-dir and its value, the settings */
#define FIXED_WORDS (4 + 2 * COUNT(settings))

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool has_same_name(const char *variable, const char *other)
{
	return strncmp(variable, other, strcspn(other, "=") + 1) == 0;
}

static bool is_kept(const char *variable)
{
	for (size_t i = 0; i < COUNT(set_variables); i++)
		if (has_same_name(variable, set_variables[i]))
			return false;
	if (!has_prefix(variable, "GIT_"))
		return true;
	/* any other trace goes to stderr, which is read for the reason of a failure */
	if (has_prefix(variable, "GIT_TRACE"))
		return has_prefix(variable + strcspn(variable, "="), "=/");
	for (size_t i = 0; i < COUNT(kept_variables); i++)
		if (has_prefix(variable, kept_variables[i]))
			return true;
	return false;
}

static void free_strings(char **strings)
{
	for (char **at = strings; strings && *at; at++)
		free(*at);
	free(strings);
}

/* NULL when memory is out. */
static char **make_envp(void)
{
	size_t count = 0, len = 0;
	while (environ && environ[count])
		count++;
	char **envp = calloc(count + COUNT(set_variables) + 1, sizeof(*envp));
	bool is_whole = envp != NULL;
	for (size_t i = 0; is_whole && i < count; i++)
		if (is_kept(environ[i]))
			is_whole = (envp[len++] = strdup(environ[i])) != NULL;
	for (size_t i = 0; is_whole && i < COUNT(set_variables); i++)
		is_whole = (envp[len++] = strdup(set_variables[i])) != NULL;
	if (is_whole)
		return envp;
	free_strings(envp);
	return NULL;
}

/* Milliseconds to wait for, rounded up. */
static int ms_until(int64_t deadline_ns)
{
	int64_t now = clock_now().mono_ns;
	return deadline_ns > now ? (int)((deadline_ns - now) / NS_PER_MS) + 1 : 0;
}

/* Waits for the one child there is. A killed one ends too, unless its disk hangs. */
static struct child *wait_for_child(struct children *children)
{
	for (;;) {
		struct child *child = children_collect(children, clock_now().mono_ns);
		if (child)
			return child;
		int64_t deadline_ns = children_deadline(children);
		struct pollfd watched = {.fd = children->epoll_fd, .events = POLLIN};
		int limit_ms = deadline_ns == INT64_MAX ? -1 : ms_until(deadline_ns);
		if (poll(&watched, 1, limit_ms) < 0 && errno != EINTR)
			return NULL;
	}
}

/* Runs git to its end. 0 with a child to be freed, or a negative errno. */
static int run(const struct repository *repository, const char *dir, const char *const argv[],
	       struct child **out)
{
	struct children children;
	int error = children_init(&children);
	if (error < 0)
		return error;
	struct child *child = NULL;
	error = child_start(&children, dir, (char *const *)argv, repository->envp, NULL, 0, OUT_MAX,
			    clock_now().mono_ns + LIMIT_NS, &child);
	if (error == 0) {
		child = wait_for_child(&children);
		error = child ? 0 : -EIO;
	}
	children_release(&children);
	if (error == 0)
		*out = child;
	return error;
}

static void free_child(struct child **child)
{
	child_free(*child);
}

#define SCOPED_CHILD __attribute__((cleanup(free_child))) struct child

/* The output is one line that names this directory, however it is spelt. */
static bool is_same_directory(const struct child *child, const char *dir)
{
	char path[PATH_MAX];
	struct stat ours, theirs;
	size_t len = child->out.len;
	if (len < 2 || len > sizeof(path) || child->out.data[len - 1] != '\n')
		return false;
	memcpy(path, child->out.data, len - 1);
	path[len - 1] = '\0';
	return stat(dir, &ours) == 0 && stat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
	       ours.st_ino == theirs.st_ino;
}

static bool says(const struct child *child, const char *words)
{
	return child->err.data && strstr(child->err.data, words);
}

/* What git says when it could read a repository but should not. */
static bool is_refusal(const struct child *child)
{
	return says(child, "dubious ownership") || says(child, "unsafe repository") ||
	       says(child, "safe.bareRepository");
}

static int explain(const struct child *child, const char *dir, char why[REPOSITORY_WHY_MAX])
{
	child_describe(child, "git rev-parse", why, REPOSITORY_WHY_MAX);
	if (!is_refusal(child))
		return -EINVAL;
	size_t len = strlen(why);
	if (!says(child, "safe.bareRepository") && text_is_clean(dir, strlen(dir), PATH_MAX))
		snprintf(why + len, REPOSITORY_WHY_MAX - len,
			 " (to allow it: git config --global --add safe.directory '%s')", dir);
	return -EPERM;
}

static int explain_start(int error, char why[REPOSITORY_WHY_MAX])
{
	snprintf(why, REPOSITORY_WHY_MAX, "%s",
		 error == -ENOENT ? "git is not installed, or not on PATH"
				  : "git cannot be started");
	return error;
}

/*
 * A .git directory and those of submodules are bare to a git that starts inside, and to an older
 * one also to the user's safe.bareRepository, which is not meant for them.
 */
static bool is_no_bare_repository(const char *git_dir)
{
	size_t len = strlen(git_dir);
	return (len >= 5 && strcmp(git_dir + len - 5, "/.git") == 0) ||
	       strstr(git_dir, "/.git/modules/");
}

/* git's own opinion of git_dir, asked from dir: 0, -EPERM, -EINVAL or another failure. */
static int ask_git(const struct repository *repository, const char *dir,
		   char why[REPOSITORY_WHY_MAX])
{
	static const char *const plain[] = {"git", "rev-parse", "--absolute-git-dir", NULL};
	static const char *const inside[] = {
		"git", "-c", "safe.bareRepository=all", "rev-parse", "--absolute-git-dir", NULL};
	SCOPED_CHILD *child = NULL;

	int error = run(repository, dir,
			is_no_bare_repository(repository->git_dir) ? inside : plain, &child);
	if (error < 0)
		return explain_start(error, why);
	if (!child_is_good(child))
		return explain(child, dir, why);
	if (is_same_directory(child, repository->git_dir))
		return 0;
	snprintf(why, REPOSITORY_WHY_MAX, "git takes %.400s for no repository",
		 repository->git_dir);
	return -EINVAL;
}

/*
 * From inside, so that it does not matter whose the work tree is. Exceptions are mostly made for
 * the work tree, so a refusal is asked about there, too; its words are what people know.
 */
static int ask_git_everywhere(const struct repository *repository, char why[REPOSITORY_WHY_MAX])
{
	char top[PATH_MAX];
	int error = ask_git(repository, repository->git_dir, why);
	size_t len = strlen(repository->git_dir);
	if (error != -EPERM || len <= 5 || strcmp(repository->git_dir + len - 5, "/.git") != 0)
		return error;
	memcpy(top, repository->git_dir, len - 5);
	top[len - 5] = '\0';
	int again = ask_git(repository, top, why);
	return again == 0 || again == -EPERM ? again : error;
}

static bool is_checking_version(const struct child *child)
{
	unsigned version[COUNT(checking_version)] = {0};
	if (!child_is_good(child) || !child->out.data ||
	    sscanf(child->out.data, "git version %u.%u.%u", &version[0], &version[1], &version[2]) <
		    2)
		return false;
	for (size_t i = 0; i < COUNT(version); i++)
		if (version[i] != checking_version[i])
			return version[i] > checking_version[i];
	return true;
}

/* An old git accepts anybody's repository, and with it programs that its config names. */
static int check_owner(const struct repository *repository, char why[REPOSITORY_WHY_MAX])
{
	static const char *const argv[] = {"git", "version", NULL};
	SCOPED_CHILD *child = NULL;
	struct stat found;

	if (stat(repository->git_dir, &found) < 0)
		return -errno;
	if (found.st_uid == geteuid())
		return 0;
	int error = run(repository, NULL, argv, &child);
	if (error < 0)
		return explain_start(error, why);
	if (is_checking_version(child))
		return 0;
	snprintf(why, REPOSITORY_WHY_MAX,
		 "%.400s belongs to another user, and git is too old to check",
		 repository->git_dir);
	return -EPERM;
}

void repository_release(struct repository *repository)
{
	free_strings(repository->envp);
	*repository = (struct repository){.envp = NULL};
}

/* One part between slashes, as git check-ref-format has it. */
static bool is_ref_component(const char *part, size_t len)
{
	return len > 0 && part[0] != '.' && part[len - 1] != '.' &&
	       !(len >= 5 && memcmp(part + len - 5, ".lock", 5) == 0);
}

/* '=' would end the key of a -c option. */
static bool is_remote_name(const char *name)
{
	size_t total = strlen(name);
	if (total == 0 || total > REMOTE_NAME_MAX || name[0] == '-' || strcmp(name, "@") == 0 ||
	    strpbrk(name, " ~^:?*[\\=\177") || strstr(name, "..") || strstr(name, "@{"))
		return false;
	for (const char *at = name; *at; at++)
		if ((unsigned char)*at < ' ')
			return false;
	for (const char *part = name;; part++) {
		size_t len = strcspn(part, "/");
		if (!is_ref_component(part, len))
			return false;
		part += len;
		if (!*part)
			return true;
	}
}

bool repository_has_remote(const struct repository *repository, const char *remote)
{
	char key[REMOTE_NAME_MAX + sizeof("remote..url")];
	const char *const words[] = {"config", "--get", key, NULL};
	const char *argv[FIXED_WORDS + COUNT(words)];
	SCOPED_CHILD *child = NULL;

	if (!is_remote_name(remote))
		return false;
	snprintf(key, sizeof(key), "remote.%s.url", remote);
	return repository_argv(repository, words, argv, COUNT(argv)) &&
	       run(repository, repository->git_dir, argv, &child) == 0 && child_is_good(child) &&
	       child->out.len > 1;
}

bool repository_argv(const struct repository *repository, const char *const words[],
		     const char **argv, size_t max)
{
	size_t len = 0, count = 0;
	while (words[count])
		count++;
	if (max < FIXED_WORDS + count + 1)
		return false;
	argv[len++] = "git";
	argv[len++] = "--no-pager";
	argv[len++] = "--git-dir";
	argv[len++] = repository->git_dir;
	for (size_t i = 0; i < COUNT(settings); i++) {
		argv[len++] = "-c";
		argv[len++] = settings[i];
	}
	memcpy(argv + len, words, (count + 1) * sizeof(*words));
	return true;
}

/* A submodule's directory says where its work tree is, from there. */
static bool find_named_top(struct repository *repository)
{
	static const char *const words[] = {"config", "--get", "core.worktree", NULL};
	const char *argv[FIXED_WORDS + COUNT(words)];
	SCOPED_CHILD *child = NULL;
	char path[2 * PATH_MAX + 2];

	if (!repository_argv(repository, words, argv, COUNT(argv)) ||
	    run(repository, repository->git_dir, argv, &child) < 0 || !child_is_good(child) ||
	    child->out.len < 2 || child->out.len > PATH_MAX)
		return false;
	int len = (int)child->out.len - 1;
	if (child->out.data[0] == '/')
		snprintf(path, sizeof(path), "%.*s", len, child->out.data);
	else
		snprintf(path, sizeof(path), "%s/%.*s", repository->git_dir, len, child->out.data);
	return realpath(path, repository->top) != NULL;
}

static void find_top(struct repository *repository)
{
	size_t len = strlen(repository->git_dir);
	if (find_named_top(repository))
		return;
	strcpy(repository->top, repository->git_dir);
	if (len > 5 && strcmp(repository->git_dir + len - 5, "/.git") == 0)
		repository->top[len - 5] = '\0';
}

int repository_open(struct repository *repository, const char *root, char why[REPOSITORY_WHY_MAX])
{
	struct repository opened = {.envp = NULL};

	why[0] = '\0';
	int error = root_find_git_around(root, opened.git_dir, sizeof(opened.git_dir));
	if (error < 0)
		return error;
	opened.envp = make_envp();
	if (!opened.envp)
		return -ENOMEM;
	error = check_owner(&opened, why);
	if (error == 0)
		error = ask_git_everywhere(&opened, why);
	if (error < 0) {
		repository_release(&opened);
		return error;
	}
	why[0] = '\0';
	find_top(&opened);
	*repository = opened;
	return 0;
}

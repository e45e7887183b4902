/*
 * The remote engine on git. A list is ls-remote; only when it names a commit that was never read
 * the lock refs are fetched, into refs/grite/remotes/NAME/locks/ so that nothing collects them as
 * garbage, and the listed commits are read. A commit is a push that compares and swaps each ref
 * by itself (--force-with-lease); pushreport.c reads what came of it.
 */
#include "host/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "host/gitread.h"
#include "host/pushreport.h"
#include "host/spawn.h"
#include "host/withheld.h"

#define OUT_MAX ((size_t)64 << 20)
#define PUSH_AT_ONCE 200 /* some 45 KiB of arguments */
#define PUSH_WORDS 16
#define FETCH_WORDS 14
#define ARGS_MAX (2 * PUSH_AT_ONCE + PUSH_WORDS + 128)
#define ARG_MAX_BYTES 256 /* of one that speaks of one ref */
#define LIST_TRIES 3

/*
 * step        child                         next
 * IDLE
 * LISTING     git ls-remote                 IDLE when all is known, else FETCHING
 * FETCHING    git fetch                     itself without a ref that cannot be had; READING
 * READING     gitread's                     IDLE; LISTING when a listed commit did not come
 * PUSHING     git push of [from, to)        PUSHING the rest; IDLE
 */
enum step { IDLE, LISTING, FETCHING, READING, PUSHING };

struct remote {
	const struct repository *repository;
	char *name;
	char *tracking;	     /* refspec of the fetch */
	char *mirror_is_off; /* a setting that would forbid a push of single refs */
	struct children children;
	struct gitread read;
	enum step step;
	const struct child *child; /* of LISTING, FETCHING, PUSHING */
	int64_t deadline_ns;
	struct reflines lines; /* what ls-remote said */
	unsigned tries;
	struct withheld withheld; /* in this try */
	bool has_fetched;	  /* the last fetch was good, else: */
	char fetch_why[REPOSITORY_WHY_MAX];
	struct remote_change *changes; /* kept until the next operation begins */
	size_t len, from, to;
};

static int name_settings(struct remote *remote, const char *name)
{
	remote->name = strdup(name);
	if (asprintf(&remote->tracking, "+%s*:refs/grite/remotes/%s/locks/*", LOCKREF_PREFIX,
		     name) < 0)
		remote->tracking = NULL;
	if (asprintf(&remote->mirror_is_off, "remote.%s.mirror=false", name) < 0)
		remote->mirror_is_off = NULL;
	return remote->name && remote->tracking && remote->mirror_is_off ? 0 : -ENOMEM;
}

static void free_strings(struct remote *remote)
{
	free(remote->name);
	free(remote->tracking);
	free(remote->mirror_is_off);
}

static int init(struct remote *remote, const char *name)
{
	int error = name_settings(remote, name);

	if (error == 0)
		error = children_init(&remote->children);
	if (error)
		return error;
	error = gitread_init(&remote->read, remote->repository, &remote->children, LOCKREF_PREFIX);
	if (error)
		children_release(&remote->children);
	return error;
}

struct remote *remote_new(const struct repository *repository, const char *name)
{
	struct remote *remote = calloc(1, sizeof *remote);
	int error;

	if (!remote)
		return NULL;
	remote->repository = repository;
	error = init(remote, name);
	if (error == 0)
		return remote;
	free_strings(remote);
	free(remote);
	errno = -error;
	return NULL;
}

void remote_free(struct remote *remote)
{
	if (!remote)
		return;
	gitread_release(&remote->read);
	children_release(&remote->children);
	reflines_release(&remote->lines);
	free(remote->changes);
	free_strings(remote);
	free(remote);
}

const char *remote_name(const struct remote *remote)
{
	return remote->name;
}

int remote_fd(const struct remote *remote)
{
	return remote->children.epoll_fd;
}

int64_t remote_deadline(const struct remote *remote)
{
	return children_deadline(&remote->children);
}

bool remote_is_busy(const struct remote *remote)
{
	return remote->step != IDLE;
}

static int start(struct remote *remote, enum step step, const char *const words[])
{
	const char *argv[ARGS_MAX];
	struct child *child;
	int error;

	if (!repository_argv(remote->repository, words, argv, ARGS_MAX))
		return -E2BIG;
	error = child_start(&remote->children, remote->repository->top, (char *const *)argv,
			    remote->repository->envp, NULL, 0, OUT_MAX, remote->deadline_ns,
			    &child);
	if (error)
		return error;
	remote->child = child;
	remote->step = step;
	return 0;
}

static int start_listing(struct remote *remote)
{
	const char *const words[] = {"ls-remote",  "--quiet",	       "--refs", "--",
				     remote->name, LOCKREF_PREFIX "*", NULL};

	remote->tries++;
	remote->withheld.len = 0;
	return start(remote, LISTING, words);
}

static int start_fetch(struct remote *remote)
{
	const char *words[FETCH_WORDS + WITHHELD_MAX + 1] = {
		"fetch",
		"--quiet",
		"--no-tags",
		"--no-write-fetch-head",
		"--prune",
		"--no-prune-tags",
		"--no-recurse-submodules",
		"--no-auto-maintenance",
		"--no-show-forced-updates",
		"--refmap=",
		"--no-filter", /* a partial clone would fetch no lock.json */
		"--",
		remote->name,
		remote->tracking};
	char rows[WITHHELD_MAX][ARG_MAX_BYTES];

	for (size_t i = 0; i < remote->withheld.len; i++) {
		snprintf(rows[i], sizeof rows[i], "^" LOCKREF_PREFIX "%s",
			 remote->withheld.hashes[i]);
		words[FETCH_WORDS + i] = rows[i];
	}
	return start(remote, FETCHING, words);
}

/* One push for the changes [from, to); each argument is a row of `rows`. */
static int push(struct remote *remote, char (*rows)[ARG_MAX_BYTES])
{
	const char *words[2 * PUSH_AT_ONCE + PUSH_WORDS] = {
		"-c",	       remote->mirror_is_off, "push",	     "--porcelain",
		"--no-verify", "--no-follow-tags",    "--no-signed", "--recurse-submodules=no"};
	size_t at = 8, count = remote->to - remote->from;

	for (size_t i = 0; i < count; i++) {
		const struct remote_change *change = &remote->changes[remote->from + i];

		snprintf(rows[2 * i], ARG_MAX_BYTES, "--force-with-lease=" LOCKREF_PREFIX "%s:%s",
			 change->hash, change->expected);
		snprintf(rows[2 * i + 1], ARG_MAX_BYTES, "%s:" LOCKREF_PREFIX "%s", change->wanted,
			 change->hash);
		words[at++] = rows[2 * i];
	}
	words[at++] = "--";
	words[at++] = remote->name;
	for (size_t i = 0; i < count; i++)
		words[at++] = rows[2 * i + 1];
	return start(remote, PUSHING, words);
}

static int start_push(struct remote *remote)
{
	size_t left = remote->len - remote->from;
	char(*rows)[ARG_MAX_BYTES];
	int error;

	remote->to = remote->from + (left < PUSH_AT_ONCE ? left : PUSH_AT_ONCE);
	rows = calloc(2 * (remote->to - remote->from), sizeof *rows);
	if (!rows)
		return -ENOMEM;
	error = push(remote, rows);
	free(rows);
	return error;
}

int remote_list(struct remote *remote, int64_t deadline_ns)
{
	if (remote->step != IDLE)
		return -EBUSY;
	remote->deadline_ns = deadline_ns;
	remote->tries = 0;
	return start_listing(remote);
}

/* Nothing is said of a change until git has said it. */
static int copy_changes(struct remote *remote, const struct remote_change *changes, size_t len)
{
	struct remote_change *copy = calloc(len, sizeof *copy);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, changes, len * sizeof *copy);
	for (size_t i = 0; i < len; i++) {
		copy[i].fate = REMOTE_UNKNOWN;
		snprintf(copy[i].why, sizeof copy[i].why, "it was not tried");
	}
	free(remote->changes);
	remote->changes = copy;
	remote->len = len;
	remote->from = 0;
	return 0;
}

int remote_commit(struct remote *remote, const struct remote_change *changes, size_t len,
		  int64_t deadline_ns)
{
	int error;

	if (remote->step != IDLE)
		return -EBUSY;
	if (len == 0)
		return -EINVAL;
	error = copy_changes(remote, changes, len);
	if (error)
		return error;
	remote->deadline_ns = deadline_ns;
	error = start_push(remote);
	if (error)
		return error;
	/* Whatever becomes of them: a list that finds them need not fetch. */
	for (size_t i = 0; i < len; i++)
		if (changes[i].wanted[0])
			gitread_know(&remote->read, changes[i].wanted, &changes[i].lock);
	return 0;
}

static enum remote_event end_list(struct remote *remote, struct remote_result *out)
{
	remote->step = IDLE;
	reflines_release(&remote->lines);
	out->seen = remote->read.seen;
	out->len = remote->read.len;
	return REMOTE_LISTED;
}

static enum remote_event fail_list(struct remote *remote, struct remote_result *out,
				   const char *why)
{
	remote->step = IDLE;
	reflines_release(&remote->lines);
	if (why != out->why)
		snprintf(out->why, sizeof out->why, "%s", why);
	return REMOTE_FAILED;
}

/* Goes on if error is 0. */
static enum remote_event list_goes_on(struct remote *remote, struct remote_result *out, int error)
{
	if (error == 0)
		return REMOTE_NOTHING;
	snprintf(out->why, sizeof out->why, "git cannot be run: %s", strerror(-error));
	return fail_list(remote, out, out->why);
}

static enum remote_event take_list(struct remote *remote, const struct child *child,
				   struct remote_result *out)
{
	int error;

	if (!child_is_good(child)) {
		child_describe(child, "git ls-remote", out->why, sizeof out->why);
		return fail_list(remote, out, out->why);
	}
	reflines_release(&remote->lines);
	error = reflines_parse(child->out.data, child->out.len, LOCKREF_PREFIX, &remote->lines);
	if (error == -E2BIG)
		return fail_list(remote, out, "the remote has too many lock refs");
	if (error == -EBADMSG)
		return fail_list(remote, out, "git ls-remote answered with nonsense");
	if (error == 0 && gitread_recall(&remote->read, &remote->lines))
		return end_list(remote, out);
	return list_goes_on(remote, out, error ? error : start_fetch(remote));
}

/*
 * A fetch may fail and yet have brought the commits (a tracking ref that is locked, say), so the
 * reading decides.
 */
static enum remote_event take_fetch(struct remote *remote, const struct child *child,
				    struct remote_result *out)
{
	int error;

	remote->has_fetched = child_is_good(child);
	child_describe(child, "git fetch", remote->fetch_why, sizeof remote->fetch_why);
	if (child->is_too_late)
		return fail_list(remote, out, remote->fetch_why);
	if (!child_is_good(child) &&
	    withheld_note(&remote->withheld, child->err.data, &remote->lines))
		return list_goes_on(remote, out, start_fetch(remote));
	error = gitread_start_from(&remote->read, &remote->lines, remote->deadline_ns);
	if (error == 0)
		remote->step = READING;
	return list_goes_on(remote, out, error);
}

/* A commit that did not come was replaced between ls-remote and fetch: both again. */
static enum remote_event take_reading(struct remote *remote, const struct child *child,
				      struct remote_result *out)
{
	switch (gitread_continue(&remote->read, child, out->why)) {
	case GITREAD_NOT_MINE:
	case GITREAD_GOES_ON:
		return REMOTE_NOTHING;
	case GITREAD_FAILED:
		return fail_list(remote, out, out->why);
	case GITREAD_DONE:
		break;
	}
	if (remote->read.missing <= remote->withheld.len)
		return end_list(remote, out);
	if (!remote->has_fetched)
		return fail_list(remote, out, remote->fetch_why);
	if (remote->tries == LIST_TRIES)
		return fail_list(remote, out, "the remote lists commits that it does not give");
	return list_goes_on(remote, out, start_listing(remote));
}

static enum remote_event tell_push(struct remote *remote, struct remote_result *out)
{
	remote->step = IDLE;
	out->changes = remote->changes;
	out->len = remote->len;
	return REMOTE_COMMITTED;
}

static void set_why(struct remote *remote, size_t from, const char *why)
{
	for (size_t i = from; i < remote->len; i++)
		snprintf(remote->changes[i].why, sizeof remote->changes[i].why, "%.*s",
			 (int)sizeof remote->changes[i].why - 1, why);
}

/* Status 1 says that some ref was not taken; beyond that, or at a signal, git itself failed. */
static bool has_report(const struct child *child)
{
	return !child->is_too_late && !child->is_too_long && WIFEXITED(child->status) &&
	       WEXITSTATUS(child->status) <= 1;
}

static enum remote_event take_push(struct remote *remote, const struct child *child,
				   struct remote_result *out)
{
	char why[REPOSITORY_WHY_MAX];
	bool is_report = has_report(child);
	int error = 0;

	if (child_is_good(child))
		snprintf(why, sizeof why, "git push said nothing of it");
	else
		child_describe(child, "git push", why, sizeof why);
	set_why(remote, remote->from, why);
	if (is_report)
		pushreport_read(child->out.data, child->out.len, remote->changes + remote->from,
				remote->to - remote->from);
	remote->from = remote->to;
	/* The others would meet the same. */
	if (!is_report || remote->from == remote->len)
		return tell_push(remote, out);
	error = start_push(remote);
	if (error == 0)
		return REMOTE_NOTHING;
	snprintf(why, sizeof why, "git cannot be run: %s", strerror(-error));
	set_why(remote, remote->from, why);
	return tell_push(remote, out);
}

static enum remote_event end_child(struct remote *remote, const struct child *child,
				   struct remote_result *out)
{
	if (remote->step == READING)
		return take_reading(remote, child, out);
	if (child != remote->child)
		return REMOTE_NOTHING;
	remote->child = NULL;
	if (remote->step == LISTING)
		return take_list(remote, child, out);
	if (remote->step == FETCHING)
		return take_fetch(remote, child, out);
	return take_push(remote, child, out);
}

enum remote_event remote_collect(struct remote *remote, int64_t now_ns, struct remote_result *out)
{
	struct child *child;

	*out = (struct remote_result){0};
	while ((child = children_collect(&remote->children, now_ns))) {
		enum remote_event event = end_child(remote, child, out);

		child_free(child);
		if (event != REMOTE_NOTHING)
			return event;
	}
	return REMOTE_NOTHING;
}

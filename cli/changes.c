/*
 * git's plumbing with NUL-separated output: what its diff.* options change for people does not
 * reach us, and no file name is quoted.
 */
#include "changes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gitrun.h"

/* A pre-push line's hashes: SHA-1 or SHA-256. */
#define HASH_MAX 64

/* Of one push. */
#define REFS_MAX 20000

#define OWN_REFS "refs/grite/"

static char *const no_word = NULL;

/* One line of output without its newline. */
static int read_line(char *const argv[], char *out, size_t cap)
{
	struct text text = {0};
	int status = gitrun(argv, NULL, &text);
	size_t len = text.len ? strcspn(text.data, "\n") : 0;

	if (status == 0 && len >= cap)
		status = -EFBIG;
	if (status == 0) {
		memcpy(out, text.len ? text.data : "", len);
		out[len] = '\0';
	}
	text_release(&text);
	return status;
}

/* HEAD, or the empty tree before the first commit. */
static int find_base(char out[HASH_MAX + 1])
{
	char *head[] = {"git", "rev-parse", "--quiet", "--verify", "HEAD", no_word};
	char *empty[] = {"git", "hash-object", "-t", "tree", "/dev/null", no_word};
	int status = read_line(head, out, HASH_MAX + 1);

	return status > 0 ? read_line(empty, out, HASH_MAX + 1) : status;
}

int changes_add_staged(struct changes *changes)
{
	char base[HASH_MAX + 1];
	char *argv[] = {"git",		"diff-index", "--cached", "--name-only", "-z",
			"--no-renames", base,	      "--",	  no_word};
	int status = find_base(base);

	return status ? status : gitrun(argv, NULL, &changes->bytes);
}

int changes_add_work_tree(struct changes *changes)
{
	char base[HASH_MAX + 1];
	/* not the plumbing: it takes files for changed that were only touched */
	char *argv[] = {"git",	"-c",		"diff.relative=false", "diff", "--name-only",
			"-z",	"--no-renames", "--no-ext-diff",       base,   "--",
			no_word};
	int status = find_base(base);

	return status ? status : gitrun(argv, NULL, &changes->bytes);
}

static bool is_hash(const char *word, size_t len)
{
	return (len == 40 || len == HASH_MAX) && strspn(word, "0123456789abcdef") >= len;
}

static bool is_zero(const char *word, size_t len)
{
	return strspn(word, "0") >= len;
}

/* The words of one line, borrowed; false when it has not four. */
struct pushed {
	const char *local_ref, *local, *remote_ref, *remote;
};

static bool split_line(char *line, struct pushed *out)
{
	const char **words[] = {&out->local_ref, &out->local, &out->remote_ref, &out->remote};
	char *rest = line;

	for (size_t i = 0; i < 4; i++) {
		*words[i] = strsep(&rest, " ");
		if (!*words[i] || !**words[i])
			return false;
	}
	return !rest && is_hash(out->local, strlen(out->local)) &&
	       is_hash(out->remote, strlen(out->remote));
}

static bool changes_files(const struct pushed *pushed)
{
	return !is_zero(pushed->local, strlen(pushed->local)) &&
	       strncmp(pushed->remote_ref, OWN_REFS, strlen(OWN_REFS)) != 0;
}

/* The arguments of rev-list; words in it point into lines. */
struct range {
	char **argv;
	size_t len;
	size_t cap;
};

static bool range_add(struct range *range, const char *word)
{
	if (range->len + 1 >= range->cap) {
		size_t cap = range->cap ? range->cap * 2 : 64;
		char **argv = reallocarray(range->argv, cap, sizeof(*argv));

		if (!argv)
			return false;
		range->argv = argv;
		range->cap = cap;
	}
	range->argv[range->len++] = (char *)word;
	range->argv[range->len] = NULL;
	return true;
}

/* Puts what is pushed, then what the other side has, behind rev-list's options. */
static int read_lines(char *lines, struct range *wanted, struct range *known)
{
	char *line;

	while ((line = strsep(&lines, "\n"))) {
		struct pushed pushed;

		if (!*line)
			continue;
		if (!split_line(line, &pushed) || wanted->len > REFS_MAX)
			return -EINVAL;
		if (!changes_files(&pushed))
			continue;
		if (!range_add(wanted, pushed.local) ||
		    (!is_zero(pushed.remote, strlen(pushed.remote)) &&
		     !range_add(known, pushed.remote)))
			return -ENOMEM;
	}
	return 0;
}

static int add_commits(struct changes *changes, const struct range *wanted,
		       const struct range *known)
{
	/* -c: of a merge what it changes against all its parents */
	char *diff[] = {"git",	       "diff-tree", "--stdin",	    "--root",	      "-r",   "-c",
			"--name-only", "-z",	    "--no-renames", "--no-commit-id", no_word};
	struct range all = {0};
	struct text commits = {0};
	bool is_whole = range_add(&all, "git") && range_add(&all, "rev-list") &&
			/* what the other side has we need not have */
			range_add(&all, "--ignore-missing");
	int status = -ENOMEM;

	for (size_t i = 0; is_whole && i < wanted->len; i++)
		is_whole = range_add(&all, wanted->argv[i]);
	is_whole = is_whole && range_add(&all, "--not") && range_add(&all, "--remotes");
	for (size_t i = 0; is_whole && i < known->len; i++)
		is_whole = range_add(&all, known->argv[i]);
	if (is_whole)
		status = gitrun(all.argv, NULL, &commits);
	if (status == 0 && commits.len)
		status = gitrun(diff, &commits, &changes->bytes);
	text_release(&commits);
	free(all.argv);
	return status;
}

int changes_add_pushed(struct changes *changes, const struct text *lines)
{
	struct range wanted = {0};
	struct range known = {0};
	char *copy = strndup(lines->len ? lines->data : "", lines->len);
	int status = copy ? read_lines(copy, &wanted, &known) : -ENOMEM;

	if (status == 0 && wanted.len)
		status = add_commits(changes, &wanted, &known);
	free(wanted.argv);
	free(known.argv);
	free(copy);
	return status;
}

void changes_add(struct changes *changes, const char *path)
{
	text_add(&changes->bytes, path, strlen(path) + 1);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The last path may lack its NUL; text has one behind it. */
static size_t collect(const struct changes *changes, char **list)
{
	char *at = changes->bytes.data;
	char *end = at + changes->bytes.len;
	size_t count = 0;

	for (; at < end; at += strlen(at) + 1) {
		if (list)
			list[count] = at;
		count++;
	}
	return count;
}

int changes_sort(struct changes *changes)
{
	size_t count = changes->bytes.len ? collect(changes, NULL) : 0;
	char **list;

	if (changes->bytes.failed)
		return -ENOMEM;
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	if (count) {
		collect(changes, list);
		qsort(list, count, sizeof(*list), by_bytes);
	}
	changes->len = 0;
	for (size_t i = 0; i < count; i++) {
		if (!changes->len || strcmp(list[changes->len - 1], list[i]) != 0)
			list[changes->len++] = list[i];
	}
	free(changes->list);
	changes->list = list;
	return 0;
}

void changes_release(struct changes *changes)
{
	text_release(&changes->bytes);
	free(changes->list);
	*changes = (struct changes){0};
}

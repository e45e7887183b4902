/*
 * A reading, child after child: for-each-ref lists, cat-file --batch-check says what is there and
 * how large, cat-file --batch gives it. What anybody may have pushed is read here: a ref that is
 * not sound says why, and hides no other. What is known already is not asked again (gitknown.c).
 */
#include "host/gitread.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define OUT_MAX ((size_t)64 << 20)     /* of one child */
#define READ_AT_ONCE ((size_t)8 << 20) /* contents asked of one child */
#define COMMIT_MAX ((size_t)65536)
#define BROKEN_MAX 8 /* objects that end git itself; a process each, so only so many a reading */
#define ARGS_MAX 128

/*
 * phase     the child                 next
 * LISTING   for-each-ref              CHECKING, or the end when all is known
 * CHECKING  cat-file --batch-check    itself behind an object that ended git; READING
 * READING   cat-file --batch          itself until all open items are read; the end
 */
enum phase { LISTING, CHECKING, READING };

/* A ref whose commit is not known yet. */
struct item {
	size_t at; /* in seen */
	bool is_open;
	char blob[LOCKREF_VERSION_MAX + 1]; /* its lock.json */
	size_t size;			    /* of the commit and the lock.json */
};

struct reading {
	enum phase phase;
	const struct child *child;
	int64_t deadline_ns;
	struct lockref_seen *seen;
	size_t len;
	struct item *items;
	size_t count;
	size_t from, to; /* items that the child was asked about */
	size_t missing;
	unsigned broken;
};

/* What is left of a child's output. */
struct cursor {
	const char *at;
	size_t len;
};

static void reading_free(struct reading *reading)
{
	if (!reading)
		return;
	free(reading->seen);
	free(reading->items);
	free(reading);
}

int gitread_init(struct gitread *read, const struct repository *repository,
		 struct children *children, const char *prefix)
{
	char *copy = strdup(prefix);

	if (!copy)
		return -ENOMEM;
	*read = (struct gitread){.repository = repository, .children = children, .prefix = copy};
	return 0;
}

void gitread_release(struct gitread *read)
{
	reading_free(read->reading);
	gitknown_release(&read->known);
	free(read->seen);
	free(read->prefix);
	*read = (struct gitread){0};
}

int gitread_know(struct gitread *read, const char *version, const struct lockref *lock)
{
	struct lockref_seen seen = {.is_sound = true, .lock = *lock};

	if (!version_is_valid(version, strlen(version)))
		return -EINVAL;
	lockref_hash(&lock->resource, seen.hash);
	memcpy(seen.version, version, strlen(version));
	return gitknown_add(&read->known, &seen);
}

static int start_child(struct gitread *read, const char *const words[], const struct text *input)
{
	struct reading *reading = read->reading;
	const char *argv[ARGS_MAX];
	struct child *child;
	int error;

	if (!repository_argv(read->repository, words, argv, ARGS_MAX))
		return -E2BIG;
	if (input->failed)
		return -ENOMEM;
	error = child_start(read->children, NULL, (char *const *)argv, read->repository->envp,
			    input->data, input->len, OUT_MAX, reading->deadline_ns, &child);
	if (error == 0)
		reading->child = child;
	return error;
}

static int start_listing(struct gitread *read)
{
	const char *const words[] = {"for-each-ref",
				     "--format=%(objectname)%09%(refname)%09%(symref)",
				     read->prefix, NULL};

	return start_child(read, words, &(struct text){0});
}

static int start_checking(struct gitread *read)
{
	static const char *const words[] = {"cat-file", "--batch-check", NULL};
	struct reading *reading = read->reading;
	struct text input = {0};
	int error;

	reading->phase = CHECKING;
	reading->to = reading->count;
	for (size_t i = reading->from; i < reading->to; i++) {
		const char *version = reading->seen[reading->items[i].at].version;

		text_printf(&input, "%s\n%s:lock.json\n", version, version);
	}
	error = start_child(read, words, &input);
	text_release(&input);
	return error;
}

/* Asks for the open items from `from` on, as many as may be held at once. */
static int start_reading(struct gitread *read)
{
	static const char *const words[] = {"cat-file", "--batch", NULL};
	struct reading *reading = read->reading;
	struct text input = {0};
	size_t size = 0, i = reading->from;
	int error;

	reading->phase = READING;
	for (; i < reading->count && size < READ_AT_ONCE; i++) {
		const struct item *item = &reading->items[i];

		if (item->is_open)
			text_printf(&input, "%s\n%s\n", reading->seen[item->at].version,
				    item->blob);
		size += item->size;
	}
	reading->to = i;
	error = start_child(read, words, &input);
	text_release(&input);
	return error;
}

static int begin(struct gitread *read, int64_t deadline_ns)
{
	if (read->reading)
		return -EBUSY;
	read->reading = calloc(1, sizeof *read->reading);
	if (!read->reading)
		return -ENOMEM;
	read->reading->deadline_ns = deadline_ns;
	gitknown_begin(&read->known);
	return 0;
}

static void abandon(struct gitread *read)
{
	reading_free(read->reading);
	read->reading = NULL;
}

/* Takes what is known, and makes an item of what is not. A symbolic ref is never read. */
static void sort_out(struct gitread *read, const struct reflines *lines)
{
	struct reading *reading = read->reading;

	for (size_t i = 0; i < lines->len; i++) {
		const struct refline *line = &lines->lines[i];
		const struct lockref_seen *known =
			gitknown_find(&read->known, line->hash, line->version);
		struct lockref_seen *seen = &reading->seen[i];

		memcpy(seen->hash, line->hash, sizeof seen->hash);
		memcpy(seen->version, line->version, sizeof seen->version);
		if (line->is_symbolic)
			snprintf(seen->why, sizeof seen->why, "it is a symbolic ref");
		else if (known)
			*seen = *known;
		else
			reading->items[reading->count++].at = i;
	}
}

static int take_lines(struct gitread *read, const struct reflines *lines)
{
	struct reading *reading = read->reading;

	reading->seen = calloc(lines->len + 1, sizeof *reading->seen);
	reading->items = calloc(lines->len + 1, sizeof *reading->items);
	if (!reading->seen || !reading->items)
		return -ENOMEM;
	reading->len = lines->len;
	sort_out(read, lines);
	return 0;
}

static void finish(struct gitread *read)
{
	struct reading *reading = read->reading;

	free(read->seen);
	read->seen = reading->seen;
	read->len = reading->len;
	read->missing = reading->missing;
	reading->seen = NULL;
	abandon(read);
	gitknown_end(&read->known);
}

int gitread_start(struct gitread *read, int64_t deadline_ns)
{
	int error = begin(read, deadline_ns);

	if (error)
		return error;
	error = start_listing(read);
	if (error)
		abandon(read);
	return error;
}

int gitread_start_from(struct gitread *read, const struct reflines *lines, int64_t deadline_ns)
{
	int error = begin(read, deadline_ns);

	if (error)
		return error;
	error = take_lines(read, lines);
	if (error == 0)
		error = read->reading->count ? start_checking(read) : -EINVAL;
	if (error)
		abandon(read);
	return error;
}

bool gitread_recall(struct gitread *read, const struct reflines *lines)
{
	if (begin(read, 0) < 0)
		return false;
	if (take_lines(read, lines) < 0 || read->reading->count) {
		abandon(read);
		return false;
	}
	finish(read);
	return true;
}

static void set_unsound(struct lockref_seen *seen, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void set_unsound(struct lockref_seen *seen, const char *format, ...)
{
	va_list args;

	seen->is_sound = false;
	va_start(args, format);
	vsnprintf(seen->why, sizeof seen->why, format, args);
	va_end(args);
}

/*
 * Opens the item, or says what is wrong with it. What lies in the commit itself is so for ever and
 * is remembered (memory that is out only costs another reading); what is missing may come yet.
 */
static void judge(struct gitread *read, struct item *item, const struct object_answer *commit,
		  const struct object_answer *blob)
{
	struct lockref_seen *seen = &read->reading->seen[item->at];

	if (!commit->is_there) {
		set_unsound(seen, "its commit is not in the repository");
		read->reading->missing++;
		return;
	}
	if (strcmp(commit->type, "commit") == 0 && !blob->is_there) {
		set_unsound(seen, "its commit has no lock.json that can be read");
		return;
	}
	if (strcmp(commit->type, "commit") != 0)
		set_unsound(seen, "it is a %s, not a commit", commit->type);
	else if (commit->size > COMMIT_MAX)
		set_unsound(seen, "its commit is %zu bytes", commit->size);
	else if (strcmp(blob->type, "blob") != 0)
		set_unsound(seen, "lock.json is a %s", blob->type);
	else if (blob->size > LOCKREF_JSON_MAX)
		set_unsound(seen, "lock.json is %zu bytes", blob->size);
	else
		item->is_open = true;
	if (!item->is_open) {
		gitknown_add(&read->known, seen);
		return;
	}
	memcpy(item->blob, blob->name, sizeof item->blob);
	item->size = commit->size + blob->size;
}

/* False at the end of what was answered. */
static bool advance(struct cursor *cursor, size_t len)
{
	cursor->at += len;
	cursor->len -= len;
	return len != 0;
}

static bool check_item(struct gitread *read, struct item *item, struct cursor *cursor)
{
	struct object_answer commit, blob;

	if (!advance(cursor, object_answer_parse(cursor->at, cursor->len, &commit)) ||
	    !advance(cursor, object_answer_parse(cursor->at, cursor->len, &blob)))
		return false;
	judge(read, item, &commit, &blob);
	return true;
}

static void parse_item(struct gitread *read, struct lockref_seen *seen, const char *commit,
		       size_t commit_len, const char *json, size_t json_len)
{
	char name[OWNER_MAX + 3], address[OWNER_MAX + 3];
	const char *why;
	int error = lockref_parse(json, json_len, seen->hash, &seen->lock, &why);

	if (error == -ENOMEM) {
		set_unsound(seen, "out of memory");
		return;
	}
	if (error) {
		set_unsound(seen, "%s", why);
	} else {
		commit_author(commit, commit_len, name, address);
		lockref_set_author(&seen->lock, name, address);
		seen->is_sound = true;
	}
	gitknown_add(&read->known, seen);
}

static bool read_item(struct gitread *read, struct item *item, struct cursor *cursor)
{
	struct lockref_seen *seen = &read->reading->seen[item->at];
	struct object_answer commit, blob;
	const char *text = NULL, *json = NULL;

	if (!item->is_open)
		return true;
	if (!advance(cursor, object_content_parse(cursor->at, cursor->len, &commit, &text)) ||
	    !advance(cursor, object_content_parse(cursor->at, cursor->len, &blob, &json)))
		return false;
	if (commit.is_there && blob.is_there)
		parse_item(read, seen, text, commit.size, json, blob.size);
	else
		set_unsound(seen, "it went while it was read");
	return true;
}

static int start_next(struct gitread *read)
{
	struct reading *reading = read->reading;

	if (reading->phase == CHECKING && reading->from < reading->count)
		return start_checking(read);
	if (reading->phase == CHECKING) {
		reading->phase = READING;
		reading->from = 0;
	}
	while (reading->from < reading->count && !reading->items[reading->from].is_open)
		reading->from++;
	return reading->from < reading->count ? start_reading(read) : 0;
}

static enum gitread_step fail(struct gitread *read, char why[REPOSITORY_WHY_MAX], int error,
			      const char *words)
{
	if (error)
		snprintf(why, REPOSITORY_WHY_MAX, "git cannot be run: %s", strerror(-error));
	else
		snprintf(why, REPOSITORY_WHY_MAX, "%s", words);
	abandon(read);
	return GITREAD_FAILED;
}

static enum gitread_step fail_child(struct gitread *read, const struct child *child,
				    const char *what, char why[REPOSITORY_WHY_MAX])
{
	child_describe(child, what, why, REPOSITORY_WHY_MAX);
	abandon(read);
	return GITREAD_FAILED;
}

static enum gitread_step go_on(struct gitread *read, char why[REPOSITORY_WHY_MAX])
{
	int error;

	read->reading->child = NULL;
	error = start_next(read);
	if (error)
		return fail(read, why, error, NULL);
	if (read->reading->child)
		return GITREAD_GOES_ON;
	finish(read);
	return GITREAD_DONE;
}

static enum gitread_step take_list(struct gitread *read, const struct child *child,
				   char why[REPOSITORY_WHY_MAX])
{
	struct reading *reading = read->reading;
	struct reflines lines;
	int error;

	if (!child_is_good(child))
		return fail_child(read, child, "git for-each-ref", why);
	error = reflines_parse(child->out.data, child->out.len, read->prefix, &lines);
	if (error == -E2BIG)
		return fail(read, why, 0, "there are too many lock refs");
	if (error == -EBADMSG)
		return fail(read, why, 0, "git for-each-ref answered with nonsense");
	if (error == 0) {
		error = take_lines(read, &lines);
		reflines_release(&lines);
	}
	if (error)
		return fail(read, why, error, NULL);
	reading->phase = CHECKING;
	return go_on(read, why);
}

/*
 * cat-file ends at an object that is damaged, with the answers before it given: that one is not
 * sound, and the others are asked again without it.
 */
static enum gitread_step pass_broken(struct gitread *read, const struct child *child,
				     char why[REPOSITORY_WHY_MAX])
{
	struct reading *reading = read->reading;
	struct item *item = &reading->items[reading->from];

	/* Killed is not damaged: nothing was learnt of the object. */
	if (child->is_too_late || child->is_too_long || WIFSIGNALED(child->status) ||
	    ++reading->broken > BROKEN_MAX)
		return fail_child(read, child, "git cat-file", why);
	item->is_open = false;
	set_unsound(&reading->seen[item->at], "git cannot read it");
	reading->from++;
	return go_on(read, why);
}

static enum gitread_step take_objects(struct gitread *read, const struct child *child,
				      char why[REPOSITORY_WHY_MAX])
{
	struct reading *reading = read->reading;
	const char *text = child->out.data ? child->out.data : "";
	struct cursor cursor = {text, child->out.len};

	for (; reading->from < reading->to; reading->from++) {
		struct item *item = &reading->items[reading->from];

		if (reading->phase == CHECKING ? !check_item(read, item, &cursor)
					       : !read_item(read, item, &cursor))
			break;
	}
	if (!child_is_good(child) && reading->from < reading->to)
		return pass_broken(read, child, why);
	if (!child_is_good(child))
		return fail_child(read, child, "git cat-file", why);
	if (reading->from < reading->to || cursor.len)
		return fail(read, why, 0, "git cat-file answered with nonsense");
	return go_on(read, why);
}

enum gitread_step gitread_continue(struct gitread *read, const struct child *child,
				   char why[REPOSITORY_WHY_MAX])
{
	if (!read->reading || read->reading->child != child)
		return GITREAD_NOT_MINE;
	if (read->reading->phase == LISTING)
		return take_list(read, child, why);
	return take_objects(read, child, why);
}

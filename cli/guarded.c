/*
 * A walk of the work tree that stays on its file system, follows no symlink and skips what
 * people did not write.
 */
#include "guarded.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/smallfile.h"

#define FILES_MAX 50000
#define DEPTH_MAX 12
#define SCRIPT_MAX (256 * 1024)
#define SEEN_MAX 32 /* locks of one file that are told apart */

static const char *const skipped_dirs[] = {
	".git",	  ".hg",  ".svn",  ".lokt",  "node_modules", "vendor",	    ".venv",	   "venv",
	"target", "dist", "build", ".cache", ".tox",	     "__pycache__", "third_party",
};

/* Besides what is executable or begins with #!. */
static const char *const script_ends[] = {
	".sh",	 ".bash", ".zsh",  ".fish", ".mk",	".make",    ".yml",
	".yaml", ".json", ".toml", ".just", "makefile", "justfile", "dockerfile",
};

/* They show commands rather than run them. */
static const char *const skipped_ends[] = {
	".md",	 ".markdown", ".rst",	      ".txt",		".adoc",       ".html",
	".lock", ".log",      ".cursorrules", ".windsurfrules", ".clinerules",
};

static const char *const valued_options[] = {"--ttl", "--timeout", "--on-lost", "--pid", "--note"};

#define LEN_OF(array) (sizeof(array) / sizeof((array)[0]))

struct walk {
	const char *top;
	int (*visit)(const struct guarded *guarded, void *context);
	void *context;
	char *buffer;
	size_t files;
	char seen[SEEN_MAX][RESOURCE_NAME_MAX + 1];
	size_t seen_len;
};

static bool is_among(const char *const *list, size_t len, const char *word)
{
	for (size_t i = 0; i < len; i++) {
		if (strcmp(list[i], word) == 0)
			return true;
	}
	return false;
}

static bool ends_among(const char *const *list, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	for (size_t i = 0; i < len; i++) {
		size_t tail = strlen(list[i]);

		if (name_len >= tail && strcasecmp(name + name_len - tail, list[i]) == 0)
			return true;
	}
	return false;
}

/* A quote opens, closes or stands in the other; what it is then. */
static char quote_behind(char quote, char c)
{
	if (quote)
		return c == quote ? '\0' : quote;
	return c == '"' || c == '\'' ? c : '\0';
}

/*
 * The next word as far as it goes without understanding a shell: quotes hold it together and are
 * dropped, as are backslashes. A quote behind letters that stays open is the end of a string that
 * the whole call stands in. False where there is no word, or it is too long.
 */
static bool next_word(const char **at, const char *end, char out[RESOURCE_NAME_MAX + 1])
{
	const char *opened = NULL;
	char quote = '\0';
	size_t opened_len = 0;
	size_t len = 0;

	while (*at < end && (**at == ' ' || **at == '\t'))
		++*at;
	for (; *at < end && (quote || !strchr(" \t\r;|&\n`", **at)); ++*at) {
		char before = quote;

		quote = quote_behind(quote, **at);
		if (quote && !before) {
			opened = *at;
			opened_len = len;
		}
		if (quote != before || **at == '\\')
			continue;
		if (len == RESOURCE_NAME_MAX)
			break;
		out[len++] = **at;
	}
	if (quote) {
		*at = opened;
		len = opened_len;
	}
	out[len] = '\0';
	return len > 0 && len < RESOURCE_NAME_MAX;
}

/* Could be a lock's name, or be made one by a shell. */
static bool is_plausible(const char *name)
{
	static const char extra[] = " ._@+=,~:%/${}()[]-";
	size_t len = strlen(name);

	for (const char *at = name; *at; at++) {
		if (!isalnum((unsigned char)*at) && !strchr(extra, *at))
			return false;
	}
	return strcmp(name, "NAME") != 0 && !strchr(",.:(", name[len - 1]);
}

/* The lock's name among the words behind "lokt guard". */
static bool find_name(const char *at, const char *end, char out[RESOURCE_NAME_MAX + 1])
{
	while (next_word(&at, end, out)) {
		if (strcmp(out, "--") == 0)
			return false;
		if (out[0] != '-')
			return is_plausible(out);
		if (is_among(valued_options, LEN_OF(valued_options), out) &&
		    !next_word(&at, end, out))
			return false;
	}
	return false;
}

static bool was_seen(struct walk *walk, const char *name)
{
	for (size_t i = 0; i < walk->seen_len; i++) {
		if (strcmp(walk->seen[i], name) == 0)
			return true;
	}
	if (walk->seen_len < SEEN_MAX)
		snprintf(walk->seen[walk->seen_len++], sizeof(walk->seen[0]), "%s", name);
	return false;
}

/* A guard is not one without a command, which may be on the next line. */
static bool has_command(const char *rest, const char *end)
{
	return memmem(rest, (size_t)(end - rest), " --", 3) || end[-1] == '\\';
}

/* What follows "lokt VERB " in the line, or NULL. */
static const char *find_call(const char *line, const char *end, const char *verb)
{
	char call[16];
	size_t len = (size_t)snprintf(call, sizeof(call), "lokt %s ", verb);
	const char *at = memmem(line, (size_t)(end - line), call, len);

	if (!at || (at > line && (isalnum((unsigned char)at[-1]) || strchr("_-.", at[-1]))))
		return NULL;
	return at + len;
}

static int look_at_line(struct walk *walk, const char *path, const char *line, const char *end)
{
	static const char *const verbs[] = {"guard", "lock"};

	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	if (line == end || *line == '#' || (end - line > 1 && memcmp(line, "//", 2) == 0))
		return 0;
	for (size_t i = 0; i < LEN_OF(verbs); i++) {
		struct guarded guarded = {.path = path, .verb = verbs[i]};
		const char *rest = find_call(line, end, verbs[i]);
		int status;

		if (!rest || (i == 0 && !has_command(rest, end)) ||
		    !find_name(rest, end, guarded.name) || was_seen(walk, guarded.name))
			continue;
		status = walk->visit(&guarded, walk->context);
		if (status)
			return status;
	}
	return 0;
}

static bool is_script(const struct walk *walk, const FTSENT *entry)
{
	return entry->fts_statp->st_mode & 0111 || strncmp(walk->buffer, "#!", 2) == 0 ||
	       ends_among(script_ends, LEN_OF(script_ends), entry->fts_name);
}

static int look_at_file(struct walk *walk, const FTSENT *entry)
{
	const char *path = entry->fts_path;
	ssize_t len = smallfile_read(AT_FDCWD, path, walk->buffer, SCRIPT_MAX);
	const char *line = walk->buffer;
	const char *end = walk->buffer + (len > 0 ? len : 0);
	const char *shown = path + strlen(walk->top) + (path[strlen(walk->top)] == '/');
	int status = 0;

	if (len <= 0 || !is_script(walk, entry) || memchr(walk->buffer, '\0', (size_t)len))
		return 0;
	walk->seen_len = 0;
	while (line < end && !status) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *line_end = newline ? newline : end;

		status = look_at_line(walk, shown, line, line_end);
		line = line_end + 1;
	}
	return status;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int look_at(struct walk *walk, FTS *tree, FTSENT *entry)
{
	if (entry->fts_info == FTS_D) {
		bool is_ours = entry->fts_level == 0 ||
			       !is_among(skipped_dirs, LEN_OF(skipped_dirs), entry->fts_name);

		if (!is_ours || entry->fts_level >= DEPTH_MAX)
			fts_set(tree, entry, FTS_SKIP);
		return 0;
	}
	if (entry->fts_info != FTS_F || !S_ISREG(entry->fts_statp->st_mode) ||
	    entry->fts_statp->st_size >= SCRIPT_MAX ||
	    ends_among(skipped_ends, LEN_OF(skipped_ends), entry->fts_name))
		return 0;
	walk->files++;
	return look_at_file(walk, entry);
}

int guarded_find(const char *top, int (*visit)(const struct guarded *guarded, void *context),
		 void *context)
{
	struct walk walk = {.top = top, .visit = visit, .context = context};
	char *start = strdup(top);
	char *starts[] = {start, NULL};
	FTS *tree = start ? fts_open(starts, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, by_name) : NULL;
	FTSENT *entry;
	int status = tree ? 0 : -errno;

	walk.buffer = malloc(SCRIPT_MAX);
	if (!walk.buffer || !start)
		status = -ENOMEM;
	while (!status && walk.files < FILES_MAX && (entry = fts_read(tree)))
		status = look_at(&walk, tree, entry);
	if (tree)
		fts_close(tree);
	free(walk.buffer);
	free(start);
	return status;
}

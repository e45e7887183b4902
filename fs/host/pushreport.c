/*
 * Reads the report of git push --porcelain: a line "FLAG TAB FROM:TO TAB SUMMARY (REASON)" a ref,
 * then "Done". What a server may say when somebody was quicker is a table here; whatever else it
 * says is its refusal.
 */
#include "host/pushreport.h"

#include <string.h>

struct answer {
	const char *words;
	enum remote_fate fate;
};

/* Behind "[remote rejected]": whoever was quicker shows as one of these. */
static const struct answer answers[] = {
	{"failed to update ref", REMOTE_LOST},
	{"failed to lock", REMOTE_LOST},
	{"cannot lock ref", REMOTE_LOST},
	{"incorrect old value", REMOTE_LOST},
	{"but expected", REMOTE_LOST},
	{"reference already exists", REMOTE_LOST},
	{"fetch first", REMOTE_LOST},
	{"stale info", REMOTE_LOST},
	/* The server's trouble, not its will. */
	{"unpacker error", REMOTE_UNKNOWN},
	{"internal server error", REMOTE_UNKNOWN},
	{"failed to report status", REMOTE_UNKNOWN},
};

static bool contains(const char *text, size_t len, const char *words)
{
	return memmem(text, len, words, strlen(words)) != NULL;
}

static bool begins(const char *text, size_t len, const char *words)
{
	return len >= strlen(words) && memcmp(text, words, strlen(words)) == 0;
}

static enum remote_fate fate_of(char flag, const char *summary, size_t len)
{
	if (memchr(" *-=+", flag, 5))
		return REMOTE_DONE;
	if (flag != '!')
		return REMOTE_UNKNOWN;
	/* Our side saw it: the remote's ref is not what was expected. */
	if (begins(summary, len, "[rejected]"))
		return REMOTE_LOST;
	if (!begins(summary, len, "[remote rejected]"))
		return REMOTE_UNKNOWN;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (contains(summary, len, answers[i].words))
			return answers[i].fate;
	return REMOTE_REFUSED;
}

/* The reason in its parentheses, or the summary as a whole; nothing that a log must not hold. */
static void copy_reason(const char *summary, size_t len, char out[LOCKREF_WHY_MAX])
{
	const char *open = len && summary[len - 1] == ')' ? memchr(summary, '(', len) : NULL;
	size_t at = 0;

	if (open) {
		len -= (size_t)(open + 1 - summary) + 1;
		summary = open + 1;
	}
	for (; at < len && at < LOCKREF_WHY_MAX - 1; at++)
		out[at] = summary[at] >= ' ' && summary[at] <= '~' ? summary[at] : '?';
	out[at] = '\0';
}

/* The change that a ref stands for: LOCKREF_PREFIX and its hash. */
static struct remote_change *find(const char *ref, size_t len, struct remote_change *changes,
				  size_t count)
{
	size_t prefix = strlen(LOCKREF_PREFIX);

	if (len != prefix + LOCKREF_HASH_LEN || memcmp(ref, LOCKREF_PREFIX, prefix) != 0)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (memcmp(changes[i].hash, ref + prefix, LOCKREF_HASH_LEN) == 0)
			return &changes[i];
	return NULL;
}

static void read_line(const char *line, size_t len, bool good_ones, struct remote_change *changes,
		      size_t count)
{
	const char *end = line + len, *tab, *colon;
	struct remote_change *change;
	enum remote_fate fate;

	if (len < 2 || line[1] != '\t')
		return;
	tab = memchr(line + 2, '\t', len - 2);
	colon = tab ? memrchr(line + 2, ':', (size_t)(tab - line - 2)) : NULL;
	if (!colon)
		return;
	change = find(colon + 1, (size_t)(tab - colon - 1), changes, count);
	fate = change ? fate_of(line[0], tab + 1, (size_t)(end - tab - 1)) : REMOTE_UNKNOWN;
	if (!change || (fate == REMOTE_DONE) != good_ones)
		return;
	change->fate = fate;
	change->why[0] = '\0';
	if (change->fate == REMOTE_REFUSED || change->fate == REMOTE_UNKNOWN)
		copy_reason(tab + 1, (size_t)(end - tab - 1), change->why);
}

static bool is_complete(const char *text, size_t len)
{
	static const char last[] = "Done\n";
	size_t last_len = sizeof last - 1;

	return len >= last_len && memcmp(text + len - last_len, last, last_len) == 0 &&
	       (len == last_len || text[len - last_len - 1] == '\n');
}

static void read_lines(const char *text, size_t len, bool good_ones, struct remote_change *changes,
		       size_t count)
{
	for (const char *end = text + len, *newline; text < end; text = newline + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (!newline)
			return;
		read_line(text, (size_t)(newline - text), good_ones, changes, count);
	}
}

void pushreport_read(const char *text, size_t len, struct remote_change *changes, size_t count)
{
	if (!is_complete(text, len))
		return;
	/* A remote may have several addresses, each with its line: done is what all took. */
	read_lines(text, len, true, changes, count);
	read_lines(text, len, false, changes, count);
}

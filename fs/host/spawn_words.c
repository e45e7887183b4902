/*
 * How a child ended, as one line for people. Its stderr is somebody else's text: a server's, a
 * hook's; so it is cleaned, and a password in an address is left out.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "host/spawn.h"

#define LINE_MAX_BYTES 400

bool child_is_good(const struct child *child)
{
	return child->has_exited && WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0 &&
	       !child->is_too_late && !child->is_too_long && !child->out.failed;
}

/* Lines that git and ssh say on the way to what matters. */
static bool is_idle_line(const char *line, size_t len)
{
	static const char *const beginnings[] = {"hint:", "warning:", "Warning:", "To ", "From "};
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (len >= strlen(beginnings[i]) &&
		    memcmp(line, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* The first line that tells something, else the first one; NULL when there is none. */
static const char *telling_line(const char *text, size_t *len)
{
	const char *first = NULL;
	size_t first_len = 0;
	for (const char *at = text; at && *at;) {
		size_t step = strcspn(at, "\r\n");
		if (step && !is_idle_line(at, step)) {
			*len = step;
			return at;
		}
		if (step && !first) {
			first = at;
			first_len = step;
		}
		at += step;
		at += strspn(at, "\r\n");
	}
	*len = first_len;
	return first;
}

/* "USER:PASSWORD@" behind "://", if any. */
static size_t credentials_len(const char *at, size_t left)
{
	size_t len = 0;
	while (len < left && !strchr("/ '\"@", at[len]))
		len++;
	return len < left && at[len] == '@' ? len + 1 : 0;
}

/* The bytes of one clean character that text begins with; 0 when it is none. */
static size_t clean_step(const char *text, size_t left)
{
	for (size_t len = 1; len <= 4 && len <= left; len++)
		if (text_is_clean(text, len, len))
			return len;
	return 0;
}

static void add_clean(struct text *out, const char *line, size_t len)
{
	for (size_t at = 0; at < len && out->len < LINE_MAX_BYTES;) {
		size_t step = clean_step(line + at, len - at);
		if (step)
			text_add(out, line + at, step);
		else if (line[at] == '\t')
			text_add(out, " ", 1);
		at += step ? step : 1;
		if (out->len >= 3 && memcmp(out->data + out->len - 3, "://", 3) == 0)
			at += credentials_len(line + at, len - at);
	}
}

static void add_end(struct text *out, const struct child *child)
{
	if (child->is_too_late)
		text_puts(out, " took too long");
	else if (child->is_too_long)
		text_puts(out, " said more than is read");
	else if (WIFSIGNALED(child->status))
		text_printf(out, ": ended by signal %d", WTERMSIG(child->status));
	else
		text_printf(out, ": exit status %d", WEXITSTATUS(child->status));
}

/* Cut between characters. */
static void copy_out(const struct text *line, char *out, size_t cap)
{
	size_t len = line->len < cap ? line->len : cap - 1;
	while (len > 0 && len < line->len && ((unsigned char)line->data[len] & 0xC0) == 0x80)
		len--;
	if (len > 0)
		memcpy(out, line->data, len);
	out[len] = '\0';
}

void child_describe(const struct child *child, const char *what, char *out, size_t cap)
{
	struct text line = {0};
	size_t len;
	const char *said = telling_line(child->err.data, &len);

	text_puts(&line, what);
	add_end(&line, child);
	if (said) {
		text_puts(&line, ": ");
		add_clean(&line, said, len);
	}
	if (cap > 0)
		copy_out(&line, out, cap);
	text_release(&line);
}

/*
 * Parses what git prints about refs and objects. Everything here may come from a repository that
 * others write to, so nothing is believed that was not looked at. Who calls: gitread.c.
 */
#include "host/gitparse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_DIGITS_MAX 18

static bool is_hex(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
			return false;
	return true;
}

bool version_is_valid(const char *text, size_t len)
{
	return (len == 40 || len == 64) && is_hex(text, len);
}

/* Fills out from one line without its newline. 1, 0 when it is none of ours, or -EBADMSG. */
static int parse_line(const char *line, size_t len, const char *prefix, struct refline *out)
{
	size_t prefix_len = strlen(prefix);
	const char *tab = memchr(line, '\t', len), *name, *end = line + len;

	if (!tab || !version_is_valid(line, (size_t)(tab - line)))
		return -EBADMSG;
	name = tab + 1;
	tab = memchr(name, '\t', (size_t)(end - name));
	if (!tab)
		tab = end;
	if ((size_t)(tab - name) != prefix_len + LOCKREF_HASH_LEN ||
	    memcmp(name, prefix, prefix_len) != 0 || !is_hex(name + prefix_len, LOCKREF_HASH_LEN))
		return 0;
	memset(out, 0, sizeof *out);
	memcpy(out->hash, name + prefix_len, LOCKREF_HASH_LEN);
	memcpy(out->version, line, (size_t)(name - 1 - line));
	out->is_symbolic = end - tab > 1;
	return 1;
}

static int add_line(struct reflines *list, size_t *cap, const struct refline *line)
{
	if (list->len == REFLINES_MAX)
		return -E2BIG;
	if (list->len == *cap) {
		size_t more = *cap ? *cap * 2 : 64;
		struct refline *grown = reallocarray(list->lines, more, sizeof *grown);

		if (!grown)
			return -ENOMEM;
		list->lines = grown;
		*cap = more;
	}
	list->lines[list->len++] = *line;
	return 0;
}

static int by_hash(const void *a, const void *b)
{
	return memcmp(((const struct refline *)a)->hash, ((const struct refline *)b)->hash,
		      LOCKREF_HASH_LEN);
}

static int sort(struct reflines *list)
{
	if (list->len)
		qsort(list->lines, list->len, sizeof *list->lines, by_hash);
	for (size_t i = 1; i < list->len; i++)
		if (by_hash(&list->lines[i - 1], &list->lines[i]) == 0)
			return -EBADMSG;
	return 0;
}

int reflines_parse(const char *text, size_t len, const char *prefix, struct reflines *out)
{
	struct reflines list = {0};
	size_t cap = 0;
	int error = 0;

	while (len && error == 0) {
		const char *newline = memchr(text, '\n', len);
		size_t line_len = newline ? (size_t)(newline - text) : len;
		struct refline line;

		error = newline ? parse_line(text, line_len, prefix, &line) : -EBADMSG;
		if (error > 0)
			error = add_line(&list, &cap, &line);
		if (newline) {
			text += line_len + 1;
			len -= line_len + 1;
		}
	}
	if (error == 0)
		error = sort(&list);
	if (error)
		reflines_release(&list);
	else
		*out = list;
	return error;
}

void reflines_release(struct reflines *lines)
{
	free(lines->lines);
	*lines = (struct reflines){0};
}

static bool parse_size(const char *text, size_t len, size_t *out)
{
	size_t size = 0;

	if (len == 0 || len > SIZE_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		size = size * 10 + (size_t)(text[i] - '0');
	}
	*out = size;
	return true;
}

static bool is_type(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < 'a' || text[i] > 'z')
			return false;
	return len > 0 && len <= OBJECT_TYPE_MAX;
}

/* "NAME TYPE SIZE" */
static bool parse_object(const char *line, size_t len, struct object_answer *out)
{
	const char *end = line + len, *space = memchr(line, ' ', len), *type, *size;

	if (!space || !version_is_valid(line, (size_t)(space - line)))
		return false;
	type = space + 1;
	size = memchr(type, ' ', (size_t)(end - type));
	if (!size || !is_type(type, (size_t)(size - type)) ||
	    !parse_size(size + 1, (size_t)(end - size - 1), &out->size))
		return false;
	memcpy(out->name, line, (size_t)(space - line));
	memcpy(out->type, type, (size_t)(size - type));
	return true;
}

size_t object_answer_parse(const char *text, size_t len, struct object_answer *out)
{
	const char *newline = len ? memchr(text, '\n', len) : NULL;

	if (!newline)
		return 0;
	memset(out, 0, sizeof *out);
	out->is_there = parse_object(text, (size_t)(newline - text), out);
	return (size_t)(newline - text) + 1;
}

size_t object_content_parse(const char *text, size_t len, struct object_answer *out,
			    const char **content)
{
	size_t at = object_answer_parse(text, len, out);

	if (at == 0 || !out->is_there)
		return at;
	if (len - at <= out->size || text[at + out->size] != '\n')
		return 0;
	*content = text + at;
	return at + out->size + 1;
}

/* Clipped at a NUL as well: a C string ends there. */
static void copy_part(const char *from, const char *end, char out[OWNER_MAX + 3])
{
	size_t len = strnlen(from, (size_t)(end - from));

	if (len > OWNER_MAX + 2)
		len = OWNER_MAX + 2;
	memcpy(out, from, len);
	out[len] = '\0';
}

static void split_author(const char *line, const char *end, char *name, char *address)
{
	const char *open = memchr(line, '<', (size_t)(end - line)), *close;

	if (!open)
		return;
	close = memchr(open, '>', (size_t)(end - open));
	copy_part(line, open > line && open[-1] == ' ' ? open - 1 : open, name);
	if (close)
		copy_part(open, close + 1, address);
}

void commit_author(const char *commit, size_t len, char name[OWNER_MAX + 3],
		   char address[OWNER_MAX + 3])
{
	static const char key[] = "author ";
	const char *end = commit + len;

	name[0] = address[0] = '\0';
	for (const char *line = commit, *newline; line < end && *line != '\n'; line = newline + 1) {
		newline = memchr(line, '\n', (size_t)(end - line));
		if (!newline)
			return;
		if ((size_t)(newline - line) < sizeof key - 1 ||
		    memcmp(line, key, sizeof key - 1) != 0)
			continue;
		split_author(line + sizeof key - 1, newline, name, address);
		return;
	}
}

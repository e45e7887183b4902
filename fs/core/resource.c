/*
 * Resource names: the codec between a resource's bytes and its one file name, what a
 * path: may look like, and which names overlap. All on strings; nothing is allocated.
 */
#include "lokt/resource.h"

#include <string.h>

#include "lokt/text.h"

#define PATH_PREFIX "path:"
#define REPO_PREFIX "repo:"
#define PREFIX_LEN (sizeof PATH_PREFIX - 1)
#define ENCODED_SLASH "%2F"

static bool is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word_byte(unsigned char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool is_literal(unsigned char c)
{
	return is_word_byte(c) || (c && strchr("@+=,~:", c));
}

/* The value of an upper case hex digit, or -1: lower case is not canonical. */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Writes the canonical name of the bytes; false when it would be too long. */
static bool encode(const char *bytes, char out[RESOURCE_NAME_MAX + 1])
{
	static const char digits[] = "0123456789ABCDEF";
	size_t len = 0;
	bool dot_may_stand = false;

	for (const char *at = bytes; *at; at++) {
		unsigned char c = (unsigned char)*at;
		bool is_plain = is_literal(c) || (c == '.' && dot_may_stand);

		if (len + (is_plain ? 1 : 3) > RESOURCE_NAME_MAX)
			return false;
		if (is_plain) {
			out[len++] = (char)c;
		} else {
			out[len++] = '%';
			out[len++] = digits[c >> 4];
			out[len++] = digits[c & 15];
		}
		dot_may_stand = !is_plain || c != '.';
	}
	out[len] = '\0';
	return true;
}

/* False when an escape is malformed or stands for NUL; out then holds nothing of use. */
static bool decode(const char *name, char out[RESOURCE_NAME_MAX + 1])
{
	size_t len = 0;

	for (const char *at = name; *at; at++) {
		if (len == RESOURCE_NAME_MAX)
			return false;
		if (*at != '%') {
			out[len++] = *at;
			continue;
		}
		int high = hex_value(at[1]);
		int low = high < 0 ? -1 : hex_value(at[2]);

		if (low < 0 || (high == 0 && low == 0))
			return false;
		out[len++] = (char)(high << 4 | low);
		at += 2;
	}
	out[len] = '\0';
	return true;
}

static bool is_canonical_path(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

enum resource_kind resource_kind_of(const char *name)
{
	const char *at = name;

	if (!is_letter((unsigned char)*at))
		return RESOURCE_PLAIN;
	while (is_word_byte((unsigned char)*at))
		at++;
	if (*at != ':')
		return RESOURCE_PLAIN;
	if (strncmp(name, PATH_PREFIX, PREFIX_LEN) == 0)
		return RESOURCE_PATH;
	if (strncmp(name, REPO_PREFIX, PREFIX_LEN) == 0)
		return RESOURCE_REPO;
	return RESOURCE_SHARED;
}

static enum verdict check_bytes(const char *bytes)
{
	if (!*bytes)
		return VERDICT_BAD_NAME;
	if (resource_kind_of(bytes) == RESOURCE_PATH && !is_canonical_path(bytes + PREFIX_LEN))
		return VERDICT_BAD_NAME;
	return VERDICT_OK;
}

/* The name is what the codec would make of some bytes; those are in bytes then. */
static bool is_encoded(const char *name, char bytes[RESOURCE_NAME_MAX + 1])
{
	char again[RESOURCE_NAME_MAX + 1];

	return decode(name, bytes) && encode(bytes, again) && strcmp(name, again) == 0;
}

static void set_name(const char *name, struct resource *out)
{
	size_t len = strlen(name);

	memset(out, 0, sizeof *out);
	memcpy(out->name, name, len);
	out->kind = resource_kind_of(name);
}

enum verdict resource_from_name(const char *name, struct resource *out)
{
	char bytes[RESOURCE_NAME_MAX + 1];
	enum verdict verdict;

	if (strnlen(name, RESOURCE_NAME_MAX + 1) > RESOURCE_NAME_MAX)
		return VERDICT_NAME_TOO_LONG;
	if (!is_encoded(name, bytes))
		return VERDICT_BAD_NAME;
	verdict = check_bytes(bytes);
	if (verdict == VERDICT_OK)
		set_name(name, out);
	return verdict;
}

enum verdict resource_from_bytes(const char *bytes, struct resource *out)
{
	char name[RESOURCE_NAME_MAX + 1];
	enum verdict verdict = check_bytes(bytes);

	if (verdict != VERDICT_OK)
		return verdict;
	if (!encode(bytes, name))
		return VERDICT_NAME_TOO_LONG;
	set_name(name, out);
	return VERDICT_OK;
}

enum verdict resource_from_text(const char *text, struct resource *out)
{
	char buffer[RESOURCE_NAME_MAX + 1];

	if (strnlen(text, RESOURCE_NAME_MAX + 1) > RESOURCE_NAME_MAX)
		return VERDICT_NAME_TOO_LONG;
	if (is_encoded(text, buffer))
		return resource_from_name(text, out);
	return resource_from_bytes(text, out);
}

void resource_bytes(const struct resource *resource, char out[RESOURCE_NAME_MAX + 1])
{
	if (!decode(resource->name, out))
		out[0] = '\0'; /* not from our parsers: name no resource rather than another */
}

void resource_display_name(const char *name, char out[RESOURCE_NAME_MAX + 1])
{
	char bytes[RESOURCE_NAME_MAX + 1];
	struct resource again;
	bool is_clean =
		decode(name, bytes) && text_is_clean(bytes, strlen(bytes), RESOURCE_NAME_MAX) &&
		resource_from_text(bytes, &again) == VERDICT_OK && strcmp(again.name, name) == 0;

	strcpy(out, is_clean ? bytes : name);
}

void resource_display(const struct resource *resource, char out[RESOURCE_NAME_MAX + 1])
{
	resource_display_name(resource->name, out);
}

bool resource_is_equal(const struct resource *a, const struct resource *b)
{
	return strcmp(a->name, b->name) == 0;
}

/* inner lies below outer. A slash is always encoded, so names compare as paths do. */
static bool path_contains(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	return strncmp(outer, inner, len) == 0 &&
	       strncmp(inner + len, ENCODED_SLASH, sizeof ENCODED_SLASH - 1) == 0;
}

bool resource_names_overlap(const char *a, const char *b)
{
	enum resource_kind kind_a = resource_kind_of(a);
	enum resource_kind kind_b = resource_kind_of(b);

	if (strcmp(a, b) == 0)
		return true;
	if (kind_a == RESOURCE_PLAIN || kind_b == RESOURCE_PLAIN)
		return false;
	if (kind_a == RESOURCE_REPO || kind_b == RESOURCE_REPO)
		return true;
	return kind_a == RESOURCE_PATH && kind_b == RESOURCE_PATH &&
	       (path_contains(a, b) || path_contains(b, a));
}

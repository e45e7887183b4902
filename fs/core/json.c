/*
 * The strict JSON reader. A document is its text: judged once, and kept. A value is a place in it,
 * and what is asked of it is looked for there. So there is no tree to build, and numbers stay what
 * they are written as.
 */
#include "core/json.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_judge.h"
#include "core/json_string.h"
#include "lokt/duration.h"

#define NUMBER "0123456789+-.eE"
#define SPACE " \t\n\r"

static const char *skip_space(const char *at)
{
	return at + strspn(at, SPACE);
}

static const char *skip_value(const char *at)
{
	size_t depth = 0;

	if (*at != '{' && *at != '[')
		return *at == '"' ? json_skip_string(at) : at + strcspn(at, ",]}" SPACE);
	do {
		if (*at == '"') {
			at = json_skip_string(at);
		} else {
			depth += *at == '{' || *at == '[' ? 1 : (size_t)-1;
			at++;
		}
		at += depth ? strcspn(at, "\"{}[]") : 0;
	} while (depth);
	return at;
}

void json_release(struct json_document *document)
{
	free(document->text);
	document->text = NULL;
}

static int parse(const char *text, size_t len, char mark, struct json_document *out)
{
	char *copy;

	if (json_judge(text, len, NULL, 0) != JSON_WHOLE)
		return -EINVAL;
	copy = malloc(len + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (*skip_space(copy) != mark) {
		free(copy);
		return -EINVAL;
	}
	out->text = copy;
	return 0;
}

int json_parse(const char *text, size_t len, struct json_document *out)
{
	return parse(text, len, '{', out);
}

int json_parse_array(const char *text, size_t len, struct json_document *out)
{
	return parse(text, len, '[', out);
}

struct json json_root(const struct json_document *document)
{
	return (struct json){skip_space(document->text)};
}

bool json_is_beginning(const char *text, size_t len, const char *const *keys, size_t count)
{
	while (len && memchr(SPACE, *text, sizeof SPACE - 1)) {
		text++;
		len--;
	}
	return len && *text == '{' && json_judge(text, len, keys, count) == JSON_CUT;
}

/* Writers keep to the table's order: the next key is most likely the one behind the last. */
int json_members(struct json object, const char *const *keys, size_t count, bool is_closed,
		 struct json *values)
{
	struct json found[count];
	const char *at = object.at;
	size_t expected = 0;

	if (!at || *at != '{')
		return -EINVAL;
	memset(found, 0, sizeof found);
	for (at = skip_space(at + 1); *at != '}'; at = skip_space(at + (*at == ','))) {
		size_t i = json_find_key(at, keys, count, expected);

		if (i == count ? is_closed : json_has(found[i]))
			return -EINVAL;
		at = skip_space(json_skip_string(at)) + 1; /* the colon */
		at = skip_space(at);
		if (i < count) {
			found[i].at = at;
			expected = i + 1;
		}
		at = skip_space(skip_value(at));
	}
	memcpy(values, found, sizeof found);
	return 0;
}

static struct json element_at(const char *at)
{
	at = skip_space(at);
	return (struct json){*at == ']' ? NULL : at};
}

int json_first(struct json array, struct json *first)
{
	if (!array.at || *array.at != '[')
		return -EINVAL;
	*first = element_at(array.at + 1);
	return 0;
}

struct json json_next(struct json element)
{
	const char *at;

	if (!element.at)
		return element;
	at = skip_space(skip_value(element.at));
	return element_at(at + (*at == ','));
}

static bool begins_with(struct json value, char mark)
{
	return value.at && *value.at == mark;
}

bool json_is_null(struct json value)
{
	return begins_with(value, 'n');
}

bool json_is_string(struct json value)
{
	return begins_with(value, '"');
}

int json_get_bool(struct json value, bool *out)
{
	if (!begins_with(value, 't') && !begins_with(value, 'f'))
		return -EINVAL;
	*out = *value.at == 't';
	return 0;
}

/* How long a number is; 0: it is none. */
static size_t number_len(struct json value)
{
	return begins_with(value, '-') || (value.at && isdigit((unsigned char)*value.at))
		       ? strspn(value.at, NUMBER)
		       : 0;
}

/* Digits with an optional minus; "5.0", as some writers spell a whole number, is one too. */
static int parse_i64(const char *text, size_t len, int64_t min, int64_t max, int64_t *out)
{
	long long number;
	char *end;

	if (!isdigit((unsigned char)text[*text == '-']))
		return -EINVAL;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (*end == '.')
		end += 1 + strspn(end + 1, "0");
	if (errno || end != text + len || number < min || number > max)
		return -EINVAL;
	*out = number;
	return 0;
}

int json_get_i64(struct json value, int64_t min, int64_t max, int64_t *out)
{
	size_t len = number_len(value);

	return len ? parse_i64(value.at, len, min, max, out) : -EINVAL;
}

int json_get_decimal(struct json value, int64_t min, int64_t max, int64_t *out)
{
	char digits[64];

	if (json_get_string(value, sizeof digits - 1, digits))
		return -EINVAL;
	return parse_i64(digits, strlen(digits), min, max, out);
}

int json_get_seconds(struct json value, int64_t *ms)
{
	size_t len = number_len(value);

	return len ? duration_parse(value.at, len, ms) : -EINVAL;
}

int json_get_string(struct json value, size_t max, char *out)
{
	char text[max + 1];

	if (!json_is_string(value) || !json_decode(value.at, max, text))
		return -EINVAL;
	strcpy(out, text);
	return 0;
}

int json_get_clean(struct json value, size_t max, char *out)
{
	char text[max + 1];

	if (json_get_string(value, max, text) || !text_is_clean(text, strlen(text), max))
		return -EINVAL;
	strcpy(out, text);
	return 0;
}

char *json_print(struct json value)
{
	struct text out = {0};
	const char *end = value.at ? skip_value(value.at) : NULL;

	for (const char *at = value.at; at < end; at = skip_space(at)) {
		const char *next = *at == '"' ? json_skip_string(at) : at + strcspn(at, "\"" SPACE);

		next = next < end ? next : end;
		text_add(&out, at, (size_t)(next - at));
		at = next;
	}
	if (out.failed)
		text_release(&out);
	return out.data;
}

void json_add_seconds(struct text *out, int64_t ms)
{
	char decimals[] = ".000";
	size_t len = sizeof decimals - 1;
	int64_t rest = ms % MS_PER_SEC;

	text_add_i64(out, ms / MS_PER_SEC);
	if (rest == 0)
		return;
	for (int i = 3; i > 0; i--, rest /= 10)
		decimals[i] = (char)('0' + rest % 10);
	while (decimals[len - 1] == '0')
		len--;
	text_add(out, decimals, len);
}

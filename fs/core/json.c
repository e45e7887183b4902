/*
 * The strict JSON reader. cJSON parses and builds the tree; this adds what it lets pass. cJSON
 * also keeps numbers in doubles, which would round tokens and times: it is given a checked copy
 * of the text in which each number is a marked string, and the tree gets the digits back.
 */
#include "core/json.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lokt/duration.h"

#define DIGITS "0123456789"

/* Begins the string that stands for a number. No text has it: the byte is never in UTF-8. */
#define MARK "\xFF"

/* A text on its way into cJSON. What it breaks off in is completed in the copy. */
struct intake {
	const char *at;
	const char *end;
	struct text copy;
	char closers[JSON_DEPTH_MAX]; /* what will end each object and array that is open */
	size_t depth;
};

/* What follows \u, as far as the text goes; cJSON takes NUL and reads bad digits as one. */
static bool take_hex4(struct intake *in)
{
	bool is_nul = true;

	for (int i = 0; i < 4; i++, in->at++) {
		if (in->at == in->end)
			return true;
		if (!isxdigit((unsigned char)*in->at))
			return false;
		is_nul = is_nul && *in->at == '0';
	}
	return !is_nul;
}

static bool take_string(struct intake *in)
{
	const char *start = in->at++;

	while (in->at < in->end && *in->at != '"') {
		unsigned char c = (unsigned char)*in->at++;

		if (c < ' ')
			return false;
		if (c == '\\' && in->at < in->end && *in->at++ == 'u' && !take_hex4(in))
			return false;
	}
	if (in->at == in->end) {
		text_puts(&in->copy, "\"" MARK "\"");
		return true;
	}
	in->at++;
	text_add(&in->copy, start, (size_t)(in->at - start));
	return text_is_utf8(start, (size_t)(in->at - start));
}

/* Anything that looks like a number; is_number() judges it. */
static bool take_number(struct intake *in)
{
	static const char bytes[] = DIGITS "+-.eE";
	const char *start = in->at;

	while (in->at < in->end && memchr(bytes, *in->at, sizeof bytes - 1))
		in->at++;
	text_puts(&in->copy, "\"" MARK);
	text_add(&in->copy, start, (size_t)(in->at - start));
	text_add(&in->copy, "\"", 1);
	return true;
}

static bool take_word(struct intake *in)
{
	static const char *const words[] = {"true", "false", "null"};
	const char *start = in->at;
	size_t len;

	while (in->at < in->end && *in->at >= 'a' && *in->at <= 'z')
		in->at++;
	len = (size_t)(in->at - start);
	text_add(&in->copy, start, len);
	for (size_t i = 0; in->at == in->end && i < sizeof words / sizeof *words; i++)
		if (strncmp(words[i], start, len) == 0)
			text_puts(&in->copy, words[i] + len);
	return true;
}

/* All else that JSON has; cJSON would pass over any control character. */
static bool take_mark(struct intake *in)
{
	char c = *in->at++;

	text_add(&in->copy, &c, 1);
	if (c == '{' || c == '[') {
		if (in->depth == JSON_DEPTH_MAX)
			return false;
		in->closers[in->depth++] = c == '{' ? '}' : ']';
		return true;
	}
	if (c == '}' || c == ']')
		return in->depth > 0 && in->closers[--in->depth] == c;
	return memchr(",: \t\n\r", c, 6) != NULL;
}

static bool take_text(struct intake *in)
{
	while (in->at < in->end) {
		char c = *in->at;
		bool is_number = c == '-' || (c >= '0' && c <= '9');
		bool is_fine = c == '"'		      ? take_string(in)
			       : is_number	      ? take_number(in)
			       : c >= 'a' && c <= 'z' ? take_word(in)
						      : take_mark(in);

		if (!is_fine)
			return false;
	}
	return true;
}

static void release_intake(struct intake *in)
{
	text_release(&in->copy);
}

/* Out of memory, cJSON returns what it returns for a fault; only errno tells. */
static int parse_copy(const struct text *copy, cJSON **root)
{
	if (copy->failed)
		return -ENOMEM;
	if (!copy->len)
		return -EINVAL;
	errno = 0;
	*root = cJSON_ParseWithLengthOpts(copy->data, copy->len + 1, NULL, true);
	if (*root)
		return 0;
	return errno == ENOMEM ? -ENOMEM : -EINVAL;
}

/* Moves over digits, of which there must be one. */
static bool skip_digits(const char **at)
{
	size_t len = strspn(*at, DIGITS);

	*at += len;
	return len > 0;
}

static bool is_number(const char *at)
{
	at += *at == '-';
	if (*at == '0')
		at++;
	else if (!skip_digits(&at))
		return false;
	if (*at == '.') {
		at++;
		if (!skip_digits(&at))
			return false;
	}
	if (*at == 'e' || *at == 'E') {
		at += at[1] == '+' || at[1] == '-' ? 2 : 1;
		if (!skip_digits(&at))
			return false;
	}
	return !*at;
}

/* Gives the numbers of a tree their digits back, as what cJSON prints as it is. */
static bool unmark(cJSON *item)
{
	for (; item; item = item->next) {
		char *text = item->valuestring;

		if ((item->string && *item->string == *MARK) || !unmark(item->child))
			return false;
		if (!text || *text != *MARK)
			continue;
		if (!is_number(text + 1))
			return false;
		memmove(text, text + 1, strlen(text));
		item->type = cJSON_Raw;
	}
	return true;
}

void json_release(struct json_document *document)
{
	cJSON_Delete(document->root);
	document->root = NULL;
}

int json_parse(const char *text, size_t len, struct json_document *out)
{
	__attribute__((cleanup(release_intake))) struct intake in = {.at = text, .end = text + len};
	JSON_DOCUMENT(document);
	int error;

	if (!take_text(&in))
		return -EINVAL;
	error = parse_copy(&in.copy, &document.root);
	if (error)
		return error;
	if (!cJSON_IsObject(document.root) || !unmark(document.root))
		return -EINVAL;
	*out = document;
	document.root = NULL;
	return 0;
}

struct json json_root(const struct json_document *document)
{
	return (struct json){document->root};
}

/* Index of the key, looked for from `from` on and around: writers keep to the table's order. */
static size_t find_key(const char *key, const char *const *keys, size_t count, size_t from)
{
	for (size_t i = 0; i < count; i++) {
		size_t at = from + i < count ? from + i : from + i - count;

		if (strcmp(keys[at], key) == 0)
			return at;
	}
	return count;
}

int json_members(struct json object, const char *const *keys, size_t count, bool is_closed,
		 struct json *values)
{
	struct json found[count];
	const cJSON *member;
	size_t expected = 0;

	if (!cJSON_IsObject(object.item))
		return -EINVAL;
	memset(found, 0, sizeof found);
	cJSON_ArrayForEach (member, object.item) {
		size_t i = find_key(member->string, keys, count, expected);

		if (i == count ? is_closed : json_has(found[i]))
			return -EINVAL;
		if (i < count) {
			found[i].item = member;
			expected = i + 1;
		}
	}
	memcpy(values, found, sizeof found);
	return 0;
}

/* The keys are sound; the one that had to be made up, or broke off, is as good as any. */
static bool has_known_keys(const cJSON *object, const char *const *keys, size_t count)
{
	const char *known[count + 1];
	struct json values[count + 1];

	memcpy(known, keys, count * sizeof *keys);
	known[count] = MARK;
	return json_members((struct json){object}, known, count + 1, true, values) == 0;
}

/* Completes the text in each way in which it can be, and looks at what comes of it. */
bool json_is_beginning(const char *text, size_t len, const char *const *keys, size_t count)
{
	static const char *const tails[] = {"", ":null", "null", "\"" MARK "\":null"};
	__attribute__((cleanup(release_intake))) struct intake in = {.at = text, .end = text + len};
	size_t copied;

	if (!take_text(&in) || in.depth == 0)
		return false;
	copied = in.copy.len;
	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		JSON_DOCUMENT(completed);

		in.copy.len = copied;
		text_puts(&in.copy, tails[i]);
		for (size_t depth = in.depth; depth-- > 0;)
			text_add(&in.copy, &in.closers[depth], 1);
		if (parse_copy(&in.copy, &completed.root) == 0)
			return has_known_keys(completed.root, keys, count);
	}
	return false;
}

int json_first(struct json array, struct json *first)
{
	if (!cJSON_IsArray(array.item))
		return -EINVAL;
	first->item = array.item->child;
	return 0;
}

struct json json_next(struct json element)
{
	return (struct json){element.item ? element.item->next : NULL};
}

bool json_is_null(struct json value)
{
	return cJSON_IsNull(value.item);
}

bool json_is_string(struct json value)
{
	return cJSON_IsString(value.item);
}

int json_get_bool(struct json value, bool *out)
{
	if (!cJSON_IsBool(value.item))
		return -EINVAL;
	*out = cJSON_IsTrue(value.item);
	return 0;
}

/* Digits with an optional minus; "5.0", as some writers spell a whole number, is one too. */
static int parse_i64(const char *text, int64_t min, int64_t max, int64_t *out)
{
	long long number;
	char *end;

	if (!isdigit((unsigned char)text[*text == '-']))
		return -EINVAL;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (*end == '.')
		end += 1 + strspn(end + 1, "0");
	if (errno || *end || number < min || number > max)
		return -EINVAL;
	*out = number;
	return 0;
}

int json_get_i64(struct json value, int64_t min, int64_t max, int64_t *out)
{
	if (!cJSON_IsRaw(value.item))
		return -EINVAL;
	return parse_i64(value.item->valuestring, min, max, out);
}

int json_get_seconds(struct json value, int64_t *ms)
{
	if (!cJSON_IsRaw(value.item))
		return -EINVAL;
	return duration_parse(value.item->valuestring, strlen(value.item->valuestring), ms);
}

int json_get_string(struct json value, size_t max, char *out)
{
	size_t len;

	if (!cJSON_IsString(value.item))
		return -EINVAL;
	len = strlen(value.item->valuestring);
	if (len > max)
		return -EINVAL;
	memcpy(out, value.item->valuestring, len + 1);
	return 0;
}

int json_get_clean(struct json value, size_t max, char *out)
{
	const char *text = cJSON_GetStringValue(value.item);

	if (!text || !text_is_clean(text, strlen(text), max))
		return -EINVAL;
	return json_get_string(value, max, out);
}

char *json_print(struct json value)
{
	return cJSON_PrintUnformatted(value.item);
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

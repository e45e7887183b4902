/*
 * Text from outside is judged here, and text for outside is put together here: a growing
 * buffer with the few JSON pieces that every writer needs. Reading JSON is json.h's.
 */
#include "lokt/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/plain.h"

#define TEXT_FIRST_CAP 256
#define DIGITS_MAX 20
#define REPLACEMENT "\xEF\xBF\xBD"

/* The bytes that a lead byte asks for, its payload, and the least value of that length. */
static size_t utf8_lead(unsigned char c, uint32_t *value, uint32_t *least)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = {
		{0x80, 0x00, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if ((c & forms[i].mask) == forms[i].lead) {
			*value = c & (unsigned char)~forms[i].mask;
			*least = forms[i].least;
			return i + 1;
		}
	return 0;
}

/* Length of the character that text begins with, its code point in *code; 0 when invalid. */
static size_t utf8_next(const char *text, size_t len, uint32_t *code)
{
	uint32_t value, least;
	size_t need = len ? utf8_lead((unsigned char)text[0], &value, &least) : 0;

	if (need == 0 || need > len)
		return 0;
	for (size_t i = 1; i < need; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c & 0xC0) != 0x80)
			return 0;
		value = value << 6 | (c & 0x3F);
	}
	if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
		return 0;
	*code = value;
	return need;
}

/* May move a terminal's cursor, its state or the order in which it shows things. */
static bool is_treacherous(uint32_t code)
{
	return code < 0x20 || (code >= 0x7F && code <= 0x9F) ||
	       (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

bool text_is_utf8(const char *text, size_t len)
{
	uint32_t code;

	for (size_t at = 0, step; at < len; at += step) {
		step = utf8_next(text + at, len - at, &code);
		if (step == 0)
			return false;
	}
	return true;
}

bool text_is_clean(const char *text, size_t len, size_t max)
{
	uint32_t code;

	if (len > max)
		return false;
	for (size_t at = 0, step; at < len; at += step) {
		step = utf8_next(text + at, len - at, &code);
		if (step == 0 || is_treacherous(code))
			return false;
	}
	return true;
}

static bool grow(struct text *text, size_t len)
{
	size_t cap = text->cap ? text->cap : TEXT_FIRST_CAP;
	char *data;

	if (text->failed)
		return false;
	while (cap - text->len <= len && cap <= SIZE_MAX / 2)
		cap *= 2;
	data = cap - text->len > len ? realloc(text->data, cap) : NULL;
	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->cap = cap;
	return true;
}

/* Room for len more bytes and a NUL. */
static inline bool reserve(struct text *text, size_t len)
{
	if (!text->failed && len < text->cap && text->len < text->cap - len)
		return true;
	return grow(text, len);
}

/* What is written up to `at` belongs to the text. */
static inline void end_at(struct text *text, char *at)
{
	*at = '\0';
	text->len = (size_t)(at - text->data);
}

#define SHORT 16

/* Most pieces are a few bytes long, where a call costs more than the bytes. */
static inline char *put(char *at, const char *bytes, size_t len)
{
	if (len > SHORT)
		return (char *)memcpy(at, bytes, len) + len;
	while (len--)
		*at++ = *bytes++;
	return at;
}

void text_add(struct text *text, const char *bytes, size_t len)
{
	if (reserve(text, len))
		end_at(text, put(text->data + text->len, bytes, len));
}

void text_puts(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		text->failed = true;
		return;
	}
	if (!reserve(text, (size_t)len))
		return;
	va_start(args, format);
	vsnprintf(text->data + text->len, (size_t)len + 1, format, args);
	va_end(args);
	text->len += (size_t)len;
}

void text_add_u64(struct text *text, uint64_t number)
{
	char digits[2 * DIGITS_MAX] = {0}; /* so that as many as ever can always be copied */
	size_t first = DIGITS_MAX;

	do {
		digits[--first] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	if (!reserve(text, DIGITS_MAX))
		return;
	memcpy(text->data + text->len, digits + first, DIGITS_MAX);
	end_at(text, text->data + text->len + DIGITS_MAX - first);
}

void text_add_i64(struct text *text, int64_t number)
{
	if (number < 0)
		text_add(text, "-", 1);
	text_add_u64(text, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void text_add_line(struct text *text, const char *string, size_t room)
{
	size_t len = strlen(string);

	for (size_t at = 0; at < len && !text->failed;) {
		uint32_t code = 0;
		size_t step = utf8_next(string + at, len - at, &code);
		bool is_clean = step && !is_treacherous(code);
		size_t need = is_clean ? step : 1;

		if (need > room)
			return;
		text_add(text, is_clean ? string + at : " ", need);
		room -= need;
		at += step ? step : 1;
	}
}

static void add_json_escape(struct text *text, uint32_t code)
{
	switch (code) {
	case '"':
		text_puts(text, "\\\"");
		break;
	case '\\':
		text_puts(text, "\\\\");
		break;
	case '\n':
		text_puts(text, "\\n");
		break;
	case '\t':
		text_puts(text, "\\t");
		break;
	default:
		text_printf(text, "\\u%04x", (unsigned)code);
	}
}

/* What must not be copied is escaped; runs in between are copied whole. */
static void add_json_from(struct text *text, const char *string, size_t len)
{
	size_t copied = 0, at = 0;

	while (at < len) {
		uint32_t code = 0;
		size_t step = utf8_next(string + at, len - at, &code);

		if (step && code != '"' && code != '\\' && !is_treacherous(code)) {
			at += step;
			continue;
		}
		text_add(text, string + copied, at - copied);
		if (step)
			add_json_escape(text, code);
		else
			text_puts(text, REPLACEMENT);
		at += step ? step : 1;
		copied = at;
	}
	text_add(text, string + copied, len - copied);
	text_add(text, "\"", 1);
}

/* Copies up to the first byte that may need more than that; returns how many. */
static inline size_t put_plain(char *at, const char *string, size_t len)
{
	size_t done = 0;
	uint64_t bytes;

	for (; len - done >= sizeof bytes; done += sizeof bytes) {
		memcpy(&bytes, string + done, sizeof bytes);
		if (plain_breaks(bytes))
			break;
		memcpy(at + done, &bytes, sizeof bytes);
	}
	for (; done < len && is_plain(string[done]); done++)
		at[done] = string[done];
	return done;
}

/* Nearly every string is plain to its end. */
void text_add_json(struct text *text, const char *string)
{
	size_t len = strlen(string);
	size_t plain;
	char *at;

	if (!reserve(text, len + 2))
		return;
	at = text->data + text->len;
	*at++ = '"';
	plain = put_plain(at, string, len);
	at += plain;
	if (plain == len)
		*at++ = '"';
	end_at(text, at);
	if (plain < len)
		add_json_from(text, string + plain, len - plain);
}

void text_key(struct text *text, const char *key)
{
	char last = text->len ? text->data[text->len - 1] : '{';
	size_t len = strlen(key);
	char *at;

	if (!reserve(text, len + 4))
		return;
	at = text->data + text->len;
	if (last != '{' && last != '[')
		*at++ = ',';
	*at++ = '"';
	at = put(at, key, len);
	*at++ = '"';
	*at++ = ':';
	end_at(text, at);
}

void text_key_string(struct text *text, const char *key, const char *value)
{
	text_key(text, key);
	text_add_json(text, value);
}

void text_key_i64(struct text *text, const char *key, int64_t value)
{
	text_key(text, key);
	text_add_i64(text, value);
}

void text_key_u64(struct text *text, const char *key, uint64_t value)
{
	text_key(text, key);
	text_add_u64(text, value);
}

void text_key_bool(struct text *text, const char *key, bool value)
{
	text_key(text, key);
	text_puts(text, value ? "true" : "false");
}

void text_clear(struct text *text)
{
	text->len = 0;
	text->failed = false;
	if (text->data)
		text->data[0] = '\0';
}

void text_release(struct text *text)
{
	free(text->data);
	memset(text, 0, sizeof *text);
}

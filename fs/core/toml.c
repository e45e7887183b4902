/*
 * See toml.h. What cannot be followed is refused: a setting that is misread is none.
 */
#include "core/toml.h"

#include <errno.h>
#include <string.h>

#include "lokt/text.h"

#define DEPTH_MAX 16

static bool fault(struct toml *toml, const char *what)
{
	toml->what = what;
	return false;
}

/* The byte at a distance, NUL behind the end: no byte of a sound file is NUL. */
static char peek(const struct toml *toml, size_t distance)
{
	return (size_t)(toml->end - toml->at) > distance ? toml->at[distance] : '\0';
}

static bool begins(const struct toml *toml, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(toml->end - toml->at) >= len && memcmp(toml->at, text, len) == 0;
}

static bool take(struct toml *toml, const char *text)
{
	if (!begins(toml, text))
		return false;
	toml->at += strlen(text);
	return true;
}

static bool take_newline(struct toml *toml)
{
	if (!take(toml, "\r\n") && !take(toml, "\n"))
		return false;
	toml->line++;
	return true;
}

static void skip_blanks(struct toml *toml)
{
	while (peek(toml, 0) == ' ' || peek(toml, 0) == '\t')
		toml->at++;
}

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static void skip_comment(struct toml *toml)
{
	if (peek(toml, 0) != '#')
		return;
	while (toml->at < toml->end && !is_control(*toml->at))
		toml->at++;
}

/* Blanks, comments and line ends, as they may stand inside an array. */
static void skip_lines(struct toml *toml)
{
	do {
		skip_blanks(toml);
		skip_comment(toml);
	} while (take_newline(toml));
}

static bool end_line(struct toml *toml)
{
	skip_blanks(toml);
	skip_comment(toml);
	if (toml->at == toml->end || take_newline(toml))
		return true;
	return fault(toml, "something follows what should be the end of the line");
}

static void keep(struct toml_word *word, char c)
{
	if (!word)
		return;
	if (word->len == TOML_WORD_MAX)
		word->is_long = true;
	else
		word->text[word->len++] = c;
	word->text[word->len] = '\0';
}

static int hex_value(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) % 16 : -1;
}

/* \uXXXX or \UXXXXXXXX, the letter taken. Our words are ASCII: others need not be kept. */
static bool read_code(struct toml *toml, int digits, struct toml_word *word)
{
	unsigned code = 0;

	for (int i = 0; i < digits; i++) {
		int value = hex_value(peek(toml, 0));

		if (value < 0)
			return fault(toml, "a \\u in a string wants hex digits");
		code = code << 4 | (unsigned)value;
		toml->at++;
	}
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return fault(toml, "a \\u in a string is no character");
	keep(word, code && code < 0x80 ? (char)code : '\x7f');
	return true;
}

/* What follows a backslash. */
static bool read_escape(struct toml *toml, bool is_multiline, struct toml_word *word)
{
	static const char from[] = "btnfr\"\\";
	static const char to[] = "\b\t\n\f\r\"\\";
	char c = peek(toml, 0);
	const char *found = c ? strchr(from, c) : NULL;

	if (found) {
		toml->at++;
		keep(word, to[found - from]);
		return true;
	}
	if (c == 'u' || c == 'U') {
		toml->at++;
		return read_code(toml, c == 'u' ? 4 : 8, word);
	}
	if (!is_multiline)
		return fault(toml, "an unknown escape in a string");
	/* a backslash that ends the line swallows what is blank behind it */
	skip_blanks(toml);
	if (!take_newline(toml))
		return fault(toml, "an unknown escape in a string");
	do
		skip_blanks(toml);
	while (take_newline(toml));
	return true;
}

/* The quote may stand twice directly before the three that end the string. */
static bool end_multiline(struct toml *toml, char quote, struct toml_word *word)
{
	size_t run = 0;

	while (peek(toml, run) == quote)
		run++;
	if (run < 3) {
		keep(word, *toml->at++);
		return false;
	}
	for (size_t i = 3; i < run && i < 5; i++)
		keep(word, quote);
	toml->at += run < 5 ? run : 5;
	return true;
}

static bool read_multiline(struct toml *toml, char quote, struct toml_word *word)
{
	take_newline(toml);
	while (toml->at < toml->end) {
		char c = *toml->at;

		if (c == quote) {
			if (end_multiline(toml, quote, word))
				return true;
		} else if (take_newline(toml)) {
			keep(word, '\n');
		} else if (is_control(c)) {
			return fault(toml, "a control character in a string");
		} else {
			toml->at++;
			if (c != '\\' || quote == '\'')
				keep(word, c);
			else if (!read_escape(toml, true, word))
				return false;
		}
	}
	return fault(toml, "a string does not end");
}

/* At a quote. word may be NULL. */
static bool read_string(struct toml *toml, bool may_be_multiline, struct toml_word *word)
{
	char quote = *toml->at;

	if (may_be_multiline && (take(toml, "\"\"\"") || take(toml, "'''")))
		return read_multiline(toml, quote, word);
	toml->at++;
	while (toml->at < toml->end && !is_control(*toml->at)) {
		char c = *toml->at++;

		if (c == quote)
			return true;
		if (c != '\\' || quote == '\'')
			keep(word, c);
		else if (!read_escape(toml, false, word))
			return false;
	}
	return fault(toml, "a string does not end on its line");
}

static bool is_key_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

static bool read_key_part(struct toml *toml, struct toml_word *word)
{
	if (is_quote(peek(toml, 0)))
		return read_string(toml, false, word);
	if (!is_key_byte(peek(toml, 0)))
		return fault(toml, "a key should stand here");
	while (is_key_byte(peek(toml, 0)))
		keep(word, *toml->at++);
	return true;
}

/* A key, perhaps dotted: then it is none of ours, whatever its first part. */
static bool read_key(struct toml *toml, struct toml_word *word)
{
	if (!read_key_part(toml, word))
		return false;
	skip_blanks(toml);
	while (take(toml, ".")) {
		if (word)
			word->is_long = true;
		skip_blanks(toml);
		if (!read_key_part(toml, NULL))
			return false;
		skip_blanks(toml);
	}
	return true;
}

/* Numbers, dates, times, true, false: what they are is not checked to the last digit. */
static bool skip_bare(struct toml *toml)
{
	static const char *const names[] = {"true", "false", "inf", "nan"};
	static const char bytes[] = "0123456789abcdefABCDEFxobTZinfnatrulse+-_.:";
	const char *begin = toml->at;
	char first = peek(toml, 0);

	while (peek(toml, 0) && strchr(bytes, peek(toml, 0)))
		toml->at++;
	/* the blank between a date and a time */
	if (toml->at - begin == 10 && begin[4] == '-' && peek(toml, 0) == ' ' &&
	    peek(toml, 1) >= '0' && peek(toml, 1) <= '9')
		for (toml->at++; peek(toml, 0) && strchr(bytes, peek(toml, 0));)
			toml->at++;
	if ((first >= '0' && first <= '9') || ((first == '+' || first == '-') && toml->at > begin))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i]);

		if ((size_t)(toml->at - begin) == len && memcmp(begin, names[i], len) == 0)
			return true;
	}
	return fault(toml, "no value (a string needs quotes)");
}

/*
 * Arrays and inline tables are walked with a stack of what is open, so that a file cannot
 * choose how deep we call.
 */
struct nest {
	char close[DEPTH_MAX];
	int depth;
};

/* What may stand before a value: in an inline table its key. */
static bool read_inline_key(struct toml *toml)
{
	if (!read_key(toml, NULL))
		return false;
	if (!take(toml, "="))
		return fault(toml, "a key without a value");
	skip_blanks(toml);
	return true;
}

static void skip_between(struct toml *toml, const struct nest *nest)
{
	if (nest->close[nest->depth - 1] == ']')
		skip_lines(toml);
	else
		skip_blanks(toml);
}

/* Behind a value: closes what ends here. False at a fault; *is_next: another value follows. */
static bool leave_value(struct toml *toml, struct nest *nest, bool *is_next)
{
	*is_next = false;
	while (nest->depth > 0) {
		char close[] = {nest->close[nest->depth - 1], '\0'};

		skip_between(toml, nest);
		if (take(toml, ",")) {
			skip_between(toml, nest);
			*is_next = close[0] == '}' || !begins(toml, close);
			if (*is_next)
				return true;
		}
		if (!take(toml, close))
			return fault(toml, "an array or an inline table does not go on");
		nest->depth--;
	}
	return true;
}

/* A value that opens others; *is_empty: it closed at once. */
static bool open_nest(struct toml *toml, struct nest *nest, bool *is_empty)
{
	char close[] = {take(toml, "[") ? ']' : '}', '\0'};

	if (close[0] == '}')
		toml->at++;
	if (nest->depth == DEPTH_MAX)
		return fault(toml, "arrays or tables nested too deeply");
	nest->close[nest->depth++] = close[0];
	skip_between(toml, nest);
	*is_empty = take(toml, close);
	if (*is_empty)
		nest->depth--;
	return true;
}

/* One value, whole. A string is kept in *word, which stays "" for anything else. */
static bool read_value(struct toml *toml, struct toml_word *word, bool *is_string)
{
	struct nest nest = {.depth = 0};
	bool is_next = true;

	*is_string = is_quote(peek(toml, 0));
	if (*is_string)
		return read_string(toml, true, word);
	while (is_next) {
		char first;
		bool is_done = true;

		if (nest.depth && nest.close[nest.depth - 1] == '}' && !read_inline_key(toml))
			return false;
		first = peek(toml, 0);
		if (first == '[' || first == '{') {
			if (!open_nest(toml, &nest, &is_done))
				return false;
		} else if (!(is_quote(first) ? read_string(toml, true, NULL) : skip_bare(toml))) {
			return false;
		}
		if (is_done && !leave_value(toml, &nest, &is_next))
			return false;
	}
	return true;
}

static bool read_pair(struct toml *toml, struct toml_pair *pair)
{
	*pair = (struct toml_pair){.line = toml->line, .is_in_table = toml->is_in_table};
	if (!read_key(toml, &pair->key))
		return false;
	if (!take(toml, "="))
		return fault(toml, "a key without a value");
	skip_blanks(toml);
	return read_value(toml, &pair->value, &pair->is_string) && end_line(toml);
}

static bool read_header(struct toml *toml)
{
	const char *close = take(toml, "[[") ? "]]" : "]";

	if (!close[1])
		toml->at++;
	skip_blanks(toml);
	if (!read_key(toml, NULL))
		return false;
	if (!take(toml, close))
		return fault(toml, "a table's name does not end");
	return end_line(toml);
}

/* The line of the first byte that is not UTF-8; 0 when all are. */
static unsigned find_foreign_bytes(const char *text, size_t len)
{
	unsigned line = 1;

	while (len) {
		const char *newline = memchr(text, '\n', len);
		size_t step = newline ? (size_t)(newline - text) + 1 : len;

		if (!text_is_utf8(text, step))
			return line;
		text += step;
		len -= step;
		line++;
	}
	return 0;
}

void toml_begin(struct toml *toml, const char *text, size_t len)
{
	unsigned foreign = find_foreign_bytes(text, len);

	*toml = (struct toml){.at = text, .end = text + len, .line = foreign ? foreign : 1};
	if (foreign)
		toml->what = "bytes that are not UTF-8";
}

int toml_next(struct toml *toml, struct toml_pair *out)
{
	while (!toml->what && toml->at < toml->end) {
		char first;

		skip_blanks(toml);
		first = peek(toml, 0);
		if (first == '[') {
			toml->is_in_table = true;
			read_header(toml);
		} else if (first == '#' || first == '\r' || first == '\n' ||
			   toml->at == toml->end) {
			end_line(toml);
		} else if (read_pair(toml, out)) {
			return 1;
		}
	}
	return toml->what ? -EINVAL : 0;
}

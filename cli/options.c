/*
 * Reads a command line against a table of rows. Knows no command; what it refuses it says
 * in a struct option_fault, and main turns that into a usage error.
 */
#include "options.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "lokt/duration.h"
#include "lokt/text.h"
#include "output.h"
#include "spelling.h"

/* How much of a word from outside a message repeats. */
#define SHOWN_MAX 100

struct reading {
	const struct option_row *rows;
	char **words;
	size_t count;
	size_t next;
	struct option_fault *fault;
};

static const char *dashes(const char *name)
{
	return name[0] && !name[1] ? "-" : "--";
}

static const struct option_row *row_find(const struct option_row *rows, const char *name,
					 size_t len)
{
	for (; rows->name; rows++) {
		if (strlen(rows->name) == len && memcmp(rows->name, name, len) == 0)
			return rows;
	}
	return NULL;
}

static bool row_is_given(const struct option_row *row)
{
	switch (row->takes) {
	case TAKES_NOTHING:
		return *(const bool *)row->value;
	case TAKES_TEXT:
		return *(const char *const *)row->value != NULL;
	case TAKES_DURATION:
		return *(const int64_t *)row->value != 0;
	case TAKES_PID:
		return *(const pid_t *)row->value != 0;
	case TAKES_LIST:
		return ((const struct text *)row->value)->len != 0;
	case TAKES_JSON:
		return output_is_json();
	}
	return false;
}

static bool row_has_value(const struct option_row *row)
{
	return row->takes != TAKES_NOTHING && row->takes != TAKES_JSON;
}

static bool fault_value(struct option_fault *fault, const struct option_row *row, const char *value,
			const char *what)
{
	snprintf(fault->message, sizeof(fault->message), "%s%s \"%.*s\": %s", dashes(row->name),
		 row->name, SHOWN_MAX, value, what);
	return false;
}

static bool read_duration(const struct option_row *row, const char *value,
			  struct option_fault *fault)
{
	int error = duration_parse(value, strlen(value), row->value);

	if (error == -ERANGE)
		return fault_value(fault, row, value, "too long");
	if (error < 0)
		return fault_value(fault, row, value,
				   "not a duration (like 90s, 1h30m, 7d, or seconds)");
	return true;
}

static bool read_pid(const struct option_row *row, const char *value, struct option_fault *fault)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	if (errno || *end || value[0] < '0' || value[0] > '9' || number <= 0 || number > INT32_MAX)
		return fault_value(fault, row, value, "not a process id");
	*(pid_t *)row->value = (pid_t)number;
	return true;
}

static bool read_list(const struct option_row *row, const char *value)
{
	struct text *list = row->value;

	if (list->len)
		text_puts(list, ",");
	text_puts(list, value);
	return true;
}

static bool row_set(const struct option_row *row, const char *value, struct option_fault *fault)
{
	switch (row->takes) {
	case TAKES_NOTHING:
		*(bool *)row->value = true;
		return true;
	case TAKES_TEXT:
		*(const char **)row->value = value;
		return true;
	case TAKES_DURATION:
		return read_duration(row, value, fault);
	case TAKES_PID:
		return read_pid(row, value, fault);
	case TAKES_LIST:
		return read_list(row, value);
	case TAKES_JSON:
		output_set_json();
		return true;
	}
	return false;
}

static bool fault_unknown(struct reading *reading, const char *word, const char *name, size_t len)
{
	char wanted[SHOWN_MAX + 1];
	size_t best = SPELLING_NEAR + 1;

	snprintf(wanted, sizeof(wanted), "%.*s", (int)len, name);
	snprintf(reading->fault->message, sizeof(reading->fault->message),
		 "unknown option \"%.*s\"", SHOWN_MAX, word);
	for (const struct option_row *row = reading->rows; row->name; row++) {
		size_t distance = spelling_distance(row->name, wanted);

		if (distance >= best || distance >= len)
			continue;
		best = distance;
		snprintf(reading->fault->hint, sizeof(reading->fault->hint), "did you mean %s%s?",
			 dashes(row->name), row->name);
	}
	return false;
}

/* One word that begins with a dash; takes the next word too where it is the value. */
static bool read_option(struct reading *reading, const char *word)
{
	bool is_long = word[1] == '-';
	const char *name = word + (is_long ? 2 : 1);
	size_t len = is_long ? strcspn(name, "=") : strlen(name);
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	const struct option_row *row = row_find(reading->rows, name, len);

	/* -ottl=5m, as mount(8) takes it */
	if (!row && !is_long && len > 1) {
		row = row_find(reading->rows, name, 1);
		value = name + 1;
	}
	if (!row || (is_long ? !row->name[1] : row->name[1]))
		return fault_unknown(reading, word, name, len);
	if (!row_has_value(row) && value)
		return fault_value(reading->fault, row, value, "takes no value");
	if (row_has_value(row) && !value) {
		if (reading->next == reading->count) {
			snprintf(reading->fault->message, sizeof(reading->fault->message),
				 "%s%s needs a value: %s", dashes(row->name), row->name,
				 row->metavar);
			return false;
		}
		value = reading->words[reading->next++];
	}
	return row_set(row, value, reading->fault);
}

/* What the rows say about each other. */
static bool rows_agree(const struct option_row *rows, struct option_fault *fault)
{
	for (const struct option_row *row = rows; row->name; row++) {
		const char *sentence = NULL;
		const char *other = NULL;

		if (row->is_required && !row_is_given(row)) {
			snprintf(fault->message, sizeof(fault->message), "%s%s is required",
				 dashes(row->name), row->name);
			return false;
		}
		if (!row_is_given(row))
			continue;
		if (row->needs && !row_is_given(row_find(rows, row->needs, strlen(row->needs)))) {
			other = row->needs;
			sentence = "has no meaning without";
		}
		if (row->excludes &&
		    row_is_given(row_find(rows, row->excludes, strlen(row->excludes)))) {
			other = row->excludes;
			sentence = "cannot go together with";
		}
		if (sentence) {
			snprintf(fault->message, sizeof(fault->message), "%s%s %s --%s",
				 dashes(row->name), row->name, sentence, other);
			return false;
		}
	}
	return true;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* A usage error is a JSON document too, wherever the --json stands. */
static void find_json(const struct reading *reading)
{
	for (size_t i = reading->next; i < reading->count && strcmp(reading->words[i], "--"); i++) {
		if (strcmp(reading->words[i], "--json") == 0)
			output_set_json();
	}
}

enum options_result options_read(const struct option_row *rows, char **words, size_t count,
				 struct arguments *out, struct option_fault *fault)
{
	struct reading reading = {.rows = rows, .words = words, .count = count, .fault = fault};
	size_t len = 0;
	size_t plain_len;

	while (reading.next < count) {
		char *word = words[reading.next++];

		if (strcmp(word, "--") == 0)
			break;
		if (word[0] != '-' || !word[1]) {
			words[len++] = word;
			continue;
		}
		if (is_help(word))
			return OPTIONS_HELP;
		if (!read_option(&reading, word)) {
			find_json(&reading);
			return OPTIONS_BAD;
		}
	}
	plain_len = len;
	while (reading.next < count)
		words[len++] = words[reading.next++];
	if (!rows_agree(rows, fault))
		return OPTIONS_BAD;
	*out = (struct arguments){.list = words, .len = len, .plain_len = plain_len};
	return OPTIONS_DONE;
}

void options_help(const struct option_row *rows)
{
	for (; rows->name; rows++) {
		char head[64];

		snprintf(head, sizeof(head), "%s%s%s%s", dashes(rows->name), rows->name,
			 rows->metavar ? " " : "", rows->metavar ? rows->metavar : "");
		output_print("  %-20s %s\n", head, rows->help);
	}
}

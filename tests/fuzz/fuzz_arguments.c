/*
 * Any lines as the words behind "lokt", through the table of commands: what is refused is told,
 * what is taken comes back from its own writing, and a name that is taken is a resource.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/types.h>

#include "command.h"
#include "lokt/duration.h"
#include "lokt/text.h"
#include "name.h"
#include "property.h"

#define WORDS_MAX 64

struct line {
	char *words[WORDS_MAX + 1];
	size_t count;
};

static void add_word(struct line *line, const char *word, size_t len)
{
	char *copy = strndup(word, len);

	PROPERTY(copy);
	if (line->count == WORDS_MAX)
		free(copy);
	else
		line->words[line->count++] = copy;
}

/* Value rows are the commands' own statics: each reading begins with none given. */
static void forget(const struct option_row *row)
{
	for (; row->name; row++) {
		if (row->takes == TAKES_NOTHING)
			*(bool *)row->value = false;
		else if (row->takes == TAKES_TEXT)
			*(const char **)row->value = NULL;
		else if (row->takes == TAKES_DURATION)
			*(int64_t *)row->value = 0;
		else if (row->takes == TAKES_PID)
			*(pid_t *)row->value = 0;
		else if (row->takes == TAKES_LIST)
			text_release(row->value);
	}
}

/* The value as a word; false when the row was not given or needs none. */
static bool value_of(const struct option_row *row, struct text *out, bool *is_given)
{
	char span[DURATION_TEXT_MAX];
	const char *text = NULL;

	switch (row->takes) {
	case TAKES_NOTHING:
		*is_given = *(const bool *)row->value;
		return false;
	case TAKES_JSON:
		*is_given = false;
		return false;
	case TAKES_TEXT:
		text = *(const char *const *)row->value;
		break;
	case TAKES_DURATION:
		PROPERTY(*(const int64_t *)row->value >= 0);
		duration_format(*(const int64_t *)row->value, span);
		text = *(const int64_t *)row->value ? span : NULL;
		break;
	case TAKES_PID:
		PROPERTY(*(const pid_t *)row->value >= 0);
		snprintf(span, sizeof(span), "%d", (int)*(const pid_t *)row->value);
		text = *(const pid_t *)row->value ? span : NULL;
		break;
	case TAKES_LIST:
		text = ((const struct text *)row->value)->data;
		break;
	}
	*is_given = text != NULL;
	text_puts(out, text ? text : "");
	return text != NULL;
}

/* What the rows hold now, one word an option, behind it the arguments. */
static void write_line(const struct option_row *row, const struct arguments *arguments,
		       struct line *out)
{
	for (; row->name; row++) {
		struct text word = {0};
		struct text value = {0};
		bool is_given;
		bool has_value = value_of(row, &value, &is_given);

		text_printf(&word, "%s%s", row->name[1] ? "--" : "-", row->name);
		if (is_given && has_value && row->name[1])
			text_puts(&word, "=");
		if (is_given && has_value && row->name[1])
			text_add(&word, value.data, value.len);
		if (is_given)
			add_word(out, word.data, word.len);
		if (is_given && has_value && !row->name[1])
			add_word(out, value.data ? value.data : "", value.len);
		text_release(&word);
		text_release(&value);
	}
	for (size_t i = 0; i < arguments->plain_len; i++)
		add_word(out, arguments->list[i], strlen(arguments->list[i]));
	add_word(out, "--", 2);
	for (size_t i = arguments->plain_len; i < arguments->len; i++)
		add_word(out, arguments->list[i], strlen(arguments->list[i]));
}

static void release(struct line *line)
{
	for (size_t i = 0; i < line->count; i++)
		free(line->words[i]);
}

static void check_again(const struct option_row *rows, const struct arguments *arguments)
{
	struct line first = {.count = 0}, kept = {.count = 0}, second = {.count = 0};
	struct arguments again;
	struct option_fault fault = {0};

	write_line(rows, arguments, &first);
	for (size_t i = 0; i < first.count; i++)
		add_word(&kept, first.words[i], strlen(first.words[i]));
	forget(rows);
	/* the reading moves words about: those of `kept` stay what they were */
	char *moved[WORDS_MAX];
	memcpy(moved, first.words, sizeof(moved));
	if (first.count < WORDS_MAX) {
		PROPERTY(options_read(rows, moved, first.count, &again, &fault) == OPTIONS_DONE);
		write_line(rows, &again, &second);
		PROPERTY(kept.count == second.count);
		for (size_t i = 0; i < kept.count; i++)
			PROPERTY(strcmp(kept.words[i], second.words[i]) == 0);
	}
	forget(rows);
	release(&first);
	release(&kept);
	release(&second);
}

static void check_name(const char *word)
{
	struct resource resource, again;
	char shown[RESOURCE_NAME_MAX + 1];
	const char *wrong = name_read(word, &resource);

	if (wrong) {
		PROPERTY(wrong[0]);
		return;
	}
	PROPERTY(resource_from_name(resource.name, &again) == VERDICT_OK);
	PROPERTY(strcmp(resource.name, again.name) == 0);
	resource_display(&resource, shown);
}

static void check(const struct line *line)
{
	const struct command *command = command_choose((char **)line->words, line->count);
	struct option_fault fault = {0};
	struct arguments arguments;
	char *words[WORDS_MAX];

	if (!command)
		return;
	memcpy(words, line->words + 1, sizeof(words));
	forget(command->body->options);
	switch (options_read(command->body->options, words, line->count - 1, &arguments, &fault)) {
	case OPTIONS_BAD:
		PROPERTY(fault.message[0]);
		break;
	case OPTIONS_HELP:
		break;
	case OPTIONS_DONE:
		PROPERTY(arguments.plain_len <= arguments.len && arguments.len < line->count);
		if (arguments.len && command->shape != SHAPE_ANYTHING)
			check_name(arguments.list[0]);
		check_again(command->body->options, &arguments);
		break;
	}
	forget(command->body->options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct line line = {.count = 0};
	const char *text = (const char *)data;

	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t len = end ? (size_t)(end - text) : size;

		add_word(&line, text, len);
		text += len + (end != NULL);
		size -= len + (end != NULL);
	}
	if (line.count)
		check(&line);
	release(&line);
	return 0;
}

/*
 * lokt doctor: runs every check and tells what it found; fails when one does.
 */
#include "checkup.h"
#include "command.h"
#include "output.h"

static const struct option_row options[] = {
	OPTION_ROW_JSON,
	{0},
};

static const struct {
	const char *label;
	const char *word;
	enum colour colour;
} healths[] = {
	[HEALTH_OK] = {"OK", "ok", COLOUR_NONE},
	[HEALTH_WARN] = {"WARN", "warn", COLOUR_YELLOW},
	[HEALTH_FAIL] = {"FAIL", "fail", COLOUR_RED},
};

static void add_line(struct text *out, const char *name, const struct finding *finding)
{
	enum colour colour = healths[finding->health].colour;
	struct text line = {0};

	if (colour != COLOUR_NONE)
		text_puts(out, output_colour_code(colour));
	text_printf(out, "%-4s", healths[finding->health].label);
	if (colour != COLOUR_NONE)
		text_puts(out, output_colour_code(COLOUR_NONE));
	text_printf(&line, "  %-8s %s\n", name, finding->sentence);
	if (finding->remedy[0])
		text_printf(&line, "      mend it: %s\n", finding->remedy);
	if (line.failed)
		out->failed = true;
	else
		output_add_clean(out, line.data, line.len);
	text_release(&line);
}

static void add_entry(struct text *json, const char *name, const struct finding *finding)
{
	text_puts(json, json->len ? ",{" : "{");
	text_key_string(json, "name", name);
	text_key_string(json, "status", healths[finding->health].word);
	text_key_string(json, "message", finding->sentence);
	if (finding->remedy[0])
		text_key_string(json, "command", finding->remedy);
	text_puts(json, "}");
}

static int run(const struct call *call)
{
	enum health worst = HEALTH_OK;
	struct text lines = {0};
	struct text entries = {0};
	struct text json = {0};

	for (const struct checkup *checkup = checkups; checkup->name; checkup++) {
		struct finding finding = {.health = HEALTH_OK};

		checkup->look(call->root, &finding);
		if (finding.health > worst)
			worst = finding.health;
		add_line(&lines, checkup->name, &finding);
		add_entry(&entries, checkup->name, &finding);
	}
	output_lines(&lines);
	if (output_is_json()) {
		text_puts(&json, "{");
		text_key_string(&json, "status", healths[worst].word);
		text_key_string(&json, "root", call->root);
		text_key(&json, "checks");
		text_printf(&json, "[%s]}", entries.data ? entries.data : "");
		output_document(&json);
	}
	text_release(&entries);
	return worst == HEALTH_FAIL ? EXIT_ERROR : EXIT_DONE;
}

const struct command_body cmd_doctor = {options, NULL, run};

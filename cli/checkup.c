/*
 * The table of checks, and how a check says what it found.
 */
#include "checkup.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "show.h"

const struct checkup checkups[] = {
	{"kernel", look_at_kernel},  {"clock", look_at_clock},	 {"device", look_at_device},
	{"helper", look_at_helper},  {"root", look_at_root},	 {"journal", look_at_journal},
	{"strays", look_for_strays}, {"mount", look_at_mount},	 {"link", look_at_link},
	{"remote", look_at_remote},  {"shared", look_at_shared}, {NULL, NULL},
};

void found(struct finding *finding, enum health health, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	finding->health = health;
	vsnprintf(finding->sentence, sizeof(finding->sentence), format, list);
	va_end(list);
}

/* A command that has no room is none: half of one could do harm. */
static void mend(struct finding *finding, const char *before, const char *command, const char *path)
{
	struct text whole = {0};

	text_puts(&whole, before);
	text_puts(&whole, command);
	if (path) {
		text_puts(&whole, " ");
		show_add_quoted(&whole, path);
	}
	if (!whole.failed && whole.len < sizeof(finding->remedy))
		snprintf(finding->remedy, sizeof(finding->remedy), "%s", whole.data);
	text_release(&whole);
}

void mended_by(struct finding *finding, const char *command, const char *path)
{
	mend(finding, "", command, path);
}

void mended_by_root(struct finding *finding, const char *command, const char *path)
{
	mend(finding, geteuid() == 0 ? "" : "sudo ", command, path);
}

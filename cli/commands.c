/*
 * THE table of commands, and everything that is printed from it: help and usage lines. A
 * row names what main sees to (set-up, arguments); options and work are in cmd_NAME.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "spelling.h"

#define COMMANDS(ROW)                                                                              \
	ROW(lock, SETUP_MOUNT, SHAPE_NAME,                                                         \
	    "NAME [--ttl D] [--wait [--timeout D]] [--pid PID] [--note TEXT] [--json]",            \
	    "acquire a lock")                                                                      \
	ROW(unlock, SETUP_MOUNT, SHAPE_MAYBE_NAME,                                                 \
	    "NAME [--lock-id ID] [--force | --break-stale] | --owner O | --all [--json]",          \
	    "release a lock")                                                                      \
	ROW(renew, SETUP_MOUNT, SHAPE_NAME, "NAME [--ttl D] [--json]", "extend a lock's time")     \
	ROW(guard, SETUP_MOUNT, SHAPE_NAME_AND_REST,                                               \
	    "NAME [--ttl D] [--wait [--timeout D]] [--on-lost term|warn] -- COMMAND…",             \
	    "run a command while holding a lock")                                                  \
	ROW(wrap, SETUP_NONE, SHAPE_NAME_AND_REST,                                                 \
	    "NAME [-o FILE] [--ttl D] [--wait [--timeout D]] [--force] [--json] -- COMMAND…",      \
	    "write a script that runs a command under a lock")                                     \
	ROW(exists, SETUP_ROOT, SHAPE_NAME, "NAME", "is it held? status 0 yes, 3 no, 1 unknown")   \
	ROW(status, SETUP_MOUNT, SHAPE_MAYBE_NAME, "[NAME] [--json | --watch] [--prune-expired]",  \
	    "show what is held and by whom")                                                       \
	ROW(top, SETUP_MOUNT, SHAPE_MAYBE_NAME, "[NAME]", "the same, live")                        \
	ROW(why, SETUP_MOUNT, SHAPE_NAME, "NAME [--json]",                                         \
	    "why a lock cannot be had now, and what would help")                                   \
	ROW(audit, SETUP_ROOT, SHAPE_NOTHING,                                                      \
	    "[--since D|TIME] [--name N] [--owner O] [--event E] [--tail]",                        \
	    "what happened, as JSON lines")                                                        \
	ROW(timeline, SETUP_ROOT, SHAPE_NOTHING, "[--since D|TIME] [-o FILE]",                     \
	    "a picture (SVG) of who held what")                                                    \
	ROW(freeze, SETUP_MOUNT, SHAPE_NAME, "NAME --ttl D [--json]",                              \
	    "keep everybody from acquiring a lock")                                                \
	ROW(unfreeze, SETUP_MOUNT, SHAPE_NAME, "NAME [--force] [--json]", "end a freeze")          \
	ROW(doctor, SETUP_ROOT, SHAPE_NOTHING, "[--json]",                                         \
	    "look for what keeps locks from working, and say what mends it")                       \
	ROW(prime, SETUP_ROOT, SHAPE_NOTHING, "[--format F]", "what a coding agent should know")   \
	ROW(demo, SETUP_NONE, SHAPE_NOTHING, "",                                                   \
	    "shows it all on a terminal; into a pipe, as a script")                                \
	ROW(path, SETUP_ROOT, SHAPE_MAYBE_NAME, "[NAME]", "print the path to touch")               \
	ROW(init, SETUP_ROOT, SHAPE_NOTHING, "[-o OPTION[,OPTION…]]",                              \
	    "mount, and link .locks into the work tree")                                           \
	ROW(mount, SETUP_ROOT, SHAPE_NOTHING, "[-o OPTION[,OPTION…]]", "start the daemon")         \
	ROW(umount, SETUP_ROOT, SHAPE_NOTHING, "[--force]", "stop the daemon")                     \
	ROW(help, SETUP_NONE, SHAPE_ANYTHING, "[COMMAND]", "show this, or a command's options")

/* The grite family; what is in both is called as lokt's, unless its options say otherwise. */
#define GRITE_COMMANDS(ROW)                                                                        \
	ROW(acquire, acquire, SETUP_MOUNT, "--resource R [--ttl D] [--actor A] [--json]",          \
	    "acquire a lock, as grite does")                                                       \
	ROW(renew, griterenew, SETUP_MOUNT, "--resource R [--ttl D] [--actor A] [--json]",         \
	    "extend a lock's time, or acquire it")                                                 \
	ROW(release, release, SETUP_MOUNT, "--resource R [--actor A] [--json]",                    \
	    "release a lock, as grite does")                                                       \
	ROW(status, gritestatus, SETUP_MOUNT, "[--json]", "show what is held, as grite does")      \
	ROW(gc, gc, SETUP_MOUNT, "[--json]", "remove expired locks")                               \
	ROW(sync, sync, SETUP_MOUNT, "[REMOTE] [--timeout D] [--json]",                            \
	    "exchange shared locks with the other clones, by a git remote")                        \
	ROW(check, check, SETUP_ROOT, "[PATH… | --staged | --push] [--json]",                      \
	    "apply lock_policy to files")                                                          \
	ROW(hook, hook, SETUP_ROOT, "install [--json]",                                            \
	    "have git check what is committed and pushed")

#define DECLARE_BODY(word, setup, shape, synopsis, summary)                                        \
	extern const struct command_body cmd_##word;
COMMANDS(DECLARE_BODY)

#define DECLARE_GRITE_BODY(word, body, setup, synopsis, summary)                                   \
	extern const struct command_body cmd_##body;
GRITE_COMMANDS(DECLARE_GRITE_BODY)

#define TABLE_ROW(word, setup, shape, synopsis, summary)                                           \
	{#word, setup, shape, synopsis, summary, &cmd_##word, false},
#define TABLE_GRITE_ROW(word, body, setup, synopsis, summary)                                      \
	{#word, setup, SHAPE_ANYTHING, synopsis, summary, &cmd_##body, true},
static const struct command commands[] = {COMMANDS(TABLE_ROW) GRITE_COMMANDS(TABLE_GRITE_ROW)};

#define COMMANDS_LEN (sizeof(commands) / sizeof(commands[0]))

static const char *program = "lokt";

void commands_set_program(const char *name)
{
	program = name;
}

static const struct command *find(const char *name, bool is_grite)
{
	for (size_t i = 0; i < COMMANDS_LEN; i++) {
		if (commands[i].is_grite == is_grite && strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

const struct command *command_find_grite(const char *name)
{
	return find(name, true);
}

const struct command *command_find(const char *name)
{
	const struct command *command = find(name, false);

	return command ? command : command_find_grite(name);
}

static bool has_option(const struct command *command, const char *word)
{
	const struct option_row *row = command->body->options;
	size_t len = strcspn(word, "=");

	if (strncmp(word, "--", 2) != 0)
		return false;
	for (; row->name; row++) {
		if (strlen(row->name) == len - 2 && memcmp(row->name, word + 2, len - 2) == 0)
			return true;
	}
	return false;
}

const struct command *command_choose(char **words, size_t count)
{
	const struct command *command = command_find(words[0]);
	const struct command *grite = command_find_grite(words[0]);

	if (!grite || grite == command)
		return command;
	for (size_t i = 1; i < count && strcmp(words[i], "--") != 0; i++) {
		if (has_option(grite, words[i]) && !has_option(command, words[i]))
			return grite;
	}
	return command;
}

static const struct command *find_nearest(const char *name)
{
	const struct command *nearest = NULL;
	size_t best = SPELLING_NEAR + 1;

	for (size_t i = 0; i < COMMANDS_LEN; i++) {
		size_t distance = spelling_distance(commands[i].name, name);

		if (distance < best && distance < strlen(name)) {
			best = distance;
			nearest = &commands[i];
		}
	}
	return nearest;
}

void commands_print_help(void)
{
	output_print("usage: lokt COMMAND [NAME] [OPTIONS]\n\n"
		     "Locks as files: one directory, shared by everyone who works here.\n\n");
	for (size_t i = 0; i < COMMANDS_LEN; i++) {
		if (command_find(commands[i].name) == &commands[i])
			output_print("  %-10s %s\n", commands[i].name, commands[i].summary);
	}
	output_print(
		"\n\"lokt COMMAND --help\" shows a command's options.\n"
		"Exit status: 0 done, 1 error, 2 held, frozen or timed out, 3 not found,\n"
		"4 not the owner, 64 usage.\n"
		"acquire, release, gc, sync, check, hook and renew --resource: 0, 1, 2 usage,\n"
		"3 not found, 4 conflict or not the owner, 5 no repository or no daemon.\n");
}

void command_print_help(const struct command *command)
{
	output_print("usage: %s %s %s\n\n%s\n", program, command->name, command->synopsis,
		     command->summary);
	if (command->body->options[0].name) {
		output_print("\n");
		options_help(command->body->options);
	}
}

int usage_error(const struct command *command, const char *format, ...)
{
	char *message = NULL;
	va_list list;
	int status;

	va_start(list, format);
	if (vasprintf(&message, format, list) < 0)
		message = NULL;
	va_end(list);
	status = output_fail(EXIT_USAGE, "usage", "%s", message ? message : "out of memory");
	free(message);
	if (command)
		output_aside("usage: %s %s %s", program, command->name, command->synopsis);
	else
		output_aside("usage: lokt COMMAND [NAME] [OPTIONS] (see lokt --help)");
	return status;
}

int command_unknown(const char *name)
{
	const struct command *nearest = find_nearest(name);
	int status = usage_error(NULL, "unknown %s \"%.100s\"",
				 name[0] == '-' ? "option" : "command", name);

	if (nearest)
		output_hint("did you mean \"lokt %s\"?", nearest->name);
	return status;
}

/*
 * What a command is: its row in THE table (commands.c), the part that its own file
 * adds, and the call that main hands it. A new command is a new cmd_NAME.c and a row.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "client.h"
#include "lokt/resource.h"
#include "options.h"

/* The statuses that no verdict has a row for. */
enum exit_status { EXIT_DONE = 0, EXIT_ERROR = 1, EXIT_NOT_FOUND = 3, EXIT_USAGE = 64 };

/* What main sees to before a command runs; each includes the one before it. */
enum setup {
	SETUP_NONE,
	SETUP_ROOT, /* call->root */
	SETUP_MOUNT /* a live mount there, started if need be */
};

/* What may stand on the line besides options. A NAME becomes call->resource. */
enum shape {
	SHAPE_NOTHING,
	SHAPE_NAME,
	SHAPE_MAYBE_NAME,
	SHAPE_NAME_AND_REST,
	SHAPE_ANYTHING /* the command's own affair */
};

struct call {
	const struct command *command;
	struct arguments arguments;
	bool has_resource;
	struct resource resource;
	char name[RESOURCE_NAME_MAX + 1]; /* the resource as people write it */
	char root[PATH_MAX];
	struct mount mount; /* SETUP_MOUNT: live */
};

/* cmd_NAME.c defines `const struct command_body cmd_NAME`. */
struct command_body {
	const struct option_row *options;
	int (*check)(const struct call *call); /* or NULL; before any set-up: 0 or a status */
	int (*run)(const struct call *call);   /* returns the exit status */
};

struct command {
	const char *name;
	enum setup setup;
	enum shape shape;
	const char *synopsis; /* what follows the name in a usage line */
	const char *summary;
	const struct command_body *body;
	bool is_grite; /* fails and answers as the grite family does */
};

/* NULL if there is none of that name. */
const struct command *command_find(const char *name);

/* The same among the grite family's only. */
const struct command *command_find_grite(const char *name);

/*
 * The command that words[0] names. Where both families have one of that name it is lokt's, unless
 * an option stands there that only grite's has. NULL: none.
 */
const struct command *command_choose(char **words, size_t count);

/* How usage lines call the program; "lokt" at first. */
void commands_set_program(const char *program);

/* Help goes to stdout: the table, or one command with its options. */
void commands_print_help(void);
void command_print_help(const struct command *command);

/* "error: …" and the command's usage line (NULL: lokt's own); returns the status. */
int usage_error(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The usage error for a word that command_find() does not know, with the one that was meant. */
int command_unknown(const char *name);

#endif

/*
 * Options of a command line: rows in a table, before or after the name, "--ttl 5m" or
 * "--ttl=5m", "--" ends them. What stands in a row is checked here, the rest is the
 * command's.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum takes {
	TAKES_NOTHING,	/* bool */
	TAKES_TEXT,	/* const char *, NULL when not given */
	TAKES_DURATION, /* int64_t milliseconds, 0 when not given */
	TAKES_PID,	/* pid_t, 0 when not given */
	TAKES_LIST,	/* struct text: every use, joined by commas */
	TAKES_JSON	/* no value: output_set_json() */
};

/* A table of these ends with a row without a name. */
struct option_row {
	const char *name; /* "ttl" is --ttl; one letter is -o */
	enum takes takes;
	void *value;
	const char *metavar; /* how help calls the value */
	const char *help;
	const char *needs;    /* meaningless without that one, or NULL */
	const char *excludes; /* meaningless together with that one, or NULL */
	bool is_required;
};

#define OPTION_ROW_JSON                                                                            \
	{                                                                                          \
		.name = "json", .takes = TAKES_JSON, .help = "one JSON document on stdout"         \
	}

/* Words that are no options; those from plain_len on stood behind "--". */
struct arguments {
	char **list;
	size_t len;
	size_t plain_len;
};

struct option_fault {
	char message[320];
	char hint[96]; /* or "" */
};

enum options_result { OPTIONS_DONE, OPTIONS_HELP, OPTIONS_BAD };

/*
 * Sorts words (in place: out->list is words) and sets the rows' values. HELP: --help or -h was
 * there. BAD: *fault says what is wrong.
 */
enum options_result options_read(const struct option_row *rows, char **words, size_t count,
				 struct arguments *out, struct option_fault *fault);

/* Adds a line of help for each row to stdout. */
void options_help(const struct option_row *rows);

#endif

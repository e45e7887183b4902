/*
 * Everything lokt says: results on stdout, all else on stderr as "error: …", "warning: …"
 * or "hint: …". Control characters never reach a terminal, and a result that could not be
 * written is never a success.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "lokt/text.h"

enum colour { COLOUR_NONE, COLOUR_RED, COLOUR_YELLOW, COLOUR_CYAN };

/* Before anything is opened: 0, 1 and 2 are made to be open, a closed stdout fails later. */
void output_init(void);

/* stdout gets one JSON document, and text meant for people nothing. */
void output_set_json(void);
bool output_is_json(void);

/* Text for people on stdout; nothing with --json. */
void output_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Bytes that a script may want exactly as they are; cleaned only on a terminal. */
void output_exact(const char *bytes, size_t len);

/* The JSON document and a newline; releases it. */
void output_document(struct text *json);

/* Begins a colour where stdout is a terminal that shows them, else "". */
const char *output_colour_code(enum colour colour);

/* Appends bytes from outside as they may appear on a terminal. */
void output_add_clean(struct text *out, const char *bytes, size_t len);

/* Text for people that the two above went into; nothing with --json. Releases it. */
void output_lines(struct text *lines);

/* Columns of the terminal that stdout is; 0 when it is none. */
size_t output_width(void);

void output_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void output_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void output_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line on stderr without a prefix. */
void output_aside(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The error and, with --json, the document {"status":"error","code":…,"message":…};
 * returns status, or the dialect's.
 */
int output_fail(int status, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Another family's way to fail: its exit status for a code, and its document. Until one is set
 * failures are the lokt family's.
 */
struct output_dialect {
	int (*status)(const char *code);
	void (*write)(struct text *json, const char *code, const char *message);
};
void output_set_dialect(const struct output_dialect *dialect);

/* Flushes stdout: 0, or a negative errno when something did not get out. */
int output_flush(void);

/* The status to exit with: EXIT_ERROR and a message when stdout did not take the result. */
int output_finish(int status);

#endif

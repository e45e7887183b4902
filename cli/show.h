/*
 * A lease as lokt shows it: its holder in words, its times, its object in a result.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <stdint.h>

#include "lokt/lease_json.h"
#include "lokt/request_json.h"

/* "OWNER (agent: ID)@HOST (pid N)"; "OWNER on HOST" where no process can be named. */
#define SHOW_HOLDER_MAX (3 * OWNER_MAX + 64)
void show_holder(const struct lease_view *lease, char out[SHOW_HOLDER_MAX]);

/* Whom a lokt called here asks for: LOKT_OWNER, else the login name. */
const char *show_caller(void);

/* "2024-01-15 11:30:00 UTC"; 0 is "never". */
#define SHOW_TIME_MAX 64
void show_time(int64_t unix_ms, char out[SHOW_TIME_MAX]);

/* Since when it is held, and how long still (0 at least; 0 too without an expiry). */
int64_t show_age_ms(const struct lease_view *lease);
int64_t show_remaining_ms(const struct lease_view *lease);

/* Appends a word as a shell has to be given it: in quotes only where it needs them. */
void show_add_quoted(struct text *out, const char *word);

/* With --json the document {"status":STATUS,…the answer's lease}; else nothing. */
void show_result(const char *status, const char *name, const struct answer_view *answer);

#endif

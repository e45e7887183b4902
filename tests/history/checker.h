/*
 * Is there an order in which the answers that clients got are those of a correct lease service?
 * Logs are history_client's, a line for each invocation and one for its answer:
 *
 *   i NS CLIENT OP NAME
 *   r NS CLIENT OP NAME RESULT TOKEN TTL_MS
 *
 * NS is CLOCK_MONOTONIC. An operation without its second line has an unknown result.
 */
#ifndef HISTORY_CHECKER_H
#define HISTORY_CHECKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HISTORY_NAME_MAX 64
#define HISTORY_NEVER INT64_MAX

enum history_op { H_ACQUIRE, H_RELEASE, H_RENEW, H_FLOCK, H_UNLOCK, H_EXISTS, H_OPS };
enum history_result { H_OK, H_HELD, H_NOT_OWNER, H_NONE, H_ERROR, H_UNKNOWN, H_RESULTS };

struct operation {
	int64_t begin_ns;
	int64_t end_ns; /* HISTORY_NEVER: no answer came */
	uint32_t client;
	enum history_op op;
	enum history_result result;
	uint64_t token;
	int64_t ttl_ms; /* 0: none, or one that is not waited for */
	char name[HISTORY_NAME_MAX];
};

struct history {
	struct operation *list;
	size_t len;
	size_t cap;
};

const char *history_op_word(enum history_op op);
const char *history_result_word(enum history_result result);

/* Adds a log's operations. 0; or the number of the line that is none of the form. */
unsigned history_read(struct history *history, FILE *log);
void history_release(struct history *history);

/* Adds one; false when memory is out. */
bool history_add(struct history *history, const struct operation *operation);

/*
 * Sorts the history and counts what no correct service could have answered; each is told on
 * `out` with its operations (NULL: nowhere). slack_ns: how late an expiry may be.
 */
unsigned history_check(struct history *history, int64_t slack_ns, FILE *out);

#endif

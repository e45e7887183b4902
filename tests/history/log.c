/* See checker.h: the log's lines, read back. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checker.h"

static const char *const op_words[H_OPS] = {"acquire", "release", "renew",
					    "flock",   "unlock",  "exists"};
static const char *const result_words[H_RESULTS] = {"ok",   "held",  "not-owner",
						    "none", "error", "unknown"};

const char *history_op_word(enum history_op op)
{
	return op_words[op];
}

const char *history_result_word(enum history_result result)
{
	return result_words[result];
}

static int find_word(const char *const *words, int count, const char *word)
{
	for (int i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

bool history_add(struct history *history, const struct operation *operation)
{
	if (history->len == history->cap) {
		size_t cap = history->cap ? 2 * history->cap : 256;
		struct operation *list = reallocarray(history->list, cap, sizeof(*list));

		if (!list)
			return false;
		history->list = list;
		history->cap = cap;
	}
	history->list[history->len++] = *operation;
	return true;
}

void history_release(struct history *history)
{
	free(history->list);
	*history = (struct history){0};
}

/* The client's operation that waits for its answer; a client does one at a time. */
static struct operation *find_open(struct history *history, size_t first, uint32_t client)
{
	for (size_t i = history->len; i > first; i--) {
		struct operation *operation = &history->list[i - 1];

		if (operation->client == client)
			return operation->end_ns == HISTORY_NEVER ? operation : NULL;
	}
	return NULL;
}

static bool end(struct history *history, size_t first, const struct operation *answer)
{
	struct operation *operation = find_open(history, first, answer->client);

	if (!operation || operation->op != answer->op ||
	    strcmp(operation->name, answer->name) != 0 || answer->begin_ns < operation->begin_ns)
		return false;
	operation->end_ns = answer->begin_ns;
	operation->result = answer->result;
	operation->token = answer->token;
	operation->ttl_ms = answer->ttl_ms;
	return true;
}

static bool read_line(struct history *history, size_t first, const char *line)
{
	struct operation new = {.end_ns = HISTORY_NEVER, .result = H_UNKNOWN};
	char kind, op[16], result[16];
	int fields = sscanf(line, "%c %" SCNd64 " %" SCNu32 " %15s %63s %15s %" SCNu64 " %" SCNd64,
			    &kind, &new.begin_ns, &new.client, op, new.name, result, &new.token,
			    &new.ttl_ms);
	int row = fields >= 5 ? find_word(op_words, H_OPS, op) : -1;

	if (row < 0)
		return false;
	new.op = (enum history_op)row;
	if (kind == 'i' && fields == 5)
		return history_add(history, &new);
	row = kind == 'r' && fields == 8 ? find_word(result_words, H_RESULTS, result) : -1;
	if (row < 0)
		return false;
	new.result = (enum history_result)row;
	return end(history, first, &new);
}

unsigned history_read(struct history *history, FILE *log)
{
	char line[256];
	size_t first = history->len;

	for (unsigned number = 1; fgets(line, sizeof(line), log); number++) {
		/* a client that was killed may have left half a line, and nothing behind it */
		if (!strchr(line, '\n'))
			return feof(log) ? 0 : number;
		if (!read_line(history, first, line))
			return number;
	}
	return 0;
}

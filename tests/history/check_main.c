/*
 * history_check [-s SLACK_MS] LOG…: status 0 when the logs are those of a correct lease service,
 * 1 with what is wrong when they are not, 2 when they cannot be read.
 */
#include <stdlib.h>
#include <string.h>

#include "checker.h"

#define SLACK_MS_DEFAULT 2000

static int read_log(struct history *history, const char *path)
{
	FILE *log = fopen(path, "re");
	unsigned line = 0;

	if (!log) {
		perror(path);
		return -1;
	}
	line = history_read(history, log);
	fclose(log);
	if (line)
		fprintf(stderr, "%s:%u: no line of a history\n", path, line);
	return line ? -1 : 0;
}

static void print_counts(const struct history *history)
{
	size_t counts[H_OPS][H_RESULTS] = {{0}};

	for (size_t i = 0; i < history->len; i++)
		counts[history->list[i].op][history->list[i].result]++;
	for (int op = 0; op < H_OPS; op++)
		for (int result = 0; result < H_RESULTS; result++)
			if (counts[op][result])
				printf("%s %s: %zu\n", history_op_word((enum history_op)op),
				       history_result_word((enum history_result)result),
				       counts[op][result]);
}

int main(int argc, char **argv)
{
	struct history history = {0};
	long slack_ms = SLACK_MS_DEFAULT;
	int first = 1;
	unsigned violations;

	if (argc > 2 && strcmp(argv[1], "-s") == 0) {
		slack_ms = strtol(argv[2], NULL, 10);
		first = 3;
	}
	for (int i = first; i < argc; i++)
		if (read_log(&history, argv[i]))
			return 2;
	if (!history.len) {
		fprintf(stderr, "history_check: no operations to check\n");
		return 2;
	}
	print_counts(&history);
	violations = history_check(&history, slack_ms * 1000000, stdout);
	printf("%zu operations, %u violations\n", history.len, violations);
	history_release(&history);
	return violations != 0;
}

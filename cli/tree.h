/*
 * A process and everything below it, held by pidfds so that a signal reaches nobody else. Not
 * a process group: guard, its command, the script around them and a pipeline share one.
 */
#ifndef CLI_TREE_H
#define CLI_TREE_H

#include <stdint.h>
#include <sys/types.h>

struct tree {
	int *pidfds;
	size_t len;
};

/* Adds the living processes from pid down, as far as can be seen. */
void tree_add(struct tree *tree, pid_t pid);

void tree_signal(const struct tree *tree, int signal);

/* Waits until all have ended, at most that long. */
void tree_await(const struct tree *tree, int64_t ms);

void tree_release(struct tree *tree);

#endif

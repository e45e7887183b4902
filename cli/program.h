/*
 * Another program, run to its end with nothing of the caller's terminal or open files.
 */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include <spawn.h>
#include <stdint.h>
#include <sys/types.h>

#include "lokt/text.h"

/*
 * argv[0] is a path, or a name to look up on PATH. stdin and stdout are /dev/null; what it says
 * on stderr is appended to *said (bounded). Its exit status, 128 + N after signal N, or a negative
 * errno: -ENOENT when there is no such program, -ETIMEDOUT when it had to be killed.
 */
int program_run(char *const argv[], int64_t limit_ms, struct text *said);

/*
 * Starts argv with these file actions and with SIGPIPE as programs expect it, whatever is
 * ignored here. 0 or a negative errno (-ENOENT: there is no such program).
 */
int program_spawn(char *const argv[], const posix_spawn_file_actions_t *actions, pid_t *pid);

#endif

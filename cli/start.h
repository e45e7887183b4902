/*
 * A live mount for a ROOT: the one that is there, or one started now. Any number of lokts
 * may come here at once; one daemon results.
 */
#ifndef CLI_START_H
#define CLI_START_H

#include <stdbool.h>

#include "client.h"

/* Longest wait for a mount to come or to go. */
#define START_LIMIT_MS 10000

/* Room for a failed daemon's own words. */
#define START_WHY_MAX 1024

/*
 * 0 and an open *out; or -1 and a sentence in *why; in *hint perhaps an advice (static, or NULL).
 * is_asked: the user wants a daemon, LOKT_NO_AUTOSTART or not.
 */
int start_mount(const char *root, bool is_asked, struct mount *out, char why[START_WHY_MAX],
		const char **hint);

/* Waits until no daemon holds the ROOT: 0, -ETIMEDOUT or another negative errno. */
int start_wait_until_gone(const char *root, int64_t limit_ms);

#endif

/*
 * Reads the clocks. The offset that tests add to the wall clock is compiled in with
 * LOKT_TEST_HOOKS only.
 */
#include "host/clock.h"

#include <time.h>

#ifdef LOKT_TEST_HOOKS
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "host/smallfile.h"

#define OFFSET_MAX_SEC (DURATION_MAX_MS / MS_PER_SEC)

static int64_t wall_offset_ns(void)
{
	const char *path = getenv("LOKTFS_TEST_CLOCK");
	char text[64];
	if (!path || smallfile_read(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return 0;
	errno = 0;
	long long seconds = strtoll(text, NULL, 10);
	if (errno != 0 || seconds > OFFSET_MAX_SEC || seconds < -OFFSET_MAX_SEC)
		return 0;
	return seconds * NS_PER_SEC;
}
#else
static int64_t wall_offset_ns(void)
{
	return 0;
}
#endif

static int64_t read_ns(clockid_t clock)
{
	struct timespec at = {0};
	/* Fails for a clock that does not exist only; these two always do. */
	clock_gettime(clock, &at);
	return (int64_t)at.tv_sec * NS_PER_SEC + at.tv_nsec;
}

struct now clock_now(void)
{
	struct now now = {.mono_ns = read_ns(CLOCK_MONOTONIC)};
	now.wall_ns = read_ns(CLOCK_REALTIME) + wall_offset_ns();
	return now;
}

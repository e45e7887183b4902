/*
 * Parses /proc/PID/stat. Its second field, the command's name in parentheses, may hold
 * anything, so everything is counted from the last parenthesis.
 */
#include "host/procstat.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/smallfile.h"

#define STAT_MAX 4096

/* Numbers of fields as proc(5) counts them. */
enum { FIELD_STATE = 3, FIELD_PARENT = 4, FIELD_THREADS = 20, FIELD_START = 22, FIELD_END };

int64_t procstat_ns_per_tick(void)
{
	long ticks = sysconf(_SC_CLK_TCK);
	return NS_PER_SEC / (ticks > 0 ? ticks : 100);
}

static int parse_number(const char *text, int64_t max, int64_t *out)
{
	char *end;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (end == text || errno != 0 || (*end != ' ' && *end != '\n' && *end != '\0'))
		return -EBADMSG;
	if (number < 0 || number > max)
		return -EBADMSG;
	*out = number;
	return 0;
}

/* Where each field begins, from FIELD_STATE on; false when there are too few. */
static bool find_fields(const char *text, const char *fields[FIELD_END])
{
	const char *at = strrchr(text, ')');
	if (!at)
		return false;
	for (int i = FIELD_STATE; i < FIELD_END; i++) {
		at = strchr(at, ' ');
		if (!at)
			return false;
		fields[i] = ++at;
	}
	return true;
}

/* A leader that has ended while other threads run looks like a zombie, but is none. */
static bool is_dead(char state, int64_t threads)
{
	return state == 'X' || state == 'x' || (state == 'Z' && threads <= 1);
}

int procstat_parse(const char *text, int64_t ns_per_tick, struct procstat *out)
{
	const char *fields[FIELD_END];
	int64_t parent, threads, ticks;
	if (!find_fields(text, fields))
		return -EBADMSG;
	if (fields[FIELD_STATE][0] == ' ' || fields[FIELD_STATE][1] != ' ')
		return -EBADMSG;
	if (parse_number(fields[FIELD_PARENT], INT_MAX, &parent) < 0 ||
	    parse_number(fields[FIELD_THREADS], INT_MAX, &threads) < 0 ||
	    parse_number(fields[FIELD_START], INT64_MAX / ns_per_tick, &ticks) < 0)
		return -EBADMSG;
	*out = (struct procstat){
		.is_dead = is_dead(fields[FIELD_STATE][0], threads),
		.parent = (pid_t)parent,
		.start_ns = ticks * ns_per_tick,
	};
	return 0;
}

int procstat_read(int dir_fd, const char *path, int64_t ns_per_tick, struct procstat *out)
{
	char text[STAT_MAX];
	ssize_t len = smallfile_read(dir_fd, path, text, sizeof(text));
	if (len < 0)
		return (int)len;
	return procstat_parse(text, ns_per_tick, out);
}

int procstat_verify(int proc_fd, struct process process, int64_t ns_per_tick)
{
	if (process.pid <= 0)
		return -ESRCH;
	char path[PROC_NAME_MAX];
	snprintf(path, sizeof(path), "%d/stat", process.pid);
	struct procstat stat;
	int error = procstat_read(proc_fd, path, ns_per_tick, &stat);
	if (error == -ENOENT)
		return -ESRCH;
	if (error < 0)
		return error;
	return stat.is_dead || stat.start_ns != process.start_ns ? -ESRCH : 0;
}

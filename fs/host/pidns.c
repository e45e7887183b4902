/*
 * See pidns.h. status says of a process which number it has in each namespace, from ours inwards;
 * its own is the last one.
 */
#include "host/pidns.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/procstat.h"
#include "host/smallfile.h"

#define STATUS_MAX 4096
#define NESTED_MAX 32 /* as deep as Linux goes */
#define UP_MAX 256

struct numbers {
	pid_t in[NESTED_MAX];
	int len;
	pid_t parent;
};

static bool read_number(const char **at, pid_t *out)
{
	char *end;

	*at += strspn(*at, " \t");
	if (**at < '0' || **at > '9')
		return false;
	*out = (pid_t)strtol(*at, &end, 10);
	*at = end;
	return true;
}

/* Of a thread: its process's numbers. A kernel without pid namespaces names none. */
static int read_numbers(int proc_fd, pid_t tid, struct numbers *out)
{
	char path[PROC_NAME_MAX];
	char status[STATUS_MAX];
	const char *at;

	snprintf(path, sizeof(path), "%d/status", tid);
	if (smallfile_read(proc_fd, path, status, sizeof(status)) < 0)
		return -ESRCH;
	out->len = 0;
	at = strstr(status, "\nPPid:");
	if (!at || (at += strlen("\nPPid:"), !read_number(&at, &out->parent)))
		return -EBADMSG;
	at = strstr(status, "\nNStgid:");
	if (at)
		at += strlen("\nNStgid:");
	while (at && out->len < NESTED_MAX && read_number(&at, &out->in[out->len]))
		out->len++;
	return 0;
}

pid_t pidns_meant(int proc_fd, pid_t caller, pid_t pid)
{
	struct numbers numbers;
	int depth;

	if (read_numbers(proc_fd, caller, &numbers) < 0)
		return 0;
	depth = numbers.len;
	if (depth <= 1)
		return pid;
	for (int i = 0; i < UP_MAX && numbers.len == depth; i++) {
		if (numbers.in[depth - 1] == pid)
			return numbers.in[0];
		if (read_numbers(proc_fd, numbers.parent, &numbers) < 0)
			return 0;
	}
	return 0;
}

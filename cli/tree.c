/* See tree.h. Who is below whom is what /proc says of every process's parent. */
#include "tree.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/procstat.h"
#include "timelimit.h"

struct entry {
	struct process process;
	pid_t parent;
	bool is_below;
};

struct entries {
	struct entry *list;
	size_t len;
	size_t cap;
};

static bool add_entry(struct entries *entries, pid_t pid, const struct procstat *stat)
{
	if (entries->len == entries->cap) {
		size_t cap = entries->cap ? entries->cap * 2 : 256;
		struct entry *list = reallocarray(entries->list, cap, sizeof(*list));

		if (!list)
			return false;
		entries->list = list;
		entries->cap = cap;
	}
	entries->list[entries->len++] = (struct entry){
		.process = {.pid = pid, .start_ns = stat->start_ns}, .parent = stat->parent};
	return true;
}

static void read_entries(DIR *proc, struct entries *entries)
{
	const struct dirent *found;

	while ((found = readdir(proc))) {
		char path[PROC_NAME_MAX];
		struct procstat stat;
		pid_t pid = (pid_t)atoi(found->d_name);

		if (!isdigit((unsigned char)found->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "%d/stat", (int)pid);
		if (procstat_read(dirfd(proc), path, procstat_ns_per_tick(), &stat) < 0 ||
		    stat.is_dead)
			continue;
		if (!add_entry(entries, pid, &stat))
			return;
	}
}

static bool is_below(const struct entries *entries, pid_t pid)
{
	for (size_t i = 0; i < entries->len; i++) {
		if (entries->list[i].process.pid == pid)
			return entries->list[i].is_below;
	}
	return false;
}

/* Pids need not grow downwards, so look until a look finds nobody new. */
static void mark(const struct entries *entries, pid_t top)
{
	bool is_changed = true;

	while (is_changed) {
		is_changed = false;
		for (size_t i = 0; i < entries->len; i++) {
			struct entry *entry = &entries->list[i];

			if (entry->is_below ||
			    (entry->process.pid != top && !is_below(entries, entry->parent)))
				continue;
			entry->is_below = is_changed = true;
		}
	}
}

/* The process may have ended, and its pid be another's, since it was listed. */
static void hold_process(struct tree *tree, int proc_fd, struct process process)
{
	int *list = reallocarray(tree->pidfds, tree->len + 1, sizeof(*list));
	int fd;

	if (!list)
		return;
	tree->pidfds = list;
	fd = (int)syscall(SYS_pidfd_open, process.pid, 0);
	if (fd < 0)
		return;
	if (procstat_verify(proc_fd, process, procstat_ns_per_tick()) == 0)
		tree->pidfds[tree->len++] = fd;
	else
		close(fd);
}

void tree_add(struct tree *tree, pid_t pid)
{
	struct entries entries = {0};
	DIR *proc = opendir("/proc");

	if (!proc)
		return;
	read_entries(proc, &entries);
	mark(&entries, pid);
	for (size_t i = 0; i < entries.len; i++) {
		if (entries.list[i].is_below)
			hold_process(tree, dirfd(proc), entries.list[i].process);
	}
	free(entries.list);
	closedir(proc);
}

void tree_signal(const struct tree *tree, int signal)
{
	for (size_t i = 0; i < tree->len; i++)
		syscall(SYS_pidfd_send_signal, tree->pidfds[i], signal, NULL, 0);
}

void tree_await(const struct tree *tree, int64_t ms)
{
	int64_t until_ms = timelimit_now_ms() + ms;

	for (size_t i = 0; i < tree->len; i++) {
		struct pollfd watched = {.fd = tree->pidfds[i], .events = POLLIN};
		int64_t left_ms = until_ms - timelimit_now_ms();

		poll(&watched, 1, left_ms > 0 ? (int)left_ms : 0);
	}
}

void tree_release(struct tree *tree)
{
	for (size_t i = 0; i < tree->len; i++)
		close(tree->pidfds[i]);
	free(tree->pidfds);
	*tree = (struct tree){0};
}

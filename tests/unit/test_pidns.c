/* Which process a caller in a pid namespace of its own means: a directory that looks like /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/pidns.h"

/* A shell in a container (900, 1 in there) below the engine (50), its child, and a host's shell. */
static const struct {
	pid_t pid;
	pid_t parent;
	const char *numbers; /* NULL: an old kernel, which names none */
} processes[] = {
	{1, 0, "1"},	      {50, 1, "50"},	       {900, 50, "900\t1"},
	{907, 900, "907\t7"}, {950, 907, "950\t9\t1"}, {60, 1, "60"},
	{70, 1, NULL},
};

static const struct {
	pid_t caller;
	pid_t pid;
	pid_t meant;
} rows[] = {
	{60, 50, 50},  {60, 4711, 4711}, /* ours: nothing to translate */
	{70, 50, 50},  {907, 7, 907},	 /* itself */
	{907, 1, 900},			 /* above it, and not our process 1 */
	{900, 7, 0},			 /* below it: not found */
	{907, 50, 0},  {907, 60, 0},	 /* none of its namespace */
	{950, 1, 950}, {950, 9, 0},	 /* in a namespace below: its own numbers only */
	{4711, 1, 0},			 /* gone */
};

static void write_status(const char *dir, size_t i)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%d", dir, processes[i].pid);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/%d/status", dir, processes[i].pid);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "Name:\tsh\nTgid:\t%d\nPPid:\t%d\n", processes[i].pid, processes[i].parent);
	if (processes[i].numbers)
		fprintf(file, "NStgid:\t%s\nNSpid:\t%s\n", processes[i].numbers,
			processes[i].numbers);
	fclose(file);
}

static void remove_status(const char *dir, size_t i)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%d/status", dir, processes[i].pid);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%d", dir, processes[i].pid);
	rmdir(path);
}

static void a_number_is_the_callers(void **state)
{
	char dir[] = "/tmp/lokt-pidns.XXXXXX";
	int proc_fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++)
		write_status(dir, i);
	proc_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(proc_fd >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(pidns_meant(proc_fd, rows[i].caller, rows[i].pid), rows[i].meant);
	close(proc_fd);
	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++)
		remove_status(dir, i);
	rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Every stat file of the fixtures is taken, or refused, as its name says; the good and the
 * dead ones all tell of the same process.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/procstat.h"
#include "host/smallfile.h"

#define TICK INT64_C(10000000)

static void stat_fixture(const char *dir, const char *name)
{
	char path[512], text[4096];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_true(smallfile_read(AT_FDCWD, path, text, sizeof(text)) >= 0);
	struct procstat stat = {.parent = -7};
	int error = procstat_parse(text, TICK, &stat);
	if (strncmp(name, "bad-", 4) == 0) {
		if (error != -EBADMSG || stat.parent != -7)
			fail_msg("%s was taken", name);
		return;
	}
	bool is_dead = strncmp(name, "dead-", 5) == 0;
	if (error < 0 || stat.is_dead != is_dead || stat.parent != 41 ||
	    stat.start_ns != 777 * TICK)
		fail_msg("%s was misread", name);
}

static void stat_fixtures_are_parsed_as_named(void **state)
{
	(void)state;
	DIR *dir = opendir(FIXTURES "/proc/stat");
	assert_non_null(dir);
	int seen = 0;
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (entry->d_name[0] == '.')
			continue;
		stat_fixture(FIXTURES "/proc/stat", entry->d_name);
		seen++;
	}
	closedir(dir);
	assert_true(seen >= 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_fixtures_are_parsed_as_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Files that may have been planted: what is opened, what is made, and what is left alone. */
#include "host/plainfile.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char place[64];
static int dir_fd;

/* A plain file, a second name of it, a link to it and one to nothing, a fifo, a directory. */
static int plant(void **state)
{
	(void)state;
	strcpy(place, "/tmp/plainfile.XXXXXX");
	assert_non_null(mkdtemp(place));
	dir_fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(dir_fd, "plain", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(write(fd, "text", 4), 4);
	close(fd);
	assert_int_equal(linkat(dir_fd, "plain", dir_fd, "second", 0), 0);
	assert_int_equal(symlinkat("plain", dir_fd, "link"), 0);
	assert_int_equal(symlinkat("nothing", dir_fd, "dangling"), 0);
	assert_int_equal(mkfifoat(dir_fd, "fifo", 0644), 0);
	assert_int_equal(mkdirat(dir_fd, "dir", 0755), 0);
	return 0;
}

static int clear(void **state)
{
	static const char *const names[] = {"plain", "second", "link", "dangling", "fifo", "new"};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(dir_fd, names[i], 0);
	unlinkat(dir_fd, "dir", AT_REMOVEDIR);
	close(dir_fd);
	return rmdir(place);
}

static off_t size_of(const char *name)
{
	struct stat st;
	return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size : -1;
}

static void test_only_plain_files_are_opened(void **state)
{
	static const struct {
		const char *name;
		int flags;
		int error;
	} rows[] = {
		{"plain", O_RDONLY, 0},
		{"plain", O_RDWR | O_CREAT, 0},
		{"new", O_RDONLY, -ENOENT},
		{"new", O_RDWR | O_CREAT, 0},
		{"link", O_RDONLY, -ELOOP},
		{"link", O_RDWR | O_CREAT, -ELOOP},
		{"dangling", O_RDWR | O_CREAT, -ELOOP},
		{"fifo", O_RDONLY, -EINVAL},
		{"fifo", O_RDWR | O_CREAT, -EINVAL},
		{"fifo", O_WRONLY, -ENXIO},
		{"dir", O_RDONLY, -EINVAL},
		{"dir", O_RDWR, -EISDIR},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = plainfile_open(dir_fd, rows[i].name, rows[i].flags, 0600);
		if (fd >= 0)
			close(fd);
		if ((fd < 0 ? fd : 0) != rows[i].error)
			fail_msg("row %zu, %s: %d", i, rows[i].name, fd);
	}
	assert_int_equal(size_of("nothing"), -1);
	assert_int_equal(size_of("plain"), 4);
}

static void test_making_cuts_nothing_that_has_another_name(void **state)
{
	static const char *const names[] = {"second", "link", "dangling", "fifo", "new"};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = plainfile_make(dir_fd, names[i], O_WRONLY, 0644);
		if (fd < 0 || write(fd, "anew", 4) != 4)
			fail_msg("%s: %d", names[i], fd);
		close(fd);
		assert_int_equal(size_of(names[i]), 4);
	}
	char text[8] = "";
	int fd = plainfile_open(dir_fd, "plain", O_RDONLY, 0);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
	close(fd);
	assert_string_equal(text, "text");
	assert_int_equal(size_of("nothing"), -1);
	assert_int_equal(plainfile_make(dir_fd, "dir", O_WRONLY, 0644), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_only_plain_files_are_opened, plant, clear),
		cmocka_unit_test_setup_teardown(test_making_cuts_nothing_that_has_another_name,
						plant, clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

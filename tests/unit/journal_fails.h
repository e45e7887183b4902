/*
 * For tests of a journal whose writes fail: a limit on the size of files, so that a write is short
 * or refused, and a truncation that cannot take it back.
 */
#ifndef JOURNAL_FAILS_H
#define JOURNAL_FAILS_H

#include "journal_kit.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static bool ftruncate_fails;

/* In the place of the C library's. */
int ftruncate(int fd, off_t length)
{
	if (ftruncate_fails) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_ftruncate, fd, length);
}

static void limit_file_size(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

#endif

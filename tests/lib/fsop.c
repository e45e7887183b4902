/*
 * System calls by name, for cases that must know the very errno: fsop OP ARGUMENTS [OP …].
 * Prints "OP ok …" or "OP ERRNO" a call and goes on; the exit status is 1 if one failed. Opens
 * leave their descriptor to the calls after them. Bulk work for crash cases is load.c's.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static int fd = -1;

static int open_with(const char *path, int flags)
{
	fd = open(path, flags | O_CLOEXEC, 0644);
	return fd < 0 ? -1 : 0;
}

static int op_create(char **a)
{
	return open_with(a[0], O_WRONLY | O_CREAT);
}

static int op_create_excl(char **a)
{
	return open_with(a[0], O_WRONLY | O_CREAT | O_EXCL);
}

static int op_create_read(char **a)
{
	return open_with(a[0], O_RDONLY | O_CREAT);
}

static int op_open_read(char **a)
{
	return open_with(a[0], O_RDONLY);
}

/* For looks only: it reaches no file system. */
static int op_open_path(char **a)
{
	return open_with(a[0], O_PATH);
}

static int op_open_write(char **a)
{
	return open_with(a[0], O_WRONLY);
}

static int op_open_both(char **a)
{
	return open_with(a[0], O_RDWR);
}

static int op_open_trunc(char **a)
{
	return open_with(a[0], O_WRONLY | O_TRUNC);
}

static int op_open_append(char **a)
{
	return open_with(a[0], O_WRONLY | O_APPEND);
}

static int write_whole(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int op_write(char **a)
{
	return write_whole(a[0], strlen(a[0]));
}

/* Standard input, in the pieces that cat would use. */
static int op_write_stdin(char **a)
{
	static char buffer[131072];
	ssize_t n;

	(void)a;
	while ((n = read(0, buffer, sizeof(buffer))) > 0) {
		if (write_whole(buffer, (size_t)n) < 0)
			return -1;
	}
	return (int)n;
}

static int op_read(char **a)
{
	char buffer[65536];
	ssize_t n;

	(void)a;
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, (size_t)n, stdout);
	return (int)n;
}

static int op_close(char **a)
{
	(void)a;
	int rc = close(fd);
	fd = -1;
	return rc;
}

static int op_fstat(char **a)
{
	struct stat st;

	(void)a;
	if (fstat(fd, &st) < 0)
		return -1;
	printf("%ju %jd.%09ld ", (uintmax_t)st.st_ino, (intmax_t)st.st_mtim.tv_sec,
	       st.st_mtim.tv_nsec);
	return 0;
}

static int op_futimens_now(char **a)
{
	(void)a;
	return futimens(fd, NULL);
}

static int op_futimens(char **a)
{
	struct timespec when = {.tv_sec = time(NULL) + atoll(a[0])};
	return futimens(fd, (struct timespec[]){when, when});
}

static int op_flock(char **a)
{
	(void)a;
	return flock(fd, LOCK_EX | LOCK_NB);
}

static int op_ftruncate(char **a)
{
	return ftruncate(fd, atoll(a[0]));
}

static int op_fallocate(char **a)
{
	return fallocate(fd, 0, 0, atoll(a[0]));
}

static int op_fsync(char **a)
{
	(void)a;
	return fsync(fd);
}

static int op_seek(char **a)
{
	return lseek(fd, strtoll(a[0], NULL, 10), SEEK_SET) < 0 ? -1 : 0;
}

/* One call with a buffer of that size, whose names are printed; returns its bytes. */
static int read_names(size_t size)
{
	static _Alignas(struct dirent64) char buffer[65536];
	long len =
		syscall(SYS_getdents64, fd, buffer, size < sizeof(buffer) ? size : sizeof(buffer));

	for (long at = 0; at < len;) {
		const struct dirent64 *entry = (const struct dirent64 *)(buffer + at);

		printf("%s\n", entry->d_name);
		at += entry->d_reclen;
	}
	return (int)len;
}

static int op_getdents(char **a)
{
	return read_names(strtoul(a[0], NULL, 10));
}

/* The whole rest of a directory. */
static int op_getdents_all(char **a)
{
	int len;

	while ((len = read_names(strtoul(a[0], NULL, 10))) > 0)
		continue;
	return len;
}

static int op_wait_stdin(char **a)
{
	char c;

	(void)a;
	puts("waiting");
	fflush(stdout);
	return (int)read(0, &c, 1);
}

static int op_unlink(char **a)
{
	return unlink(a[0]);
}

static int op_rmdir(char **a)
{
	return rmdir(a[0]);
}

static int op_mkdir(char **a)
{
	return mkdir(a[0], 0755);
}

static int op_mknod(char **a)
{
	return mknod(a[0], S_IFREG | 0644, 0);
}

static int op_mkfifo(char **a)
{
	return mkfifo(a[0], 0644);
}

static int op_rename(char **a)
{
	return rename(a[0], a[1]);
}

static int op_exchange(char **a)
{
	return renameat2(AT_FDCWD, a[0], AT_FDCWD, a[1], RENAME_EXCHANGE);
}

static int op_link(char **a)
{
	return link(a[0], a[1]);
}

static int op_symlink(char **a)
{
	return symlink(a[0], a[1]);
}

static int op_chmod(char **a)
{
	return chmod(a[0], 0600);
}

static int op_chown(char **a)
{
	return chown(a[0], 1, 1);
}

static int op_truncate(char **a)
{
	return truncate(a[0], 0);
}

static int op_setxattr(char **a)
{
	return setxattr(a[0], "user.x", "y", 1, 0);
}

static int op_utimens_now(char **a)
{
	return utimensat(AT_FDCWD, a[0], NULL, 0);
}

static int op_utimens(char **a)
{
	struct timespec when = {.tv_sec = time(NULL) + atoll(a[1])};
	return utimensat(AT_FDCWD, a[0], (struct timespec[]){when, when}, 0);
}

static int op_stat(char **a)
{
	struct stat st;

	if (stat(a[0], &st) < 0)
		return -1;
	printf("%ju ", (uintmax_t)st.st_ino);
	return 0;
}

/* CLOCK_MONOTONIC, us */
static int op_now(char **a)
{
	struct timespec now;

	(void)a;
	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return -1;
	printf("%jd ", (intmax_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	return 0;
}

static int op_pause(char **a)
{
	return usleep((useconds_t)strtoul(a[0], NULL, 10));
}

static int op_tmpfile(char **a)
{
	return open_with(a[0], O_WRONLY | O_TMPFILE);
}

static const struct op {
	const char *word;
	int arguments;
	int (*call)(char **arguments);
} ops[] = {
	{"create", 1, op_create},
	{"create_excl", 1, op_create_excl},
	{"create_read", 1, op_create_read},
	{"open_read", 1, op_open_read},
	{"open_path", 1, op_open_path},
	{"open_write", 1, op_open_write},
	{"open_both", 1, op_open_both},
	{"open_trunc", 1, op_open_trunc},
	{"open_append", 1, op_open_append},
	{"tmpfile", 1, op_tmpfile},
	{"write", 1, op_write},
	{"write_stdin", 0, op_write_stdin},
	{"read", 0, op_read},
	{"close", 0, op_close},
	{"fstat", 0, op_fstat},
	{"futimens", 1, op_futimens},
	{"futimens_now", 0, op_futimens_now},
	{"flock", 0, op_flock},
	{"ftruncate", 1, op_ftruncate},
	{"fallocate", 1, op_fallocate},
	{"fsync", 0, op_fsync},
	{"seek", 1, op_seek},
	{"getdents", 1, op_getdents},
	{"getdents_all", 1, op_getdents_all},
	{"wait_stdin", 0, op_wait_stdin},
	{"unlink", 1, op_unlink},
	{"rmdir", 1, op_rmdir},
	{"mkdir", 1, op_mkdir},
	{"mknod", 1, op_mknod},
	{"mkfifo", 1, op_mkfifo},
	{"rename", 2, op_rename},
	{"exchange", 2, op_exchange},
	{"link", 2, op_link},
	{"symlink", 2, op_symlink},
	{"chmod", 1, op_chmod},
	{"chown", 1, op_chown},
	{"truncate", 1, op_truncate},
	{"setxattr", 1, op_setxattr},
	{"utimens", 2, op_utimens},
	{"utimens_now", 1, op_utimens_now},
	{"stat", 1, op_stat},
	{"now", 0, op_now},
	{"pause", 1, op_pause},
};

static const struct op *op_find(const char *word)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strcmp(ops[i].word, word) == 0)
			return &ops[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	bool has_failed = false;

	for (int i = 1; i < argc;) {
		const struct op *op = op_find(argv[i]);
		if (!op || argc - i - 1 < op->arguments) {
			fprintf(stderr, "fsop: what is %s?\n", argv[i]);
			return 64;
		}
		errno = 0;
		bool is_ok = op->call(argv + i + 1) >= 0;
		printf("%s %s\n", op->word, is_ok ? "ok" : strerrorname_np(errno));
		fflush(stdout);
		has_failed |= !is_ok;
		i += 1 + op->arguments;
	}
	return has_failed ? 1 : 0;
}

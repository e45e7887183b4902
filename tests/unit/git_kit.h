/*
 * Real git repositories in a directory of their own, and waiting for the modules that run git.
 */
#ifndef GIT_KIT_H
#define GIT_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/repository.h"
#include "host/spawn.h"
#include "lokt/lockref.h"

#define KIT_WAIT_NS (INT64_C(60) * 1000000000)
#define KIT_WALL_NS (INT64_C(1750000000) * 1000000000)
#define KIT_EXPIRES_MS INT64_C(1750000300000)
#define KIT_LOCK_FORMAT                                                                            \
	"{\"owner\":\"%032x\",\"nonce\":\"%032x\",\"expires_unix_ms\":1750000300000,"              \
	"\"resource\":\"%s\"}"

static char kit_dir[] = "/tmp/lokt-git.XXXXXX";

static inline int64_t kit_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* For cmocka's group: all below one directory, and the machine's settings of git without effect. */
static inline int kit_begin(void **state)
{
	(void)state;
	if (!mkdtemp(kit_dir) || chdir(kit_dir) < 0)
		return -1;
	setenv("HOME", kit_dir, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("LC_ALL", "C", 1);
	return 0;
}

static inline int kit_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

static inline int kit_end(void **state)
{
	(void)state;
	return chdir("/") < 0 ? -1 : nftw(kit_dir, kit_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* A shell command in the kit's directory; its status. */
__attribute__((format(printf, 1, 2))) static inline int kit_try(const char *format, ...)
{
	char *command;
	va_list args;
	int status;

	va_start(args, format);
	assert_true(vasprintf(&command, format, args) >= 0);
	va_end(args);
	status = system(command);
	free(command);
	return status;
}

#define kit_run(...) assert_int_equal(kit_try(__VA_ARGS__), 0)

/* First line of what a command prints. */
__attribute__((format(printf, 2, 3))) static inline void kit_line(char out[512], const char *format,
								  ...)
{
	char *command;
	va_list args;
	FILE *pipe;

	va_start(args, format);
	assert_true(vasprintf(&command, format, args) >= 0);
	va_end(args);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	out[0] = '\0';
	if (fgets(out, 512, pipe))
		out[strcspn(out, "\n")] = '\0';
	pclose(pipe);
	free(command);
}

/* `git init --bare NAME` with more options, opened. */
static inline void kit_init(struct repository *repository, const char *name, const char *options)
{
	char root[sizeof kit_dir + 64], why[REPOSITORY_WHY_MAX];

	kit_run("git -c init.defaultBranch=main init -q --bare %s %s && mkdir %s/lokt", options,
		name, name);
	snprintf(root, sizeof root, "%s/%s/lokt", kit_dir, name);
	assert_int_equal(repository_open(repository, root, why), 0);
}

static inline struct lockref kit_lock(const char *resource, unsigned nonce)
{
	struct lockref lock = {.expires_unix_ms = KIT_EXPIRES_MS, .owner = "ann", .host = "here"};

	assert_int_equal(resource_from_text(resource, &lock.resource), VERDICT_OK);
	snprintf(lock.actor, sizeof lock.actor, "%032x", 7U);
	snprintf(lock.lock_id, sizeof lock.lock_id, "%032x", nonce);
	return lock;
}

static inline void kit_hash(const char *resource, char out[LOCKREF_HASH_LEN + 1])
{
	struct lockref lock = kit_lock(resource, 0);

	lockref_hash(&lock.resource, out);
}

/* A commit whose tree holds `json` as lock.json, made by hand; its name. */
static inline void kit_commit(const char *repository, const char *json, char out[512])
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof path, "json.%d", (int)getpid());
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(json, file) >= 0);
	assert_int_equal(fclose(file), 0);
	kit_line(out,
		 "cd %s && tree=$(printf '100644 blob %%s\\tlock.json\\n' "
		 "$(git hash-object -w ../%s) | git mktree) && "
		 "GIT_AUTHOR_NAME=bob GIT_AUTHOR_EMAIL=lokt@there GIT_COMMITTER_NAME=bob "
		 "GIT_COMMITTER_EMAIL=lokt@there git commit-tree -m hand $tree",
		 repository, path);
	assert_true(strlen(out) >= 40);
}

/* The same as a ref of the resource; the commit's name in out. */
static inline void kit_ref(const char *repository, const char *resource, unsigned nonce,
			   char out[512])
{
	char json[512], hash[LOCKREF_HASH_LEN + 1];

	snprintf(json, sizeof json, KIT_LOCK_FORMAT, 7U, nonce, resource);
	kit_commit(repository, json, out);
	kit_hash(resource, hash);
	kit_run("git -C %s update-ref " LOCKREF_PREFIX "%s %s", repository, hash, out);
}

/* Waits until fd is readable or the deadline has come. */
static inline void kit_wait(int fd, int64_t deadline_ns)
{
	int64_t left_ns = deadline_ns - kit_now();
	struct pollfd poller = {.fd = fd, .events = POLLIN};

	if (left_ns > KIT_WAIT_NS)
		left_ns = KIT_WAIT_NS;
	if (left_ns > 0)
		poll(&poller, 1, (int)(left_ns / 1000000) + 1);
}

#endif

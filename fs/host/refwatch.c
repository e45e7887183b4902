/*
 * git replaces what it writes: NAME.lock is created, written, and renamed. So a rename into a
 * place, or a removal, is a change, and creations are not even asked for where git is busy.
 * Directories come and go (pack-refs removes empty ones): refs and refs/grite tell of those.
 */
#include "host/refwatch.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "host/smallfile.h"

#define BUFFER 8192

/* A call takes no more, however busy others are; the descriptor stays readable. */
#define READS_MAX 64

#define SELF (IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define COMES (IN_CREATE | IN_MOVED_TO)

/* From the top down: each lies in the one before. */
enum level { TOP, REFS, GRITE, LOCKS, LEVELS };

static const struct {
	const char *path;
	uint32_t mask;
	const char *telling; /* the name in it that matters; NULL: all but *.lock */
} levels[LEVELS] = {
	[TOP] = {"", IN_MOVED_TO | SELF, "packed-refs"},
	[REFS] = {"/refs", COMES | IN_DELETE | SELF, "grite"},
	[GRITE] = {"/refs/grite", COMES | IN_DELETE | SELF, "locks"},
	[LOCKS] = {"/refs/grite/locks", IN_MOVED_TO | IN_DELETE | SELF, NULL},
};

#define REFTABLE "reftable"
#define REFTABLE_LIST "tables.list"

static int *level_of(struct refwatch *watch, enum level level)
{
	int *const places[LEVELS] = {&watch->top, &watch->refs, &watch->grite, &watch->locks};
	return places[level];
}

static void drop(struct refwatch *watch, int *place)
{
	if (*place >= 0)
		inotify_rm_watch(watch->fd, *place);
	*place = -1;
}

/* 0; -ENOENT when there is no such directory; or another negative errno. */
static int set(struct refwatch *watch, int *place, const char *path, uint32_t mask)
{
	char full[PATH_MAX];
	if (snprintf(full, sizeof(full), "%s%s", watch->git_dir, path) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	int found = inotify_add_watch(watch->fd, full, mask);
	int error = found >= 0 ? 0 : errno == ENOTDIR ? -ENOENT : -errno;
	if (found != *place)
		drop(watch, place); /* another directory has that name now */
	*place = found;
	return error;
}

/* Brings the watches up to what is there; from the top, so that nothing comes in unseen. */
static int arm(struct refwatch *watch)
{
	int error = 0;
	for (enum level level = TOP; level < LEVELS; level++) {
		if (error == 0)
			error = set(watch, level_of(watch, level), levels[level].path,
				    levels[level].mask);
		else
			drop(watch, level_of(watch, level));
	}
	if (error == -ENOENT && watch->refs >= 0)
		error = 0; /* nobody has shared a lock here yet */
	int other = set(watch, &watch->reftable, "/" REFTABLE, IN_MOVED_TO | SELF);
	if (error == 0 && other != -ENOENT)
		error = other;
	watch->is_whole = error == 0;
	return error;
}

int refwatch_init(struct refwatch *watch, const char *git_dir)
{
	*watch = (struct refwatch){.top = -1, .refs = -1, .grite = -1, .locks = -1, .reftable = -1};
	watch->git_dir = strdup(git_dir);
	watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int error = !watch->git_dir ? -ENOMEM : watch->fd < 0 ? -errno : arm(watch);
	if (error < 0)
		refwatch_release(watch);
	return error;
}

void refwatch_release(struct refwatch *watch)
{
	smallfile_close(&watch->fd);
	free(watch->git_dir);
	*watch = (struct refwatch){
		.fd = -1, .top = -1, .refs = -1, .grite = -1, .locks = -1, .reftable = -1};
}

/* The kernel has ended this watch already. */
static void forget(struct refwatch *watch, int descriptor)
{
	for (enum level level = TOP; level < LEVELS; level++)
		if (*level_of(watch, level) == descriptor)
			*level_of(watch, level) = -1;
	if (watch->reftable == descriptor)
		watch->reftable = -1;
}

static bool is_lock_file(const char *name)
{
	size_t len = strlen(name);
	return len >= 5 && strcmp(name + len - 5, ".lock") == 0;
}

static bool is_own(const struct refwatch *watch, int descriptor)
{
	return descriptor == watch->top || descriptor == watch->refs ||
	       descriptor == watch->grite || descriptor == watch->locks ||
	       descriptor == watch->reftable;
}

/* What the event's place has to say about lock refs. */
static bool is_telling(struct refwatch *watch, const struct inotify_event *event, const char *name)
{
	if (event->wd == watch->reftable)
		return strcmp(name, REFTABLE_LIST) == 0;
	if (event->wd == watch->top && event->mask & IN_ISDIR)
		return strcmp(name, "refs") == 0 || strcmp(name, REFTABLE) == 0;
	for (enum level level = TOP; level < LEVELS; level++)
		if (event->wd == *level_of(watch, level))
			return levels[level].telling ? strcmp(name, levels[level].telling) == 0
						     : !is_lock_file(name);
	return false;
}

/* True when it is a change; *is_moved when directories may be others now. */
static bool take(struct refwatch *watch, const struct inotify_event *event, bool *is_moved)
{
	const uint32_t ends = IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF;
	const char *name = event->len ? event->name : "";
	bool is_change = (event->mask & IN_Q_OVERFLOW) ||
			 (is_own(watch, event->wd) &&
			  ((event->mask & ends) || is_telling(watch, event, name)));

	if (is_change && event->mask & (IN_Q_OVERFLOW | IN_ISDIR | ends))
		*is_moved = true;
	if (event->mask & IN_IGNORED)
		forget(watch, event->wd);
	return is_change;
}

bool refwatch_collect(struct refwatch *watch)
{
	char buffer[BUFFER] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool is_changed = false, is_moved = !watch->is_whole;

	for (int reads = 0; watch->fd >= 0 && reads < READS_MAX; reads++) {
		ssize_t got = read(watch->fd, buffer, sizeof(buffer));
		if (got <= 0)
			break;
		for (ssize_t at = 0; at < got;) {
			const struct inotify_event *event = (const void *)(buffer + at);
			if (take(watch, event, &is_moved))
				is_changed = true;
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
	if (watch->fd < 0 || !is_moved)
		return is_changed;
	bool was_whole = watch->is_whole;
	return (arm(watch) == 0 && !was_whole) || is_changed;
}

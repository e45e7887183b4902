/* See disposal.h. */
#include "host/disposal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

void disposal_add(struct disposal *disposal, const char *name)
{
	size_t len = disposal->names.len;
	text_add(&disposal->names, name, strlen(name) + 1);
	/* As it was: the names before this one are whole. */
	if (disposal->names.failed)
		disposal->names.len = len;
	disposal->names.failed = false;
}

/* A file that cannot be deleted costs space and nothing else. */
static void *run(void *context)
{
	struct disposal *disposal = context;
	disposal->error = fsync(disposal->dir_fd) < 0 ? -errno : 0;
	if (disposal->error)
		return NULL;
	for (size_t at = 0; at < disposal->names.len; at += strlen(disposal->names.data + at) + 1)
		unlinkat(disposal->dir_fd, disposal->names.data + at, 0);
	return NULL;
}

/* Signals are for the loop's thread. */
static int start(struct disposal *disposal)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&disposal->thread, NULL, run, disposal);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

void disposal_begin(struct disposal *disposal, int dir_fd)
{
	disposal->dir_fd = dir_fd;
	disposal->is_running = start(disposal) == 0;
	if (!disposal->is_running)
		run(disposal);
}

static int take_error(struct disposal *disposal)
{
	int error = disposal->error;
	disposal->error = 0;
	disposal->is_running = false;
	text_release(&disposal->names);
	return error;
}

bool disposal_is_over(struct disposal *disposal, int *error)
{
	if (disposal->is_running && pthread_tryjoin_np(disposal->thread, NULL) != 0)
		return false;
	*error = take_error(disposal);
	return true;
}

int disposal_end(struct disposal *disposal)
{
	if (disposal->is_running)
		pthread_join(disposal->thread, NULL);
	return take_error(disposal);
}

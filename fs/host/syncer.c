/*
 * See syncer.h. The thread sleeps until there is something to sync, takes the newest wish, and
 * calls fdatasync outside the lock, so that the loop's side only ever waits for a few
 * instructions. Whoever comes while a sync runs is served by the next one, all together.
 *
 * A failed sync is final: the kernel may have dropped the pages, a later success means nothing.
 */
#include "host/syncer.h"
#include "host/fault.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct retired {
	struct retired *next;
	int fd;
	uint64_t position;
};

struct syncer {
	pthread_t thread;
	pthread_mutex_t lock; /* over everything below */
	pthread_cond_t wake;
	int event_fd;
	int fd;		 /* what is appended to now; -1 none known */
	uint64_t wanted; /* position in fd that shall reach the disk */
	uint64_t done;	 /* position that has */
	int error;	 /* negative errno of the first failure */
	bool is_ending;
	struct retired *first; /* to be synced and closed before fd, in this order */
	struct retired *last;
#ifdef LOKT_TEST_HOOKS
	unsigned long fail_at; /* the sync that fails, counted from 1; 0 none */
	unsigned long calls;
#endif
};

struct job {
	int fd;
	uint64_t position;
	bool is_retired;
	bool is_void; /* close only */
};

static int sync_fd(struct syncer *syncer, int fd)
{
	int err;

#ifdef LOKT_TEST_HOOKS
	if (++syncer->calls == syncer->fail_at)
		return -EIO;
#else
	(void)syncer;
#endif
	do
		err = fdatasync(fd) == 0 ? fault_at(FAULT_SYNC) : -errno;
	while (err == -EINTR);
	return err;
}

/* Under the lock: what to do next, false when there is nothing. */
static bool take_job(struct syncer *syncer, struct job *job)
{
	struct retired *retired = syncer->first;

	if (retired) {
		*job = (struct job){retired->fd, retired->position, true,
				    syncer->error || syncer->is_ending};
		syncer->first = retired->next;
		if (!syncer->first)
			syncer->last = NULL;
		free(retired);
		return true;
	}
	if (syncer->is_ending || syncer->error || syncer->fd < 0 || syncer->wanted <= syncer->done)
		return false;
	*job = (struct job){syncer->fd, syncer->wanted, false, false};
	return true;
}

static void tell(const struct syncer *syncer)
{
	uint64_t one = 1;

	/* Fails only when the counter is full, and then it is readable anyway. */
	(void)!write(syncer->event_fd, &one, sizeof one);
}

/* Under the lock, which is given up meanwhile. */
static void run_job(struct syncer *syncer, const struct job *job)
{
	int err;

	pthread_mutex_unlock(&syncer->lock);
	err = job->is_void ? 0 : sync_fd(syncer, job->fd);
	if (job->is_retired)
		close(job->fd);
	pthread_mutex_lock(&syncer->lock);
	if (job->is_void)
		return;
	if (err && !syncer->error)
		syncer->error = err;
	if (!err && job->position > syncer->done)
		syncer->done = job->position;
	tell(syncer);
}

static void *run(void *context)
{
	struct syncer *syncer = context;
	struct job job;

	pthread_mutex_lock(&syncer->lock);
	for (;;) {
		if (take_job(syncer, &job))
			run_job(syncer, &job);
		else if (syncer->is_ending)
			break;
		else
			pthread_cond_wait(&syncer->wake, &syncer->lock);
	}
	pthread_mutex_unlock(&syncer->lock);
	return NULL;
}

/* Signals are the loop's: the thread is begun with all of them blocked. */
static int start_thread(struct syncer *syncer)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&syncer->thread, NULL, run, syncer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static void read_hooks(struct syncer *syncer)
{
#ifdef LOKT_TEST_HOOKS
	const char *fail_at = getenv("LOKTFS_TEST_SYNC_FAIL");

	syncer->fail_at = fail_at ? strtoul(fail_at, NULL, 10) : 0;
#else
	(void)syncer;
#endif
}

struct syncer *syncer_new(void)
{
	struct syncer *syncer = calloc(1, sizeof *syncer);
	int err;

	if (!syncer)
		return NULL;
	syncer->fd = -1;
	read_hooks(syncer);
	pthread_mutex_init(&syncer->lock, NULL);
	pthread_cond_init(&syncer->wake, NULL);
	syncer->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = syncer->event_fd < 0 ? errno : start_thread(syncer);
	if (!err)
		return syncer;
	if (syncer->event_fd >= 0)
		close(syncer->event_fd);
	pthread_cond_destroy(&syncer->wake);
	pthread_mutex_destroy(&syncer->lock);
	free(syncer);
	errno = err;
	return NULL;
}

void syncer_free(struct syncer *syncer)
{
	if (!syncer)
		return;
	pthread_mutex_lock(&syncer->lock);
	syncer->is_ending = true;
	pthread_cond_signal(&syncer->wake);
	pthread_mutex_unlock(&syncer->lock);
	pthread_join(syncer->thread, NULL);
	close(syncer->event_fd);
	pthread_cond_destroy(&syncer->wake);
	pthread_mutex_destroy(&syncer->lock);
	free(syncer);
}

int syncer_event_fd(const struct syncer *syncer)
{
	return syncer->event_fd;
}

void syncer_want(struct syncer *syncer, int fd, uint64_t position)
{
	pthread_mutex_lock(&syncer->lock);
	syncer->fd = fd;
	if (position > syncer->wanted)
		syncer->wanted = position;
	pthread_cond_signal(&syncer->wake);
	pthread_mutex_unlock(&syncer->lock);
}

static void queue_retired(struct syncer *syncer, struct retired *retired)
{
	if (syncer->last)
		syncer->last->next = retired;
	else
		syncer->first = retired;
	syncer->last = retired;
}

void syncer_retire(struct syncer *syncer, int old_fd, uint64_t position)
{
	struct retired *retired = malloc(sizeof *retired);

	pthread_mutex_lock(&syncer->lock);
	if (syncer->fd == old_fd)
		syncer->fd = -1;
	if (retired) {
		*retired = (struct retired){NULL, old_fd, position};
		queue_retired(syncer, retired);
	} else if (!syncer->error) {
		/* It stays open, unsynced: nobody may be told that it is on the disk. */
		syncer->error = -ENOMEM;
		tell(syncer);
	}
	pthread_cond_signal(&syncer->wake);
	pthread_mutex_unlock(&syncer->lock);
}

int syncer_collect(struct syncer *syncer, uint64_t *position)
{
	uint64_t count;
	int err;

	(void)!read(syncer->event_fd, &count, sizeof count);
	pthread_mutex_lock(&syncer->lock);
	err = syncer->error;
	if (!err)
		*position = syncer->done;
	pthread_mutex_unlock(&syncer->lock);
	return err;
}

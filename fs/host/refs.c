/*
 * The repository's own lock refs: scans (gitread.c) and batches of changes, which are commits by
 * one fast-import and deletes by one update-ref (gitwrite.c makes their input). In fast-import
 * each ref stands for itself. A transaction of update-ref falls with its worst ref, so a failed
 * one is repeated in smaller parts: one ref that cannot be deleted keeps no other.
 */
#include "host/refs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "host/gitread.h"
#include "host/gitwrite.h"
#include "host/refwatch.h"
#include "host/smallfile.h"
#include "host/spawn.h"

#define SCAN_LIMIT_NS (INT64_C(30) * 1000000000)
#define WRITE_LIMIT_NS (INT64_C(30) * 1000000000)
#define OUT_MAX ((size_t)16 << 20)
#define UNDELETED_MAX 4 /* after so many it is not the refs that are at fault */
#define ARGS_MAX 128

/*
 * A write.
 *
 * child         means
 * fast-import   commits are made; deletes follow whatever comes of it
 * update-ref    the deletes in [from, to) are done; those before are done with
 */
struct write {
	struct ref_change *changes;
	size_t len;
	size_t from, to;
	unsigned undeleted;
	int64_t deadline_ns;
	int64_t now_wall_ns;
	const struct child *importer, *deleter;
	bool has_failed;
	char why[REPOSITORY_WHY_MAX]; /* the first failure */
};

struct refs {
	const struct repository *repository;
	int epoll_fd; /* of the children and the watch */
	struct children children;
	struct refwatch watch;
	struct gitread read;
	bool is_scanning;
	struct write *write; /* under way */
	struct write *done;  /* told last; its changes are lent */
};

static void write_free(struct write *write)
{
	if (!write)
		return;
	free(write->changes);
	free(write);
}

static int nest(const struct refs *refs, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(refs->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* Without a watch the caller scans from time to time. */
static void watch(struct refs *refs)
{
	if (refwatch_init(&refs->watch, refs->repository->git_dir) < 0)
		return;
	if (nest(refs, refs->watch.fd) < 0) {
		refwatch_release(&refs->watch);
		refs->watch.fd = -1;
	}
}

static int init(struct refs *refs)
{
	int error = children_init(&refs->children);

	if (error < 0)
		return error;
	refs->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (refs->epoll_fd < 0)
		error = -errno;
	if (error == 0)
		error = nest(refs, refs->children.epoll_fd);
	if (error == 0)
		error = gitread_init(&refs->read, refs->repository, &refs->children,
				     LOCKREF_PREFIX);
	if (error == 0) {
		watch(refs);
		return 0;
	}
	smallfile_close(&refs->epoll_fd);
	children_release(&refs->children);
	return error;
}

struct refs *refs_new(const struct repository *repository)
{
	struct refs *refs = calloc(1, sizeof *refs);
	int error;

	if (!refs)
		return NULL;
	refs->repository = repository;
	refs->watch.fd = -1;
	error = init(refs);
	if (error == 0)
		return refs;
	free(refs);
	errno = -error;
	return NULL;
}

void refs_free(struct refs *refs)
{
	if (!refs)
		return;
	if (refs->watch.fd >= 0)
		refwatch_release(&refs->watch);
	gitread_release(&refs->read);
	children_release(&refs->children);
	close(refs->epoll_fd);
	write_free(refs->write);
	write_free(refs->done);
	free(refs);
}

int refs_fd(const struct refs *refs)
{
	return refs->epoll_fd;
}

int64_t refs_deadline(const struct refs *refs)
{
	return children_deadline(&refs->children);
}

bool refs_is_busy(const struct refs *refs)
{
	return refs->is_scanning || refs->write;
}

bool refs_is_watched(const struct refs *refs)
{
	return refs->watch.fd >= 0 && refs->watch.is_whole;
}

int refs_scan(struct refs *refs, int64_t now_ns)
{
	int error;

	if (refs_is_busy(refs))
		return -EBUSY;
	error = gitread_start(&refs->read, now_ns + SCAN_LIMIT_NS);
	refs->is_scanning = error == 0;
	return error;
}

static int start(struct refs *refs, const char *const words[], const struct text *input,
		 const struct child **out)
{
	const char *argv[ARGS_MAX];
	struct child *child;
	int error;

	if (!repository_argv(refs->repository, words, argv, ARGS_MAX))
		return -E2BIG;
	if (input->failed)
		return -ENOMEM;
	error = child_start(&refs->children, NULL, (char *const *)argv, refs->repository->envp,
			    input->data, input->len, OUT_MAX, refs->write->deadline_ns, &child);
	if (error == 0)
		*out = child;
	return error;
}

static int start_import(struct refs *refs)
{
	static const char *const words[] = {"fast-import", "--quiet", "--done", "--date-format=raw",
					    NULL};
	struct write *write = refs->write;
	struct text input = {0};
	int error;

	gitwrite_commits(&input, write->changes, write->len, write->now_wall_ns);
	error = start(refs, words, &input, &write->importer);
	text_release(&input);
	return error;
}

static int start_deletes(struct refs *refs)
{
	static const char *const words[] = {"update-ref", "--no-deref", "--stdin", NULL};
	struct write *write = refs->write;
	struct text input = {0};
	int error;

	gitwrite_deletes(&input, write->changes + write->from, write->to - write->from);
	error = start(refs, words, &input, &write->deleter);
	text_release(&input);
	return error;
}

static size_t count_deletes(const struct write *write, size_t from, size_t to)
{
	size_t count = 0;

	for (; from < to; from++)
		count += write->changes[from].is_delete;
	return count;
}

static struct write *write_new(const struct ref_change *changes, size_t len)
{
	struct write *write = calloc(1, sizeof *write);

	if (!write)
		return NULL;
	write->changes = calloc(len, sizeof *write->changes);
	if (!write->changes) {
		free(write);
		return NULL;
	}
	memcpy(write->changes, changes, len * sizeof *changes);
	for (size_t i = 0; i < len; i++)
		write->changes[i].version[0] = '\0';
	write->len = write->to = len;
	return write;
}

int refs_write(struct refs *refs, const struct ref_change *changes, size_t len, int64_t now_wall_ns,
	       int64_t now_ns)
{
	int error;

	if (refs_is_busy(refs))
		return -EBUSY;
	if (len == 0)
		return -EINVAL;
	refs->write = write_new(changes, len);
	if (!refs->write)
		return -ENOMEM;
	refs->write->now_wall_ns = now_wall_ns;
	refs->write->deadline_ns = now_ns + WRITE_LIMIT_NS;
	error = count_deletes(refs->write, 0, len) < len ? start_import(refs) : start_deletes(refs);
	if (error) {
		write_free(refs->write);
		refs->write = NULL;
	}
	return error;
}

static void note_failure(struct write *write, const struct child *child, const char *what)
{
	if (!write->has_failed)
		child_describe(child, what, write->why, sizeof write->why);
	write->has_failed = true;
}

static void note_error(struct write *write, int error)
{
	if (!write->has_failed)
		snprintf(write->why, sizeof write->why, "git cannot be run: %s", strerror(-error));
	write->has_failed = true;
}

/* fast-import leaves a report in the repository when it gives up; why says it all. */
static void remove_crash_report(const struct refs *refs, pid_t pid)
{
	char *path;

	if (asprintf(&path, "%s/fast_import_crash_%d", refs->repository->git_dir, (int)pid) < 0)
		return;
	unlink(path);
	free(path);
}

/* What was made is known, even if its ref could not be moved: a scan then need not read it. */
static void know_commits(struct refs *refs, const struct write *write)
{
	for (size_t i = 0; i < write->len; i++)
		if (write->changes[i].version[0])
			gitread_know(&refs->read, write->changes[i].version,
				     &write->changes[i].lock);
}

static enum refs_event tell_write(struct refs *refs, struct refs_result *out)
{
	struct write *write = refs->write;

	refs->write = NULL;
	refs->done = write;
	if (write->has_failed) {
		snprintf(out->why, sizeof out->why, "%s", write->why);
		return REFS_FAILED;
	}
	out->changes = write->changes;
	out->len = write->len;
	return REFS_WRITTEN;
}

static enum refs_event next_deletes(struct refs *refs, struct refs_result *out)
{
	struct write *write = refs->write;
	int error;

	while (write->from < write->len && !count_deletes(write, write->from, write->to)) {
		write->from = write->to;
		write->to = write->len;
	}
	if (write->from == write->len)
		return tell_write(refs, out);
	error = start_deletes(refs);
	if (error == 0)
		return REFS_NOTHING;
	note_error(write, error);
	return tell_write(refs, out);
}

static enum refs_event end_import(struct refs *refs, const struct child *child,
				  struct refs_result *out)
{
	struct write *write = refs->write;
	bool is_complete =
		gitwrite_take_versions(child->out.data, child->out.len, write->changes, write->len);

	write->importer = NULL;
	know_commits(refs, write);
	if (!child_is_good(child)) {
		note_failure(write, child, "git fast-import");
		remove_crash_report(refs, child->pid);
	} else if (!is_complete) {
		note_error(write, -EBADMSG);
	}
	return next_deletes(refs, out);
}

/* Halves what failed until it is one ref, which is left behind. */
static enum refs_event end_deletes(struct refs *refs, const struct child *child,
				   struct refs_result *out)
{
	struct write *write = refs->write;

	write->deleter = NULL;
	if (!child_is_good(child))
		note_failure(write, child, "git update-ref");
	if (!child_is_good(child) && count_deletes(write, write->from, write->to) > 1) {
		write->to = write->from + (write->to - write->from) / 2;
	} else {
		write->undeleted += !child_is_good(child);
		write->from = write->to;
		write->to = write->len;
	}
	if (child->is_too_late || write->undeleted >= UNDELETED_MAX)
		return tell_write(refs, out);
	return next_deletes(refs, out);
}

static enum refs_event end_scan(struct refs *refs, const struct child *child,
				struct refs_result *out)
{
	enum gitread_step step = gitread_continue(&refs->read, child, out->why);

	if (step == GITREAD_NOT_MINE || step == GITREAD_GOES_ON)
		return REFS_NOTHING;
	refs->is_scanning = false;
	if (step == GITREAD_FAILED)
		return REFS_FAILED;
	out->seen = refs->read.seen;
	out->len = refs->read.len;
	return REFS_SCANNED;
}

static enum refs_event end_child(struct refs *refs, const struct child *child,
				 struct refs_result *out)
{
	if (refs->write && child == refs->write->importer)
		return end_import(refs, child, out);
	if (refs->write && child == refs->write->deleter)
		return end_deletes(refs, child, out);
	return end_scan(refs, child, out);
}

enum refs_event refs_collect(struct refs *refs, int64_t now_ns, struct refs_result *out)
{
	struct child *child;

	*out = (struct refs_result){0};
	write_free(refs->done);
	refs->done = NULL;
	if (refs->watch.fd >= 0 && refwatch_collect(&refs->watch))
		return REFS_CHANGED;
	while ((child = children_collect(&refs->children, now_ns))) {
		enum refs_event event = end_child(refs, child, out);

		child_free(child);
		if (event != REFS_NOTHING)
			return event;
	}
	return REFS_NOTHING;
}

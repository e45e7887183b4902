/* See syncjob.h. */
#include "syncjob.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "settle.h"

int syncjob_add(struct serve *serve, uint64_t asker, const char *remote, bool is_gc,
		int64_t deadline_ns)
{
	struct sync_job *job = calloc(1, sizeof(*job));
	if (!job)
		return -ENOMEM;
	job->asker = asker;
	job->is_gc = is_gc;
	job->deadline_ns = deadline_ns;
	snprintf(job->remote, sizeof(job->remote), "%s", remote);
	DL_APPEND(serve->jobs, job);
	return 0;
}

void syncjob_end(struct serve *serve, enum verdict verdict)
{
	struct sync_job *job = serve->jobs;
	struct settled settled = {.waiter = job->asker, .verdict = verdict};
	settled.report = malloc(sizeof(*settled.report));
	if (settled.report)
		*settled.report = job->report;
	else
		settled.error = ENOMEM;
	DL_DELETE(serve->jobs, job);
	free(job);
	settle_post(serve, &settled);
}

void syncjob_release(struct serve *serve)
{
	struct sync_job *job, *tmp;
	DL_FOREACH_SAFE (serve->jobs, job, tmp) {
		DL_DELETE(serve->jobs, job);
		free(job);
	}
}

enum verdict serve_sync(struct serve *serve, uint64_t asker, const char *remote, bool is_gc,
			int64_t deadline_ns, const char **why)
{
	const struct shared_state *state = &serve->news.state;
	const char *name = remote[0] ? remote : state->remote;
	if (!serve->is_mirrored) {
		*why = state->error[0] ? state->error : "this directory is in no git repository";
		return VERDICT_UNSUPPORTED;
	}
	/* It may have come since the start: git knows. */
	if (!name[0] && !is_gc)
		name = "origin";
	if (name[0] && !remote_name_is_valid(name, strlen(name))) {
		*why = "a remote's name is expected, as git remote lists them";
		return VERDICT_BAD_OPTION;
	}
	if (state->mode != SHARED_OFF && strcmp(name, state->remote) != 0) {
		static char step[64 + OWNER_MAX];
		snprintf(step, sizeof(step), "this mount is kept in step with %s", state->remote);
		*why = step;
		return VERDICT_BAD_OPTION;
	}
	return syncjob_add(serve, asker, name, is_gc, deadline_ns) == 0 ? VERDICT_OK
									: VERDICT_TABLE_FULL;
}

/*
 * What git is fed with to change lock refs: the streams of fast-import and update-ref.
 */
#ifndef HOST_GITWRITE_H
#define HOST_GITWRITE_H

#include "host/refs.h"

/* A commit for each change that is no delete, at most one a ref; the commits' names are asked for. */
void gitwrite_commits(struct text *out, const struct ref_change *changes, size_t len,
		      int64_t now_wall_ns);

/*
 * Fills the versions in from the answers, in order; those that no answer is for become "". False
 * when answers are missing or are none.
 */
bool gitwrite_take_versions(const char *text, size_t len, struct ref_change *changes, size_t count);

/* One transaction that deletes each ref if its parent stands there, or whatever does if "". */
void gitwrite_deletes(struct text *out, const struct ref_change *changes, size_t len);

#endif

/*
 * Keeps the shared leases of a mount, the lock refs of its repository and those of a remote in
 * step (design "Shared resources and git"). Driven by the loop: collect what git processes have
 * said, advance to what follows, both through the door. Two lanes, the repository's and the
 * remote's, each with one git process at most; neither is ever waited for.
 *
 *   lease changed (commit.h: touched) ─┐
 *   ref changed by hand (inotify) ─────┤ shares: what is where
 *   remote listed ─────────────────────┘   reconcile: one step, through the door
 *                                            write the refs (one git) → tell the remote (one push)
 *                                              → list it → confirm (confirm.h)
 */
#ifndef SHARING_H
#define SHARING_H

#include "serve.h"
#include "settings.h"

struct sharing;

#define SHARING_WHY_MAX 640

/*
 * Opens the repository of the ROOT, if it has one, and the remote that the settings name; fills
 * in serve's is_mirrored, is_strict and news. Before the replay, since the engine has to know. 0,
 * with *out NULL where ROOT is in no repository or git will not have it (logged); -EINVAL with
 * *why when the settings ask for more than there is.
 */
int sharing_open(struct sharing **out, struct serve *serve, const struct settings *settings,
		 char why[SHARING_WHY_MAX]);

/* After the replay: begins to watch and to write. 0 or a negative errno. */
int sharing_begin(struct sharing *sharing);

/* All of these take NULL. Ends the git processes that run; their work is found again at a start. */
void sharing_free(struct sharing *sharing);

int sharing_fd(const struct sharing *sharing); /* readable: collect. -1 */

/* Takes what the git processes have said; in a turn. */
void sharing_collect(struct sharing *sharing);

/* What follows from this turn's changes; may post answers into the outbox. */
void sharing_advance(struct sharing *sharing);

/* When advance has to be called by the clock alone; LEASE_NEVER. */
int64_t sharing_deadline(const struct sharing *sharing);

#endif

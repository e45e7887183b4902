/*
 * What happened is written down before it becomes true: journal, then engine. Also keeps
 * what follows from an event in step: disk space for the ends to come, watched processes,
 * reserved tokens.
 */
#ifndef COMMIT_H
#define COMMIT_H

#include "serve.h"

/*
 * Journals and applies; the event is cleared. 0 or a negative errno, and then nothing has
 * changed. *position (may be NULL): to await for durability.
 */
int commit_event(struct serve *serve, struct event *event, uint64_t *position);

/*
 * The same for what is so already, whether or not it can be written: an expiry, a death, a
 * closed descriptor. A replay that misses the line finds the fact again. The line of an end is held
 * back, to be written together with the grant that follows; settle() ends with a commit_flush().
 */
void commit_fact(struct serve *serve, struct event *event);

/*
 * Makes a release true before it is written: its line is held back as a fact's is, for one write
 * with the next one's grant. serve->ended must be a copy of its lease, until the commit_flush()
 * before which nobody may be told. The event is cleared. 0 or a negative errno, and then nothing
 * has changed.
 */
int commit_ahead(struct serve *serve, struct event *event);

/*
 * Writes what is held back, if no later record of the turn has. When that record could not be
 * written the ends are tried once more without it, as they may use what is set aside for them. If
 * they still cannot: facts stay true and their lines are lost, but a release that was made true
 * ahead is undone. Nothing was granted since then, for a grant is written behind it or refused. 0,
 * or a negative errno when a release was undone.
 */
int commit_flush(struct serve *serve);

/*
 * After a replay, with the start's own record on the disk: counts what the leases in the engine
 * need set aside and watches their processes.
 */
void commit_catch_up(struct serve *serve);

/*
 * Watches the processes that could not be watched before, asked once a second at most; each change
 * does so too.
 */
void commit_watch_missing(struct serve *serve);

/* The journal position that reserved tokens await (0: none); and how far the disk has it. */
uint64_t commit_wanted(const struct serve *serve);
void commit_synced(struct serve *serve, uint64_t position);

#endif

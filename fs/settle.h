/*
 * Brings the engine up to now: commits what has fallen due, one thing at a time, and puts
 * the answers of waiters into the outbox. In the end nothing is held back from the journal.
 */
#ifndef SETTLE_H
#define SETTLE_H

#include "serve.h"

/* 0, or a negative errno: the release that was made true ahead is undone (commit.h). */
int settle(struct serve *serve);

/* Puts an answer into the outbox. */
void settle_post(struct serve *serve, const struct settled *settled);

#endif

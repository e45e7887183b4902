/*
 * Brings the engine up to now: commits what has fallen due, one thing at a time, and puts
 * the answers of waiters into the outbox. In the end nothing is held back from the journal.
 *
 * Of very many ends (a hundred thousand leases that expire at once) serve->slice are carried out,
 * then whoever has asked for something is served; the loop comes back for the rest. Until then an
 * ended lease may still be in the engine: what looks at one calls for its end first
 * (serve_catch_up…). Grants come behind all ends. Where leases stand in git too there are no slices.
 */
#ifndef SETTLE_H
#define SETTLE_H

#include "serve.h"

/* 0, or a negative errno: the release that was made true ahead is undone (commit.h). */
int settle(struct serve *serve);

/* The ends of leases that are, or overlap, the resource: what a request about it may meet. */
void settle_resource(struct serve *serve, const struct resource *resource);

/* Puts an answer into the outbox. */
void settle_post(struct serve *serve, const struct settled *settled);

#endif

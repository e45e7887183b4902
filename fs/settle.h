/*
 * Brings the engine up to now: commits what has fallen due, one thing at a time, and puts
 * the answers of waiters into the outbox.
 */
#ifndef SETTLE_H
#define SETTLE_H

#include "serve.h"

void settle(struct serve *serve);

/* Puts an answer into the outbox. */
void settle_post(struct serve *serve, const struct settled *settled);

#endif

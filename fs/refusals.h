/*
 * Refused claims on their way into the audit trail: the first of a kind is written at once, its
 * repetitions are counted and written as one line when the window closes, so that
 * `until touch x` cannot fill a disk. Never an error, never awaited.
 */
#ifndef REFUSALS_H
#define REFUSALS_H

#include <stdint.h>

#include "lokt/event.h"

struct journal;
struct refusals;

struct refusals *refusals_new(void); /* NULL when memory is out */
void refusals_free(struct refusals *refusals);

/* Writes or counts the refusal; takes event->lease when it needs it. */
void refusals_add(struct refusals *refusals, struct journal *journal, struct event *event);

/* Writes what was counted in windows that have closed by now (all of them: LEASE_NEVER). */
void refusals_flush(struct refusals *refusals, struct journal *journal, struct now now);

/* When the next window closes; LEASE_NEVER if none is open. */
int64_t refusals_deadline(const struct refusals *refusals);

#endif

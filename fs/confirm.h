/*
 * Strict shared leases: the lease is made and journaled like any other, but whoever asked for it is
 * told only when the remote has it. Until then the claim waits here; who withdraws it, or lets the
 * time pass, leaves no lease behind. A renewal whose asker wants to know waits likewise; it stands,
 * but the lease ends where the remote has it end. Asking the remote is sharing.h's.
 *
 * state      meaning                           left by
 * pending    made, remote not heard of yet     confirm_won(): told. The lease ended (another
 *                                              machine was first, rm, force): told, or back into
 *                                              the queue if the claim may wait. Time: withdrawn,
 *                                              told VERDICT_UNREACHABLE. confirm_cancel(): withdrawn
 *            A renewal: told VERDICT_ENDED with the lease, VERDICT_UNREACHABLE when late; never
 *            withdrawn
 */
#ifndef CONFIRM_H
#define CONFIRM_H

#include "serve.h"

/* The claim, once granted, has to wait for the remote; the renewal of the lease `token` as well. */
bool confirm_is_needed(const struct serve *serve, const struct request *request, uint64_t token);

/* The waiter's claim, to be kept for confirm_begin(), if this grants one that needs it; else NULL. */
struct request *confirm_take_claim(const struct serve *serve, const struct due *due);

/* The claim has made, or renewed, the lease `token`. 0; or -ENOMEM, and then the lease is withdrawn. */
int confirm_begin(struct serve *serve, const struct request *claim, uint64_t token);

/* The remote has the lease, until published_wall_ns; position: journal position that its asker awaits besides. */
void confirm_won(struct serve *serve, uint64_t token, uint64_t position);

/* By a claim. */
bool confirm_is_pending(const struct serve *serve, uint64_t token);

/* Another machine has what this claim wants, so that it waits on if it may. False: no such claim. */
bool confirm_lose(struct serve *serve, uint64_t token);

/* The latest time by which some pending claim is answered, or 0 when none is. */
int64_t confirm_latest(const struct serve *serve);

/* When a pending claim's time is up; LEASE_NEVER. */
int64_t confirm_deadline(const struct serve *serve);

/* Its asker is gone: withdraws the claim's lease. False when it has none here. */
bool confirm_cancel(struct serve *serve, uint64_t asker);

/* Answers what has ended or is late; true when a lease was withdrawn, so that more may be due. */
bool confirm_settle(struct serve *serve);

void confirm_release(struct serve *serve);

#endif

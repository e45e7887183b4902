/*
 * The shape that most commands have: one question about the call's resource, then a
 * sentence and a document, or a refusal.
 */
#ifndef CLI_TALK_H
#define CLI_TALK_H

#include "command.h"
#include "lokt/request_json.h"

/* How long a renewal may wait for the remote of a strict mount; as long as a claim does. */
#define RENEWAL_WAIT_MS (10 * MS_PER_SEC)

/* A question of that kind about the call's resource, if it has one. */
struct ask talk_question(const struct call *call, enum ask_op op);

/*
 * Asks. EXIT_DONE and *answer the caller's to release; or the exit status, the reason told, and
 * nothing to release.
 */
int talk_ask(const struct call *call, const struct ask *ask, struct answer_view *answer);

/* Asks and tells a success as well: the sentence, or {"status":STATUS,…the lease}. */
int talk(const struct call *call, const struct ask *ask, const char *status, const char *sentence);

#endif

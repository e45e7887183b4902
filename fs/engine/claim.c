/*
 * Claims that outlive the request that made them because the remote is asked. Those in the queue are
 * waitq.c's.
 */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A claim for those outside the engine. */
struct kept_claim {
	struct request request; /* first: what they see */
	char lock_id[LOCK_ID_LEN + 1];
};

struct request *engine_copy_claim(const struct request *claim)
{
	struct kept_claim *kept = calloc(1, sizeof(*kept));
	if (!kept)
		return NULL;
	struct request *own = &kept->request;
	*own = *claim;
	own->party = party_ref(claim->party);
	own->note = claim->note ? strdup(claim->note) : NULL;
	own->agent_id = claim->agent_id ? strdup(claim->agent_id) : NULL;
	own->lock_id = NULL;
	snprintf(kept->lock_id, sizeof(kept->lock_id), "%s",
		 claim->new_lock_id ? claim->new_lock_id : "");
	own->new_lock_id = kept->lock_id;
	if (!(claim->note && !own->note) && !(claim->agent_id && !own->agent_id))
		return own;
	engine_free_claim(own);
	return NULL;
}

void engine_free_claim(struct request *claim)
{
	if (!claim)
		return;
	party_unref(claim->party);
	free((char *)claim->note);
	free((char *)claim->agent_id);
	free(claim);
}

/*
 * Claims that outlive the request that made them: in the queue, or while the remote is asked.
 */
#include "engine/waitq.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A claim for those outside the engine. */
struct kept_claim {
	struct request request; /* first: what they see */
	char lock_id[LOCK_ID_LEN + 1];
};

bool claim_take(struct request *own, const struct request *claim, char lock_id[LOCK_ID_LEN + 1])
{
	*own = *claim;
	own->party = party_ref(claim->party);
	own->note = claim->note ? strdup(claim->note) : NULL;
	own->agent_id = claim->agent_id ? strdup(claim->agent_id) : NULL;
	own->lock_id = NULL;
	snprintf(lock_id, LOCK_ID_LEN + 1, "%s", claim->new_lock_id ? claim->new_lock_id : "");
	own->new_lock_id = lock_id;
	return !(claim->note && !own->note) && !(claim->agent_id && !own->agent_id);
}

void claim_release(struct request *own)
{
	party_unref(own->party);
	free((char *)own->note);
	free((char *)own->agent_id);
}

struct request *engine_copy_claim(const struct request *claim)
{
	struct kept_claim *kept = calloc(1, sizeof(*kept));
	if (!kept)
		return NULL;
	if (claim_take(&kept->request, claim, kept->lock_id))
		return &kept->request;
	engine_free_claim(&kept->request);
	return NULL;
}

void engine_free_claim(struct request *claim)
{
	if (!claim)
		return;
	claim_release(claim);
	free(claim);
}

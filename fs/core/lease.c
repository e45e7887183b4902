/*
 * Parties and leases as memory: made, shared, copied and freed. What may be done with them
 * is the engine's to say.
 */
#include "lokt/lease.h"

#include <stdlib.h>
#include <string.h>

/* Copies a string to *at and moves *at behind it. */
static char *pack(char **at, const char *string)
{
	char *start = *at;
	size_t size;

	if (!string)
		return NULL;
	size = strlen(string) + 1;
	memcpy(start, string, size);
	*at += size;
	return start;
}

/* One block: the struct, its chain, then the strings. */
struct party *party_new(uid_t uid, const char *owner, bool owner_is_explicit, const char *agent_id,
			bool agent_is_explicit, const char *host, const char *actor,
			const struct process *chain, unsigned chain_len)
{
	unsigned len = chain_len < PARTY_CHAIN_MAX ? chain_len : PARTY_CHAIN_MAX;
	size_t strings = strlen(owner) + strlen(host) + strlen(agent_id) + 3 +
			 (actor ? strlen(actor) + 1 : 0);
	struct party *party = calloc(1, sizeof *party + len * sizeof *chain + strings);
	char *at;

	if (!party)
		return NULL;
	party->refs = 1;
	party->uid = uid;
	party->owner_is_explicit = owner_is_explicit;
	party->agent_is_explicit = agent_is_explicit;
	party->chain_len = len;
	for (unsigned i = 0; i < len; i++)
		party->chain[i] = chain[i];
	at = (char *)(party->chain + len);
	party->owner = pack(&at, owner);
	party->host = pack(&at, host);
	party->agent_id = pack(&at, agent_id);
	party->actor = pack(&at, actor);
	return party;
}

struct party *party_with_actor(const struct party *party, const char *actor)
{
	struct party *again = party_new(party->uid, party->owner, party->owner_is_explicit,
					party->agent_id, party->agent_is_explicit, party->host,
					actor, party->chain, party->chain_len);

	if (again)
		again->gid = party->gid;
	return again;
}

struct party *party_ref(struct party *party)
{
	party->refs++;
	return party;
}

void party_unref(struct party *party)
{
	if (party && --party->refs == 0)
		free(party);
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool party_is_equal(const struct party *a, const struct party *b)
{
	if (a->uid != b->uid || a->gid != b->gid || a->owner_is_explicit != b->owner_is_explicit ||
	    a->agent_is_explicit != b->agent_is_explicit || a->chain_len != b->chain_len)
		return false;
	for (unsigned i = 0; i < a->chain_len; i++)
		if (!process_is_equal(a->chain[i], b->chain[i]))
			return false;
	return is_same_text(a->owner, b->owner) && is_same_text(a->host, b->host) &&
	       is_same_text(a->agent_id, b->agent_id) && is_same_text(a->actor, b->actor);
}

bool party_has_process(const struct party *party, struct process process)
{
	for (unsigned i = 0; i < party->chain_len; i++)
		if (process_is_equal(party->chain[i], process))
			return true;
	return false;
}

struct resource lease_resource(const struct lease *lease)
{
	struct resource resource = {.kind = lease->kind};

	strcpy(resource.name, lease->name);
	return resource;
}

bool lease_is_of(const struct lease *lease, const struct resource *resource)
{
	return strcmp(lease->name, resource->name) == 0;
}

bool lease_set_resource(struct lease *lease, const struct resource *resource)
{
	char *name = strdup(resource->name);

	if (!name)
		return false;
	free(lease->name);
	lease->name = name;
	lease->kind = resource->kind;
	return true;
}

static bool copy_string(char **copy, const char *string)
{
	*copy = string ? strdup(string) : NULL;
	return !string || *copy;
}

struct lease *lease_copy(const struct lease *lease)
{
	struct lease *copy = malloc(sizeof *copy);

	if (!copy)
		return NULL;
	*copy = *lease;
	copy->party = lease->party ? party_ref(lease->party) : NULL;
	bool has_name = copy_string(&copy->name, lease->name);
	bool has_note = copy_string(&copy->note, lease->note);
	bool has_agent_id = copy_string(&copy->agent_id, lease->agent_id);
	if (has_name && has_note && has_agent_id)
		return copy;
	lease_free(copy);
	return NULL;
}

void lease_clear(struct lease *lease)
{
	free(lease->name);
	free(lease->note);
	free(lease->agent_id);
	party_unref(lease->party);
	memset(lease, 0, sizeof *lease);
}

void lease_free(struct lease *lease)
{
	if (!lease)
		return;
	lease_clear(lease);
	free(lease);
}

/* See ask_all.h. Tokens are collected first: a release moves the table. */
#include "fuse/ask_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_covered(struct mount *mount, const struct lease *lease, const struct party *party,
		       const struct ask *ask)
{
	if (lease_is_bound(lease) || !serve_is_own(mount->serve, lease, party))
		return false;
	if (ask->scope == ASK_ALL_OF_OWNER)
		return strcmp(lease->party->owner, ask->owner) == 0;
	unsigned living = engine_living(mount->serve->engine, lease);
	return living < lease->party->chain_len &&
	       party_has_process(party, lease->party->chain[living]);
}

static uint64_t *collect(struct mount *mount, const struct party *party, const struct ask *ask,
			 size_t *len)
{
	const struct engine *engine = mount->serve->engine;
	uint64_t *tokens = calloc(engine_count(engine, false) + 1, sizeof(*tokens));
	const struct lease *lease = NULL;
	*len = 0;
	while (tokens && (lease = engine_next(engine, false, lease)))
		if (is_covered(mount, lease, party, ask))
			tokens[(*len)++] = lease->token;
	return tokens;
}

static void add_name(struct text *names, const struct resource *resource)
{
	char name[RESOURCE_NAME_MAX + 1];
	resource_display(resource, name);
	text_puts(names, names->len > 1 ? "," : "");
	text_add_json(names, name);
}

static uint64_t release(struct mount *mount, struct party *party, uint64_t token,
			struct text *names, int *error)
{
	const struct lease *lease = engine_find_token(mount->serve->engine, token);
	if (!lease)
		return 0;
	struct request request = {.op = OP_RELEASE,
				  .resource = lease_resource(lease),
				  .party = party,
				  .token = token};
	struct outcome out = serve_request(mount->serve, &request);
	if (out.error)
		*error = out.error;
	if (out.error || out.verdict != VERDICT_OK)
		return 0;
	add_name(names, &request.resource);
	return out.position;
}

/* What an earlier worker has released of it already. */
static void name_repeated(const struct engine *engine, uint64_t unique, struct text *names)
{
	struct done done;
	uint64_t cursor = 0;
	while (engine_next_done(engine, UINT64_MAX, &cursor, &done)) {
		const struct resource *resource = engine_find_ended(engine, done.token);
		if (done.req == unique && resource && event_class(done.kind) == EVENT_ENDS)
			add_name(names, resource);
	}
}

uint64_t ask_release_all(struct mount *mount, struct party *party, const struct ask *ask,
			 struct text *names, int *error)
{
	uint64_t position = 0;
	size_t len;
	uint64_t *tokens = collect(mount, party, ask, &len);
	*error = tokens ? 0 : ENOMEM;
	text_puts(names, "[");
	if (mount->serve->is_return)
		name_repeated(mount->serve->engine, mount->unique, names);
	for (size_t i = 0; i < len; i++) {
		uint64_t at = release(mount, party, tokens[i], names, error);
		position = at ? at : position;
	}
	text_puts(names, "]");
	free(tokens);
	return position;
}

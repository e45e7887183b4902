/* See ask_all.h. Tokens are collected first: a release moves the table. */
#include "fuse/ask_all.h"

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

static uint64_t release(struct mount *mount, struct party *party, uint64_t token,
			struct text *names)
{
	const struct lease *lease = engine_find_token(mount->serve->engine, token);
	if (!lease)
		return 0;
	struct request request = {
		.op = OP_RELEASE, .resource = lease->resource, .party = party, .token = token};
	struct outcome out = serve_request(mount->serve, &request);
	if (out.error || out.verdict != VERDICT_OK)
		return 0;
	char name[RESOURCE_NAME_MAX + 1];
	resource_display(&request.resource, name);
	text_puts(names, names->len > 1 ? "," : "");
	text_add_json(names, name);
	return out.position;
}

uint64_t ask_release_all(struct mount *mount, struct party *party, const struct ask *ask,
			 struct text *names)
{
	uint64_t position = 0;
	size_t len;
	uint64_t *tokens = collect(mount, party, ask, &len);
	text_puts(names, "[");
	for (size_t i = 0; i < len; i++) {
		uint64_t at = release(mount, party, tokens[i], names);
		position = at ? at : position;
	}
	text_puts(names, "]");
	free(tokens);
	return position;
}

/* See index.h. */
#include "engine/index.h"

#include <errno.h>
#include <stdlib.h>

#define CHAINS_MIN 16

/* Keys may be neighbours, or differ in their upper bits alone: each bit has to reach the lower ones. */
static uint64_t mix(uint64_t key)
{
	key *= UINT64_C(0x9E3779B97F4A7C15);
	return key ^ key >> 32;
}

static size_t chain_of(const struct index *index, uint64_t key)
{
	uint64_t hash = mix(key);
	size_t at = hash & (index->whole - 1);
	return at + index->whole < index->used ? hash & (2 * index->whole - 1) : at;
}

void index_release(struct index *index)
{
	free(index->chains);
	*index = (struct index){0};
}

static int begin(struct index *index)
{
	index->chains = calloc(CHAINS_MIN, sizeof(*index->chains));
	if (!index->chains)
		return -ENOMEM;
	index->cap = index->used = index->whole = CHAINS_MIN;
	return 0;
}

/* Room for one chain more. Without it chains become longer, and that is all. */
static int reserve(struct index *index)
{
	if (index->used < index->cap)
		return 0;
	struct index_link **chains =
		reallocarray(index->chains, index->cap * 2, sizeof(*index->chains));
	if (!chains)
		return -ENOMEM;
	index->chains = chains;
	index->cap *= 2;
	return 0;
}

/* The lowest chain that is still whole gives some of its links to a new one. */
static void split(struct index *index)
{
	size_t from = index->used - index->whole;
	struct index_link **at = &index->chains[from];
	struct index_link **to = &index->chains[index->used++];
	*to = NULL;
	while (*at) {
		struct index_link *link = *at;
		if (chain_of(index, link->key) == from) {
			at = &link->next;
			continue;
		}
		*at = link->next;
		link->next = *to;
		*to = link;
	}
	if (index->used == 2 * index->whole)
		index->whole = index->used;
}

int index_add(struct index *index, struct index_link *link, uint64_t key)
{
	if (!index->chains && begin(index) < 0)
		return -ENOMEM;
	if (index->len >= index->used && reserve(index) == 0)
		split(index);
	struct index_link **chain = &index->chains[chain_of(index, key)];
	*link = (struct index_link){key, *chain};
	*chain = link;
	index->len++;
	return 0;
}

void index_remove(struct index *index, struct index_link *link)
{
	struct index_link **at = &index->chains[chain_of(index, link->key)];
	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	index->len--;
}

static struct index_link *with_key(struct index_link *link, uint64_t key)
{
	while (link && link->key != key)
		link = link->next;
	return link;
}

struct index_link *index_find(const struct index *index, uint64_t key)
{
	return index->len ? with_key(index->chains[chain_of(index, key)], key) : NULL;
}

struct index_link *index_find_next(const struct index_link *previous)
{
	return with_key(previous->next, previous->key);
}

/* FNV-1a. */
uint64_t index_hash(const char *bytes, size_t len)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325);
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001B3);
	return hash;
}

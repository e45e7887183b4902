/*
 * See keep.h. Nothing here needs a lock or a fence but against the compiler: a process that was
 * killed has made its stores in program order, and the next one reads them afterwards.
 */
#include "host/keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define KEEP_MAGIC UINT64_C(0x31706b74666c6f6b)
#define NOWHERE 0		     /* block 0 is not used, so that zeroes mean no block */
#define COMMITS_MAX (UINT64_MAX / 2) /* far from where they would begin anew */

struct block {
	uint64_t key;
	uint64_t born; /* heads: counts from this commit on */
	uint64_t died; /* heads: until this one; 0: it still does */
	uint32_t next;
	uint32_t len; /* heads: bytes of the whole entry */
	uint8_t kind; /* KEEP_FREE but for heads */
	uint8_t pad[7];
	char bytes[88]; /* a flock(2)'s request */
};
_Static_assert(sizeof(struct block) == 128, "blocks are laid out for good");

struct keep_memory {
	uint64_t magic;
	uint64_t committed;
	uint64_t high; /* blocks below were used at some time */
	uint64_t pad[13];
	struct block block[];
};

struct keep_entry {
	uint64_t id;		 /* key and kind */
	uint32_t head;		 /* as committed; NOWHERE: not yet */
	uint32_t fresh;		 /* as of the next commit; NOWHERE: dropped, when it has changed */
	struct keep_entry *next; /* in changed; itself at the end, NULL when it has not */
	UT_hash_handle hh;
};

#define KINDS 4
_Static_assert(KEEP_FILE < KINDS, "a kind fits beside the key");

static uint64_t id_of(enum keep_kind kind, uint64_t key)
{
	return key * KINDS + kind;
}

static void store(uint64_t *at, uint64_t value)
{
	__atomic_store_n(at, value, __ATOMIC_RELEASE);
}

static struct keep_entry *find(const struct keep *keep, enum keep_kind kind, uint64_t key)
{
	uint64_t wanted = id_of(kind, key);
	struct keep_entry *entry;
	HASH_FIND(hh, keep->entries, &wanted, sizeof(wanted), entry);
	return entry;
}

static struct keep_entry *add(struct keep *keep, enum keep_kind kind, uint64_t key)
{
	struct keep_entry *entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->id = id_of(kind, key);
	HASH_ADD(hh, keep->entries, id, sizeof(entry->id), entry);
	if (entry->hh.tbl)
		return entry;
	free(entry);
	return NULL;
}

static void forget(struct keep *keep, struct keep_entry *entry)
{
	HASH_DELETE(hh, keep->entries, entry);
	free(entry);
}

static bool give_back(struct keep *keep, uint32_t at)
{
	if (keep->unused_len == keep->unused_cap) {
		uint32_t cap = keep->unused_cap ? keep->unused_cap * 2 : 256;
		uint32_t *unused = reallocarray(keep->unused, cap, sizeof(*unused));
		if (!unused)
			return false; /* lost until the next worker looks */
		keep->unused = unused;
		keep->unused_cap = cap;
	}
	keep->unused[keep->unused_len++] = at;
	return true;
}

static void free_chain(struct keep *keep, uint32_t head)
{
	struct block *blocks = keep->memory->block;
	blocks[head].kind = KEEP_FREE;
	for (uint32_t at = head, next; at != NOWHERE; at = next) {
		next = blocks[at].next;
		blocks[at].next = NOWHERE;
		give_back(keep, at);
	}
}

static uint32_t take_block(struct keep *keep)
{
	struct keep_memory *memory = keep->memory;
	if (keep->unused_len)
		return keep->unused[--keep->unused_len];
	if (memory->high >= keep->blocks)
		return NOWHERE;
	uint32_t at = (uint32_t)memory->high;
	memory->block[at].kind = KEEP_FREE; /* takeovers have not looked there */
	store(&memory->high, memory->high + 1);
	return at;
}

static size_t blocks_for(size_t len)
{
	const size_t room = sizeof(((struct block *)0)->bytes);
	return len ? (len + room - 1) / room : 1;
}

bool keep_has_room(const struct keep *keep, size_t bytes)
{
	size_t left = keep->unused_len + (keep->blocks - (size_t)keep->memory->high);
	return blocks_for(bytes) <= left;
}

/* A chain with the bytes, not yet a head; NOWHERE is impossible where there is room. */
static uint32_t write_chain(struct keep *keep, const char *bytes, size_t len)
{
	struct block *blocks = keep->memory->block;
	uint32_t first = NOWHERE, last = NOWHERE;
	size_t done = 0;
	do {
		uint32_t at = take_block(keep);
		size_t part =
			len - done < sizeof(blocks->bytes) ? len - done : sizeof(blocks->bytes);
		blocks[at].next = NOWHERE;
		if (part)
			memcpy(blocks[at].bytes, bytes + done, part);
		done += part;
		if (last != NOWHERE)
			blocks[last].next = at;
		else
			first = at;
		last = at;
	} while (done < len);
	return first;
}

static void mark_changed(struct keep *keep, struct keep_entry *entry)
{
	if (entry->next)
		return;
	entry->next = keep->changed ? keep->changed : entry;
	keep->changed = entry;
}

static void drop_fresh(struct keep *keep, struct keep_entry *entry)
{
	if (entry->next && entry->fresh != NOWHERE)
		free_chain(keep, entry->fresh);
	entry->fresh = NOWHERE;
}

int keep_put(struct keep *keep, enum keep_kind kind, uint64_t key, const void *bytes, size_t len)
{
	struct block *blocks = keep->memory->block;
	uint64_t next = keep->memory->committed + 1;
	if (len > UINT32_MAX || !keep_has_room(keep, len))
		return -ENOSPC;
	struct keep_entry *entry = find(keep, kind, key);
	if (!entry)
		entry = add(keep, kind, key);
	if (!entry)
		return -ENOMEM;
	drop_fresh(keep, entry);
	uint32_t head = write_chain(keep, bytes, len);
	blocks[head].key = key;
	blocks[head].born = next;
	blocks[head].died = 0;
	blocks[head].len = (uint32_t)len;
	__atomic_store_n(&blocks[head].kind, (uint8_t)kind, __ATOMIC_RELEASE);
	if (entry->head != NOWHERE)
		store(&blocks[entry->head].died, next);
	entry->fresh = head;
	mark_changed(keep, entry);
	return 0;
}

void keep_drop(struct keep *keep, enum keep_kind kind, uint64_t key)
{
	struct keep_entry *entry = find(keep, kind, key);
	if (!entry)
		return;
	drop_fresh(keep, entry);
	if (entry->head != NOWHERE)
		store(&keep->memory->block[entry->head].died, keep->memory->committed + 1);
	mark_changed(keep, entry);
}

void keep_commit(struct keep *keep)
{
	store(&keep->memory->committed, keep->memory->committed + 1);
	while (keep->changed) {
		struct keep_entry *entry = keep->changed;
		keep->changed = entry->next == entry ? NULL : entry->next;
		if (entry->head != NOWHERE)
			free_chain(keep, entry->head);
		entry->head = entry->fresh;
		entry->fresh = NOWHERE;
		entry->next = NULL;
		if (entry->head == NOWHERE)
			forget(keep, entry);
	}
}

uint64_t keep_commits(const struct keep *keep)
{
	return keep->memory->committed;
}

static uint32_t present(const struct keep *keep, enum keep_kind kind, uint64_t key)
{
	const struct keep_entry *entry = find(keep, kind, key);
	if (!entry)
		return NOWHERE;
	return entry->next ? entry->fresh : entry->head;
}

bool keep_has(const struct keep *keep, enum keep_kind kind, uint64_t key)
{
	return present(keep, kind, key) != NOWHERE;
}

static size_t part_of(const struct block *block, size_t left)
{
	return left < sizeof(block->bytes) ? left : sizeof(block->bytes);
}

bool keep_get(const struct keep *keep, enum keep_kind kind, uint64_t key, struct text *out)
{
	const struct block *blocks = keep->memory->block;
	uint32_t at = present(keep, kind, key);
	if (at == NOWHERE)
		return false;
	for (size_t left = blocks[at].len; left; at = blocks[at].next) {
		size_t part = part_of(&blocks[at], left);
		text_add(out, blocks[at].bytes, part);
		left -= part;
	}
	return true;
}

bool keep_is(const struct keep *keep, enum keep_kind kind, uint64_t key, const void *bytes,
	     size_t len)
{
	const struct block *blocks = keep->memory->block;
	uint32_t at = present(keep, kind, key);
	if (at == NOWHERE || blocks[at].len != len)
		return false;
	for (const char *from = bytes; len; at = blocks[at].next) {
		size_t part = part_of(&blocks[at], len);
		if (memcmp(blocks[at].bytes, from, part) != 0)
			return false;
		from += part;
		len -= part;
	}
	return true;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

uint64_t *keep_keys(const struct keep *keep, enum keep_kind kind, size_t *len)
{
	uint64_t *keys = calloc(HASH_COUNT(keep->entries) + 1, sizeof(*keys));
	const struct keep_entry *entry, *tmp;
	*len = 0;
	if (!keys)
		return NULL;
	HASH_ITER (hh, keep->entries, entry, tmp)
		if (entry->id % KINDS == kind && present(keep, kind, entry->id / KINDS) != NOWHERE)
			keys[(*len)++] = entry->id / KINDS;
	qsort(keys, *len, sizeof(*keys), compare);
	return keys;
}

/* Taking over. */

/* The chain is whole: as many blocks as its length needs, each below the mark and in one chain. */
static bool mark_chain(const struct keep *keep, uint32_t head, unsigned char *used)
{
	const struct keep_memory *memory = keep->memory;
	uint32_t at = head;
	for (size_t count = blocks_for(memory->block[head].len); count; count--) {
		if (at == NOWHERE || at >= memory->high || used[at])
			return false;
		used[at] = 1;
		at = memory->block[at].next;
	}
	return at == NOWHERE;
}

/* 1: it counts; 0: it is free, or belongs to what was not committed or was dropped. */
static bool counts(const struct keep_memory *memory, struct block *head)
{
	if (head->kind == KEEP_FREE)
		return false;
	if (head->died > memory->committed)
		head->died = 0;
	if (head->born <= memory->committed && !head->died)
		return true;
	head->kind = KEEP_FREE;
	return false;
}

/* Its kind is one that was written, and its key has room beside it. */
static bool is_known(const struct block *head)
{
	return head->kind <= KEEP_FILE && head->key <= UINT64_MAX / KINDS;
}

static int take_over(struct keep *keep, unsigned char *used)
{
	struct keep_memory *memory = keep->memory;
	for (uint32_t at = 1; at < memory->high; at++) {
		struct block *head = &memory->block[at];
		if (!counts(memory, head))
			continue;
		if (!is_known(head) || !mark_chain(keep, at, used) ||
		    find(keep, head->kind, head->key))
			return -EINVAL;
		struct keep_entry *entry = add(keep, head->kind, head->key);
		if (!entry)
			return -ENOMEM;
		entry->head = at;
	}
	for (uint32_t at = (uint32_t)memory->high; at-- > 1;) {
		if (used[at])
			continue;
		memory->block[at].kind = KEEP_FREE;
		memory->block[at].next = NOWHERE;
		if (!give_back(keep, at))
			return -ENOMEM;
	}
	return 0;
}

int keep_open(struct keep *keep, void *bytes, size_t size)
{
	struct keep_memory *memory = bytes;
	size_t blocks =
		size < sizeof(*memory) ? 0 : (size - sizeof(*memory)) / sizeof(struct block);
	*keep = (struct keep){.memory = memory};
	if (blocks < 2 || blocks > UINT32_MAX)
		return -EINVAL;
	keep->blocks = (uint32_t)blocks;
	if (!memory->magic) {
		memory->high = 1;
		store(&memory->magic, KEEP_MAGIC);
	}
	if (memory->magic != KEEP_MAGIC || memory->high < 1 || memory->high > blocks ||
	    memory->committed > COMMITS_MAX)
		return -EINVAL;
	unsigned char *used = calloc(1, memory->high);
	int error = used ? take_over(keep, used) : -ENOMEM;
	free(used);
	if (error)
		keep_close(keep);
	return error;
}

void keep_close(struct keep *keep)
{
	struct keep_entry *entry, *tmp;
	HASH_ITER (hh, keep->entries, entry, tmp)
		forget(keep, entry);
	free(keep->unused);
	*keep = (struct keep){0};
}

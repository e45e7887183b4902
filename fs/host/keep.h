/*
 * What a worker must not take to its grave, in memory that its successor has too: byte strings by
 * kind and key. Puts and drops become true together at a commit, by one store; whoever is killed
 * between two commits leaves the state of the first. Only its own process writes to it.
 *
 *   memory:  header · blocks of 128 bytes; an entry is a chain of blocks, the head carries
 *            since which commit it counts (born) and since which no longer (died, 0: it does)
 */
#ifndef HOST_KEEP_H
#define HOST_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lokt/text.h"

enum keep_kind { KEEP_FREE, KEEP_REQUEST, KEEP_FILE };

struct keep_memory; /* the header */
struct keep_entry;

struct keep {
	struct keep_memory *memory;
	uint32_t blocks;  /* that fit */
	uint32_t *unused; /* stack of those below the high-water mark */
	uint32_t unused_len, unused_cap;
	struct keep_entry *entries; /* by kind and key */
	struct keep_entry *changed; /* since the last commit */
};

/*
 * Takes over the memory (`size` bytes, aligned to 8, zeroes when nobody has used it) with what was
 * committed to it. 0, -EINVAL when it is none of ours or damaged, -ENOMEM.
 */
int keep_open(struct keep *keep, void *memory, size_t size);
void keep_close(struct keep *keep);

/* Commits so far. */
uint64_t keep_commits(const struct keep *keep);

/* 0, -ENOSPC or -ENOMEM: then what was there stands. */
int keep_put(struct keep *keep, enum keep_kind kind, uint64_t key, const void *bytes, size_t len);

/* Nothing when there is none. */
void keep_drop(struct keep *keep, enum keep_kind kind, uint64_t key);

/* As of now, uncommitted changes included: false when there is none. Appends to out. */
bool keep_get(const struct keep *keep, enum keep_kind kind, uint64_t key, struct text *out);
bool keep_has(const struct keep *keep, enum keep_kind kind, uint64_t key);

/* The bytes are what the entry holds already. */
bool keep_is(const struct keep *keep, enum keep_kind kind, uint64_t key, const void *bytes,
	     size_t len);

/* `bytes` more can be put. */
bool keep_has_room(const struct keep *keep, size_t bytes);

void keep_commit(struct keep *keep);

/* The keys of that kind in rising order: a heap array of *len, NULL when memory is out or none. */
uint64_t *keep_keys(const struct keep *keep, enum keep_kind kind, size_t *len);

#endif

/*
 * Finds things by a number. The links lie inside what they belong to and take 16 bytes where a
 * uthash handle takes 56, because of leases there may be a million; and no single add has to move
 * all of them. Several things may have the same number, as hashes of names do.
 */
#ifndef ENGINE_INDEX_H
#define ENGINE_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct index_link {
	uint64_t key;
	struct index_link *next;
};

/*
 * As many chains as there were ever links. Each link that makes them too few has one chain split in
 * two, the lower ones first: those below `split` are addressed by one bit more (linear hashing).
 */
struct index {
	struct index_link **chains;
	size_t len;   /* links */
	size_t used;  /* chains: whole + split */
	size_t whole; /* a power of two, or 0 */
	size_t cap;
};

void index_release(struct index *index); /* what is in it is left alone */

/* 0 or -ENOMEM, with nothing changed. */
int index_add(struct index *index, struct index_link *link, uint64_t key);
void index_remove(struct index *index, struct index_link *link);

/* One with that number, or NULL; and from there the others. */
struct index_link *index_find(const struct index *index, uint64_t key);
struct index_link *index_find_next(const struct index_link *previous);

/* A number for these bytes. */
uint64_t index_hash(const char *bytes, size_t len);

#endif

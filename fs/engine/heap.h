/*
 * A binary heap of deadlines, earliest on top. Items live inside what they belong to
 * and know their place, so that any of them can be moved or taken out.
 */
#ifndef ENGINE_HEAP_H
#define ENGINE_HEAP_H

#include <stddef.h>
#include <stdint.h>

#define HEAP_NOWHERE SIZE_MAX

struct heap_item {
	int64_t key_ns;
	size_t at; /* index in the heap, or HEAP_NOWHERE */
};

struct heap {
	struct heap_item **items;
	size_t len;
	size_t cap;
};

void heap_release(struct heap *heap);

/* Room for n items without a further allocation. 0 or -ENOMEM. */
int heap_reserve(struct heap *heap, size_t n);

/* Puts in (there must be room), moves, or takes out when key is INT64_MAX. */
void heap_set(struct heap *heap, struct heap_item *item, int64_t key_ns);

/* The earliest, or NULL. */
struct heap_item *heap_top(const struct heap *heap);

#endif

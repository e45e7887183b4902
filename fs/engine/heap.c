/*
 * See heap.h. An item with key INT64_MAX is never due and so is never in the heap.
 */
#include "engine/heap.h"

#include <errno.h>
#include <stdlib.h>

void heap_release(struct heap *heap)
{
	free(heap->items);
	*heap = (struct heap){0};
}

int heap_reserve(struct heap *heap, size_t n)
{
	if (n <= heap->cap)
		return 0;
	size_t cap = heap->cap ? heap->cap * 2 : 64;
	while (cap < n)
		cap *= 2;
	struct heap_item **items = reallocarray(heap->items, cap, sizeof(struct heap_item *));
	if (!items)
		return -ENOMEM;
	heap->items = items;
	heap->cap = cap;
	return 0;
}

static void put(struct heap *heap, size_t at, struct heap_item *item)
{
	heap->items[at] = item;
	item->at = at;
}

static void sift_up(struct heap *heap, struct heap_item *item)
{
	size_t at = item->at;
	while (at > 0) {
		struct heap_item *parent = heap->items[(at - 1) / 2];
		if (parent->key_ns <= item->key_ns)
			break;
		put(heap, at, parent);
		at = (at - 1) / 2;
	}
	put(heap, at, item);
}

static void sift_down(struct heap *heap, struct heap_item *item)
{
	size_t at = item->at;
	for (;;) {
		size_t child = 2 * at + 1;
		if (child >= heap->len)
			break;
		if (child + 1 < heap->len &&
		    heap->items[child + 1]->key_ns < heap->items[child]->key_ns)
			child++;
		if (heap->items[child]->key_ns >= item->key_ns)
			break;
		put(heap, at, heap->items[child]);
		at = child;
	}
	put(heap, at, item);
}

static void take_out(struct heap *heap, struct heap_item *item)
{
	struct heap_item *last = heap->items[--heap->len];
	size_t at = item->at;
	item->at = HEAP_NOWHERE;
	if (last == item)
		return;
	put(heap, at, last);
	sift_up(heap, last);
	sift_down(heap, last);
}

void heap_set(struct heap *heap, struct heap_item *item, int64_t key_ns)
{
	if (key_ns == INT64_MAX) {
		if (item->at != HEAP_NOWHERE)
			take_out(heap, item);
		item->key_ns = key_ns;
		return;
	}
	item->key_ns = key_ns;
	if (item->at == HEAP_NOWHERE)
		put(heap, heap->len++, item);
	sift_up(heap, item);
	sift_down(heap, item);
}

struct heap_item *heap_top(const struct heap *heap)
{
	return heap->len ? heap->items[0] : NULL;
}

/*
 * Leases as aligned lines: name, owner@host, age, remaining, flags.
 */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include "lokt/lease_json.h"
#include "lokt/text.h"

struct listing {
	struct text lines; /* struct line, private: widths are known after the last one */
};

void listing_add(struct listing *listing, const struct lease_view *lease);

/* Appends it, sorted by name, each line cut to width columns (0: not cut); releases it. */
int listing_render(struct listing *listing, size_t width, struct text *out); /* 0 or -ENOMEM */

/* Appends what of value has room in width columns, the last for a sign that more was there. */
void listing_add_cut(struct text *out, const char *value, size_t width);

/* Prints all of it, cut to a terminal's width, and releases it. 0 or -ENOMEM. */
int listing_print(struct listing *listing);

#endif

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

/* Prints all of it, cut to a terminal's width, and releases it. 0 or -ENOMEM. */
int listing_print(struct listing *listing);

#endif

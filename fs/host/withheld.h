/*
 * Refs that a remote lists and cannot give, because it has lost their commit. One of them ends a
 * whole fetch, so they are found in its complaint, and left out of the next.
 */
#ifndef HOST_WITHHELD_H
#define HOST_WITHHELD_H

#include "host/gitparse.h"

#define WITHHELD_MAX 8

struct withheld {
	char hashes[WITHHELD_MAX][LOCKREF_HASH_LEN + 1];
	size_t len;
};

/*
 * Looks for "not our ref VERSION" in what git fetch complained of (NULL is fine), and notes a ref
 * of that version. True when one is new.
 */
bool withheld_note(struct withheld *withheld, const char *complaint, const struct reflines *lines);

#endif

/*
 * A lock that two machines held at once, as status.json lists it under "conflicts": whose was
 * revoked here and who was first.
 *
 *   {"resource":R,"ts":RFC3339,"ours":{"owner":O,"nonce":ID},
 *    "theirs":{"owner":ACTOR,"name":O,"host":H,"nonce":ID,"expires_unix_ms":N}}
 */
#ifndef LOKT_CONFLICT_JSON_H
#define LOKT_CONFLICT_JSON_H

#include "lokt/lockref.h"

struct conflict {
	struct resource resource; /* ours; theirs may be one that overlaps it */
	int64_t wall_ns;	  /* when it was found */
	char owner[OWNER_MAX + 1];
	char lock_id[LOCK_ID_LEN + 1];
	struct lockref theirs;
};

/* The object, no newline; "theirs" has its own "resource" where that differs. */
void conflict_json_write(struct text *out, const struct conflict *conflict);

/*
 * Calls visit for each of a status document's "conflicts"; raw is the object's own text. A
 * document without the key has none. A non-zero return of visit stops and is returned; -EINVAL
 * for what is no such document, -ENOMEM.
 */
int conflict_json_each(const char *text, size_t len,
		       int (*visit)(const struct conflict *conflict, const char *raw,
				    void *context),
		       void *context);

#endif

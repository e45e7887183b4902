/*
 * Locks that two machines held at once, as the daemon lists them: read, put into words.
 */
#ifndef CLI_CONFLICTS_H
#define CLI_CONFLICTS_H

#include "lokt/conflict_json.h"
#include "lokt/text.h"

struct known_conflict {
	struct conflict conflict;
	char *raw; /* its JSON text */
};

struct conflicts {
	struct known_conflict *list; /* newest first */
	size_t len;
};

/* Those of a status document. 0 and *out the caller's to release, or a negative errno. */
int conflicts_read(const struct text *document, struct conflicts *out);
void conflicts_release(struct conflicts *conflicts);

/* The first len of them (at most all) as a JSON array. */
void conflicts_add_json(struct text *json, const struct conflicts *conflicts, size_t len);

/* "issue:1 is held by OWNER on HOST until …; your lock was revoked", no newline. */
void conflicts_add_sentence(struct text *out, const struct conflict *conflict);

#endif

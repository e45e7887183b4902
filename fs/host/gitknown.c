/* See gitknown.h. */
#include "host/gitknown.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct key {
	char hash[LOCKREF_HASH_LEN + 1];
	char version[LOCKREF_VERSION_MAX + 1];
};

struct known {
	struct key key; /* zero behind its strings */
	struct lockref_seen seen;
	uint64_t generation;
	UT_hash_handle hh;
};

static struct known *find(const struct gitknown *known, const char *hash, const char *version)
{
	struct key key = {0};
	struct known *found;

	memcpy(key.hash, hash, strnlen(hash, sizeof key.hash - 1));
	memcpy(key.version, version, strnlen(version, sizeof key.version - 1));
	HASH_FIND(hh, known->table, &key, sizeof key, found);
	return found;
}

static void drop(struct gitknown *known, struct known *old)
{
	HASH_DELETE(hh, known->table, old);
	free(old);
}

void gitknown_release(struct gitknown *known)
{
	struct known *old, *next;

	HASH_ITER (hh, known->table, old, next) {
		drop(known, old);
	}
	*known = (struct gitknown){0};
}

void gitknown_begin(struct gitknown *known)
{
	known->generation++;
}

void gitknown_end(struct gitknown *known)
{
	struct known *old, *next;

	HASH_ITER (hh, known->table, old, next) {
		if (old->generation < known->generation)
			drop(known, old);
	}
}

int gitknown_add(struct gitknown *known, const struct lockref_seen *seen)
{
	struct known *entry = find(known, seen->hash, seen->version);

	if (entry) {
		entry->seen = *seen;
		entry->generation = known->generation;
		return 0;
	}
	entry = calloc(1, sizeof *entry);
	if (!entry)
		return -ENOMEM;
	memcpy(entry->key.hash, seen->hash, strlen(seen->hash));
	memcpy(entry->key.version, seen->version, strlen(seen->version));
	entry->seen = *seen;
	entry->generation = known->generation;
	HASH_ADD(hh, known->table, key, sizeof entry->key, entry);
	if (!entry->hh.tbl) {
		free(entry);
		return -ENOMEM;
	}
	return 0;
}

const struct lockref_seen *gitknown_find(struct gitknown *known, const char *hash,
					 const char *version)
{
	struct known *entry = find(known, hash, version);

	if (!entry)
		return NULL;
	entry->generation = known->generation;
	return &entry->seen;
}

/*
 * A shared lease as it stands in git: the ref refs/grite/locks/<hash> is a commit whose tree
 * holds lock.json, {"owner":…,"nonce":…,"expires_unix_ms":…,"resource":…}; the commit's author is
 * the owner's name at its host. The format is grite's (docs/formats.md).
 */
#ifndef LOKT_LOCKREF_H
#define LOKT_LOCKREF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lokt/lease.h"
#include "lokt/text.h"

#define LOCKREF_PREFIX "refs/grite/locks/"
#define LOCKREF_HASH_LEN 16
#define LOCKREF_VERSION_MAX 64 /* an object name: 40 hex digits, or 64 */
#define LOCKREF_JSON_MAX 16384 /* bytes of a lock.json that is read at all */
#define LOCKREF_WHY_MAX 160

/* Latest expiry that is believed: the end of the year 9999, in ms. */
#define LOCKREF_EXPIRES_MAX INT64_C(253402300799999)

struct lockref {
	struct resource resource;      /* always a shared one */
	char actor[OWNER_MAX + 1];     /* "owner" of lock.json: 32 hex digits, for display */
	char lock_id[LOCK_ID_LEN + 1]; /* the nonce; see lockref_parse() */
	int64_t expires_unix_ms;       /* wall clock */
	char owner[OWNER_MAX + 1];     /* author's name */
	char host[OWNER_MAX + 1];      /* behind the @ of the author's address */
};

/* A ref as it was found. */
struct lockref_seen {
	char hash[LOCKREF_HASH_LEN + 1];
	char version[LOCKREF_VERSION_MAX + 1]; /* object name of the commit; "": no such ref */
	bool is_sound;			       /* lock is valid; else why says what is wrong */
	struct lockref lock;
	char why[LOCKREF_WHY_MAX];
};

/* First 16 hex digits of SHA-256 over the resource's own (decoded) bytes. */
void lockref_hash(const struct resource *resource, char out[LOCKREF_HASH_LEN + 1]);

/*
 * The lock.json, without a newline. "resource" is the bytes that are hashed; its file name where
 * those are no clean text.
 */
void lockref_write(struct text *out, const struct lockref *lock);

/*
 * Parses a lock.json found under `hash`. Unknown keys are passed over. A nonce that is not 32
 * lower-case hex digits (others write longer ones) becomes the first 32 of its SHA-256, so that
 * it can stand where a lock id stands. owner and host of *out are set empty. Refused: what is no
 * JSON object, a missing or mistyped key, one of ours twice, strings that are not clean
 * (text_is_clean) or too long, an empty nonce, a resource that is bare or not canonical or belongs
 * to another hash, an expiry before 0 or past the year 9999 or not whole. 0 or -EINVAL with a
 * sentence in *why (static) and *out untouched; -ENOMEM.
 */
int lockref_parse(const char *text, size_t len, const char *hash, struct lockref *out,
		  const char **why);

/*
 * The author of the commit: name and address as git gives them (the address with or without its
 * <>). The host is what is behind the last @. What is not clean, is empty or over OWNER_MAX bytes
 * becomes "unknown".
 */
void lockref_set_author(struct lockref *lock, const char *name, const char *address);

/*
 * "NAME <lokt@HOST>" for a commit: bytes that git's ident line may not hold or would drop (<, >,
 * control characters, a space at either end) become '_', as does an @ in HOST. Empty: "unknown".
 */
void lockref_ident(struct text *out, const struct lockref *lock);

#endif

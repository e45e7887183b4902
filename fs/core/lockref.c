/*
 * lock.json and the commit's author, both ways. Other programs write these refs, and a remote
 * hands out what anybody pushed: nothing is believed that was not checked, and the hash in the
 * ref's name must be that of the resource, or one lock could stand in another's place.
 */
#include "lokt/lockref.h"

#include <errno.h>
#include <sha2.h>
#include <string.h>

#include "core/json.h"

#define UNKNOWN "unknown"

enum lock_key { KEY_OWNER, KEY_NONCE, KEY_EXPIRES, KEY_RESOURCE, KEY_COUNT };

static const char *const keys[KEY_COUNT] = {
	[KEY_OWNER] = "owner",
	[KEY_NONCE] = "nonce",
	[KEY_EXPIRES] = "expires_unix_ms",
	[KEY_RESOURCE] = "resource",
};

/* The first `digits` hex digits of the SHA-256, at most all; out has room for a NUL. */
static void hash_hex(const char *bytes, size_t digits, char *out)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];

	SHA256Data((const uint8_t *)bytes, strlen(bytes), hex);
	memcpy(out, hex, digits);
	out[digits] = '\0';
}

void lockref_hash(const struct resource *resource, char out[LOCKREF_HASH_LEN + 1])
{
	char bytes[RESOURCE_NAME_MAX + 1];

	resource_bytes(resource, bytes);
	hash_hex(bytes, LOCKREF_HASH_LEN, out);
}

void lockref_write(struct text *out, const struct lockref *lock)
{
	char bytes[RESOURCE_NAME_MAX + 1];
	bool is_clean;

	resource_bytes(&lock->resource, bytes);
	is_clean = text_is_clean(bytes, strlen(bytes), RESOURCE_NAME_MAX);
	text_add(out, "{", 1);
	text_key_string(out, keys[KEY_OWNER], lock->actor);
	text_key_string(out, keys[KEY_NONCE], lock->lock_id);
	text_key_i64(out, keys[KEY_EXPIRES], lock->expires_unix_ms);
	text_key_string(out, keys[KEY_RESOURCE], is_clean ? bytes : lock->resource.name);
	text_add(out, "}", 1);
}

static bool has_hash(const struct resource *resource, const char *hash)
{
	char own[LOCKREF_HASH_LEN + 1];

	lockref_hash(resource, own);
	return strcmp(own, hash) == 0;
}

/* Mostly the bytes that were hashed; else a file name. The hash knows which. */
static int read_resource(struct span value, const char *hash, struct lockref *lock,
			 const char **why)
{
	char text[RESOURCE_NAME_MAX + 1];
	struct resource *resource = &lock->resource;

	*why = "\"resource\" is missing, too long or no clean text";
	if (span_get_clean(value, RESOURCE_NAME_MAX, text))
		return -EINVAL;
	if (resource_from_bytes(text, resource) != VERDICT_OK || !has_hash(resource, hash)) {
		*why = "\"resource\" is no valid name";
		if (resource_from_text(text, resource) != VERDICT_OK)
			return -EINVAL;
		*why = "\"resource\" belongs to another ref";
		if (!has_hash(resource, hash))
			return -EINVAL;
	}
	*why = "\"resource\" is a bare name, which is not shared";
	return resource_is_shared(resource) ? 0 : -EINVAL;
}

static int read_nonce(struct span value, struct lockref *lock)
{
	char nonce[OWNER_MAX + 1];
	size_t len;

	if (span_get_clean(value, OWNER_MAX, nonce) || !nonce[0])
		return -EINVAL;
	len = strlen(nonce);
	if (len == LOCK_ID_LEN && strspn(nonce, "0123456789abcdef") == len)
		memcpy(lock->lock_id, nonce, len + 1);
	else
		hash_hex(nonce, LOCK_ID_LEN, lock->lock_id);
	return 0;
}

static int read_members(const struct span *values, const char *hash, struct lockref *lock,
			const char **why)
{
	*why = "\"owner\" is missing, too long or no clean text";
	if (span_get_clean(values[KEY_OWNER], OWNER_MAX, lock->actor))
		return -EINVAL;
	*why = "\"nonce\" is missing, empty, too long or no clean text";
	if (read_nonce(values[KEY_NONCE], lock))
		return -EINVAL;
	*why = "\"expires_unix_ms\" is missing, no whole number or past the year 9999";
	if (span_get_i64(values[KEY_EXPIRES], 0, LOCKREF_EXPIRES_MAX, &lock->expires_unix_ms))
		return -EINVAL;
	return read_resource(values[KEY_RESOURCE], hash, lock, why);
}

int lockref_parse(const char *text, size_t len, const char *hash, struct lockref *out,
		  const char **why)
{
	JSON_DOCUMENT(document);
	struct span values[KEY_COUNT];
	struct lockref lock;
	int error = json_parse(text, len, &document);

	memset(&lock, 0, sizeof lock);
	*why = error == -ENOMEM ? "out of memory" : "it is no JSON object";
	if (error)
		return error;
	*why = "a key is there twice";
	if (span_object(json_root(&document), keys, KEY_COUNT, false, values))
		return -EINVAL;
	if (read_members(values, hash, &lock, why))
		return -EINVAL;
	*out = lock;
	return 0;
}

static void copy_or_unknown(const char *text, size_t len, char out[OWNER_MAX + 1])
{
	if (len == 0 || !text_is_clean(text, len, OWNER_MAX)) {
		text = UNKNOWN;
		len = sizeof UNKNOWN - 1;
	}
	memcpy(out, text, len);
	out[len] = '\0';
}

void lockref_set_author(struct lockref *lock, const char *name, const char *address)
{
	const char *at = strrchr(address, '@');
	const char *host = at ? at + 1 : "";
	size_t len = strlen(host);

	if (address[0] == '<' && len && host[len - 1] == '>')
		len--;
	copy_or_unknown(name, strlen(name), lock->owner);
	copy_or_unknown(host, len, lock->host);
}

/* git would take these for the end of a part, or drop them. */
static bool is_no_ident_byte(const char *text, size_t at, size_t len)
{
	unsigned char c = (unsigned char)text[at];

	return c < ' ' || c == 0x7F || c == '<' || c == '>' ||
	       (c == ' ' && (at == 0 || at + 1 == len));
}

static void add_ident_part(struct text *out, const char *text, bool is_host)
{
	size_t len = strlen(text);

	if (!len)
		text_puts(out, UNKNOWN);
	for (size_t i = 0; i < len; i++) {
		bool is_bad = is_no_ident_byte(text, i, len) || (is_host && text[i] == '@');

		text_add(out, is_bad ? "_" : text + i, 1);
	}
}

void lockref_ident(struct text *out, const struct lockref *lock)
{
	add_ident_part(out, lock->owner, false);
	text_puts(out, " <lokt@");
	add_ident_part(out, lock->host, true);
	text_puts(out, ">");
}

/*
 * Any bytes as the lock.json of a ref: a first line with the resource that the ref is named for,
 * then the file. What is taken is clean, belongs to that ref, and comes back from its own writing;
 * what is refused says why and leaves nothing behind. Any line as the commit's author, too.
 */
#include <string.h>

#include "lokt/lockref.h"
#include "lokt/text.h"
#include "property.h"

static void check_clean(const char *text, size_t max)
{
	PROPERTY(strlen(text) <= max && text_is_clean(text, strlen(text), max));
}

static void check(const struct lockref *lock, const char *hash)
{
	char own[LOCKREF_HASH_LEN + 1];
	struct lockref again;
	struct text out = {0};
	const char *why = NULL;

	lockref_hash(&lock->resource, own);
	PROPERTY(strcmp(own, hash) == 0 && resource_is_shared(&lock->resource));
	PROPERTY(strlen(lock->lock_id) == LOCK_ID_LEN);
	PROPERTY(strspn(lock->lock_id, "0123456789abcdef") == LOCK_ID_LEN);
	PROPERTY(lock->expires_unix_ms >= 0 && lock->expires_unix_ms <= LOCKREF_EXPIRES_MAX);
	PROPERTY(!lock->owner[0] && !lock->host[0]);
	check_clean(lock->actor, OWNER_MAX);
	lockref_write(&out, lock);
	PROPERTY(lockref_parse(out.data, out.len, hash, &again, &why) == 0);
	PROPERTY(memcmp(lock, &again, sizeof again) == 0);
	text_release(&out);
}

static void check_author(const char *name, const char *address)
{
	struct lockref lock;
	struct text ident = {0};

	memset(&lock, 0, sizeof lock);
	lockref_set_author(&lock, name, address);
	check_clean(lock.owner, OWNER_MAX);
	check_clean(lock.host, OWNER_MAX);
	PROPERTY(lock.owner[0] && lock.host[0]);
	lockref_ident(&ident, &lock);
	PROPERTY(!ident.failed && !strpbrk(ident.data, "\n\r\t"));
	PROPERTY(strchr(ident.data, '<') == strrchr(ident.data, '<'));
	PROPERTY(strchr(ident.data, '>') == ident.data + ident.len - 1);
	text_release(&ident);
}

/* The first line, cut to what fits; returns the bytes it took. */
static size_t take_line(const char *text, size_t size, char out[RESOURCE_NAME_MAX + 1])
{
	const char *end = memchr(text, '\n', size);
	size_t len = end ? (size_t)(end - text) : size;
	size_t kept = len < RESOURCE_NAME_MAX ? len : RESOURCE_NAME_MAX;

	memcpy(out, text, kept);
	out[kept] = '\0';
	return end ? len + 1 : len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *why = NULL;
	char line[RESOURCE_NAME_MAX + 1], hash[LOCKREF_HASH_LEN + 1] = "0000000000000000";
	struct lockref lock, before;
	struct resource resource;
	size_t head;
	int error;

	if (size == 0 || size > LOCKREF_JSON_MAX)
		return 0;
	head = take_line(text, size, line);
	check_author(line, line);
	if (resource_from_text(line, &resource) == VERDICT_OK)
		lockref_hash(&resource, hash);
	memset(&before, 0x5A, sizeof before);
	lock = before;
	error = lockref_parse(text + head, size - head, hash, &lock, &why);
	if (error == 0)
		check(&lock, hash);
	else
		PROPERTY(why && why[0] && memcmp(&lock, &before, sizeof lock) == 0);
	return 0;
}

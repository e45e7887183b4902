/*
 * The kinds of events, and what writing (event_write.c) and reading (event_read.c) their lines
 * have in common. Keys that people read come first and keep their meaning for every kind; what
 * only a replay needs follows. Nanoseconds are strings, because most readers of JSON keep
 * numbers in doubles.
 */
#include "lokt/event.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/event_line.h"

#define CACHE_LINE 64

static const struct {
	const char *word;
	enum event_class class;
} kinds[EVENT_COUNT] = {
	[EVENT_ACQUIRE] = {"acquire", EVENT_RECORDS},
	[EVENT_GRANT] = {"grant", EVENT_RECORDS},
	[EVENT_IMPORT] = {"import", EVENT_RECORDS},
	[EVENT_RENEW] = {"renew", EVENT_RECORDS},
	[EVENT_BIND] = {"bind", EVENT_RECORDS},
	[EVENT_FREEZE] = {"freeze", EVENT_RECORDS},
	[EVENT_PUBLISH] = {"publish", EVENT_RECORDS},
	[EVENT_RELEASE] = {"release", EVENT_ENDS},
	[EVENT_EXPIRE] = {"expire", EVENT_ENDS},
	[EVENT_HOLDER_DEAD] = {"holder-dead", EVENT_ENDS},
	[EVENT_FORCE_BREAK] = {"force-break", EVENT_ENDS},
	[EVENT_STALE_BREAK] = {"stale-break", EVENT_ENDS},
	[EVENT_UNFREEZE] = {"unfreeze", EVENT_ENDS},
	[EVENT_FORCE_UNFREEZE] = {"force-unfreeze", EVENT_ENDS},
	[EVENT_CONFLICT] = {"conflict", EVENT_ENDS},
	[EVENT_DENY] = {"deny", EVENT_REFUSES},
	[EVENT_FREEZE_DENY] = {"freeze-deny", EVENT_REFUSES},
	[EVENT_START] = {"start", EVENT_KEEPS_BOOKS},
	[EVENT_CLOCK] = {"clock", EVENT_KEEPS_BOOKS},
	[EVENT_RESERVE] = {"reserve", EVENT_KEEPS_BOOKS},
	[EVENT_DONE] = {"done", EVENT_KEEPS_BOOKS},
};

const char *const event_keys[KEY_COUNT] = {
	[KEY_SEQ] = "seq",
	[KEY_TS] = "ts",
	[KEY_EVENT] = "event",
	[KEY_NAME] = "name",
	[KEY_LOCK_ID] = "lock_id",
	[KEY_OWNER] = "owner",
	[KEY_HOST] = "host",
	[KEY_PID] = "pid",
	[KEY_AGENT_ID] = "agent_id",
	[KEY_TTL_SEC] = "ttl_sec",
	[KEY_NUMBER] = "count",
	[KEY_EXTRA] = "extra",
	[KEY_FILE] = "file",
	[KEY_FREEZE] = "freeze",
	[KEY_FOREIGN] = "foreign",
	[KEY_TOKEN] = "token",
	[KEY_MONO_NS] = "mono_ns",
	[KEY_UID] = "uid",
	[KEY_GID] = "gid",
	[KEY_REQ] = "req",
	[KEY_PID_START_NS] = "pid_start_ns",
	[KEY_ACQUIRED] = "acquired",
	[KEY_TTL_MS] = "ttl_ms",
	[KEY_DEADLINE_NS] = "deadline_ns",
	[KEY_EXPIRES_WALL_NS] = "expires_wall_ns",
	[KEY_TTL_EXPLICIT] = "ttl_explicit",
	[KEY_TTL_SETTER] = "ttl_setter",
	[KEY_PUBLISHED_WALL_NS] = "published_wall_ns",
	[KEY_HANDLE] = "handle",
	[KEY_MADE_BY] = "made_by",
	[KEY_PROCESS] = "process",
	[KEY_NOTE] = "note",
	[KEY_AGENT_OPTION] = "agent_option",
	[KEY_AGENT_PARTY] = "agent_party", /* the party's own, behind an agent_option */
	[KEY_OWNER_EXPLICIT] = "owner_explicit",
	[KEY_AGENT_EXPLICIT] = "agent_explicit",
	[KEY_ACTOR] = "actor",
	[KEY_CHAIN] = "chain",
	[KEY_BOOT_ID] = "boot_id",
	[KEY_MOUNT] = "mount",
	[KEY_DONE] = "done",
	[KEY_TOKENS_BELOW] = "tokens_below",
	[KEY_DELTA_NS] = "delta_ns",
	[KEY_CRC] = "crc",
};

const char *const event_extra_keys[EXTRA_COUNT] = {"reason", "verdict", "count", "waited_ms"};

enum event_class event_class(enum event_kind kind)
{
	return kinds[kind].class;
}

const char *event_word(enum event_kind kind)
{
	return kinds[kind].word;
}

bool event_is_claim(enum event_kind kind)
{
	return kind == EVENT_ACQUIRE || kind == EVENT_GRANT || kind == EVENT_FREEZE;
}

enum event_kind event_from_word(const char *word)
{
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		if (strcmp(kinds[i].word, word) == 0)
			return (enum event_kind)i;
	return EVENT_COUNT;
}

void event_clear(struct event *event)
{
	lease_free(event->lease);
	free(event->reason);
	memset(event, 0, sizeof *event);
}

static void put_crc(unsigned long crc, char out[CRC_LEN])
{
	static const char digits[] = "0123456789abcdef";
	char *at = out + sizeof CRC_KEY - 1;

	memcpy(out, CRC_KEY, sizeof CRC_KEY - 1);
	for (int shift = 28; shift >= 0; shift -= 4)
		*at++ = digits[crc >> shift & 15];
	memcpy(at, "\"}", 2);
}

void event_make_crc(const char *bytes, size_t len, char out[CRC_LEN])
{
	put_crc(crc32_z(0, (const unsigned char *)bytes, len), out);
}

/*
 * crc32_z() has tables of 16 KB, which pay for a replay. After a sleep each cache line of a table
 * has to come from far, and zlib's first table is 1 KB.
 */
void event_fetch_crc_table(void)
{
	const z_crc_t *table = get_crc_table();

	for (size_t i = 0; i < 256; i += CACHE_LINE / sizeof *table)
		__builtin_prefetch(table + i);
}

void event_make_crc_cold(const char *bytes, size_t len, char out[CRC_LEN])
{
	const z_crc_t *table = get_crc_table();
	uint32_t crc = UINT32_MAX;

	while (len--)
		crc = table[(crc ^ (unsigned char)*bytes++) & 255] ^ crc >> 8;
	put_crc(crc ^ UINT32_MAX, out);
}

/*
 * What the writing and the reading of a journal line share: its keys and its checksum. Private
 * to fs/core/event*.c.
 */
#ifndef CORE_EVENT_LINE_H
#define CORE_EVENT_LINE_H

#include "lokt/event.h"

#define CRC_KEY ",\"crc\":\""
#define CRC_LEN (sizeof CRC_KEY - 1 + EVENT_CRC_DIGITS + 2) /* and quote, brace */

/* In the order in which they are written, which makes reading a line one pass. */
enum event_key {
	KEY_SEQ,
	KEY_TS,
	KEY_EVENT,
	KEY_NAME,
	KEY_LOCK_ID,
	KEY_OWNER,
	KEY_HOST,
	KEY_PID,
	KEY_AGENT_ID,
	KEY_TTL_SEC,
	KEY_NUMBER,
	KEY_EXTRA,
	KEY_FILE,
	KEY_FREEZE,
	KEY_FOREIGN,
	KEY_TOKEN,
	KEY_MONO_NS,
	KEY_UID,
	KEY_GID,
	KEY_REQ,
	KEY_PID_START_NS,
	KEY_ACQUIRED,
	KEY_TTL_MS,
	KEY_DEADLINE_NS,
	KEY_EXPIRES_WALL_NS,
	KEY_TTL_EXPLICIT,
	KEY_TTL_SETTER,
	KEY_PUBLISHED_WALL_NS,
	KEY_HANDLE,
	KEY_MADE_BY,
	KEY_PROCESS,
	KEY_NOTE,
	KEY_AGENT_OPTION,
	KEY_AGENT_PARTY,
	KEY_OWNER_EXPLICIT,
	KEY_AGENT_EXPLICIT,
	KEY_ACTOR,
	KEY_CHAIN,
	KEY_BOOT_ID,
	KEY_MOUNT,
	KEY_DONE,
	KEY_TOKENS_BELOW,
	KEY_DELTA_NS,
	KEY_CRC,
	KEY_COUNT
};

enum event_extra_key { EXTRA_REASON, EXTRA_VERDICT, EXTRA_NUMBER, EXTRA_WAITED, EXTRA_COUNT };

extern const char *const event_keys[KEY_COUNT];
extern const char *const event_extra_keys[EXTRA_COUNT];

/* What ends a line that begins with these bytes; no NUL, no newline. */
void event_make_crc(const char *bytes, size_t len, char out[CRC_LEN]);

/*
 * The same for a line that is written after a sleep: with a small table, which is to be fetched
 * before the line is made.
 */
void event_make_crc_cold(const char *bytes, size_t len, char out[CRC_LEN]);
void event_fetch_crc_table(void);

#endif

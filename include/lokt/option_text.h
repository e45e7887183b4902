/*
 * Options of a claim as text: what is written into a lease's file ("30m", or a JSON
 * object) and the keys that a request shares with it.
 */
#ifndef LOKT_OPTION_TEXT_H
#define LOKT_OPTION_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "lokt/lease.h"

enum option_bit {
	OPTION_TTL = 1 << 0,
	OPTION_PID = 1 << 1,
	OPTION_NOTE = 1 << 2,
	OPTION_AGENT_ID = 1 << 3
};

/* A request's pid: whoever asks, which need not know what number the daemon sees it by. */
#define OPTION_PID_SELF 0

struct options {
	unsigned set;	/* enum option_bit */
	int64_t ttl_ms; /* 0: no TTL */
	pid_t pid;	/* or OPTION_PID_SELF */
	char note[NOTE_MAX + 1];
	char agent_id[OWNER_MAX + 1];
};

enum option_parse {
	OPTION_PARSE_OK,
	OPTION_PARSE_BAD,
	OPTION_PARSE_INCOMPLETE,
	OPTION_PARSE_NO_MEMORY
};

/*
 * "30m\n" or {"ttl":"30m"|seconds|null,"pid":N,"note":"…","agent_id":"…"}, white space
 * around allowed, no NUL, no other keys, no key twice. INCOMPLETE: the text so far could still
 * become a JSON object by more bytes. *out untouched unless OK.
 */
enum option_parse options_parse(const char *text, size_t len, struct options *out);

#endif

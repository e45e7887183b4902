/*
 * A mount's options for shared leases (design "Shared resources and git"): their words, bounds
 * and defaults, for the daemon that obeys them and the command that keeps them.
 */
#ifndef LOKT_SHARED_OPTION_H
#define LOKT_SHARED_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a shared lease asks of the remote. */
enum shared_mode {
	SHARED_OFF,   /* nothing, until somebody runs lokt sync */
	SHARED_ASYNC, /* told in the background: a lease is held at once, conflicts are found later */
	SHARED_STRICT /* asked first: a lease is held only once the remote has it */
};

/* "off", "async", "strict" */
const char *shared_mode_word(enum shared_mode mode);

/* The mode whose word that is, exactly len bytes; else false and *out untouched. */
bool shared_mode_parse(const char *word, size_t len, enum shared_mode *out);

enum shared_span { SPAN_INTERVAL, SPAN_SKEW, SPAN_STRICT_WAIT, SPAN_COUNT };

/*
 * A duration within the bounds of its option: interval 1s to 24h, skew 0 to 1h, strict_wait
 * 100ms to 60s. Zero is "0" with or without a unit. False and *ms untouched where it is not.
 */
bool shared_span_parse(enum shared_span span, const char *text, size_t len, int64_t *ms);

/* What holds when it is not given, in ms. */
int64_t shared_span_default(enum shared_span span);

#define REMOTE_NAME_MAX 255 /* bytes */

/*
 * How a git remote may be called where git is called on it: never what git would take for an
 * option, an address, a path ("." is this very repository) or a way out of a ref.
 * [A-Za-z0-9._/+-], 1 to 255 bytes, no "-" in front, no "/" at either end, no "." at the
 * beginning or behind a "/" or another one.
 */
bool remote_name_is_valid(const char *name, size_t len);

#endif

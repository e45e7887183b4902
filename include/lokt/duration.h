/*
 * Spans and points of time as text: Go's durations with days, RFC 3339, and
 * struct now, the one reading of the clocks that a turn works with.
 */
#ifndef LOKT_DURATION_H
#define LOKT_DURATION_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_SEC INT64_C(1000000000)
#define MS_PER_SEC INT64_C(1000)

/* The longest TTL: 100 years, so that no sum of nanoseconds can overflow. */
#define DURATION_MAX_MS (INT64_C(100) * 366 * 24 * 3600 * 1000)

/* Room for duration_format() and rfc3339_format(), NUL included. */
#define DURATION_TEXT_MAX 40
#define RFC3339_TEXT_MAX 40

struct now {
	int64_t mono_ns; /* CLOCK_MONOTONIC: what leases run on */
	int64_t wall_ns; /* CLOCK_REALTIME: for people and other machines */
};

/*
 * Parses "90s", "1h30m", "500ms", "1.5h", "7d", or a bare number of seconds
 * ("30", "1.5"); exactly len bytes, no white space. Units: ns us µs ms s m h d.
 * Rounded up to a millisecond. Returns 0, -EINVAL (malformed, zero, negative) or
 * -ERANGE (over DURATION_MAX_MS); *ms untouched on failure.
 */
int duration_parse(const char *text, size_t len, int64_t *ms);

/* Shortest exact form that duration_parse() takes: "1h30m", "1m30.5s", "7d" as "168h". */
void duration_format(int64_t ms, char out[DURATION_TEXT_MAX]);

/* For people, two units at most, rounded down: "2h5m", "45s", "3d4h", "<1s". */
void duration_format_short(int64_t ms, char out[DURATION_TEXT_MAX]);

/* UTC, with `digits` (0, 3, 6 or 9) of fraction: "2026-11-22T03:04:05.123456789Z". */
void rfc3339_format(int64_t wall_ns, int digits, char out[RFC3339_TEXT_MAX]);

/* Any offset and up to 9 digits of fraction; years 1970 to 2261. 0 or -EINVAL. */
int rfc3339_parse(const char *text, size_t len, int64_t *wall_ns);

#endif

/*
 * A lockable thing: how people write it, the one file name it has, and which
 * resources stand in each other's way. One resource has exactly one name.
 *
 * A name is [A-Za-z0-9_@+=,~:-][A-Za-z0-9._@+=,~:-]*, without "..", at most 255
 * bytes; every other byte of the resource (and a dot that may not stand where it
 * stands: first, or after a literal dot) is %XX, upper case, and only where needed.
 */
#ifndef LOKT_RESOURCE_H
#define LOKT_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "lokt/verdict.h"

#define RESOURCE_NAME_MAX 255

enum resource_kind {
	RESOURCE_PLAIN,	 /* a bare name: stays with this ROOT */
	RESOURCE_SHARED, /* word: before it, mirrored through git */
	RESOURCE_PATH,	 /* path:, overlaps what contains it and what it contains */
	RESOURCE_REPO	 /* repo:, overlaps every shared resource */
};

struct resource {
	char name[RESOURCE_NAME_MAX + 1]; /* the encoded file name, NUL-terminated */
	enum resource_kind kind;
};

/*
 * Parses a file name as the kernel hands it over. Only the canonical encoding is
 * taken: "%41", "%2f" and ".x" are VERDICT_BAD_NAME. Out untouched on failure.
 */
enum verdict resource_from_name(const char *name, struct resource *out);

/*
 * Parses what a person or a request writes: an already encoded canonical name as
 * such, anything else as the resource itself, to be encoded. "path:" resources
 * must be canonical: no empty, "." or ".." component, not absolute.
 */
enum verdict resource_from_text(const char *text, struct resource *out);

/* The resource of exactly these bytes, also where they would be read as an encoded name. */
enum verdict resource_from_bytes(const char *bytes, struct resource *out);

/* The resource's own bytes, decoded; never longer than its name. */
void resource_bytes(const struct resource *resource, char out[RESOURCE_NAME_MAX + 1]);

/*
 * The resource as people write it; its name where the bytes are not printable
 * UTF-8 or would be read as something else. resource_from_text() of the result
 * always gives the same resource.
 */
void resource_display(const struct resource *resource, char out[RESOURCE_NAME_MAX + 1]);
void resource_display_name(const char *name, char out[RESOURCE_NAME_MAX + 1]);

/* The kind that a valid name has. */
enum resource_kind resource_kind_of(const char *name);

static inline bool resource_is_shared(const struct resource *resource)
{
	return resource->kind != RESOURCE_PLAIN;
}

/* Same name. */
bool resource_is_equal(const struct resource *a, const struct resource *b);

/*
 * One stands in the other's way (symmetric; equal resources overlap). Valid
 * encoded names are compared, so that a caller needs no struct resource.
 */
bool resource_names_overlap(const char *a, const char *b);

#endif

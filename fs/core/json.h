/*
 * A JSON text that somebody else wrote, kept as long as it is looked at. What is taken is what span.h
 * takes, and values are spans of it.
 */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include "core/span.h"
#include "lokt/text.h"

/* A document; what is taken from it lives as long. JSON_DOCUMENT declares one that ends itself. */
struct json_document {
	char *text;
	size_t len;
};

void json_release(struct json_document *document);

#define JSON_DOCUMENT(name)                                                                        \
	__attribute__((cleanup(json_release))) struct json_document name = {NULL, 0}

/* Keeps a text that must be one object (or array). 0, -EINVAL, or -ENOMEM. */
int json_parse(const char *text, size_t len, struct json_document *out);
int json_parse_array(const char *text, size_t len, struct json_document *out);

/* The document's own object or array. */
struct span json_root(const struct json_document *document);

/* The writing side of a TTL: whole seconds, or with up to three decimals. */
void json_add_seconds(struct text *out, int64_t ms);

#endif

/*
 * What git prints about refs and objects, parsed without a process at hand: the lines of
 * for-each-ref and ls-remote, the answers of cat-file, the author of a commit.
 */
#ifndef HOST_GITPARSE_H
#define HOST_GITPARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "lokt/lockref.h"

#define REFLINES_MAX 100000 /* more lock refs than that are not read at all */
#define OBJECT_TYPE_MAX 15

struct refline {
	char hash[LOCKREF_HASH_LEN + 1];
	char version[LOCKREF_VERSION_MAX + 1];
	bool is_symbolic;
};

struct reflines {
	struct refline *lines; /* sorted by hash, each once */
	size_t len;
};

/* 40 or 64 lower-case hex digits. */
bool version_is_valid(const char *text, size_t len);

/*
 * Lines "VERSION TAB REF", which a symbolic ref may follow with "TAB TARGET". Names that are not
 * prefix and 16 lower-case hex digits are passed over. 0; -EBADMSG: not such lines, or a ref
 * twice; -E2BIG: more than REFLINES_MAX; -ENOMEM. Out untouched on failure.
 */
int reflines_parse(const char *text, size_t len, const char *prefix, struct reflines *out);
void reflines_release(struct reflines *lines);

/* The first line of an answer of cat-file. */
struct object_answer {
	bool is_there; /* else: "missing" and whatever other words git has for that */
	char name[LOCKREF_VERSION_MAX + 1];
	char type[OBJECT_TYPE_MAX + 1];
	size_t size;
};

/* Bytes of the line with its newline; 0 when there is no whole line. */
size_t object_answer_parse(const char *text, size_t len, struct object_answer *out);

/* The same with the object's bytes behind it: *content is set if it is there. */
size_t object_content_parse(const char *text, size_t len, struct object_answer *out,
			    const char **content);

/*
 * Name and address (with its <>) of a commit's author, into room for OWNER_MAX + 3 bytes each: so
 * much more than OWNER_MAX that a clipped one is still too long. "" when there is none.
 */
void commit_author(const char *commit, size_t len, char name[OWNER_MAX + 3],
		   char address[OWNER_MAX + 3]);

#endif

/*
 * A reader of TOML that understands enough to know where a value ends and what a short
 * string says; everything else is passed over, but must be sound. Private to fs/core.
 */
#ifndef CORE_TOML_H
#define CORE_TOML_H

#include <stdbool.h>
#include <stddef.h>

/* As far as a key's or a string's bytes can matter to us. */
#define TOML_WORD_MAX 63

struct toml_word {
	char text[TOML_WORD_MAX + 1];
	size_t len;
	bool is_long; /* more than was kept, or a dotted key */
};

struct toml {
	const char *at;
	const char *end;
	unsigned line;	  /* 1-based */
	const char *what; /* the fault (static) */
	bool is_in_table; /* behind the first header */
};

struct toml_pair {
	unsigned line;
	bool is_in_table;
	bool is_string; /* else value is "" */
	struct toml_word key;
	struct toml_word value;
};

void toml_begin(struct toml *toml, const char *text, size_t len);

/* 1 and the next pair; 0 at the end; -EINVAL with what is wrong in toml->what and its line. */
int toml_next(struct toml *toml, struct toml_pair *out);

#endif

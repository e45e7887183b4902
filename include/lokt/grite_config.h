/*
 * What .git/grite/config.toml says to us: two keys of its top level. The file is grite's:
 * other keys and tables are passed over, but all of it must be TOML.
 */
#ifndef LOKT_GRITE_CONFIG_H
#define LOKT_GRITE_CONFIG_H

#include <stddef.h>

#include "lokt/actor.h"

/* The longest file that is read. */
#define GRITE_CONFIG_MAX 65536

enum lock_policy { LOCK_POLICY_OFF, LOCK_POLICY_WARN, LOCK_POLICY_REQUIRE };

struct grite_config {
	enum lock_policy policy;	   /* "lock_policy"; warn when it is not given */
	char default_actor[ACTOR_LEN + 1]; /* ""; not given */
};

struct grite_fault {
	unsigned line;	  /* 1-based */
	const char *what; /* static */
};

/* "off", "warn", "require" */
const char *lock_policy_word(enum lock_policy policy);

/* What holds without a file. */
void grite_config_init(struct grite_config *config);

/* 0, or -EINVAL with *fault filled and *out untouched. */
int grite_config_parse(const char *text, size_t len, struct grite_config *out,
		       struct grite_fault *fault);

#endif

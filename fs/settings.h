/*
 * What a mount is told: the -o options of the command line over those kept in
 * ROOT/config, one "key" or "key=value" a line.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lokt/shared_option.h"

#define SETTINGS_REMOTE_MAX (REMOTE_NAME_MAX + 1)

#define SETTINGS_WORDS_MAX 1024

struct settings {
	char root[PATH_MAX];
	char mountpoint[PATH_MAX];
	int64_t ttl_ms;
	size_t max_leases;
	bool is_durable;
	bool is_cached; /* the kernel may remember what it was told */
	enum shared_mode shared;
	char remote[SETTINGS_REMOTE_MAX]; /* a git remote's name; "": origin if there is one */
	int64_t interval_ms;		  /* between two looks at the remote in the background */
	int64_t skew_ms;		  /* how far other machines' clocks may be off */
	int64_t strict_wait_ms;		  /* how long a create may wait for the remote */
	bool allow_other;
	bool is_foreground;
	bool is_debug;
	bool is_alone; /* no supervisor */
	/* every option that counts, as -o takes them: for the mount's other processes */
	char words[SETTINGS_WORDS_MAX];
	unsigned given; /* bit i: row i of the option table was on the command line */
};

#define SETTINGS_ERROR_MAX 512

void settings_init(struct settings *settings);

/*
 * "key=value,key,…" as after -o; is_config: options the command line gave already are passed
 * over. 0 or -EINVAL with a sentence in why.
 */
int settings_parse(struct settings *settings, const char *text, bool is_config,
		   char why[SETTINGS_ERROR_MAX]);

/* False for "" and for what is too long. */
bool settings_set_root(struct settings *settings, const char *value);

/* Reads ROOT/config, if there is one. 0, -EINVAL with the line in why, or a negative errno. */
int settings_read_config(struct settings *settings, int root_fd, char why[SETTINGS_ERROR_MAX]);

#endif

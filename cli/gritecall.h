/*
 * What the grite family's lock commands have in common: the resource and the actor that they are
 * told, and the questions that they ask.
 */
#ifndef CLI_GRITECALL_H
#define CLI_GRITECALL_H

#include "grite.h"

struct gritecall {
	/* as given */
	const char *resource_text;
	const char *actor_text;
	int64_t ttl_ms; /* 0: not given */
	/* as read */
	struct resource resource;
	char name[RESOURCE_NAME_MAX + 1];
	char actor[ACTOR_LEN + 1]; /* --actor or GRITE_ACTOR; "": neither */
	char lock_id[LOCK_ID_LEN + 1];
	struct grite_config config;
};

#define GRITECALL_ROW_RESOURCE(call)                                                               \
	{                                                                                          \
		.name = "resource", .takes = TAKES_TEXT, .value = &(call).resource_text,           \
		.metavar = "R", .help = "what to lock: issue:ID, path:FILE, repo:NAME, …"        \
	}

#define GRITECALL_ROW_ACTOR(call)                                                                  \
	{                                                                                          \
		.name = "actor", .takes = TAKES_TEXT, .value = &(call).actor_text, .metavar = "A", \
		.help = "32 hex digits to be shown as owner (default: GRITE_ACTOR)"                \
	}

#define GRITECALL_ROW_TTL(call, otherwise)                                                         \
	{                                                                                          \
		.name = "ttl", .takes = TAKES_DURATION, .value = &(call).ttl_ms, .metavar = "D",   \
		.help = "let it end after D, like 30m or 90 (default: " otherwise ")"              \
	}

/* Fills the lower half. EXIT_DONE or a usage error. */
int gritecall_read(struct gritecall *gritecall, const struct call *call);

/* grite's configuration; where no command is, the status of what was told. */
int gritecall_begin(struct gritecall *gritecall);

/*
 * An actor that was given and another that the lease was given are two owners, whatever the
 * daemon would allow: EXIT_DONE and the lock_id of the lease looked at, or the status.
 */
int gritecall_look(struct gritecall *gritecall, const struct call *call);

/* A question about the resource; about that very lease, if one was looked at. */
struct ask gritecall_question(const struct gritecall *gritecall, enum ask_op op);

/* Acquires. EXIT_DONE and told; or the status, with *is_ours (may be NULL): the party's own has it. */
int gritecall_acquire(const struct gritecall *gritecall, const struct call *call, bool *is_ours);

#endif

/*
 * The grite family's voice: its envelope, its refusals, its exit statuses, and how it names
 * an owner.
 */
#ifndef CLI_GRITE_H
#define CLI_GRITE_H

#include "command.h"
#include "lokt/actor.h"
#include "lokt/grite_config.h"
#include "lokt/request_json.h"

/* From here on failures are told in this family's way. */
void grite_speak(void);

/* A repository, or a ROOT that was given. */
bool grite_has_place(void);

/* grite's configuration of this repository. EXIT_DONE, or the status of a told failure. */
int grite_configure(struct grite_config *out);

/* Whose a lease is, for display: its actor, else the repository's, else one made from its holder. */
void grite_owner(const struct lease_view *lease, const struct grite_config *config,
		 char out[ACTOR_LEN + 1]);

/* {"schema_version":1,"ok":true,"data":{ and what ends it. */
void grite_begin_document(struct text *json);
void grite_end_document(struct text *json);

/* {"schema_version":1,"ok":false,"error":{…,"details":{ for what output_fail() calls code. */
void grite_begin_failure(struct text *json, const char *code, const char *message);

/* ,"expires_unix_ms":N; nothing where there is no expiry (0). */
void grite_add_expiry(struct text *json, int64_t expires_unix_ms);

/* The headline, the resource and its expiry; or the document with data.lock. */
void grite_tell_lock(const char *headline, const struct lease_view *lease,
		     const struct grite_config *config);

/* The answer is not ok. name: the resource that was asked about. Returns the status. */
int grite_refuse(const char *name, const struct answer_view *answer,
		 const struct grite_config *config);

#endif

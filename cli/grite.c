/*
 * See grite.h. Every end writes one document with --json: scripts pipe it to jq, and some jq
 * call empty input a success.
 */
#include "grite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/actorid.h"
#include "host/gritefile.h"
#include "lokt/root.h"
#include "output.h"
#include "show.h"

#define EXIT_NO_PLACE 5

/* What verdicts have no row for. */
static const struct {
	const char *word;
	const char *code;
	int status;
} codes[] = {
	{"usage", "invalid_args", 2},		{"no-repository", "git_error", EXIT_NO_PLACE},
	{"no-root", "io_error", EXIT_NO_PLACE}, {"no-daemon", "io_error", EXIT_NO_PLACE},
	{"no-program", "not_found", 127},	{"io", "io_error", EXIT_ERROR},
	{"git", "git_error", EXIT_ERROR},	{"policy", "conflict", EXIT_ERROR},
};

#define CODES_LEN (sizeof(codes) / sizeof(codes[0]))

static const char *code_of(const char *word, int *status)
{
	const struct verdict_row *row = verdict_row(verdict_from_word(word));

	for (size_t i = 0; i < CODES_LEN; i++) {
		if (strcmp(codes[i].word, word) != 0)
			continue;
		*status = codes[i].status;
		return codes[i].code;
	}
	*status = row->grite_exit;
	return row->grite_code;
}

static int status_of(const char *word)
{
	int status;

	code_of(word, &status);
	return status;
}

void grite_begin_failure(struct text *json, const char *word, const char *message)
{
	int status;

	text_puts(json, "{");
	text_key_i64(json, "schema_version", 1);
	text_key_bool(json, "ok", false);
	text_key(json, "error");
	text_puts(json, "{");
	text_key_string(json, "code", code_of(word, &status));
	text_key_string(json, "message", message);
	text_key(json, "details");
	text_puts(json, "{");
}

static void write_failure(struct text *json, const char *word, const char *message)
{
	grite_begin_failure(json, word, message);
	text_puts(json, "}}}");
}

void grite_speak(void)
{
	static const struct output_dialect dialect = {status_of, write_failure};

	output_set_dialect(&dialect);
}

bool grite_has_place(void)
{
	const char *root = getenv("LOKT_ROOT");
	char git[PATH_MAX];

	return (root && root[0]) || root_find_git(git, sizeof(git)) == 0;
}

int grite_configure(struct grite_config *out)
{
	char why[GRITEFILE_WHY_MAX];
	char git[PATH_MAX];

	grite_config_init(out);
	if (root_find_git(git, sizeof(git)) < 0 || gritefile_read(git, out, why) == 0)
		return EXIT_DONE;
	return output_fail(EXIT_ERROR, "io", "%s", why);
}

void grite_owner(const struct lease_view *lease, const struct grite_config *config,
		 char out[ACTOR_LEN + 1])
{
	static char machine[MACHINE_ID_MAX];

	if (actor_parse(lease->actor, out) || actor_parse(config->default_actor, out))
		return;
	if (!machine[0])
		actorid_machine(machine);
	actorid_derive(machine, lease->uid, lease->owner, lease->host, out);
}

void grite_begin_document(struct text *json)
{
	text_puts(json, "{");
	text_key_i64(json, "schema_version", 1);
	text_key_bool(json, "ok", true);
	text_key(json, "data");
	text_puts(json, "{");
}

void grite_end_document(struct text *json)
{
	text_puts(json, "}}");
}

void grite_add_expiry(struct text *json, int64_t expires_unix_ms)
{
	if (expires_unix_ms)
		text_key_i64(json, "expires_unix_ms", expires_unix_ms);
}

static void tell_document(const struct lease_view *lease, const struct grite_config *config)
{
	char owner[ACTOR_LEN + 1];
	struct text json = {0};

	grite_owner(lease, config, owner);
	grite_begin_document(&json);
	text_key(&json, "lock");
	text_puts(&json, "{");
	text_key_string(&json, "resource", lease->name);
	text_key_string(&json, "owner", owner);
	text_key_string(&json, "nonce", lease->lock_id);
	grite_add_expiry(&json, lease->expires_unix_ms);
	text_puts(&json, "}");
	grite_end_document(&json);
	output_document(&json);
}

void grite_tell_lock(const char *headline, const struct lease_view *lease,
		     const struct grite_config *config)
{
	char expiry[SHOW_TIME_MAX];

	show_time(lease->expires_unix_ms, expiry);
	output_print("%s\n  Resource: %s\n  Expires: %s\n", headline, lease->name, expiry);
	if (output_is_json())
		tell_document(lease, config);
}

/* Outcomes that are told with the lease that is in the way. */
static const char *headline_of(enum verdict verdict)
{
	switch (verdict_row(verdict)->grite_exit) {
	case 4:
		return verdict == VERDICT_FROZEN ? "Lock frozen" : "Lock conflict";
	default:
		return NULL;
	}
}

static void write_refusal(const char *name, const struct answer_view *answer, const char *headline,
			  const char *owner)
{
	const struct lease_view *lease = &answer->lease;
	struct text json = {0};

	grite_begin_failure(&json, verdict_row(answer->verdict)->word, headline);
	text_key_string(&json, "resource", name);
	text_key_string(&json, "owner", owner);
	grite_add_expiry(&json, lease->expires_unix_ms);
	text_key_string(&json, "reason", verdict_row(answer->verdict)->word);
	if (strcmp(lease->name, name) != 0)
		text_key_string(&json, "overlaps", lease->name);
	text_key_bool(&json, "own", answer->is_own);
	text_puts(&json, "}}}");
	output_document(&json);
}

static void refuse_with_holder(const char *name, const struct answer_view *answer,
			       const char *headline, const struct grite_config *config)
{
	const struct lease_view *lease = &answer->lease;
	bool is_same = strcmp(lease->name, name) == 0;
	char owner[ACTOR_LEN + 1];
	char expiry[SHOW_TIME_MAX];

	grite_owner(lease, config, owner);
	show_time(lease->expires_unix_ms, expiry);
	output_aside("Error: %s\n  Resource: %s\n  Owner: %s\n  Expires: %s%s%s", headline, name,
		     owner, expiry, is_same ? "" : "\n  Overlaps: ", is_same ? "" : lease->name);
	if (output_is_json())
		write_refusal(name, answer, headline, owner);
}

int grite_refuse(const char *name, const struct answer_view *answer,
		 const struct grite_config *config)
{
	const struct verdict_row *row = verdict_row(answer->verdict);
	bool has_failed = answer->verdict == VERDICT_COUNT; /* disk, memory and the like */
	const char *headline = headline_of(answer->verdict);

	if (headline && answer->has_holder)
		refuse_with_holder(name, answer, headline, config);
	else
		return output_fail(EXIT_ERROR, has_failed ? "io" : row->word, "%s",
				   answer->message);
	return row->grite_exit;
}

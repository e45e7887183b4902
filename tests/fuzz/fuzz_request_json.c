/*
 * Any bytes as a question, an answer, a lease and a status document: a question or a conflict
 * that is taken comes back from its own writing; the rest must merely be safe and bounded.
 */
#include <string.h>

#include "lokt/conflict_json.h"
#include "lokt/request_json.h"
#include "lokt/shared_json.h"
#include "property.h"

static void check(const struct ask *ask)
{
	struct text first = {0}, second = {0};
	const char *why = NULL;
	struct ask again;

	ask_write(&first, ask);
	PROPERTY(ask_parse(first.data, first.len, &again, &why) == 0);
	ask_write(&second, &again);
	PROPERTY(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	text_release(&first);
	text_release(&second);
}

static int count(const struct lease_view *view, const char *raw, void *context)
{
	unsigned *leases = context;

	PROPERTY(view->owner[OWNER_MAX] == '\0' && raw[0] == '{');
	++*leases;
	return 0;
}

struct again {
	struct text text;
	unsigned count;
};

/* The second time round the text must be the first one's. */
static int check_again(const struct conflict *conflict, const char *raw, void *context)
{
	struct again *again = context;
	struct text text = {0};

	(void)raw;
	conflict_json_write(&text, conflict);
	PROPERTY(text.len == again->text.len && memcmp(text.data, again->text.data, text.len) == 0);
	text_release(&text);
	again->count++;
	return 0;
}

static int check_conflict(const struct conflict *conflict, const char *raw, void *context)
{
	struct again again = {.count = 0};
	struct text document = {0};

	(void)context;
	PROPERTY(raw[0] == '{');
	conflict_json_write(&again.text, conflict);
	text_printf(&document, "{\"version\":1,\"conflicts\":[%s]}", again.text.data);
	PROPERTY(conflict_json_each(document.data, document.len, check_again, &again) == 0);
	PROPERTY(again.count == 1);
	text_release(&document);
	text_release(&again.text);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct answer_view answer;
	struct lease_view lease;
	struct shared_state shared;
	const char *why = NULL;
	unsigned leases = 0;
	struct ask ask;

	if (ask_parse(text, size, &ask, &why) == 0)
		check(&ask);
	else
		PROPERTY(why && why[0]);
	if (answer_parse(text, size, &answer) == 0) {
		PROPERTY(!answer.ok || answer.error == 0);
		answer_view_release(&answer);
	}
	if (lease_json_read(text, size, &lease) == 0)
		PROPERTY(lease.ttl_ms >= 0 && lease.expires_unix_ms >= 0);
	lease_json_each(text, size, count, &leases);
	conflict_json_each(text, size, check_conflict, NULL);
	if (shared_json_read(text, size, &shared) == 0)
		PROPERTY(shared.mode <= SHARED_STRICT && shared.last_sync_wall_ns >= 0);
	return 0;
}

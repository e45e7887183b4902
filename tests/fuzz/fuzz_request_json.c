/*
 * Any bytes as a question, an answer, a lease and a status document: a question that is taken
 * comes back from its own writing; the rest must merely be safe and bounded.
 */
#include <string.h>

#include "lokt/request_json.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct answer_view answer;
	struct lease_view lease;
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
	return 0;
}

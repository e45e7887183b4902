/*
 * Which request has done what: a request whose answer was never sent comes back to the next worker,
 * and must not be carried out again (fs/repeat.h).
 */
#include "engine/state.h"

#include <string.h>

void done_note(struct engine *engine, const struct event *event)
{
	struct done done = {.req = event->req, .kind = event->kind};
	if (!event->req)
		return;
	if (event->kind == EVENT_DONE) {
		done.kind = event->done;
		done.token = event->token;
	} else if (event->lease) {
		done.token = event->lease->token;
	}
	engine->done[engine->done_count++ % DONE_KEPT] = done;
}

void done_forget(struct engine *engine)
{
	struct slot *slot = NULL;
	while ((slot = next_slot(engine, slot)))
		slot->lease.made_by = 0;
	memset(engine->done, 0, sizeof(engine->done));
	engine->done_count = 0;
}

bool engine_find_done(const struct engine *engine, uint64_t req, enum event_class class,
		      uint64_t token, struct done *out)
{
	uint64_t oldest = engine->done_count > DONE_KEPT ? engine->done_count - DONE_KEPT : 0;
	for (uint64_t at = engine->done_count; at-- > oldest;) {
		const struct done *done = &engine->done[at % DONE_KEPT];
		if (done->req != req || event_class(done->kind) != class ||
		    (token && done->token != token))
			continue;
		*out = *done;
		return true;
	}
	return false;
}

bool engine_next_done(const struct engine *engine, uint64_t max, uint64_t *cursor, struct done *out)
{
	uint64_t kept = max < DONE_KEPT ? max : DONE_KEPT;
	uint64_t oldest = engine->done_count > kept ? engine->done_count - kept : 0;
	uint64_t at = *cursor > oldest ? *cursor : oldest;
	if (at >= engine->done_count)
		return false;
	*out = engine->done[at % DONE_KEPT];
	*cursor = at + 1;
	return true;
}

uint64_t engine_mount(const struct engine *engine)
{
	return engine->mount;
}

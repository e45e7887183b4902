/*
 * Makes events true, live or in a replay: one row an event class. The journal has the
 * event already, so there is no way back: out of memory ends the process, and the next
 * one replays.
 */
#include "engine/state.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

static struct process_key key_of(struct process process)
{
	return (struct process_key){process.pid, process.start_ns};
}

static struct watched *get_watched(struct engine *engine, struct process process)
{
	struct process_key key = key_of(process);
	struct watched *watched;
	HASH_FIND(hh, engine->watched, &key, sizeof(key), watched);
	if (watched)
		return watched;
	watched = calloc(1, sizeof(*watched));
	need_memory(watched != NULL);
	watched->key = key;
	HASH_ADD(hh, engine->watched, key, sizeof(key), watched);
	need_memory(watched->hh.tbl != NULL);
	return watched;
}

static void tie(struct engine *engine, struct tie *tie, struct process process)
{
	tie->watched = get_watched(engine, process);
	DL_APPEND(tie->watched->ties, tie);
}

static void untie(struct engine *engine, struct tie *tie)
{
	struct watched *watched = tie->watched;
	if (!watched)
		return;
	DL_DELETE(watched->ties, tie);
	tie->watched = NULL;
	if (watched->ties)
		return;
	HASH_DELETE(hh, engine->watched, watched);
	free(watched);
}

static void mark_bereaved(struct engine *engine, struct bond *bond, bool is_bereaved)
{
	if (bond->is_bereaved == is_bereaved)
		return;
	bond->is_bereaved = is_bereaved;
	if (is_bereaved)
		DL_APPEND(engine->bereaved, bond);
	else
		DL_DELETE(engine->bereaved, bond);
}

static struct bond *bond_new(struct slot *slot)
{
	struct bond *bond = calloc(1, sizeof(*bond));
	need_memory(bond != NULL);
	bond->slot = bond->to_process.slot = bond->to_setter.slot = slot;
	return bond;
}

static void hang_bond(struct engine *engine, struct bond *bond)
{
	const struct slot *slot = bond->slot;
	const struct lease *lease = &slot->lease;
	if (lease->handle)
		need_memory(index_add(&engine->by_handle, &bond->by_handle, lease->handle) == 0);
	if (lease->process.pid && !slot->process_is_dead)
		tie(engine, &bond->to_process, lease->process);
	if (lease_is_bound(lease) && lease->ttl_is_explicit && !slot->setter_is_dead)
		tie(engine, &bond->to_setter, lease->ttl_setter);
	mark_bereaved(engine, bond, slot_is_bereaved(slot));
}

static void unhang_bond(struct engine *engine, struct bond *bond)
{
	if (bond->slot->lease.handle)
		index_remove(&engine->by_handle, &bond->by_handle);
	untie(engine, &bond->to_process);
	untie(engine, &bond->to_setter);
	mark_bereaved(engine, bond, false);
}

/* Everything that hangs on what the lease is bound to and when it ends. */
static void hang(struct engine *engine, struct slot *slot)
{
	if (lease_is_bound(&slot->lease) || slot->is_lost) {
		slot->bond = bond_new(slot);
		hang_bond(engine, slot->bond);
	}
	need_memory(heap_reserve(&engine->expiries, engine->expiries.len + 1) == 0);
	heap_set(&engine->expiries, &slot->expiry, slot_expiry_ns(engine, slot));
}

static void unhang(struct engine *engine, struct slot *slot)
{
	if (slot->bond)
		unhang_bond(engine, slot->bond);
	free(slot->bond);
	slot->bond = NULL;
	heap_set(&engine->expiries, &slot->expiry, LEASE_NEVER);
}

static void remove_slot(struct engine *engine, struct slot *slot)
{
	struct lease *lease = &slot->lease;
	if (!lease->is_freeze)
		engine->ended[lease->token % ENDED_KEPT] =
			(struct ended){lease->token, lease_resource(lease)};
	unhang(engine, slot);
	table_remove(&engine->tables[lease->is_freeze], slot);
	index_remove(&engine->by_token, &slot->by_token);
	engine->counts[lease->is_freeze]--;
	waitq_touch(&engine->waitq, lease->kind, lease->name);
	slot_free(slot);
}

/* The lease becomes the slot's, which has its name already. */
static void move_in(struct slot *slot, struct lease *lease)
{
	free(lease->name);
	slot->lease = *lease;
	slot->lease.name = slot->name;
	free(lease);
}

static void add_slot(struct engine *engine, struct lease *lease)
{
	size_t name_size = strlen(lease->name) + 1;
	struct slot *slot = calloc(1, sizeof(*slot) + name_size);
	need_memory(slot != NULL);
	memcpy(slot->name, lease->name, name_size);
	move_in(slot, lease);
	slot->expiry.at = HEAP_NOWHERE;
	need_memory(table_add(&engine->tables[slot->lease.is_freeze], slot) == 0);
	need_memory(index_add(&engine->by_token, &slot->by_token, slot->lease.token) == 0);
	engine->counts[slot->lease.is_freeze]++;
	hang(engine, slot);
	if (slot->lease.is_freeze)
		waitq_touch(&engine->waitq, slot->lease.kind, slot->lease.name);
}

static void replace_lease(struct engine *engine, struct slot *slot, struct lease *lease)
{
	unhang(engine, slot);
	if (!process_is_equal(slot->lease.process, lease->process))
		slot->process_is_dead = false;
	if (!process_is_equal(slot->lease.ttl_setter, lease->ttl_setter))
		slot->setter_is_dead = false;
	/* Another agent id: its overlap may no longer be in a waiter's way. */
	if (lease->agent_id)
		waitq_touch(&engine->waitq, lease->kind, lease->name);
	slot_clear(slot);
	move_in(slot, lease);
	hang(engine, slot);
}

/* Who takes many leases is recorded once, also by a replay. */
static void share_party(struct engine *engine, struct lease *lease)
{
	struct party *last = engine->last_party;
	if (last == lease->party)
		return;
	if (last && party_is_equal(last, lease->party)) {
		party_unref(lease->party);
		lease->party = party_ref(last);
		return;
	}
	party_unref(last);
	engine->last_party = party_ref(lease->party);
}

static void apply_record(struct engine *engine, struct event *event)
{
	done_note(engine, event);
	struct lease *lease = event->lease;
	event->lease = NULL;
	share_party(engine, lease);
	/* No freeze is bound; one in a journal must not keep a ROOT from starting. */
	if (lease->is_freeze) {
		lease->handle = 0;
		lease->process = (struct process){0};
	}
	if (lease->token >= engine->next_token)
		engine->next_token = lease->token + 1;
	struct slot *old = find_slot(engine, lease->is_freeze, lease->name);
	if (old && old->lease.token == lease->token) {
		replace_lease(engine, old, lease);
		return;
	}
	if (old) {
		tomb_add(engine, event, &old->lease);
		remove_slot(engine, old);
	}
	add_slot(engine, lease);
	if (event->waiter)
		engine_unpark(engine, event->waiter);
}

static void apply_end(struct engine *engine, struct event *event)
{
	const struct lease *lease = engine_find_token(engine, event->lease->token);
	done_note(engine, event);
	tomb_add(engine, event, lease ? lease : event->lease);
	if (lease)
		remove_slot(engine, slot_of(lease));
}

static void apply_refusal(struct engine *engine, struct event *event)
{
	if (event->waiter)
		engine_unpark(engine, event->waiter);
}

/* A lease that other machines see ends by the wall clock too: theirs by it alone, ours the sooner. */
static void follow_wall(struct engine *engine, struct slot *slot)
{
	struct lease *lease = &slot->lease;
	int64_t skew_ns = lease->is_foreign ? engine->config.skew_ns : 0;
	int64_t by_wall_ns = lease->expires_wall_ns + skew_ns - engine->wall_offset_ns;
	unhang(engine, slot);
	if (lease->expires_wall_ns && (lease->is_foreign || by_wall_ns < lease->deadline_ns))
		lease->deadline_ns = by_wall_ns;
	hang(engine, slot);
}

static void shift_wall(struct engine *engine, int64_t delta_ns)
{
	struct slot *slot = NULL;
	engine->wall_offset_ns += delta_ns;
	while ((slot = next_slot(engine, slot)))
		if (slot->lease.is_foreign || is_mirrored(engine, &slot->lease))
			follow_wall(engine, slot);
		else if (slot->lease.ttl_ms)
			slot->lease.expires_wall_ns += delta_ns;
}

/* The monotonic clock began anew and every process is gone: what is unbound runs on by the wall clock. */
static void reboot(struct engine *engine, struct now now)
{
	struct slot *slot = NULL;
	engine->wall_offset_ns = now.wall_ns - now.mono_ns;
	while ((slot = next_slot(engine, slot))) {
		struct lease *lease = &slot->lease;
		unhang(engine, slot);
		slot->is_lost = lease_is_bound(lease);
		slot->process_is_dead = true;
		slot->setter_is_dead = true;
		slot->living = lease->party->chain_len;
		lease->handle = 0;
		if (lease->ttl_ms)
			lease->deadline_ns = lease->expires_wall_ns - engine->wall_offset_ns;
		if (lease->is_foreign)
			lease->deadline_ns += engine->config.skew_ns;
		hang(engine, slot);
	}
}

/*
 * A new mount on the same boot: its open files are gone, so a handle's lease now hangs on the
 * process that had it open.
 */
static void remount(struct engine *engine)
{
	struct slot *slot = NULL;
	while ((slot = next_slot(engine, slot))) {
		struct lease *lease = &slot->lease;
		if (!lease->handle)
			continue;
		unhang(engine, slot);
		lease->handle = 0;
		if (!lease->process.pid) {
			lease->process = lease->holder;
			slot->process_is_dead = false;
		}
		slot->is_lost = lease->process.pid == 0;
		hang(engine, slot);
	}
}

static void apply_start(struct engine *engine, const struct event *event)
{
	bool is_first = engine->boot_id[0] == '\0';
	bool is_same_boot = strcmp(engine->boot_id, event->boot_id) == 0;
	bool is_same_mount = event->mount && event->mount == engine->mount;
	engine->mount = event->mount;
	if (!is_same_mount)
		done_forget(engine);
	memcpy(engine->boot_id, event->boot_id, sizeof(engine->boot_id));
	if (is_first || !is_same_boot) {
		reboot(engine, event->at);
	} else {
		int64_t jump = engine_clock_jump(engine, event->at);
		if (jump)
			shift_wall(engine, jump);
		if (!is_same_mount)
			remount(engine);
	}
}

static void apply_books(struct engine *engine, struct event *event)
{
	if (event->kind == EVENT_DONE)
		done_note(engine, event);
	if (event->kind == EVENT_START) {
		/* Tokens of the block that was reserved may have been used and lost. */
		if (engine->next_token < engine->tokens_below)
			engine->next_token = engine->tokens_below;
		apply_start(engine, event);
	}
	if (event->kind == EVENT_CLOCK)
		shift_wall(engine, event->delta_ns);
	if (event->tokens_below > engine->tokens_below)
		engine->tokens_below = event->tokens_below;
}

void engine_apply(struct engine *engine, struct event *event)
{
	static void (*const rows[])(struct engine *, struct event *) = {
		[EVENT_RECORDS] = apply_record,
		[EVENT_ENDS] = apply_end,
		[EVENT_REFUSES] = apply_refusal,
		[EVENT_KEEPS_BOOKS] = apply_books,
	};
	rows[event_class(event->kind)](engine, event);
#ifdef LOKT_CHECK
	engine_check(engine);
#endif
}

void engine_died(struct engine *engine, struct process process)
{
	struct process_key key = key_of(process);
	struct watched *watched;
	HASH_FIND(hh, engine->watched, &key, sizeof(key), watched);
	/* Each round takes a slot off the process for good; the last one frees `watched`. */
	while (watched) {
		struct slot *slot = watched->ties->slot;
		unhang(engine, slot);
		if (process_is_equal(slot->lease.process, process))
			slot->process_is_dead = true;
		if (process_is_equal(slot->lease.ttl_setter, process))
			slot->setter_is_dead = true;
		hang(engine, slot);
		HASH_FIND(hh, engine->watched, &key, sizeof(key), watched);
	}
}

void engine_observe(struct engine *engine, const struct lease *lease, unsigned living)
{
	struct slot *slot = slot_of(lease);
	if (living <= slot->living)
		return;
	slot->living = living;
	waitq_touch(&engine->waitq, lease->kind, lease->name);
}

/* See reconcile.h. A row of the rules is a line here; tests/unit/test_reconcile.c has them all. */
#include "reconcile.h"

#include <string.h>

static bool shows(const struct facts *facts, enum ref_sight sight, const struct lockref *lock)
{
	return sight == REF_LIVE && strcmp(lock->lock_id, facts->lock_id) == 0;
}

static bool is_renewed(const struct facts *facts, const struct lockref *lock)
{
	return lock->expires_unix_ms != facts->expires_unix_ms;
}

static enum step free_name(const struct facts *facts)
{
	if (facts->remote == REF_LIVE)
		return STEP_IMPORT_REMOTE;
	if (facts->local == REF_LIVE)
		return STEP_IMPORT_LOCAL;
	return facts->local == REF_DEAD ? STEP_ERASE : STEP_NONE;
}

/* Not looked at, not understood, or over: that is no release. The lease ends by its expiry. */
static bool says_nothing(enum ref_sight sight)
{
	return sight == REF_UNKNOWN || sight == REF_JUNK || sight == REF_EXPIRED;
}

static enum step foreign_lease(const struct facts *facts)
{
	bool is_there = shows(facts, facts->remote, facts->remote_lock);
	bool is_here = shows(facts, facts->local, facts->local_lock);
	if (is_there && is_renewed(facts, facts->remote_lock))
		return STEP_IMPORT_REMOTE;
	if (is_there)
		return facts->local == REF_DEAD ? STEP_ERASE : STEP_NONE;
	if (facts->remote == REF_LIVE)
		return STEP_DROP; /* another one has the name there now */
	if (is_here)
		return is_renewed(facts, facts->local_lock) ? STEP_IMPORT_LOCAL : STEP_NONE;
	return says_nothing(facts->remote) || says_nothing(facts->local) ? STEP_NONE : STEP_DROP;
}

static enum step our_lease(const struct facts *facts)
{
	if (facts->remote == REF_LIVE)
		return STEP_YIELD_REMOTE;
	if (facts->remote == REF_ABSENT && facts->is_published)
		return STEP_BREAK;
	switch (facts->local) {
	case REF_LIVE:
		return facts->remote == REF_OURS ? STEP_WRITE : STEP_YIELD_LOCAL;
	case REF_ABSENT:
		return facts->is_mirrored ? STEP_BREAK : STEP_WRITE;
	case REF_OURS:
		return facts->is_mirror_old ? STEP_WRITE : STEP_NONE;
	case REF_DEAD:
	case REF_EXPIRED:
		return STEP_WRITE;
	case REF_UNKNOWN:
	case REF_JUNK:
		break;
	}
	return STEP_NONE;
}

enum step reconcile(const struct facts *facts)
{
	switch (facts->lease) {
	case LEASE_NONE:
		return free_name(facts);
	case LEASE_FOREIGN:
		return foreign_lease(facts);
	case LEASE_OURS:
		break;
	}
	return our_lease(facts);
}

enum errand reconcile_errand(const struct facts *facts, bool is_same)
{
	bool is_ours = facts->lease == LEASE_OURS;
	bool is_written = facts->local == REF_OURS && !facts->is_mirror_old;
	switch (facts->remote) {
	case REF_ABSENT:
	case REF_EXPIRED:
		return is_ours && is_written ? ERRAND_PUT : ERRAND_NONE;
	case REF_OURS:
		return is_ours && is_written && !is_same ? ERRAND_PUT : ERRAND_NONE;
	case REF_DEAD:
		if (!is_ours)
			return ERRAND_DELETE;
		return is_written ? ERRAND_PUT : ERRAND_NONE;
	case REF_UNKNOWN:
	case REF_JUNK:
	case REF_LIVE:
		break;
	}
	return ERRAND_NONE;
}

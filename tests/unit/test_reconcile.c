/* What has to change so that mount, ref and remote agree: every rule as a row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "reconcile.c"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define MINE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define THEIRS "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ANOTHER "cccccccccccccccccccccccccccccccc"

/* Locks that refs show: theirs, renewed, and another's. */
static const struct lockref theirs = {.lock_id = THEIRS, .expires_unix_ms = 1000};
static const struct lockref renewed = {.lock_id = THEIRS, .expires_unix_ms = 2000};
static const struct lockref another = {.lock_id = ANOTHER, .expires_unix_ms = 1000};

struct row {
	const char *what;
	enum step step;
	struct facts facts;
};

#define OURS .lease = LEASE_OURS, .lock_id = MINE
#define FOREIGN .lease = LEASE_FOREIGN, .lock_id = THEIRS, .expires_unix_ms = 1000
#define HERE(sight_, lock_) .local = REF_##sight_, .local_lock = (lock_)
#define THERE(sight_, lock_) .remote = REF_##sight_, .remote_lock = (lock_)

static const struct row rows[] = {
	{"nothing anywhere", STEP_NONE, {HERE(ABSENT, NULL), THERE(ABSENT, NULL)}},
	{"refs not read yet", STEP_NONE, {HERE(UNKNOWN, NULL), THERE(UNKNOWN, NULL)}},
	{"a ref by hand is imported",
	 STEP_IMPORT_LOCAL,
	 {HERE(LIVE, &theirs), THERE(ABSENT, NULL)}},
	{"the remote's goes first",
	 STEP_IMPORT_REMOTE,
	 {HERE(LIVE, &theirs), THERE(LIVE, &another)}},
	{"junk is left alone", STEP_NONE, {HERE(JUNK, NULL), THERE(JUNK, NULL)}},
	{"what expired is left to gc", STEP_NONE, {HERE(EXPIRED, NULL), THERE(EXPIRED, NULL)}},
	{"an ended lease's ref is deleted", STEP_ERASE, {HERE(DEAD, NULL), THERE(ABSENT, NULL)}},

	{"theirs stands on the remote",
	 STEP_NONE,
	 {FOREIGN, HERE(ABSENT, NULL), THERE(LIVE, &theirs)}},
	{"the ref that we lost it with goes",
	 STEP_ERASE,
	 {FOREIGN, HERE(DEAD, NULL), THERE(LIVE, &theirs)}},
	{"theirs was renewed there",
	 STEP_IMPORT_REMOTE,
	 {FOREIGN, HERE(ABSENT, NULL), THERE(LIVE, &renewed)}},
	{"theirs was renewed here by hand",
	 STEP_IMPORT_LOCAL,
	 {FOREIGN, HERE(LIVE, &renewed), THERE(ABSENT, NULL)}},
	{"the remote's word on the expiry counts",
	 STEP_NONE,
	 {FOREIGN, HERE(LIVE, &renewed), THERE(LIVE, &theirs)}},
	{"theirs was released there",
	 STEP_DROP,
	 {FOREIGN, HERE(ABSENT, NULL), THERE(ABSENT, NULL)}},
	{"theirs stands in the ref alone",
	 STEP_NONE,
	 {FOREIGN, HERE(LIVE, &theirs), THERE(ABSENT, NULL)}},
	{"another has the name there now",
	 STEP_DROP,
	 {FOREIGN, HERE(LIVE, &theirs), THERE(LIVE, &another)}},
	{"another has the ref by hand",
	 STEP_DROP,
	 {FOREIGN, HERE(LIVE, &another), THERE(ABSENT, NULL)}},
	{"nobody has looked at the remote",
	 STEP_NONE,
	 {FOREIGN, HERE(ABSENT, NULL), THERE(UNKNOWN, NULL)}},
	{"nobody has read the refs",
	 STEP_NONE,
	 {FOREIGN, HERE(UNKNOWN, NULL), THERE(ABSENT, NULL)}},
	{"an expired one ends by itself",
	 STEP_NONE,
	 {FOREIGN, HERE(ABSENT, NULL), THERE(EXPIRED, NULL)}},
	{"the remote's has become junk",
	 STEP_NONE,
	 {FOREIGN, HERE(ABSENT, NULL), THERE(JUNK, NULL)}},

	{"ours is new", STEP_WRITE, {OURS, HERE(ABSENT, NULL), THERE(ABSENT, NULL)}},
	{"ours waits until the refs are read",
	 STEP_NONE,
	 {OURS, HERE(UNKNOWN, NULL), THERE(ABSENT, NULL)}},
	{"ours is written", STEP_NONE, {OURS, HERE(OURS, NULL), THERE(ABSENT, NULL)}},
	{"ours was renewed",
	 STEP_WRITE,
	 {OURS, .is_mirror_old = true, HERE(OURS, NULL), THERE(OURS, NULL)}},
	{"ours takes an expired ref over",
	 STEP_WRITE,
	 {OURS, HERE(EXPIRED, NULL), THERE(ABSENT, NULL)}},
	{"ours follows an ended one", STEP_WRITE, {OURS, HERE(DEAD, NULL), THERE(DEAD, NULL)}},
	{"our ref was deleted by hand",
	 STEP_BREAK,
	 {OURS, .is_mirrored = true, HERE(ABSENT, NULL), THERE(OURS, NULL)}},
	{"our ref was deleted on the remote",
	 STEP_BREAK,
	 {OURS, .is_published = true, HERE(OURS, NULL), THERE(ABSENT, NULL)}},
	{"the remote was not looked at",
	 STEP_NONE,
	 {OURS, .is_published = true, HERE(OURS, NULL), THERE(UNKNOWN, NULL)}},
	{"another was first on the remote",
	 STEP_YIELD_REMOTE,
	 {OURS, HERE(OURS, NULL), THERE(LIVE, &theirs)}},
	{"another took ours over there",
	 STEP_YIELD_REMOTE,
	 {OURS, .is_published = true, HERE(OURS, NULL), THERE(LIVE, &theirs)}},
	{"another's ref stands in place of ours",
	 STEP_YIELD_LOCAL,
	 {OURS, HERE(LIVE, &theirs), THERE(ABSENT, NULL)}},
	{"but the remote has ours", STEP_WRITE, {OURS, HERE(LIVE, &theirs), THERE(OURS, NULL)}},
	{"ours and junk in the ref", STEP_NONE, {OURS, HERE(JUNK, NULL), THERE(ABSENT, NULL)}},
};

static void every_rule_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct facts facts = rows[i].facts;
		if (!facts.lock_id)
			facts.lock_id = "";
		if (reconcile(&facts) != rows[i].step)
			fail_msg("%s: step %d, not %d", rows[i].what, (int)reconcile(&facts),
				 (int)rows[i].step);
	}
}

static const struct {
	const char *what;
	enum errand errand;
	bool is_same;
	struct facts facts;
} errands[] = {
	{"ours is put", ERRAND_PUT, false, {OURS, HERE(OURS, NULL), THERE(ABSENT, NULL)}},
	{"not before its ref is written",
	 ERRAND_NONE,
	 false,
	 {OURS, HERE(ABSENT, NULL), THERE(ABSENT, NULL)}},
	{"nor with an old ref",
	 ERRAND_NONE,
	 false,
	 {OURS, .is_mirror_old = true, HERE(OURS, NULL), THERE(ABSENT, NULL)}},
	{"ours stands there", ERRAND_NONE, true, {OURS, HERE(OURS, NULL), THERE(OURS, NULL)}},
	{"ours was renewed", ERRAND_PUT, false, {OURS, HERE(OURS, NULL), THERE(OURS, NULL)}},
	{"ours takes over what expired",
	 ERRAND_PUT,
	 false,
	 {OURS, HERE(OURS, NULL), THERE(EXPIRED, NULL)}},
	{"ours follows an ended one",
	 ERRAND_PUT,
	 false,
	 {OURS, HERE(OURS, NULL), THERE(DEAD, NULL)}},
	{"an ended one is deleted", ERRAND_DELETE, false, {HERE(ABSENT, NULL), THERE(DEAD, NULL)}},
	{"also beside a foreign lease",
	 ERRAND_DELETE,
	 false,
	 {FOREIGN, HERE(LIVE, &theirs), THERE(DEAD, NULL)}},
	{"a live one is not touched",
	 ERRAND_NONE,
	 false,
	 {OURS, HERE(OURS, NULL), THERE(LIVE, &theirs)}},
	{"nor junk", ERRAND_NONE, false, {OURS, HERE(OURS, NULL), THERE(JUNK, NULL)}},
	{"nor what nobody has looked at",
	 ERRAND_NONE,
	 false,
	 {OURS, HERE(OURS, NULL), THERE(UNKNOWN, NULL)}},
	{"nor what expired, without need",
	 ERRAND_NONE,
	 false,
	 {HERE(ABSENT, NULL), THERE(EXPIRED, NULL)}},
};

static void the_remote_is_told_what_it_has_to_know(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(errands); i++) {
		enum errand errand = reconcile_errand(&errands[i].facts, errands[i].is_same);
		if (errand != errands[i].errand)
			fail_msg("%s: errand %d, not %d", errands[i].what, (int)errand,
				 (int)errands[i].errand);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_holds),
		cmocka_unit_test(the_remote_is_told_what_it_has_to_know),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

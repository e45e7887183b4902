/*
 * The history checker: it finds each kind of planted violation and accepts what a correct service
 * may have answered to clients at the same time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../history/checker.h"

/* Times in ms; an end of 0: no answer came. */
struct row {
	int begin, end;
	unsigned client;
	enum history_op op;
	enum history_result result;
	unsigned token;
	int ttl_ms;
	const char *name;
};

static unsigned check(const struct row *rows)
{
	struct history history = {0};

	for (; rows->client; rows++) {
		struct operation new = {.begin_ns = rows->begin * INT64_C(1000000),
					.end_ns = rows->end ? rows->end * INT64_C(1000000)
							    : HISTORY_NEVER,
					.client = rows->client,
					.op = rows->op,
					.result = rows->result,
					.token = rows->token,
					.ttl_ms = rows->ttl_ms};

		strcpy(new.name, rows->name ? rows->name : "x");
		assert_true(history_add(&history, &new));
	}
	unsigned violations = history_check(&history, 50 * INT64_C(1000000), NULL);

	history_release(&history);
	return violations;
}

/* Rows leave out what is nought. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define VALID(...) assert_int_equal(check((const struct row[]){__VA_ARGS__, {0}}), 0)
#define WRONG(...) assert_true(check((const struct row[]){__VA_ARGS__, {0}}) > 0)

static void valid_histories(void **state)
{
	(void)state;
	VALID({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 40, 1, H_RELEASE, H_OK});
	/* the second begins to ask while the first lets go */
	VALID({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 60, 1, H_RELEASE, H_OK},
	      {40, 50, 2, H_ACQUIRE, H_OK, 6}, {41, 45, 3, H_EXISTS, H_NONE});
	/* granted in turn */
	VALID({10, 20, 1, H_FLOCK, H_OK, 5}, {12, 50, 2, H_FLOCK, H_OK, 6},
	      {13, 70, 3, H_FLOCK, H_OK, 7}, {40, 41, 1, H_UNLOCK, H_OK},
	      {60, 61, 2, H_UNLOCK, H_OK});
	/* refused while it may have been held */
	VALID({10, 20, 1, H_ACQUIRE, H_OK, 5}, {5, 11, 2, H_ACQUIRE, H_HELD},
	      {15, 25, 3, H_RELEASE, H_NOT_OWNER}, {5, 12, 3, H_EXISTS, H_NONE});
	/* a TTL passes */
	VALID({10, 20, 1, H_ACQUIRE, H_OK, 5, 100}, {130, 140, 2, H_ACQUIRE, H_OK, 6});
	VALID({10, 20, 1, H_ACQUIRE, H_OK, 5, 100}, {80, 90, 1, H_RENEW, H_OK},
	      {185, 190, 2, H_EXISTS, H_NONE}, {200, 210, 2, H_ACQUIRE, H_OK, 6});
	/* no answer: it may have been done, or not */
	VALID({10, 0, 1, H_ACQUIRE, H_UNKNOWN}, {30, 40, 2, H_ACQUIRE, H_HELD});
	VALID({10, 0, 1, H_ACQUIRE, H_UNKNOWN}, {30, 40, 2, H_ACQUIRE, H_OK, 9});
	VALID({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 0, 1, H_RELEASE, H_UNKNOWN},
	      {50, 60, 2, H_ACQUIRE, H_OK, 6});
}

static void two_holders(void **state)
{
	(void)state;
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 40, 2, H_ACQUIRE, H_OK, 6},
	      {50, 60, 1, H_RELEASE, H_OK});
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5}, {12, 21, 2, H_FLOCK, H_OK, 6},
	      {50, 60, 1, H_RELEASE, H_OK});
	WRONG({10, 20, 1, H_FLOCK, H_OK, 5}, {30, 40, 2, H_FLOCK, H_OK, 6},
	      {50, 60, 1, H_UNLOCK, H_OK});
	/* it was never let go */
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 40, 2, H_ACQUIRE, H_OK, 6});
}

static void tokens(void **state)
{
	(void)state;
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 40, 1, H_RELEASE, H_OK},
	      {50, 60, 2, H_ACQUIRE, H_OK, 5});
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5, 0, "x"}, {30, 40, 2, H_ACQUIRE, H_OK, 4, 0, "y"});
}

static void owners(void **state)
{
	(void)state;
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 40, 2, H_RELEASE, H_OK});
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 40, 2, H_RENEW, H_OK});
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 40, 1, H_RELEASE, H_NOT_OWNER});
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 40, 1, H_RELEASE, H_OK},
	      {50, 60, 1, H_RELEASE, H_OK});
}

static void times_to_live(void **state)
{
	(void)state;
	/* too early */
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5, 100}, {60, 70, 2, H_ACQUIRE, H_OK, 6});
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5, 100}, {60, 70, 2, H_EXISTS, H_NONE});
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5, 100}, {80, 90, 1, H_RENEW, H_OK},
	      {130, 140, 2, H_ACQUIRE, H_OK, 6});
	/* too late: ttl and slack are over at 170 */
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5, 100}, {180, 190, 2, H_EXISTS, H_OK, 5});
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5, 100}, {180, 190, 2, H_ACQUIRE, H_HELD});
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5, 100}, {180, 190, 1, H_RELEASE, H_OK});
}

static void sights_and_refusals(void **state)
{
	(void)state;
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 40, 2, H_EXISTS, H_NONE},
	      {50, 60, 1, H_RELEASE, H_OK});
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 40, 1, H_RELEASE, H_OK},
	      {50, 60, 2, H_EXISTS, H_OK, 5});
	WRONG({10, 20, 1, H_ACQUIRE, H_OK, 5}, {30, 40, 1, H_RELEASE, H_OK},
	      {50, 60, 2, H_ACQUIRE, H_HELD});
	WRONG({10, 20, 1, H_FLOCK, H_OK, 5}, {30, 40, 1, H_UNLOCK, H_OK},
	      {50, 60, 2, H_FLOCK, H_HELD});
}

static unsigned read_text(const char *text)
{
	struct history history = {0};
	FILE *log = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	assert_non_null(log);
	unsigned line = history_read(&history, log);

	fclose(log);
	history_release(&history);
	return line;
}

static void logs(void **state)
{
	(void)state;
	assert_int_equal(read_text("i 1 7 acquire x\nr 2 7 acquire x ok 5 0\ni 3 7 rele"), 0);
	assert_int_equal(read_text("i 1 7 acquire x\nr 2 7 release x ok 5 0\n"), 2);
	assert_int_equal(read_text("r 2 7 acquire x ok 5 0\n"), 1);
	assert_int_equal(read_text("i 1 7 seize x\n"), 1);
	assert_int_equal(read_text("i 1 7 acquire x\nr 2 7 acquire x fine 5 0\n"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_histories),
		cmocka_unit_test(two_holders),
		cmocka_unit_test(tokens),
		cmocka_unit_test(owners),
		cmocka_unit_test(times_to_live),
		cmocka_unit_test(sights_and_refusals),
		cmocka_unit_test(logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* When the loop looks for the next request, and when it sleeps at once. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "linger.c"

static struct linger many(void)
{
	return (struct linger){.has_processors = true, .penalty = 1};
}

/* How often it is slept at once until it is looked again, in vain. */
static unsigned sleeps(struct linger *linger)
{
	unsigned count = 0;
	while (!linger_begin(linger))
		count++;
	linger_end(linger, false);
	return count;
}

static void a_burst_is_looked_after(void **state)
{
	struct linger linger = many();
	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_true(linger_begin(&linger));
		linger_end(&linger, true);
	}
}

static void what_is_in_vain_becomes_rare(void **state)
{
	struct linger linger = many();
	(void)state;
	assert_int_equal(sleeps(&linger), 0);
	for (unsigned expected = 1; expected < LINGER_SKIP_MAX; expected *= 2)
		assert_int_equal(sleeps(&linger), expected);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sleeps(&linger), LINGER_SKIP_MAX);
}

static void success_makes_up_for_it(void **state)
{
	struct linger linger = many();
	(void)state;
	for (int i = 0; i < 10; i++)
		sleeps(&linger);
	while (!linger_begin(&linger))
		;
	linger_end(&linger, true);
	assert_int_equal(sleeps(&linger), 0);
	assert_int_equal(sleeps(&linger), 1);
}

static void on_one_processor_it_is_slept(void **state)
{
	struct linger linger;
	cpu_set_t before, one;
	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	for (size_t cpu = 0; CPU_COUNT(&one) == 0; cpu++)
		if (CPU_ISSET(cpu, &before))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	linger_init(&linger);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	for (int i = 0; i < 100; i++)
		assert_false(linger_begin(&linger));
	linger_init(&linger);
	assert_int_equal(linger_begin(&linger), CPU_COUNT(&before) > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_is_looked_after),
		cmocka_unit_test(what_is_in_vain_becomes_rare),
		cmocka_unit_test(success_makes_up_for_it),
		cmocka_unit_test(on_one_processor_it_is_slept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

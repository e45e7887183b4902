/*
 * Where grite's configuration is looked for, what is said about one that is junk, and the actor
 * of those who have none.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/actorid.h"
#include "host/gritefile.h"

static char top[] = "/tmp/lokt-gritefile-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static void write_config(const char *text, size_t len)
{
	FILE *file = fopen(path_of("grite/config.toml"), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static int make_repository(void **state)
{
	static const char *const names[] = {"objects", "refs", "lokt", "other", "grite"};

	(void)state;
	if (!mkdtemp(top))
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (mkdir(path_of(names[i]), 0755) < 0)
			return -1;
	}
	return 0;
}

static int remove_repository(void **state)
{
	char command[PATH_MAX + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

static void without_a_file_warnings_are_the_policy(void **state)
{
	struct grite_config config = {.policy = LOCK_POLICY_OFF};
	char why[GRITEFILE_WHY_MAX];

	(void)state;
	unlink(path_of("grite/config.toml"));
	assert_int_equal(gritefile_read(top, &config, why), 0);
	assert_int_equal(config.policy, LOCK_POLICY_WARN);
}

static void a_root_in_a_repository_has_its_policy(void **state)
{
	static const struct {
		const char *root;
		enum lock_policy policy;
	} rows[] = {
		{"lokt", LOCK_POLICY_OFF},	    {"lokt/", LOCK_POLICY_OFF},
		{"other/../lokt", LOCK_POLICY_OFF}, {"other", LOCK_POLICY_WARN},
		{"objects/lokt", LOCK_POLICY_WARN}, {"nowhere", LOCK_POLICY_WARN},
	};
	struct grite_config config;
	char why[GRITEFILE_WHY_MAX];

	(void)state;
	write_config("lock_policy = 'off'\n", 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(gritefile_read_around(path_of(rows[i].root), &config, why), 0);
		if (config.policy != rows[i].policy)
			fail_msg("%s has policy %d", rows[i].root, (int)config.policy);
	}
}

static void junk_is_told_with_its_line(void **state)
{
	static char big[GRITE_CONFIG_MAX + 1];
	struct grite_config config = {.policy = LOCK_POLICY_REQUIRE};
	char why[GRITEFILE_WHY_MAX];

	(void)state;
	write_config("\nlock_policy = maybe\n", 21);
	assert_int_equal(gritefile_read_around(path_of("lokt"), &config, why), -EINVAL);
	assert_non_null(strstr(why, "grite/config.toml line 2: "));
	memset(big, '#', sizeof(big));
	write_config(big, sizeof(big));
	assert_int_equal(gritefile_read(top, &config, why), -EINVAL);
	write_config(big, sizeof(big) - 1);
	assert_int_equal(gritefile_read(top, &config, why), 0);
	unlink(path_of("grite/config.toml"));
	assert_int_equal(mkdir(path_of("grite/config.toml"), 0755), 0);
	assert_int_equal(gritefile_read(top, &config, why), -EISDIR);
	assert_int_equal(rmdir(path_of("grite/config.toml")), 0);
}

static void an_actor_is_made_from_all_of_its_holder(void **state)
{
	/* printf 'm\0001000\000ann\000vm\000' | sha256sum */
	static const char expected[] = "99dea26fd664547d8119d6be591e5fb7";
	char actor[ACTOR_LEN + 1], other[ACTOR_LEN + 1];

	(void)state;
	actorid_derive("m", 1000, "ann", "vm", actor);
	assert_string_equal(actor, expected);
	actorid_derive("n", 1000, "ann", "vm", other);
	assert_string_not_equal(actor, other);
	actorid_derive("m", 100, "0ann", "vm", other);
	assert_string_not_equal(actor, other);
	actorid_derive("m", 1000, "annv", "m", other);
	assert_string_not_equal(actor, other);
	assert_true(actor_parse(actor, other));
}

static void a_machine_has_an_id(void **state)
{
	char id[MACHINE_ID_MAX] = "";

	(void)state;
	actorid_machine(id);
	assert_true(id[0] && !strchr(id, '\n'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_file_warnings_are_the_policy),
		cmocka_unit_test(a_root_in_a_repository_has_its_policy),
		cmocka_unit_test(junk_is_told_with_its_line),
		cmocka_unit_test(an_actor_is_made_from_all_of_its_holder),
		cmocka_unit_test(a_machine_has_an_id),
	};
	return cmocka_run_group_tests(tests, make_repository, remove_repository);
}

/*
 * What a mount is told: defaults, the command line over ROOT/config, and what is refused.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "settings.c"

static char directory[64];
static int directory_fd = -1;

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/lokt-settings.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return directory_fd < 0 ? -1 : 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlinkat(directory_fd, LAYOUT_CONFIG, 0);
	close(directory_fd);
	return rmdir(directory);
}

static void write_config(const char *text)
{
	int fd =
		openat(directory_fd, LAYOUT_CONFIG, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void what_nobody_said_has_its_default(void **state)
{
	struct settings settings;

	(void)state;
	settings_init(&settings);
	assert_int_equal(settings.ttl_ms, 300000);
	assert_true(settings.is_durable);
	assert_int_equal(settings.shared, SHARED_OFF);
	assert_string_equal(settings.remote, "");
	assert_int_equal(settings.interval_ms, 30000);
	assert_int_equal(settings.skew_ms, 5000);
	assert_int_equal(settings.strict_wait_ms, 2000);
}

static void the_options_of_shared_leases_are_taken(void **state)
{
	struct settings settings;
	char why[SETTINGS_ERROR_MAX];

	(void)state;
	settings_init(&settings);
	assert_int_equal(settings_parse(&settings,
					"remote=up/stream,shared=strict,interval=2m,skew=0,"
					"strict_wait=100ms",
					false, why),
			 0);
	assert_int_equal(settings.shared, SHARED_STRICT);
	assert_string_equal(settings.remote, "up/stream");
	assert_int_equal(settings.interval_ms, 120000);
	assert_int_equal(settings.skew_ms, 0);
	assert_int_equal(settings.strict_wait_ms, 100);
}

static void the_command_line_goes_over_what_was_kept(void **state)
{
	struct settings settings;
	char why[SETTINGS_ERROR_MAX];

	(void)state;
	write_config("# kept\nshared=strict\nremote=origin\n  interval=10s\nskew=1s\n");
	settings_init(&settings);
	assert_int_equal(settings_parse(&settings, "shared=async,skew=2s", false, why), 0);
	assert_int_equal(settings_read_config(&settings, directory_fd, why), 0);
	assert_int_equal(settings.shared, SHARED_ASYNC);
	assert_int_equal(settings.skew_ms, 2000);
	assert_string_equal(settings.remote, "origin");
	assert_int_equal(settings.interval_ms, 10000);
}

static void what_is_not_of_its_form_is_refused(void **state)
{
	static const char *const wrong[] = {
		"remote",	    "remote=",	     "remote=-x",	"remote=a b",
		"remote=https://h", "shared",	     "shared=",		"shared=maybe",
		"interval=0",	    "interval=25h",  "skew=2h",		"skew=-1",
		"strict_wait=1ms",  "strict_wait=0", "strict_wait=61s", "interval",
		"remotes=origin",
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct settings settings;
		char why[SETTINGS_ERROR_MAX] = "";
		char key[32];

		settings_init(&settings);
		assert_int_equal(settings_parse(&settings, wrong[i], false, why), -EINVAL);
		snprintf(key, sizeof key, "\"%.*s\"", (int)strcspn(wrong[i], "="), wrong[i]);
		assert_non_null(strstr(why, key));
		write_config(wrong[i]);
		settings_init(&settings);
		assert_int_equal(settings_read_config(&settings, directory_fd, why), -EINVAL);
		assert_non_null(strstr(why, "line 1"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_said_has_its_default),
		cmocka_unit_test(the_options_of_shared_leases_are_taken),
		cmocka_unit_test(the_command_line_goes_over_what_was_kept),
		cmocka_unit_test(what_is_not_of_its_form_is_refused),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}

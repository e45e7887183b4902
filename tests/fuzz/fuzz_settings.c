/*
 * Any bytes as ROOT/config and as a mount's -o options: what is taken is within its bounds and
 * comes back from its own writing, what is refused is told; the command line goes first.
 */
#include <errno.h>
#include <inttypes.h>

#include "lokt/duration.h"
#include "lokt/layout.h"
#include "lokt/text.h"
#include "scratch.h"
#include "settings.h"

static void check_bounds(const struct settings *settings)
{
	PROPERTY(settings->ttl_ms > 0 && settings->ttl_ms <= DURATION_MAX_MS);
	PROPERTY(settings->max_leases >= 1 && settings->max_leases <= 100000000);
	PROPERTY(settings->shared <= SHARED_STRICT);
	PROPERTY(!settings->remote[0] ||
		 remote_name_is_valid(settings->remote, strlen(settings->remote)));
	PROPERTY(settings->interval_ms >= 1000 && settings->interval_ms <= 86400000);
	PROPERTY(settings->skew_ms >= 0 && settings->skew_ms <= 3600000);
	PROPERTY(settings->strict_wait_ms >= 100 && settings->strict_wait_ms <= 60000);
	PROPERTY(memchr(settings->root, '\0', sizeof(settings->root)));
}

static void write_options(struct text *out, const struct settings *settings, const char *between)
{
	char ttl[DURATION_TEXT_MAX];

	duration_format(settings->ttl_ms, ttl);
	text_printf(out, "ttl=%s%smax_leases=%zu%sdurability=%s%sshared=%s", ttl, between,
		    settings->max_leases, between, settings->is_durable ? "full" : "os", between,
		    shared_mode_word(settings->shared));
	text_printf(out, "%sinterval=%" PRId64 "ms%sskew=%" PRId64 "ms%sstrict_wait=%" PRId64 "ms",
		    between, settings->interval_ms, between, settings->skew_ms, between,
		    settings->strict_wait_ms);
	if (settings->remote[0])
		text_printf(out, "%sremote=%s", between, settings->remote);
	if (settings->allow_other)
		text_printf(out, "%sallow_other", between);
}

static void check_same(const struct settings *a, const struct settings *b)
{
	PROPERTY(a->ttl_ms == b->ttl_ms && a->max_leases == b->max_leases);
	PROPERTY(a->is_durable == b->is_durable && a->shared == b->shared);
	PROPERTY(a->interval_ms == b->interval_ms && a->skew_ms == b->skew_ms);
	PROPERTY(a->strict_wait_ms == b->strict_wait_ms && a->allow_other == b->allow_other);
	PROPERTY(strcmp(a->remote, b->remote) == 0);
}

/* Both ways of writing it down, and over options that were given another file says nothing. */
static void check_again(const struct settings *settings)
{
	struct settings line, file;
	struct text text = {0};
	char why[SETTINGS_ERROR_MAX];

	settings_init(&line);
	write_options(&text, settings, ",");
	PROPERTY(settings_parse(&line, text.data, false, why) == 0);
	check_same(settings, &line);
	settings_init(&file);
	text_clear(&text);
	write_options(&text, settings, "\r\n \t");
	scratch_write(LAYOUT_CONFIG, text.data, text.len);
	PROPERTY(settings_read_config(&file, scratch_dir(), why) == 0);
	check_same(settings, &file);
	scratch_write(LAYOUT_CONFIG, "ttl=1s\nmax_leases=7\nshared=off\n", 31);
	PROPERTY(settings_read_config(&line, scratch_dir(), why) == 0);
	check_same(settings, &line);
	text_release(&text);
}

static void check(int error, const struct settings *settings, const char *why)
{
	PROPERTY(error == 0 || error == -EINVAL);
	if (error)
		PROPERTY(why[0] && strnlen(why, SETTINGS_ERROR_MAX) < SETTINGS_ERROR_MAX);
	else
		check_bounds(settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings settings;
	char why[SETTINGS_ERROR_MAX] = "";
	char *text = strndup((const char *)data, size);
	int error;

	PROPERTY(text);
	settings_init(&settings);
	error = settings_parse(&settings, text, false, why);
	check(error, &settings, why);
	free(text);
	why[0] = '\0';
	settings_init(&settings);
	scratch_write(LAYOUT_CONFIG, data, size);
	error = settings_read_config(&settings, scratch_dir(), why);
	check(error, &settings, why);
	if (!error)
		check_again(&settings);
	return 0;
}

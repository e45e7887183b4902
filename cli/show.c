/*
 * Words and numbers about one lease. The clocks are the machine's as the daemon reads
 * them, so that an age here and one in status.json agree.
 */
#include "show.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/clock.h"
#include "output.h"

static int64_t wall_ms(void)
{
	return clock_now().wall_ns / NS_PER_MS;
}

static int64_t at_least_zero(int64_t ms)
{
	return ms > 0 ? ms : 0;
}

int64_t show_age_ms(const struct lease_view *lease)
{
	return at_least_zero(wall_ms() - lease->acquired_wall_ns / NS_PER_MS);
}

int64_t show_remaining_ms(const struct lease_view *lease)
{
	return at_least_zero(lease->expires_unix_ms - wall_ms());
}

void show_holder(const struct lease_view *lease, char out[SHOW_HOLDER_MAX])
{
	char agent[OWNER_MAX + sizeof(" (agent: )")] = "";

	if (lease->agent_id[0])
		snprintf(agent, sizeof(agent), " (agent: %s)", lease->agent_id);
	if (lease->pid > 0)
		snprintf(out, SHOW_HOLDER_MAX, "%s%s@%s (pid %d)", lease->owner, agent, lease->host,
			 (int)lease->pid);
	else
		snprintf(out, SHOW_HOLDER_MAX, "%s on %s", lease->owner, lease->host);
}

const char *show_caller(void)
{
	const char *owner = getenv("LOKT_OWNER");
	const struct passwd *user;

	if (owner && owner[0])
		return owner;
	user = getpwuid(getuid());
	return user ? user->pw_name : "?";
}

void show_time(int64_t unix_ms, char out[SHOW_TIME_MAX])
{
	time_t seconds = (time_t)(unix_ms / MS_PER_SEC);
	struct tm parts;

	if (!unix_ms || !gmtime_r(&seconds, &parts) ||
	    !strftime(out, SHOW_TIME_MAX, "%Y-%m-%d %H:%M:%S UTC", &parts))
		strcpy(out, "never");
}

void show_add_quoted(struct text *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_@%+=:,./-";

	if (word[0] && strspn(word, plain) == strlen(word)) {
		text_puts(out, word);
		return;
	}
	text_puts(out, "'");
	for (; *word; word++)
		text_add(out, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
	text_puts(out, "'");
}

void show_result(const char *status, const char *name, const struct answer_view *answer)
{
	struct text json = {0};

	if (!output_is_json())
		return;
	text_puts(&json, "{");
	text_key_string(&json, "status", status);
	if (answer->has_lease && answer->lease_raw && answer->lease_raw[0] == '{') {
		text_puts(&json, ",");
		text_puts(&json, answer->lease_raw + 1);
	} else {
		text_key_string(&json, "name", name);
		text_puts(&json, "}");
	}
	output_document(&json);
}

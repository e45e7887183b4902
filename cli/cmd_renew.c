/*
 * lokt renew: extend a lock that the caller's party holds. Never acquires.
 */
#include <stdio.h>

#include "command.h"
#include "talk.h"

static int64_t ttl_ms;

static const struct option_row options[] = {
	{.name = "ttl",
	 .takes = TAKES_DURATION,
	 .value = &ttl_ms,
	 .metavar = "D",
	 .help = "from now on (default: what it was given)"},
	OPTION_ROW_JSON,
	{0},
};

static int run(const struct call *call)
{
	struct ask ask = talk_question(call, ASK_RENEW);
	ask.wait_ms = RENEWAL_WAIT_MS;
	char sentence[RESOURCE_NAME_MAX + 32];

	if (ttl_ms) {
		ask.options.set = OPTION_TTL;
		ask.options.ttl_ms = ttl_ms;
	}
	snprintf(sentence, sizeof(sentence), "renewed lock \"%s\"", call->name);
	return talk(call, &ask, "renewed", sentence);
}

const struct command_body cmd_renew = {options, NULL, run};

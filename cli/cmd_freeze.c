/*
 * lokt freeze: for a while nobody acquires NAME. A freeze always ends, hence the TTL.
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
	 .help = "how long (required)",
	 .is_required = true},
	OPTION_ROW_JSON,
	{0},
};

static int run(const struct call *call)
{
	struct ask ask = talk_question(call, ASK_FREEZE);
	char sentence[RESOURCE_NAME_MAX + DURATION_TEXT_MAX + 32];
	char span[DURATION_TEXT_MAX];

	ask.options.set = OPTION_TTL;
	ask.options.ttl_ms = ttl_ms;
	duration_format(ttl_ms, span);
	snprintf(sentence, sizeof(sentence), "frozen \"%s\" for %s", call->name, span);
	return talk(call, &ask, "frozen", sentence);
}

const struct command_body cmd_freeze = {options, NULL, run};

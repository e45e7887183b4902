/*
 * lokt unfreeze: end a freeze before its time.
 */
#include <stdio.h>

#include "command.h"
#include "talk.h"

static bool is_forced;

static const struct option_row options[] = {
	{.name = "force",
	 .takes = TAKES_NOTHING,
	 .value = &is_forced,
	 .help = "even another party's, as its user, the mounter or root"},
	OPTION_ROW_JSON,
	{0},
};

static int run(const struct call *call)
{
	struct ask ask = talk_question(call, ASK_UNFREEZE);
	char sentence[RESOURCE_NAME_MAX + 32];

	ask.force = is_forced;
	snprintf(sentence, sizeof(sentence), "unfrozen \"%s\"", call->name);
	return talk(call, &ask, "unfrozen", sentence);
}

const struct command_body cmd_unfreeze = {options, NULL, run};

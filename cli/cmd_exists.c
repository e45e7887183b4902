/*
 * lokt exists: asked in loops and before every expensive step, so it does as little as it
 * can. Says "not held" only where a live mount said so.
 */
#include <string.h>

#include "command.h"
#include "output.h"
#include "start.h"

static const struct option_row options[] = {{0}};

static int run(const struct call *call)
{
	char why[START_WHY_MAX];
	const char *hint;
	struct mount mount;
	int held;

	if (start_mount(call->root, false, &mount, why, &hint) < 0) {
		output_error("cannot tell whether \"%s\" is held: %s", call->name, why);
		if (hint)
			output_hint("%s", hint);
		return EXIT_ERROR;
	}
	held = client_holds(&mount, call->resource.name);
	client_close(&mount);
	if (held >= 0)
		return held ? EXIT_DONE : EXIT_NOT_FOUND;
	output_error("cannot tell whether \"%s\" is held: %s", call->name, strerror(-held));
	return EXIT_ERROR;
}

const struct command_body cmd_exists = {options, NULL, run};

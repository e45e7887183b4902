/*
 * lokt help [COMMAND].
 */
#include "command.h"

static const struct option_row options[] = {{0}};

static int run(const struct call *call)
{
	const struct command *command;

	if (call->arguments.len == 0) {
		commands_print_help();
		return EXIT_DONE;
	}
	command = command_find(call->arguments.list[0]);
	if (!command)
		return command_unknown(call->arguments.list[0]);
	command_print_help(command);
	return EXIT_DONE;
}

const struct command_body cmd_help = {options, NULL, run};

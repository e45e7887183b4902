/*
 * lokt: finds the command's row, reads its options, sees to what the row asks for, runs it.
 * What a command does is in cmd_NAME.c, what there is in commands.c.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "grite.h"
#include "lokt/root.h"
#include "multicall.h"
#include "name.h"
#include "output.h"
#include "start.h"

static int check_shape(struct call *call)
{
	const struct command *command = call->command;
	size_t len = call->arguments.len;
	size_t names = command->shape != SHAPE_NOTHING && command->shape != SHAPE_ANYTHING;
	bool takes_rest = command->shape == SHAPE_NAME_AND_REST || command->shape == SHAPE_ANYTHING;
	const char *wrong;

	if (len == 0 && names && command->shape != SHAPE_MAYBE_NAME)
		return usage_error(command, "missing NAME");
	if (len > names && !takes_rest)
		return usage_error(command, "unexpected argument \"%.100s\"",
				   call->arguments.list[names]);
	if (len == 0 || !names)
		return EXIT_DONE;
	wrong = name_read(call->arguments.list[0], &call->resource);
	if (wrong)
		return usage_error(command, "\"%.300s\" %s", call->arguments.list[0], wrong);
	call->has_resource = true;
	resource_display(&call->resource, call->name);
	return EXIT_DONE;
}

static int find_mount(struct call *call)
{
	char why[START_WHY_MAX];
	const char *hint;
	int status;

	status = start_mount(call->root, false, &call->mount, why, &hint) == 0
			 ? EXIT_DONE
			 : output_fail(EXIT_ERROR, "no-daemon", "%s", why);
	if (hint)
		output_hint("%s", hint);
	return status;
}

static int set_up(struct call *call)
{
	int error;

	if (call->command->setup == SETUP_NONE)
		return EXIT_DONE;
	if (call->command->is_grite && !grite_has_place())
		return output_fail(EXIT_ERROR, "no-repository", "not a git repository");
	error = root_find(call->root, sizeof(call->root));
	if (error)
		return output_fail(EXIT_ERROR, "no-root", "cannot tell where the locks are: %s",
				   strerror(-error));
	return call->command->setup == SETUP_MOUNT ? find_mount(call) : EXIT_DONE;
}

static int run(struct call *call, char **words, size_t count)
{
	struct option_fault fault = {0};
	int status;

	if (call->command->is_grite)
		grite_speak();
	switch (options_read(call->command->body->options, words, count, &call->arguments,
			     &fault)) {
	case OPTIONS_HELP:
		command_print_help(call->command);
		return EXIT_DONE;
	case OPTIONS_BAD:
		status = usage_error(call->command, "%s", fault.message);
		if (fault.hint[0])
			output_hint("%s", fault.hint);
		return status;
	case OPTIONS_DONE:
		break;
	}
	status = check_shape(call);
	if (status == EXIT_DONE && call->command->body->check)
		status = call->command->body->check(call);
	if (status == EXIT_DONE)
		status = set_up(call);
	if (status == EXIT_DONE)
		status = call->command->body->run(call);
	return status;
}

/* No row reads the options of a command that is not there. */
static int unknown_command(char **words, size_t count)
{
	for (size_t i = 0; i < count && strcmp(words[i], "--") != 0; i++) {
		if (strcmp(words[i], "--json") == 0)
			output_set_json();
	}
	return command_unknown(words[0]);
}

static int run_command(const struct command *command, char **words, size_t count)
{
	struct call call = {.command = command, .mount = {.state = MOUNT_ABSENT, .dir_fd = -1}};
	int status = run(&call, words, count);

	client_close(&call.mount);
	return status;
}

static int dispatch(size_t count, char **words)
{
	const struct command *command;

	if (count == 0)
		return usage_error(NULL, "missing command");
	if (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0) {
		commands_print_help();
		return EXIT_DONE;
	}
	if (strcmp(words[0], "--version") == 0) {
		output_print("lokt %s\n", LOKT_VERSION);
		return EXIT_DONE;
	}
	command = command_choose(words, count);
	if (!command)
		return unknown_command(words, count);
	return run_command(command, words + 1, count - 1);
}

/* "grite lock …"; everything else that grite can do is another program's. */
static int dispatch_grite(size_t count, char **words)
{
	const struct command *command = NULL;
	int status;

	if (!multicall_is_lock(words, count))
		return multicall_pass_on(words);
	status = multicall_choose(words, count, &command);
	if (!command)
		return status;
	signal(SIGPIPE, SIG_IGN);
	return run_command(command, words + 2, count - 2);
}

int main(int argc, char **argv)
{
	output_init();
	if (argc > 0 && multicall_is_grite(argv[0]))
		return output_finish(dispatch_grite((size_t)argc - 1, argv + 1));
	/* a reader that went away is a write that failed, see output_finish() */
	signal(SIGPIPE, SIG_IGN);
	return output_finish(dispatch(argc > 0 ? (size_t)argc - 1 : 0, argv + 1));
}

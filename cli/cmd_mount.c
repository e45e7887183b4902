/*
 * lokt mount: start the daemon of this ROOT, with options that later starts will use too.
 */
#include <string.h>

#include "command.h"
#include "lokt/layout.h"
#include "mounting.h"
#include "output.h"

static struct text option_list;

static const struct option_row options[] = {
	MOUNTING_OPTION_ROW(option_list),
	{0},
};

static int check(const struct call *call)
{
	return mounting_check(call, &option_list);
}

static int run(const struct call *call)
{
	int status = mounting_start(call, &option_list);

	text_release(&option_list);
	if (status == EXIT_DONE) {
		output_exact(call->root, strlen(call->root));
		output_print("/%s\n", LAYOUT_LOCKS);
	}
	return status;
}

const struct command_body cmd_mount = {options, check, run};

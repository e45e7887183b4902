/*
 * lokt mount: start the daemon of this ROOT, with options that later starts will use too.
 */
#include <string.h>

#include "command.h"
#include "lokt/layout.h"
#include "mounting.h"
#include "output.h"
#include "upgrade.h"

static struct text option_list;
static bool is_reexec;

static const struct option_row options[] = {
	MOUNTING_OPTION_ROW(option_list),
	{.name = "reexec",
	 .takes = TAKES_NOTHING,
	 .value = &is_reexec,
	 .excludes = "o",
	 .help = "the running daemon goes on as the program that is installed now"},
	{0},
};

static int check(const struct call *call)
{
	return mounting_check(call, &option_list);
}

static int run(const struct call *call)
{
	int status = is_reexec ? upgrade_daemon(call) : mounting_start(call, &option_list);

	text_release(&option_list);
	if (status == EXIT_DONE) {
		output_exact(call->root, strlen(call->root));
		output_print("/%s\n", LAYOUT_LOCKS);
	}
	return status;
}

const struct command_body cmd_mount = {options, check, run};

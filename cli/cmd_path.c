/*
 * lokt path: where to touch. Starts nothing; the path is right whether or not a daemon runs.
 */
#include <string.h>

#include "command.h"
#include "lokt/layout.h"
#include "output.h"

static const struct option_row options[] = {{0}};

static int run(const struct call *call)
{
	struct text path = {0};

	text_puts(&path, call->root);
	text_puts(&path, "/" LAYOUT_LOCKS);
	if (call->has_resource) {
		text_puts(&path, "/");
		text_puts(&path, call->resource.name);
	}
	text_puts(&path, "\n");
	if (path.failed)
		return output_fail(EXIT_ERROR, "io", "out of memory");
	output_exact(path.data, path.len);
	text_release(&path);
	return EXIT_DONE;
}

const struct command_body cmd_path = {options, NULL, run};

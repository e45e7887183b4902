/*
 * Options first, daemon second: it reads ROOT/config when it starts.
 */
#include "mounting.h"

#include <string.h>

#include "config.h"
#include "output.h"
#include "start.h"

int mounting_check(const struct call *call, const struct text *options)
{
	char why[256];

	if (options->len == 0 || config_check(options->data, why, sizeof(why)))
		return EXIT_DONE;
	return usage_error(call->command, "%s", why);
}

int mounting_start(const struct call *call, const struct text *options)
{
	char why[START_WHY_MAX];
	const char *hint;
	struct mount mount;
	bool is_changed = false;
	bool was_live;
	int error;

	client_open(call->root, &mount);
	was_live = mount.state == MOUNT_LIVE;
	client_close(&mount);
	error = options->len ? config_merge(call->root, options->data, &is_changed) : 0;
	if (error)
		return output_fail(EXIT_ERROR, "io", "cannot keep the options in %s: %s",
				   call->root, strerror(-error));
	if (start_mount(call->root, true, &mount, why, &hint) < 0)
		return output_fail(EXIT_ERROR, "no-daemon", "%s", why);
	client_close(&mount);
	if (hint)
		output_hint("%s", hint);
	if (is_changed && was_live)
		output_warning("already mounted: the options apply after \"lokt umount\"");
	return EXIT_DONE;
}

/*
 * lokt umount: stop the daemon of this ROOT, and come back when it has ended. Locks that
 * end with a process or an open file stand in the way, because they would end here.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "client.h"
#include "command.h"
#include "lokt/layout.h"
#include "output.h"
#include "program.h"
#include "start.h"

static bool is_forced;

static const struct option_row options[] = {
	{.name = "force",
	 .takes = TAKES_NOTHING,
	 .value = &is_forced,
	 .help = "even with locks bound to a process, or files open"},
	{0},
};

struct bound {
	size_t count;
	char name[RESOURCE_NAME_MAX + 1];
};

static int count_bound(const struct lease_view *lease, const char *raw, void *context)
{
	struct bound *bound = context;

	(void)raw;
	if (lease->is_bound && bound->count++ == 0)
		snprintf(bound->name, sizeof(bound->name), "%s", lease->name);
	return 0;
}

/* What cannot be read is not in the way: the kernel still refuses what is in use. */
static struct bound find_bound(const struct mount *mount)
{
	struct bound bound = {0};
	struct text document = {0};

	if (client_read_status(mount, &document) == 0 && document.len)
		lease_json_each(document.data, document.len, count_bound, &bound);
	text_release(&document);
	return bound;
}

static int unmount_as_user(char *path, struct text *said)
{
	char *gently[] = {"fusermount3", "-u", "--", path, NULL};
	char *lazily[] = {"fusermount3", "-u", "-z", "--", path, NULL};
	int status = program_run(is_forced ? lazily : gently, START_LIMIT_MS, said);

	if (status == -ENOENT)
		text_puts(said, "cannot find fusermount3");
	return status;
}

static int unmount(const struct call *call)
{
	char path[PATH_MAX + sizeof("/" LAYOUT_MNT)];
	struct text said = {0};
	int status = EXIT_DONE;

	snprintf(path, sizeof(path), "%s/%s", call->root, LAYOUT_MNT);
	if (geteuid() == 0) {
		if (umount2(path, UMOUNT_NOFOLLOW | (is_forced ? MNT_DETACH : 0)) < 0)
			status = output_fail(EXIT_ERROR, "io", "cannot unmount %s: %s", path,
					     strerror(errno));
	} else if (unmount_as_user(path, &said) != 0) {
		status = output_fail(EXIT_ERROR, "io", "cannot unmount %s: %s", path,
				     said.len ? said.data : "fusermount3 failed");
	}
	text_release(&said);
	return status;
}

static int refuse_bound(const struct mount *mount)
{
	struct bound bound = find_bound(mount);

	if (!bound.count)
		return EXIT_DONE;
	output_fail(EXIT_ERROR, verdict_row(VERDICT_BOUND)->word,
		    "%zu bound lock%s would end, the first is \"%s\"", bound.count,
		    bound.count == 1 ? "" : "s", bound.name);
	output_hint("lokt umount --force");
	return EXIT_ERROR;
}

static int run(const struct call *call)
{
	char why[CLIENT_WHY_MAX];
	struct mount mount;
	int status = EXIT_DONE;

	client_open(call->root, &mount);
	if (mount.state == MOUNT_LIVE && !is_forced)
		status = refuse_bound(&mount);
	/* an open descriptor of the mount would keep it busy */
	client_close(&mount);
	if (mount.state == MOUNT_FOREIGN || mount.state == MOUNT_BROKEN) {
		client_explain(call->root, &mount, why);
		return output_fail(EXIT_ERROR, "io", "%s", why);
	}
	if (status == EXIT_DONE && mount.state != MOUNT_ABSENT)
		status = unmount(call);
	if (status == EXIT_DONE && start_wait_until_gone(call->root) < 0)
		status = output_fail(EXIT_ERROR, "io",
				     "the daemon of %s still serves files that are open",
				     call->root);
	return status;
}

const struct command_body cmd_umount = {options, NULL, run};

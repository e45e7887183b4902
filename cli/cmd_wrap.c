/*
 * lokt wrap: writes a script that runs a command under a lock, so that whoever calls the script
 * need know nothing of locks. Touches no lock itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "lokt/duration.h"
#include "lokt/root.h"
#include "output.h"
#include "show.h"

static struct {
	int64_t ttl_ms;
	int64_t timeout_ms;
	const char *file;
	bool waits;
	bool replaces;
} want;

static const struct option_row options[] = {
	{.name = "o",
	 .takes = TAKES_TEXT,
	 .value = &want.file,
	 .metavar = "FILE",
	 .help = "where to write it (default: scripts/NAME.sh at the top of the work tree)"},
	{.name = "ttl",
	 .takes = TAKES_DURATION,
	 .value = &want.ttl_ms,
	 .metavar = "D",
	 .help = "guard's: lose the lock when it is not renewed for D"},
	{.name = "wait",
	 .takes = TAKES_NOTHING,
	 .value = &want.waits,
	 .help = "guard's: wait for the lock instead of failing"},
	{.name = "timeout",
	 .takes = TAKES_DURATION,
	 .value = &want.timeout_ms,
	 .metavar = "D",
	 .help = "guard's: wait no longer than D",
	 .needs = "wait"},
	{.name = "force",
	 .takes = TAKES_NOTHING,
	 .value = &want.replaces,
	 .help = "replace a file that is there"},
	OPTION_ROW_JSON,
	{0},
};

static int check(const struct call *call)
{
	const struct arguments *arguments = &call->arguments;

	if (arguments->plain_len == 0)
		return usage_error(call->command, "missing NAME");
	if (arguments->plain_len > 1)
		return usage_error(call->command, "unexpected argument \"%.100s\" before --",
				   arguments->list[1]);
	if (arguments->len < 2)
		return usage_error(call->command, "missing -- COMMAND");
	if (want.file && !want.file[0])
		return usage_error(call->command, "-o wants a file's name");
	return EXIT_DONE;
}

/* The file's name is the lock's, encoded: it has no slash. */
static int find_place(const struct call *call, char out[PATH_MAX])
{
	char dir[PATH_MAX];
	int len;

	if (want.file) {
		len = snprintf(out, PATH_MAX, "%s", want.file);
		return len < PATH_MAX ? 0 : -ENAMETOOLONG;
	}
	if (root_find_worktree(dir, sizeof(dir)) < 0 && !getcwd(dir, sizeof(dir)))
		return -errno;
	len = snprintf(out, PATH_MAX, "%s/scripts", dir);
	if (len >= PATH_MAX)
		return -ENAMETOOLONG;
	if (mkdir(out, 0777) < 0 && errno != EEXIST)
		return -errno;
	len = snprintf(out, PATH_MAX, "%.*s/scripts/%s.sh", PATH_MAX / 2, dir, call->resource.name);
	return len < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static void add_duration(struct text *script, const char *option, int64_t ms)
{
	char duration[DURATION_TEXT_MAX];

	if (!ms)
		return;
	duration_format(ms, duration);
	text_printf(script, " --%s %s", option, duration);
}

static void write_text(const struct call *call, struct text *script)
{
	const struct arguments *arguments = &call->arguments;

	text_printf(script,
		    "#!/usr/bin/env bash\n"
		    "# Runs under the lock %s; made by: lokt wrap\n"
		    "exec lokt guard ",
		    call->resource.name);
	show_add_quoted(script, call->name);
	add_duration(script, "ttl", want.ttl_ms);
	text_puts(script, want.waits ? " --wait" : "");
	add_duration(script, "timeout", want.timeout_ms);
	text_puts(script, " --");
	for (size_t i = 1; i < arguments->len; i++) {
		text_puts(script, " ");
		show_add_quoted(script, arguments->list[i]);
	}
	text_puts(script, " \"$@\"\n");
}

static int write_whole(int fd, const struct text *script)
{
	size_t done = 0;

	if (script->failed)
		return -ENOMEM;
	while (done < script->len) {
		ssize_t len = write(fd, script->data + done, script->len - done);

		if (len < 0 && errno != EINTR)
			return -errno;
		done += len > 0 ? (size_t)len : 0;
	}
	return 0;
}

/* Written beside its place: nobody ever calls half of it, and a link never follows elsewhere. */
static int put_script(const char *path, const struct text *script)
{
	char beside[PATH_MAX];
	int error;
	int fd;

	if (snprintf(beside, sizeof(beside), "%s.%d", path, (int)getpid()) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0777);
	if (fd < 0)
		return -errno;
	error = write_whole(fd, script);
	if (close(fd) < 0 && !error)
		error = -errno;
	if (!error && want.replaces && rename(beside, path) < 0)
		error = -errno;
	if (!error && !want.replaces && link(beside, path) < 0)
		error = -errno;
	if (error || !want.replaces)
		unlink(beside);
	return error;
}

static int fail(const char *path, int error)
{
	int status = output_fail(EXIT_ERROR, "io", "cannot write %s: %s", path, strerror(-error));

	if (error == -EEXIST)
		output_hint("--force replaces it");
	return status;
}

static int run(const struct call *call)
{
	char path[PATH_MAX] = "scripts";
	struct text script = {0};
	struct text json = {0};
	int error = find_place(call, path);

	write_text(call, &script);
	if (!error)
		error = put_script(path, &script);
	text_release(&script);
	if (error)
		return fail(path, error);
	output_print("wrote %s\n", path);
	if (!output_is_json())
		return EXIT_DONE;
	text_puts(&json, "{");
	text_key_string(&json, "status", "written");
	text_key_string(&json, "name", call->name);
	text_key_string(&json, "path", path);
	text_puts(&json, "}");
	output_document(&json);
	return EXIT_DONE;
}

const struct command_body cmd_wrap = {options, check, run};

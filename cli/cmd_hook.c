/*
 * lokt hook install: has git apply lock_policy to commits and pushes. The hooks themselves are
 * hooks.h's.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "command.h"
#include "grite.h"
#include "hooks.h"
#include "lokt/root.h"
#include "output.h"

static const struct option_row options[] = {
	OPTION_ROW_JSON,
	{0},
};

static int check(const struct call *call)
{
	const struct arguments *arguments = &call->arguments;

	if (arguments->len != 1 || strcmp(arguments->list[0], "install") != 0)
		return usage_error(call->command, "should be \"hook install\"");
	return EXIT_DONE;
}

static void tell(const struct hook_result *result, struct text *entries)
{
	output_print("%s %s\n", result->was_ours ? "updated" : "installed", result->path);
	if (result->has_kept)
		output_print("  runs %s%s first\n", result->path, HOOK_KEPT_SUFFIX);
	text_puts(entries, entries->len ? "," : "");
	text_add_json(entries, result->path);
}

static int fail(const struct hook_result *result, int error)
{
	if (error == -EEXIST)
		return output_fail(
			EXIT_ERROR, "io",
			"%s is not lokt's, and %s%s is there already: remove one of them",
			result->path, result->path, HOOK_KEPT_SUFFIX);
	return output_fail(EXIT_ERROR, "io", "cannot install %s: %s", result->path,
			   strerror(-error));
}

static void tell_document(const struct text *entries)
{
	struct text json = {0};

	if (!output_is_json())
		return;
	grite_begin_document(&json);
	text_key(&json, "installed");
	text_printf(&json, "[%s]", entries->data ? entries->data : "");
	grite_end_document(&json);
	output_document(&json);
}

static int run(const struct call *call)
{
	struct text entries = {0};
	char dir[PATH_MAX];
	int status = root_find_git(dir, sizeof(dir));

	(void)call;
	if (status < 0)
		return output_fail(EXIT_ERROR, "no-repository", "not a git repository");
	status = hooks_find(dir);
	if (status)
		return output_fail(EXIT_ERROR, "git", "cannot tell where git's hooks are: %s",
				   status < 0 ? strerror(-status) : "git failed");
	for (enum hook_kind kind = 0; kind < HOOK_KINDS && status == EXIT_DONE; kind++) {
		struct hook_result result;
		int error = hooks_install(dir, kind, &result);

		if (error)
			status = fail(&result, error);
		else
			tell(&result, &entries);
	}
	if (status == EXIT_DONE)
		tell_document(&entries);
	text_release(&entries);
	return status;
}

const struct command_body cmd_hook = {options, check, run};

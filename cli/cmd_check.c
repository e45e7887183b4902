/*
 * lokt check: lock_policy applied to files. Which files is changes.h's, which locks concern them
 * covers.h's.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "covers.h"
#include "grite.h"
#include "lokt/root.h"
#include "name.h"
#include "output.h"
#include "readall.h"
#include "show.h"
#include "start.h"

/* More files are counted, not named. */
#define TOLD_MAX 50

#define LINES_MAX (16 << 20)

static bool is_staged;
static bool is_pushed;

static const struct option_row options[] = {
	{.name = "staged",
	 .takes = TAKES_NOTHING,
	 .value = &is_staged,
	 .help = "what the next commit changes",
	 .excludes = "push"},
	{.name = "push",
	 .takes = TAKES_NOTHING,
	 .value = &is_pushed,
	 .help = "what a push changes; stdin as git gives it to pre-push"},
	OPTION_ROW_JSON,
	{0},
};

static int check(const struct call *call)
{
	if (call->arguments.len && (is_staged || is_pushed))
		return usage_error(call->command,
				   "PATH cannot go together with --staged or --push");
	return EXIT_DONE;
}

static int add_path(struct changes *changes, const char *path)
{
	char full[PATH_MAX];
	char relative[PATH_MAX];
	char cwd[PATH_MAX] = "";
	const char *wrong;

	if (path[0] != '/' && !getcwd(cwd, sizeof(cwd)))
		return output_fail(EXIT_ERROR, "io", "current directory: %s", strerror(errno));
	if (snprintf(full, sizeof(full), "%s/%s", cwd, path) >= (int)sizeof(full))
		return output_fail(EXIT_USAGE, "usage", "\"%.300s\" is too long", path);
	wrong = name_relative(full, relative);
	if (wrong)
		return output_fail(EXIT_USAGE, "usage", "\"%.300s\" %s", path, wrong);
	changes_add(changes, relative);
	return EXIT_DONE;
}

static int add_paths(struct changes *changes, const struct arguments *arguments)
{
	char top[PATH_MAX];
	int status = EXIT_DONE;

	if (root_find_worktree(top, sizeof(top)) < 0)
		return output_fail(EXIT_ERROR, "no-repository", "not in a git work tree");
	for (size_t i = 0; i < arguments->len && status == EXIT_DONE; i++)
		status = add_path(changes, arguments->list[i]);
	return status;
}

static int add_pushed(struct changes *changes)
{
	struct text lines = {0};
	int status = readall(STDIN_FILENO, LINES_MAX, &lines);

	if (status == 0)
		status = changes_add_pushed(changes, &lines);
	text_release(&lines);
	return status;
}

/* EXIT_DONE, or the status of what was told. */
static int find_changes(const struct call *call, struct changes *changes)
{
	int status;

	if (call->arguments.len)
		status = add_paths(changes, &call->arguments);
	else if (is_pushed)
		status = add_pushed(changes);
	else
		status = is_staged ? changes_add_staged(changes) : changes_add_work_tree(changes);
	if (call->arguments.len && status != EXIT_DONE)
		return status;
	if (status == 0)
		status = changes_sort(changes);
	if (status == 0)
		return EXIT_DONE;
	return output_fail(EXIT_ERROR, "git", "cannot tell which files change: %s",
			   status < 0 ? strerror(-status) : "git failed");
}

struct checking {
	enum lock_policy policy;
	const struct changes *changes;
	const struct covers *covers;
	struct grite_config config;
	struct text findings; /* of the JSON array */
	size_t told;
};

static const struct cover *find_cover(const struct covers *covers, const char *path, bool is_own)
{
	for (size_t i = 0; i < covers->len; i++) {
		const struct cover *cover = &covers->list[i];

		if (cover->is_own == is_own &&
		    (is_own ? cover_covers(cover, path) : cover_touches(cover, path)))
			return cover;
	}
	return NULL;
}

static void add_finding(struct checking *checking, const char *path, const struct cover *cover)
{
	struct text *json = &checking->findings;
	char owner[ACTOR_LEN + 1];

	text_puts(json, json->len ? ",{" : "{");
	text_key_string(json, "path", path);
	text_key_string(json, "reason", cover ? "locked" : "unlocked");
	if (cover) {
		grite_owner(&cover->lease, &checking->config, owner);
		text_key(json, "lock");
		text_puts(json, "{");
		text_key_string(json, "resource", cover->lease.name);
		text_key_string(json, "owner", owner);
		grite_add_expiry(json, cover->lease.expires_unix_ms);
		text_puts(json, "}");
	}
	text_puts(json, "}");
}

/* cover NULL: no lock of the caller's party covers the path. */
static void tell(struct checking *checking, const char *path, const struct cover *cover)
{
	void (*say)(const char *format, ...) =
		checking->policy == LOCK_POLICY_REQUIRE ? output_error : output_warning;
	char holder[SHOW_HOLDER_MAX];

	path = path[0] ? path : "."; /* the top */
	add_finding(checking, path, cover);
	if (checking->told++ >= TOLD_MAX)
		return;
	if (cover) {
		show_holder(&cover->lease, holder);
		say("\"%s\" is locked: \"%s\" held by %s", path, cover->lease.name, holder);
	} else {
		say("\"%s\" is covered by no lock of yours", path);
	}
}

static void look(struct checking *checking)
{
	for (size_t i = 0; i < checking->changes->len; i++) {
		const char *path = checking->changes->list[i];
		const struct cover *other = find_cover(checking->covers, path, false);

		if (other)
			tell(checking, path, other);
		else if (checking->policy == LOCK_POLICY_REQUIRE &&
			 !find_cover(checking->covers, path, true))
			tell(checking, path, NULL);
	}
	if (checking->told > TOLD_MAX)
		output_aside("and %zu files more", checking->told - TOLD_MAX);
}

static void add_results(struct text *json, const struct checking *checking)
{
	text_key_string(json, "policy", lock_policy_word(checking->policy));
	text_key_u64(json, "checked", checking->changes->len);
	text_key(json, "findings");
	text_printf(json, "[%s]", checking->findings.data ? checking->findings.data : "");
}

/* The document of a pass, or of a refusal, and the status. */
static int conclude(const struct checking *checking)
{
	bool is_refused = checking->policy == LOCK_POLICY_REQUIRE && checking->told;
	struct text json = {0};

	if (is_refused)
		output_hint("lock_policy is \"require\": lokt acquire --resource path:FILE");
	if (checking->findings.failed)
		return output_fail(EXIT_ERROR, "io", "out of memory");
	if (output_is_json()) {
		if (is_refused)
			grite_begin_failure(&json, "policy", "lock_policy is not kept");
		else
			grite_begin_document(&json);
		add_results(&json, checking);
		text_puts(&json, is_refused ? "}}}" : "}}");
		output_document(&json);
	}
	return is_refused ? EXIT_ERROR : EXIT_DONE;
}

static int look_at(const struct mount *mount, struct checking *checking)
{
	struct covers covers;
	int error = covers_find(mount, checking->changes, &covers);
	int status;

	if (error)
		return output_fail(EXIT_ERROR, "io", "cannot read the locks: %s", strerror(-error));
	checking->covers = &covers;
	look(checking);
	status = conclude(checking);
	covers_release(&covers);
	return status;
}

/* Without a daemon nobody can be asked: no reason to refuse where nothing is ever refused. */
static int check_changes(const struct call *call, struct checking *checking)
{
	char why[START_WHY_MAX];
	struct mount mount;
	const char *hint;
	int status;

	if (checking->changes->len == 0)
		return conclude(checking);
	if (start_mount(call->root, false, &mount, why, &hint) == 0) {
		status = look_at(&mount, checking);
		client_close(&mount);
		return status;
	}
	if (checking->policy == LOCK_POLICY_REQUIRE)
		return output_fail(EXIT_ERROR, "no-daemon", "%s", why);
	output_warning("cannot tell which files are locked: %s", why);
	return conclude(checking);
}

static int run(const struct call *call)
{
	struct changes changes = {0};
	struct checking checking = {.changes = &changes};
	char git[PATH_MAX];
	int status;

	if (root_find_git(git, sizeof(git)) < 0)
		return output_fail(EXIT_ERROR, "no-repository", "not a git repository");
	status = grite_configure(&checking.config);
	checking.policy = checking.config.policy;
	if (status == EXIT_DONE && checking.policy != LOCK_POLICY_OFF)
		status = find_changes(call, &changes);
	if (status == EXIT_DONE)
		status = check_changes(call, &checking);
	text_release(&checking.findings);
	changes_release(&changes);
	return status;
}

const struct command_body cmd_check = {options, check, run};

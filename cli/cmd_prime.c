/*
 * lokt prime: what a coding agent should know before it works here: which scripts take locks,
 * how to take one, who it is, and what is held now. Starts nothing and needs no daemon.
 */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "command.h"
#include "guarded.h"
#include "listing.h"
#include "lokt/layout.h"
#include "lokt/root.h"
#include "output.h"

#define SCRIPTS_MAX 200

static const char *format_name;

static const struct option_row options[] = {
	{.name = "format",
	 .takes = TAKES_TEXT,
	 .value = &format_name,
	 .metavar = "F",
	 .help = "markdown, claude-md, agents-md, copilot, aider, cursorrules, windsurfrules, "
		 "clinerules"},
	{0},
};

/* Each is for a file that its tool reads; the plain ones know no headings or code marks. */
static const struct format {
	const char *name;
	const char *file;
	const char *heading; /* put before one of the first and of the second level */
	const char *subheading;
	const char *code;
} formats[] = {
	{"markdown", NULL, "# ", "## ", "`"},
	{"claude-md", "CLAUDE.md", "## ", "### ", "`"},
	{"agents-md", "AGENTS.md", "## ", "### ", "`"},
	{"copilot", ".github/copilot-instructions.md", "## ", "### ", "`"},
	{"aider", "CONVENTIONS.md", "## ", "### ", "`"},
	{"cursorrules", ".cursorrules", "", "", ""},
	{"windsurfrules", ".windsurfrules", "", "", ""},
	{"clinerules", ".clinerules", "", "", ""},
};

static const struct format *format = &formats[0];

static int check(const struct call *call)
{
	for (size_t i = 0; format_name && i < sizeof(formats) / sizeof(formats[0]); i++) {
		format = &formats[i];
		if (strcmp(format->name, format_name) == 0)
			return EXIT_DONE;
	}
	if (!format_name)
		return EXIT_DONE;
	return usage_error(call->command, "--format \"%.100s\": should be one of %s", format_name,
			   options[0].help);
}

/* A line in which `…` is code. */
static void say(const char *line)
{
	for (; *line; line++) {
		if (*line == '`')
			output_print("%s", format->code);
		else
			output_print("%.*s", (int)strcspn(line, "`"), line);
		if (*line != '`')
			line += strcspn(line, "`") - 1;
	}
	output_print("\n");
}

static void begin_section(const char *title)
{
	output_print("\n%s%s%s\n\n", format->subheading, title, format->subheading[0] ? "" : ":");
}

struct scripts {
	size_t count;
};

static int tell_script(const struct guarded *guarded, void *context)
{
	struct scripts *scripts = context;

	if (scripts->count == 0) {
		begin_section("Scripts that take locks");
		say("Call these instead of what they wrap; they keep others out by themselves.\n");
	}
	output_print("- %s%s%s: %s %s%s%s\n", format->code, guarded->path, format->code,
		     strcmp(guarded->verb, "guard") == 0 ? "runs under" : "takes", format->code,
		     guarded->name, format->code);
	return ++scripts->count < SCRIPTS_MAX ? 0 : 1;
}

static void tell_scripts(void)
{
	struct scripts scripts = {0};
	char top[PATH_MAX];
	int status;

	if (root_find_worktree(top, sizeof(top)) < 0 && !getcwd(top, sizeof(top)))
		return;
	status = guarded_find(top, tell_script, &scripts);
	if (status < 0)
		output_warning("cannot look through %s: %s", top, strerror(-status));
	if (status > 0)
		output_print("- and more\n");
}

/* .locks where there is one, for it is shorter and the same from every worktree's top. */
static void find_directory(const struct call *call, char out[PATH_MAX + 8])
{
	char top[PATH_MAX];
	char path[PATH_MAX + sizeof("/" LAYOUT_WORKTREE_LINK)];
	char target[2];

	snprintf(out, PATH_MAX + 8, "%s/%s", call->root, LAYOUT_LOCKS);
	if (root_find_worktree(top, sizeof(top)) < 0)
		return;
	snprintf(path, sizeof(path), "%s/%s", top, LAYOUT_WORKTREE_LINK);
	if (readlink(path, target, sizeof(target)) > 0)
		snprintf(out, PATH_MAX + 8, "%s", LAYOUT_WORKTREE_LINK);
}

static void tell_rules(const struct call *call)
{
	static const char *const rules[] = {
		"- Work that two must not do at once runs under a lock: `lokt guard NAME --ttl 10m "
		"-- COMMAND`. It is released whatever happens, a crash included.",
		"- `lokt guard NAME --wait --timeout 10m -- COMMAND` waits for its turn instead of "
		"failing.",
		"- `lokt lock NAME --ttl 30m` and `lokt unlock NAME` do it by hand; `lokt renew "
		"NAME` before the time is up.",
		"- `lokt exists NAME` tells held (0), free (3) and cannot tell (1) apart; `[ -e ]` "
		"takes an unmounted directory for free.",
		"- Exit status: 0 done, 1 error, 2 held, frozen or timed out, 3 not found, 4 not "
		"the owner, 64 usage.",
		"- On 2, do something else, or wait; `lokt why NAME` says who has it and what "
		"would "
		"help. A name is held against everybody, you included.",
		"- `issue:12`, `path:src/a.c` and other names with a prefix are shared with the "
		"other clones of this repository; `lokt sync` exchanges them now. Where another "
		"machine was first, it ends your lock, says so and exits with 4.",
		"- Never use --force or delete another's lock without being told to by a person.",
		"- Locks that lapse: a holder that slept past its time has lost the lock. Check "
		"before the step that cannot be undone.",
	};
	char directory[PATH_MAX + 8];

	begin_section("Rules");
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		say(rules[i]);
	find_directory(call, directory);
	output_print("- Without lokt: %stouch %s/NAME%s takes a lock, %srm %s/NAME%s releases "
		     "it.\n",
		     format->code, directory, format->code, format->code, directory, format->code);
	say("  `Device or resource busy`: another has it. `No such file or directory`: nothing is "
	    "mounted, so nothing is locked; `lokt mount` first.");
}

static void tell_identity(void)
{
	char machine[OWNER_MAX + 1] = "localhost";
	const struct passwd *user = getpwuid(getuid());
	const char *owner = getenv("LOKT_OWNER");
	const char *agent = getenv("LOKT_AGENT_ID");
	const char *host = getenv("LOKT_HOST");
	bool has_owner = owner && owner[0];

	gethostname(machine, sizeof(machine) - 1);
	begin_section("Who you are");
	output_print("- Owner %s%s@%s%s (%s).\n", format->code,
		     has_owner ? owner
		     : user    ? user->pw_name
			       : "?",
		     host && host[0] ? host : machine, format->code,
		     has_owner ? "from LOKT_OWNER" : "the login name; LOKT_OWNER sets another");
	if (agent && agent[0])
		output_print("- Agent %s%s%s (from LOKT_AGENT_ID).\n", format->code, agent,
			     format->code);
	else
		say("- Told apart from others by your process. Agents that share one process need "
		    "a LOKT_OWNER or LOKT_AGENT_ID each.");
}

static int visit(const struct lease_view *lease, const char *raw, void *context)
{
	(void)raw;
	listing_add(context, lease);
	return 0;
}

static int read_locks(const struct call *call, struct listing *listing)
{
	struct text document = {0};
	struct mount mount;
	int error;

	client_open(call->root, &mount);
	if (mount.state != MOUNT_LIVE)
		return -mount.error;
	error = client_read_status(&mount, &document);
	if (!error)
		error = lease_json_each(document.data ? document.data : "", document.len, visit,
					listing);
	client_close(&mount);
	text_release(&document);
	return error;
}

static void tell_status(const struct call *call)
{
	struct listing listing = {0};
	struct text lines = {0};
	char stamp[32] = "";
	time_t now = time(NULL);
	struct tm utc;
	int error = read_locks(call, &listing);

	if (gmtime_r(&now, &utc))
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc);
	begin_section("What is held");
	output_print("As of %s; ", stamp);
	say("`lokt status` tells it anew.\n");
	if (error) {
		text_release(&listing.lines);
		say(error == -ENOENT ? "Nothing is mounted; `lokt mount` starts it."
				     : "The locks cannot be read; `lokt doctor` says why.");
	} else if (!listing.lines.len) {
		say("No locks.");
	} else if (listing_render(&listing, 0, &lines) == 0) {
		output_print("%s", format->code[0] ? "```text\n" : "");
		output_lines(&lines);
		output_print("%s", format->code[0] ? "```\n" : "");
	}
}

static int run(const struct call *call)
{
	if (format->file)
		output_print("%s", format->code[0] ? "<!-- lokt prime: begin -->\n" : "");
	output_print("%sLocks in this repository%s\n\n", format->heading,
		     format->heading[0] ? "" : ":");
	say("Several agents work here. A lock is a file that only one can create; lokt makes and "
	    "removes it.");
	tell_scripts();
	tell_rules(call);
	tell_identity();
	tell_status(call);
	if (format->file)
		output_print("%s", format->code[0] ? "<!-- lokt prime: end -->\n" : "");
	return EXIT_DONE;
}

const struct command_body cmd_prime = {options, check, run};

/*
 * lokt demo: prints a shell script, to be read or piped into sh. It works in a ROOT of its own,
 * shows what it does, and fails if something did not happen as it says.
 */
#include <limits.h>
#include <unistd.h>

#include "command.h"
#include "output.h"
#include "show.h"

static const struct option_row options[] = {{0}};

static const char head[] = "#!/bin/sh\n"
			   "# Agents that want the same locks, live: lokt demo | sh\n"
			   "set -u\n"
			   "LOKT=";

/* clang-format off */
static const char script[] = "\n"
	"LOKT_ROOT=$(mktemp -d \"${TMPDIR:-/tmp}/lokt-demo.XXXXXX\") || exit 1\n"
	"export LOKT_ROOT\n"
	"unset LOKT_OWNER LOKT_AGENT_ID LOKT_HOST LOKT_NO_AUTOSTART LOKT_HELD\n"
	"faults=0\n"
	"pids=\n"
	"\n"
	"lokt() {\n"
	"    command \"$LOKT\" \"$@\"\n"
	"}\n"
	"\n"
	"clean_up() {\n"
	"    status=$?\n"
	"    trap - EXIT INT TERM HUP\n"
	"    for pid in $pids; do\n"
	"        kill -9 \"$pid\" 2>/dev/null\n"
	"    done\n"
	"    lokt umount --force >/dev/null 2>&1\n"
	"    rm -rf -- \"$LOKT_ROOT\"\n"
	"    [ \"$status\" -ne 0 ] || [ \"$faults\" -eq 0 ] || status=1\n"
	"    exit \"$status\"\n"
	"}\n"
	"trap clean_up EXIT\n"
	"trap 'exit 130' INT\n"
	"trap 'exit 143' TERM HUP\n"
	"\n"
	"title() {\n"
	"    printf '\\n== %s\\n' \"$*\"\n"
	"}\n"
	"\n"
	"# as NAME EXPECTED-STATUS COMMAND…: one agent's command, shown with what it said.\n"
	"as() {\n"
	"    name=$1 expected=$2 status=0\n"
	"    shift 2\n"
	"    printf '%s$ %s\\n' \"$name\" \"$*\"\n"
	"    (\n"
	"        LOKT_OWNER=$name LOKT_AGENT_ID=$name\n"
	"        export LOKT_OWNER LOKT_AGENT_ID\n"
	"        \"$@\"\n"
	"    ) >\"$LOKT_ROOT/said\" 2>&1 || status=$?\n"
	"    sed 's/^/    /' \"$LOKT_ROOT/said\"\n"
	"    [ \"$status\" -eq \"$expected\" ] || {\n"
	"        printf '    (status %s, expected %s)\\n' \"$status\" \"$expected\"\n"
	"        faults=1\n"
	"    }\n"
	"}\n"
	"\n"
	"# in_background NAME COMMAND…: $! is the agent's process.\n"
	"in_background() {\n"
	"    name=$1\n"
	"    shift\n"
	"    printf '%s$ lokt %s &\\n' \"$name\" \"$*\"\n"
	"    LOKT_OWNER=$name LOKT_AGENT_ID=$name \"$LOKT\" \"$@\" >\"$LOKT_ROOT/said.$name\" 2>&1 &\n"
	"    pids=\"$pids $!\"\n"
	"}\n"
	"\n"
	"# until_true COMMAND…: for ten seconds at most.\n"
	"until_true() {\n"
	"    tries=100\n"
	"    until \"$@\" >/dev/null 2>&1; do\n"
	"        tries=$((tries - 1))\n"
	"        [ \"$tries\" -gt 0 ] || {\n"
	"            printf '    (waited in vain: %s)\\n' \"$*\"\n"
	"            faults=1\n"
	"            return\n"
	"        }\n"
	"        sleep 0.1\n"
	"    done\n"
	"}\n"
	"\n"
	"is_free() {\n"
	"    lokt exists \"$1\"\n"
	"    [ $? -eq 3 ]\n"
	"}\n"
	"\n"
	"has_waiter() {\n"
	"    grep -q owner \"$LOKT_ROOT/locks/.lokt/queue/$1\"\n"
	"}\n"
	"\n"
	"title 'Two agents, one build: the second is told who has it'\n"
	"in_background alice guard build --ttl 1m -- sleep 3\n"
	"until_true lokt exists build\n"
	"as bob 2 lokt lock build\n"
	"as bob 1 touch \"$LOKT_ROOT/locks/build\"\n"
	"as bob 2 lokt why build\n"
	"\n"
	"title 'Hand-over: bob waits, and goes on the moment alice is done'\n"
	"in_background bob guard build --wait --timeout 30s -- sh -c 'echo \"bob builds now\"'\n"
	"until_true has_waiter build\n"
	"as carol 0 lokt status\n"
	"until_true grep -q 'bob builds' \"$LOKT_ROOT/said.bob\"\n"
	"sed 's/^/    /' \"$LOKT_ROOT/said.bob\"\n"
	"until_true is_free build\n"
	"\n"
	"title 'A crash: nobody has to clean up'\n"
	"in_background mallory guard deploy -- sh -c 'echo $$ >\"$LOKT_ROOT/pid\"; exec sleep 1000'\n"
	"guard=$!\n"
	"until_true test -s \"$LOKT_ROOT/pid\"\n"
	"printf 'kill -9 of the guard: its command runs on, so the lock stays held\\n'\n"
	"kill -9 \"$guard\"\n"
	"as bob 2 lokt lock deploy\n"
	"printf 'kill -9 of the command too: free at once\\n'\n"
	"kill -9 \"$(cat \"$LOKT_ROOT/pid\")\"\n"
	"until_true is_free deploy\n"
	"as bob 0 lokt lock deploy --ttl 1m\n"
	"as bob 0 lokt unlock deploy\n"
	"\n"
	"title 'A freeze: maintenance without surprises'\n"
	"as carol 0 lokt freeze db-migrate --ttl 1h\n"
	"as bob 2 lokt lock db-migrate\n"
	"as carol 0 lokt unfreeze db-migrate\n"
	"as bob 0 lokt lock db-migrate --ttl 1m\n"
	"\n"
	"title 'Everything is on record'\n"
	"lokt audit | sed -n 's/.*\"event\":\"\\([^\"]*\\)\",\"name\":\"\\([^\"]*\\)\".*\"owner\":\"\\([^\"]*\\)\".*/    \\3: \\1 \\2/p'\n";
/* clang-format on */

static int run(const struct call *call)
{
	char self[PATH_MAX] = "lokt";
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct text text = {0};

	(void)call;
	if (len > 0)
		self[len] = '\0';
	text_puts(&text, head);
	show_add_quoted(&text, self);
	text_puts(&text, script);
	if (text.failed)
		return output_fail(EXIT_ERROR, "io", "out of memory");
	output_exact(text.data, text.len);
	text_release(&text);
	return EXIT_DONE;
}

const struct command_body cmd_demo = {options, NULL, run};

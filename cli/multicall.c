/*
 * Which grite is next is told by the files themselves (device and inode): we may be on PATH any
 * number of times, by any number of links.
 */
#include "multicall.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grite.h"
#include "output.h"

#define NAME "grite"
#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"

/* As a shell has it. */
#define EXIT_NO_PROGRAM 127
#define EXIT_NOT_EXECUTABLE 126

bool multicall_is_grite(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	return strcmp(slash ? slash + 1 : argv0, NAME) == 0;
}

/* Moves the first word that is no option (nor the value of one) to the front; false: none. */
static bool move_word(char **words, size_t count)
{
	static const char *const with_value[] = {"--resource", "--ttl", "--actor", "--timeout"};
	size_t at = 0;
	char *word;

	while (at < count && words[at][0] == '-') {
		size_t step = 1;

		if (strcmp(words[at], "--") == 0)
			return false;
		for (size_t i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++) {
			if (strcmp(words[at], with_value[i]) == 0)
				step = 2;
		}
		at += step;
	}
	if (at >= count)
		return false;
	word = words[at];
	memmove(words + 1, words, at * sizeof(*words));
	words[0] = word;
	return true;
}

/* Where it is not ours the words must stay as they are. */
static bool leads_to_lock(char **words, size_t count)
{
	char **copy = calloc(count + 1, sizeof(*copy));
	bool is_lock;

	if (!copy)
		return false;
	memcpy(copy, words, count * sizeof(*copy));
	is_lock = move_word(copy, count) && strcmp(copy[0], "lock") == 0;
	free(copy);
	return is_lock;
}

bool multicall_is_lock(char **words, size_t count)
{
	if (!leads_to_lock(words, count))
		return false;
	move_word(words, count);
	move_word(words + 1, count - 1);
	return true;
}

static bool has_word(char **words, const char *wanted)
{
	for (; *words && strcmp(*words, "--") != 0; words++) {
		if (strcmp(*words, wanted) == 0)
			return true;
	}
	return false;
}

static int print_help(void)
{
	output_print("usage: grite lock acquire|renew|release|status|gc|sync [OPTIONS]\n\n"
		     "Locks on this repository's issues, paths and other resources, by lokt.\n"
		     "Other commands are those of the next grite on PATH.\n");
	return EXIT_DONE;
}

int multicall_choose(char **words, size_t count, const struct command **command)
{
	static const char *const names[] = {"acquire", "renew", "release", "status", "gc", "sync"};
	bool has_name = count > 1 && words[1][0] != '-';

	grite_speak();
	commands_set_program("grite lock");
	for (size_t i = 0; has_name && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(words[1], names[i]) == 0)
			*command = command_find_grite(words[1]);
	}
	if (*command)
		return EXIT_DONE;
	if (!has_name && (has_word(words, "--help") || has_word(words, "-h")))
		return print_help();
	if (has_word(words, "--json"))
		output_set_json();
	return output_fail(EXIT_USAGE, "usage", "%s \"%.100s\": %s",
			   has_name ? "unknown command" : "missing command behind",
			   has_name ? words[1] : "lock",
			   "should be acquire, renew, release, status, gc or sync");
}

/* A path that leads to a program other than this one. */
static bool is_next(const char *path, const struct stat *self)
{
	struct stat found;

	return stat(path, &found) == 0 && S_ISREG(found.st_mode) && access(path, X_OK) == 0 &&
	       (found.st_dev != self->st_dev || found.st_ino != self->st_ino);
}

/* True and *out, or false. An empty part of PATH is the current directory. */
static bool find_next(const char *path, const struct stat *self, char out[PATH_MAX])
{
	while (*path) {
		size_t len = strcspn(path, ":");
		const char *dir = len ? path : ".";
		int room = snprintf(out, PATH_MAX, "%.*s/" NAME, len ? (int)len : 1, dir);

		if (room < PATH_MAX && is_next(out, self))
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

int multicall_pass_on(char **words)
{
	const char *path = getenv("PATH");
	char next[PATH_MAX];
	struct stat self;

	if (stat("/proc/self/exe", &self) == 0 &&
	    find_next(path ? path : PATH_DEFAULT, &self, next)) {
		char **argv = words - 1; /* where main's argv[0] is */

		argv[0] = next;
		execv(next, argv);
		output_error("cannot run %s: %s", next, strerror(errno));
		return EXIT_NOT_EXECUTABLE;
	}
	if (has_word(words, "--help") || has_word(words, "-h"))
		return print_help();
	grite_speak();
	if (has_word(words, "--json"))
		output_set_json();
	output_fail(EXIT_ERROR, "no-program",
		    "\"grite %.100s\" is not lokt's, and there is no other grite on PATH",
		    words[0] ? words[0] : "");
	return EXIT_NO_PROGRAM;
}

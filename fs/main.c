/*
 * loktfs: arguments. What they lead to is daemon.c's.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "host/log.h"
#include "inherit.h"
#include "lokt/root.h"
#include "rootdir.h"

#define USAGE_STATUS 64

static const char usage[] =
	"usage: loktfs [-f] [-d] [--alone] [--root DIR] [-o OPTION[,OPTION…]] DIRECTORY\n"
	"       loktfs --repair ROOT\n"
	"\n"
	"Mounts a directory in which every file is a held lease.\n"
	"\n"
	"  -f                 stay in the foreground\n"
	"  -d                 the same, and print every request\n"
	"  --alone            without the process that replaces it should it die\n"
	"  --root DIR         where the journal is kept (default: as lokt finds it)\n"
	"  -o root=DIR        the same\n"
	"  -o ttl=DURATION    TTL of a lease that names none (5m)\n"
	"  -o max_leases=N    most leases at a time (1000000)\n"
	"  -o durability=WHAT full: what is acknowledged survives a power failure;\n"
	"                     os: it survives the daemon's death\n"
	"  -o cache=WHAT      on: the kernel remembers who holds what, and is made to forget in\n"
	"                     time (Linux 6.16 or later); off: each look asks the daemon\n"
	"  -o allow_other     other users may use the mount\n"
	"  -o shared=WHAT     what the remote has to do with issue:1, path:x and the like:\n"
	"                     off: nothing by itself; async: told in the background;\n"
	"                     strict: asked before a lease is held\n"
	"  -o remote=NAME     which remote of the repository that ROOT is in (origin)\n"
	"  -o interval=D      time between two looks at it (30s)\n"
	"  -o skew=D          how far other machines' clocks may be off (5s)\n"
	"  -o strict_wait=D   how long a create may wait for the remote (2s)\n"
	"  --repair ROOT      make a damaged journal readable, keeping the original\n"
	"  --version, --help\n";

static int misuse(const char *why)
{
	fprintf(stderr, "error: %s\n\n%s", why, usage);
	return USAGE_STATUS;
}

/* Absolute, and without symlinks as far as it exists: its last component may not yet. */
static bool resolve(const char *path, char out[PATH_MAX])
{
	char copy[PATH_MAX];
	if (realpath(path, out))
		return true;
	if (strlen(path) >= sizeof(copy))
		return false;
	strcpy(copy, path);
	size_t len = strlen(copy);
	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	char *slash = strrchr(copy, '/');
	const char *last = slash ? slash + 1 : copy;
	if (slash)
		*slash = '\0';
	if (!realpath(!slash ? "." : slash == copy ? "/" : copy, out))
		return false;
	size_t used = strlen(out);
	return snprintf(out + used, PATH_MAX - used, "/%s", last) < (int)(PATH_MAX - used);
}

/* Paths are whole, and to look at the mount point would be to ask ourselves. */
static int start_part(struct settings *settings, const char *directory)
{
	if (strlen(directory) >= sizeof(settings->mountpoint))
		return misuse("the directory's path is too long");
	strcpy(settings->mountpoint, directory);
	return daemon_run(settings);
}

static int start(struct settings *settings, const char *directory)
{
	if (inherit_is_there())
		return start_part(settings, directory);
	if (!settings->root[0] && root_find(settings->root, sizeof(settings->root)) < 0)
		return misuse("LOKT_ROOT is no usable path; give -o root=DIR");
	int error = rootdir_make(settings->root);
	if (error) {
		log_error("%s: %s", settings->root, strerror(-error));
		return 1;
	}
	if (!resolve(directory, settings->mountpoint)) {
		log_error("%s: %s", directory, strerror(errno));
		return 1;
	}
	if (settings->is_debug)
		log_set_level(LOG_LEVEL_DEBUG);
	return daemon_run(settings);
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"root", required_argument, NULL, 'r'},	  {"alone", no_argument, NULL, 'A'},
		{"repair", required_argument, NULL, 'R'}, {"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},	  {NULL, 0, NULL, 0},
	};
	struct settings settings;
	char why[SETTINGS_ERROR_MAX];
	int option;
	settings_init(&settings);
	while ((option = getopt_long(argc, argv, "fdo:hV", long_options, NULL)) != -1) {
		switch (option) {
		case 'd':
			settings.is_debug = true;
			settings.is_alone = true;
			settings.is_foreground = true;
			break;
		case 'f':
			settings.is_foreground = true;
			break;
		case 'o':
			if (settings_parse(&settings, optarg, false, why) < 0)
				return misuse(why);
			break;
		case 'A':
			settings.is_alone = true;
			break;
		case 'r':
			if (!settings_set_root(&settings, optarg))
				return misuse("--root wants a directory");
			break;
		case 'R':
			return daemon_repair(optarg);
		case 'V':
			puts("loktfs " LOKT_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return USAGE_STATUS;
		}
	}
	if (optind != argc - 1)
		return misuse(optind == argc ? "which directory?" : "one directory only");
	return start(&settings, argv[optind]);
}

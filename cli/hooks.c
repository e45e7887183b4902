/*
 * The hooks are shell scripts that call lokt check. Each is written beside its place and renamed
 * over it, so that there is no moment without a hook.
 */
#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gitrun.h"
#include "host/smallfile.h"
#include "show.h"

/* By this line a hook is known to be ours. */
#define MARK "# made by: lokt hook install"

#define HOOK_MAX 65536

static const char *const names[HOOK_KINDS] = {
	[HOOK_PRE_COMMIT] = "pre-commit",
	[HOOK_PRE_PUSH] = "pre-push",
};

/* The lokt that installed it goes first: another program may have that name on PATH. */
static const char *const head =
	"\n"
	"[ -x \"$lokt\" ] || lokt=$(command -v lokt) || {\n"
	"	echo \"error: lokt is gone; remove $0, or use --no-verify\" >&2\n"
	"	exit 1\n"
	"}\n"
	"kept=$0" HOOK_KEPT_SUFFIX "\n";

static const char *const bodies[HOOK_KINDS] = {
	[HOOK_PRE_COMMIT] = "if [ -x \"$kept\" ]; then\n"
			    "	\"$kept\" \"$@\" || exit\n"
			    "fi\n"
			    "exec \"$lokt\" check --staged\n",
	[HOOK_PRE_PUSH] = "lines=$(cat)\n"
			  "give() {\n"
			  "	[ -z \"$lines\" ] || printf '%s\\n' \"$lines\"\n"
			  "}\n"
			  "if [ -x \"$kept\" ]; then\n"
			  "	give | \"$kept\" \"$@\" || exit\n"
			  "fi\n"
			  "give | \"$lokt\" check --push\n",
};

int hooks_find(char out[PATH_MAX])
{
	char *argv[] = {"git", "rev-parse", "--git-path", "hooks", NULL};
	struct text text = {0};
	int status = gitrun(argv, NULL, &text);

	if (status == 0 && text.len && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	if (status == 0 && (text.len == 0 || text.len >= PATH_MAX))
		status = -ENAMETOOLONG;
	if (status == 0)
		memcpy(out, text.data, text.len + 1);
	text_release(&text);
	if (status == 0 && mkdir(out, 0777) < 0 && errno != EEXIST)
		return -errno;
	return status;
}

static int find_self(char out[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", out, PATH_MAX - 1);

	if (len < 0)
		return -errno;
	out[len] = '\0';
	return 0;
}

static int write_script(int fd, enum hook_kind kind)
{
	struct text script = {0};
	char self[PATH_MAX];
	int error = find_self(self);

	if (error)
		return error;
	text_puts(&script, "#!/bin/sh\n" MARK "\nlokt=");
	show_add_quoted(&script, self);
	text_puts(&script, head);
	text_puts(&script, bodies[kind]);
	if (script.failed)
		error = -ENOMEM;
	else if (write(fd, script.data, script.len) != (ssize_t)script.len)
		error = errno ? -errno : -EIO;
	text_release(&script);
	return error;
}

/* 1 ours, 0 another's, -ENOENT none, or another negative errno. */
static int is_ours(const char *path)
{
	char text[HOOK_MAX];
	struct stat found;
	ssize_t len;

	if (lstat(path, &found) < 0)
		return -errno;
	if (!S_ISREG(found.st_mode))
		return S_ISDIR(found.st_mode) ? -EISDIR : 0;
	len = smallfile_read(AT_FDCWD, path, text, sizeof(text));
	if (len < 0)
		return (int)len;
	return strstr(text, "\n" MARK "\n") != NULL;
}

/* A second name, so that the first is never missing; never in place of what is kept already. */
static int keep_foreign(const char *path, const char *kept)
{
	return linkat(AT_FDCWD, path, AT_FDCWD, kept, 0) < 0 ? -errno : 0;
}

static int put_hook(const char *path, enum hook_kind kind)
{
	char beside[PATH_MAX];
	int error;
	int fd;

	if (snprintf(beside, sizeof(beside), "%s.%d", path, (int)getpid()) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0777);
	if (fd < 0)
		return -errno;
	error = write_script(fd, kind);
	if (close(fd) < 0 && !error)
		error = -errno;
	if (!error && rename(beside, path) < 0)
		error = -errno;
	if (error)
		unlink(beside);
	return error;
}

int hooks_install(const char *dir, enum hook_kind kind, struct hook_result *result)
{
	char kept[PATH_MAX];
	int ours;
	int error = 0;

	*result = (struct hook_result){0};
	if (snprintf(result->path, sizeof(result->path), "%s/%s", dir, names[kind]) >=
		    (int)sizeof(result->path) ||
	    snprintf(kept, sizeof(kept), "%s" HOOK_KEPT_SUFFIX, result->path) >= (int)sizeof(kept))
		return -ENAMETOOLONG;
	ours = is_ours(result->path);
	if (ours < 0 && ours != -ENOENT)
		return ours;
	if (ours == 0)
		error = keep_foreign(result->path, kept);
	if (!error) {
		error = put_hook(result->path, kind);
		if (error && ours == 0)
			unlink(kept);
	}
	result->was_ours = ours == 1;
	result->has_kept = access(kept, F_OK) == 0;
	return error;
}

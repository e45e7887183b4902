/*
 * Checks of the machine: kernel, clock, and what a FUSE mount needs.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "checkup.h"
#include "host/clock.h"
#include "host/smallfile.h"

#define KERNEL_MAJOR 5
#define KERNEL_MINOR 15

/* 2020-01-01T00:00:00Z */
#define CLOCK_LEAST_SEC INT64_C(1577836800)

#define DEVICE "/dev/fuse"
#define DEVICE_MAJOR 10
#define DEVICE_MINOR 229

#define HELPER "fusermount3"
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"
#define STATUS_MAX 8192
#define CAP_SYS_ADMIN_BIT 21

void look_at_kernel(const char *root, struct finding *finding)
{
	struct utsname name;
	int major = 0;
	int minor = 0;

	(void)root;
	if (uname(&name) < 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2) {
		found(finding, HEALTH_WARN, "the kernel does not tell its version");
		mended_by(finding, "uname -r", NULL);
		return;
	}
	if (major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR)) {
		found(finding, HEALTH_OK, "Linux %d.%d", major, minor);
		return;
	}
	found(finding, HEALTH_FAIL, "Linux %d.%d is too old, %d.%d is the least", major, minor,
	      KERNEL_MAJOR, KERNEL_MINOR);
	mended_by_root(finding, "apt-get install linux-image-amd64", NULL);
}

void look_at_clock(const char *root, struct finding *finding)
{
	char stamp[RFC3339_TEXT_MAX];
	int64_t wall_ns = clock_now().wall_ns;

	(void)root;
	rfc3339_format(wall_ns > 0 ? wall_ns : 0, 0, stamp);
	if (wall_ns >= CLOCK_LEAST_SEC * NS_PER_SEC) {
		found(finding, HEALTH_OK, "it is %s", stamp);
		return;
	}
	found(finding, HEALTH_FAIL, "the clock says %s: expiry times will be wrong for others",
	      stamp);
	mended_by_root(finding, "timedatectl set-ntp true", NULL);
}

static void tell_unopenable(struct finding *finding, int error)
{
	found(finding, HEALTH_FAIL, "%s cannot be opened: %s", DEVICE, strerror(error));
	if (error == EPERM)
		mended_by(finding, "docker run --device /dev/fuse --cap-add SYS_ADMIN …", NULL);
	else if (error == EACCES)
		mended_by_root(finding, "chmod a+rw " DEVICE, NULL);
	else
		mended_by_root(finding, "modprobe fuse", NULL);
}

void look_at_device(const char *root, struct finding *finding)
{
	struct stat device;
	SCOPED_FD fd = -1;

	(void)root;
	if (stat(DEVICE, &device) < 0) {
		found(finding, HEALTH_FAIL, "there is no %s: %s", DEVICE, strerror(errno));
		mended_by_root(finding, "modprobe fuse", NULL);
		return;
	}
	if (!S_ISCHR(device.st_mode) || device.st_rdev != makedev(DEVICE_MAJOR, DEVICE_MINOR)) {
		found(finding, HEALTH_FAIL, "%s is something else", DEVICE);
		mended_by_root(finding, "sh -c 'rm /dev/fuse; mknod -m 666 /dev/fuse c 10 229'",
			       NULL);
		return;
	}
	fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		tell_unopenable(finding, errno);
	else
		found(finding, HEALTH_OK, "%s can be opened", DEVICE);
}

static bool find_helper(char out[PATH_MAX])
{
	const char *path = getenv("PATH");

	for (path = path ? path : DEFAULT_PATH; *path;) {
		size_t len = strcspn(path, ":");
		int room = snprintf(out, PATH_MAX, "%.*s/%s", (int)len, path, HELPER);

		if (len && room < PATH_MAX && access(out, X_OK) == 0)
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

/* It may mount: setuid root or a file capability, where such things count. */
static bool is_privileged(const char *path)
{
	struct stat file;
	struct statvfs system;

	if (stat(path, &file) < 0 || statvfs(path, &system) < 0 || system.f_flag & ST_NOSUID)
		return false;
	return (file.st_mode & S_ISUID && file.st_uid == 0) ||
	       getxattr(path, "security.capability", NULL, 0) > 0;
}

static void look_at_roots_means(struct finding *finding)
{
	char status[STATUS_MAX];
	const char *mask = NULL;

	if (smallfile_read(AT_FDCWD, "/proc/self/status", status, sizeof(status)) > 0)
		mask = strstr(status, "CapEff:");
	if (!mask || strtoull(mask + strlen("CapEff:"), NULL, 16) >> CAP_SYS_ADMIN_BIT & 1) {
		found(finding, HEALTH_OK, "not needed: root mounts by itself");
		return;
	}
	found(finding, HEALTH_FAIL, "root may not mount here: CAP_SYS_ADMIN is missing");
	mended_by(finding, "docker run --device /dev/fuse --cap-add SYS_ADMIN …", NULL);
}

void look_at_helper(const char *root, struct finding *finding)
{
	char path[PATH_MAX];

	(void)root;
	if (geteuid() == 0) {
		look_at_roots_means(finding);
		return;
	}
	if (!find_helper(path)) {
		found(finding, HEALTH_FAIL, "%s is not on PATH: only root could mount", HELPER);
		mended_by_root(finding, "apt-get install fuse3", NULL);
		return;
	}
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) {
		found(finding, HEALTH_FAIL,
		      "no_new_privs is set in here, so %.500s cannot mount: mount from outside",
		      path);
		mended_by(finding, "lokt mount", NULL);
		return;
	}
	if (is_privileged(path)) {
		found(finding, HEALTH_OK, "%.900s", path);
		return;
	}
	found(finding, HEALTH_FAIL, "%.900s is not setuid root", path);
	mended_by_root(finding, "chmod u+s", path);
}

/*
 * Reads the few keys of ROOT/daemon that lokt goes by. The daemon writes the file when it
 * starts and removes it when it ends; after a crash it is out of date.
 */
#include "daemonfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>

#include "core/json.h"
#include "host/smallfile.h"
#include "lokt/layout.h"

#define TEXT_MAX (PATH_MAX + 4096)

enum { KEY_PID, KEY_WORKER, KEY_UID, KEY_PID_NS, KEY_MOUNTPOINT, KEY_COUNT };

static const char *const keys[KEY_COUNT] = {"pid", "worker", "uid", "pid_ns", "mountpoint"};

static int parse(const struct json_document *document, struct daemonfile *out)
{
	struct span values[KEY_COUNT];
	char path[sizeof(out->mountpoint)];
	int64_t pid;
	int64_t uid;
	int64_t worker = 0;
	int64_t pid_ns = 0;

	if (span_object(json_root(document), keys, KEY_COUNT, false, values) ||
	    span_get_i64(values[KEY_PID], 0, INT32_MAX, &pid) ||
	    span_get_i64(values[KEY_UID], 0, UINT32_MAX, &uid) ||
	    span_get_string(values[KEY_MOUNTPOINT], sizeof(path) - 1, path) || path[0] != '/')
		return -EINVAL;
	span_get_i64(values[KEY_WORKER], 0, INT32_MAX, &worker);
	span_get_i64(values[KEY_PID_NS], 0, UINT32_MAX, &pid_ns);
	*out = (struct daemonfile){.pid = (pid_t)pid,
				   .worker = (pid_t)worker,
				   .uid = (uid_t)uid,
				   .pid_ns = (ino_t)pid_ns};
	snprintf(out->mountpoint, sizeof(out->mountpoint), "%s", path);
	return 0;
}

int daemonfile_read(const char *root, struct daemonfile *out)
{
	char path[PATH_MAX + sizeof("/" LAYOUT_DAEMON)];
	char text[TEXT_MAX];
	JSON_DOCUMENT(document);
	ssize_t len;
	int error;

	snprintf(path, sizeof(path), "%s/%s", root, LAYOUT_DAEMON);
	len = smallfile_read(AT_FDCWD, path, text, sizeof(text));
	if (len < 0)
		return (int)len;
	error = json_parse(text, (size_t)len, &document);
	return error ? error : parse(&document, out);
}

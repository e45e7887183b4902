/*
 * Reads the few keys of ROOT/daemon that lokt goes by. The daemon writes the file when it
 * starts and removes it when it ends; after a crash it is out of date.
 */
#include "daemonfile.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "host/smallfile.h"
#include "lokt/layout.h"

#define TEXT_MAX (PATH_MAX + 4096)

static bool read_number(const cJSON *document, const char *key, double max, double *out)
{
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(document, key);

	if (!cJSON_IsNumber(number) || !(number->valuedouble >= 0 && number->valuedouble <= max))
		return false;
	*out = number->valuedouble;
	return true;
}

static int parse(const cJSON *document, struct daemonfile *out)
{
	const cJSON *path = cJSON_GetObjectItemCaseSensitive(document, "mountpoint");
	double pid;
	double uid;
	double worker = 0;
	double pid_ns = 0;

	if (!read_number(document, "pid", INT32_MAX, &pid) ||
	    !read_number(document, "uid", UINT32_MAX, &uid) || !cJSON_IsString(path) ||
	    path->valuestring[0] != '/' || strlen(path->valuestring) >= sizeof(out->mountpoint))
		return -EINVAL;
	out->pid = (pid_t)pid;
	out->uid = (uid_t)uid;
	read_number(document, "worker", INT32_MAX, &worker);
	out->worker = (pid_t)worker;
	read_number(document, "pid_ns", UINT32_MAX, &pid_ns);
	out->pid_ns = (ino_t)pid_ns;
	snprintf(out->mountpoint, sizeof(out->mountpoint), "%s", path->valuestring);
	return 0;
}

int daemonfile_read(const char *root, struct daemonfile *out)
{
	char path[PATH_MAX + sizeof("/" LAYOUT_DAEMON)];
	char text[TEXT_MAX];
	cJSON *document;
	ssize_t len;
	int error;

	snprintf(path, sizeof(path), "%s/%s", root, LAYOUT_DAEMON);
	len = smallfile_read(AT_FDCWD, path, text, sizeof(text));
	if (len < 0)
		return (int)len;
	document = cJSON_ParseWithLength(text, (size_t)len);
	error = parse(document, out);
	cJSON_Delete(document);
	return error;
}

/*
 * Streams /proc/PID/environ through a buffer of one entry's size. Entries that are longer
 * are cut, which is harmless: they are either not ours or refused.
 */
#include "host/callenv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "host/smallfile.h"
#include "lokt/text.h"

#define CHUNK_BYTES 8192
#define TOTAL_MAX ((size_t)16 << 20)

/* The longest name with its '=', a value, and one byte to tell that it is too long. */
#define ENTRY_MAX (14 + OWNER_MAX + 1)

static const char *const prefixes[CALLENV_COUNT] = {
	[CALLENV_OWNER] = "LOKT_OWNER=",
	[CALLENV_AGENT_ID] = "LOKT_AGENT_ID=",
	[CALLENV_HOST] = "LOKT_HOST=",
	[CALLENV_ACTOR] = "GRITE_ACTOR=",
};

struct scanner {
	struct callenv env;
	size_t len;
	char entry[ENTRY_MAX];
};

static int take_value(struct callenv *env, enum callenv_name name, const char *value, size_t len)
{
	if (env->is_seen[name])
		return 0;
	if (!text_is_clean(value, len, OWNER_MAX))
		return -EINVAL;
	env->is_seen[name] = true;
	memcpy(env->value[name], value, len);
	env->value[name][len] = '\0';
	return 0;
}

static int end_entry(struct scanner *scanner)
{
	size_t len = scanner->len;
	scanner->len = 0;
	for (int i = 0; i < CALLENV_COUNT; i++) {
		size_t prefix = strlen(prefixes[i]);
		if (len >= prefix && memcmp(scanner->entry, prefixes[i], prefix) == 0)
			return take_value(&scanner->env, (enum callenv_name)i,
					  scanner->entry + prefix, len - prefix);
	}
	return 0;
}

static void add_bytes(struct scanner *scanner, const char *bytes, size_t len)
{
	size_t room = ENTRY_MAX - scanner->len;
	if (len > room)
		len = room;
	memcpy(scanner->entry + scanner->len, bytes, len);
	scanner->len += len;
}

static int scan(struct scanner *scanner, const char *bytes, size_t len)
{
	const char *end = bytes + len;
	while (bytes < end) {
		const char *nul = memchr(bytes, '\0', (size_t)(end - bytes));
		const char *stop = nul ? nul : end;
		add_bytes(scanner, bytes, (size_t)(stop - bytes));
		if (!nul)
			break;
		int error = end_entry(scanner);
		if (error < 0)
			return error;
		bytes = nul + 1;
	}
	return 0;
}

static int scan_file(struct scanner *scanner, int fd)
{
	char chunk[CHUNK_BYTES];
	for (size_t total = 0;;) {
		ssize_t len = read(fd, chunk, sizeof(chunk));
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		if (len == 0)
			return end_entry(scanner);
		total += (size_t)len;
		if (total > TOTAL_MAX)
			return -EINVAL;
		int error = scan(scanner, chunk, (size_t)len);
		if (error < 0)
			return error;
	}
}

static bool is_unreadable(int error)
{
	return error == -EACCES || error == -EPERM || error == -EIO;
}

static int read_environ(int dir_fd, struct scanner *scanner)
{
	SCOPED_FD fd = openat(dir_fd, "environ", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : scan_file(scanner, fd);
}

int callenv_read(int dir_fd, struct callenv *out)
{
	struct scanner scanner = {0};
	int error = read_environ(dir_fd, &scanner);
	if (is_unreadable(error))
		scanner.env = (struct callenv){0};
	else if (error < 0)
		return error;
	*out = scanner.env;
	return 0;
}

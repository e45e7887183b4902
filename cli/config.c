/*
 * Checks -o options against the table of known ones and keeps them in ROOT/config: written
 * beside, synced and renamed, under the ROOT directory's lock.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/plainfile.h"
#include "host/smallfile.h"
#include "lokt/duration.h"
#include "lokt/layout.h"
#include "lokt/shared_option.h"
#include "lokt/text.h"

#define CONFIG_MAX 16384
#define TEMPORARY_NAME LAYOUT_CONFIG ".new"

/* One option of a list, not NUL-terminated. */
struct word {
	const char *text;
	size_t len;
	size_t key_len;
};

static const char *value_of(const struct word *word, size_t *len)
{
	if (word->key_len == word->len)
		return NULL;
	*len = word->len - word->key_len - 1;
	return word->text + word->key_len + 1;
}

static bool is_flag(const char *value, size_t len)
{
	(void)len;
	return value == NULL;
}

static bool is_duration(const char *value, size_t len)
{
	int64_t ms;

	return value && duration_parse(value, len, &ms) == 0;
}

/* 1 to 100000000 */
static bool is_count(const char *value, size_t len)
{
	if (!value || len == 0 || len > 9 || value[0] == '0' || strspn(value, "0123456789") < len)
		return false;
	return len < 9 || strncmp(value, "100000000", 9) == 0;
}

static bool is_durability(const char *value, size_t len)
{
	return value && ((len == 2 && memcmp(value, "os", len) == 0) ||
			 (len == 4 && memcmp(value, "full", len) == 0));
}

static bool is_remote(const char *value, size_t len)
{
	return value && remote_name_is_valid(value, len);
}

static bool is_shared_mode(const char *value, size_t len)
{
	enum shared_mode mode;

	return value && shared_mode_parse(value, len, &mode);
}

static bool is_interval(const char *value, size_t len)
{
	int64_t ms;

	return value && shared_span_parse(SPAN_INTERVAL, value, len, &ms);
}

static bool is_skew(const char *value, size_t len)
{
	int64_t ms;

	return value && shared_span_parse(SPAN_SKEW, value, len, &ms);
}

static bool is_strict_wait(const char *value, size_t len)
{
	int64_t ms;

	return value && shared_span_parse(SPAN_STRICT_WAIT, value, len, &ms);
}

static const struct {
	const char *key;
	bool (*is_valid)(const char *value, size_t len);
	const char *form;
} known[] = {
	{"ttl", is_duration, "ttl=DURATION"},
	{"max_leases", is_count, "max_leases=N, 1 to 100000000"},
	{"durability", is_durability, "durability=full or durability=os"},
	{"allow_other", is_flag, "allow_other"},
	{"remote", is_remote, "remote=NAME, a git remote's"},
	{"shared", is_shared_mode, "shared=off, shared=async or shared=strict"},
	{"interval", is_interval, "interval=DURATION, 1s to 24h"},
	{"skew", is_skew, "skew=DURATION, 0 to 1h"},
	{"strict_wait", is_strict_wait, "strict_wait=DURATION, 100ms to 60s"},
};

/* The next option of a list whose separators are given; false at the end. */
static bool next_word(const char **list, const char *separators, struct word *out)
{
	const char *equals;

	*list += strspn(*list, separators);
	out->text = *list;
	out->len = strcspn(*list, separators);
	equals = memchr(out->text, '=', out->len);
	out->key_len = equals ? (size_t)(equals - out->text) : out->len;
	*list += out->len;
	return out->len > 0;
}

static bool word_check(const struct word *word, char *why, size_t cap)
{
	size_t len = 0;
	const char *value = value_of(word, &len);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].key) != word->key_len ||
		    memcmp(known[i].key, word->text, word->key_len) != 0)
			continue;
		if (known[i].is_valid(value, len))
			return true;
		snprintf(why, cap, "-o %.*s: should be %s", (int)word->len, word->text,
			 known[i].form);
		return false;
	}
	snprintf(why, cap, "unknown option \"-o %.*s\"", (int)word->key_len, word->text);
	return false;
}

bool config_check(const char *options, char *why, size_t cap)
{
	struct word word;

	if (strlen(options) > OPTION_TEXT_MAX) {
		snprintf(why, cap, "-o: too long");
		return false;
	}
	if (strpbrk(options, " \t\n")) {
		snprintf(why, cap, "-o: white space in \"%.100s\"", options);
		return false;
	}
	while (next_word(&options, ",", &word)) {
		if (!word_check(&word, why, cap))
			return false;
	}
	return true;
}

static bool has_key(const char *list, const char *separators, const struct word *wanted)
{
	struct word word;

	while (next_word(&list, separators, &word)) {
		if (word.key_len == wanted->key_len &&
		    memcmp(word.text, wanted->text, word.key_len) == 0)
			return true;
	}
	return false;
}

/* Every line of old whose key is not given anew, then the new ones, the last of a key. */
static void merge(const char *old, const char *options, struct text *out)
{
	struct word word;

	while (next_word(&old, "\n", &word)) {
		if (has_key(options, ",", &word))
			continue;
		text_add(out, word.text, word.len);
		text_puts(out, "\n");
	}
	while (next_word(&options, ",", &word)) {
		if (has_key(options, ",", &word))
			continue;
		text_add(out, word.text, word.len);
		text_puts(out, "\n");
	}
}

static int write_file(int dir_fd, const struct text *content)
{
	SCOPED_FD fd = plainfile_make(dir_fd, TEMPORARY_NAME, O_WRONLY, 0644);
	size_t done = 0;

	if (fd < 0)
		return fd;
	while (done < content->len) {
		ssize_t put = write(fd, content->data + done, content->len - done);

		if (put < 0)
			return -errno;
		done += (size_t)put;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static int replace_file(int dir_fd, const struct text *content)
{
	int error = write_file(dir_fd, content);

	if (!error && renameat(dir_fd, TEMPORARY_NAME, dir_fd, LAYOUT_CONFIG) < 0)
		error = -errno;
	if (error)
		unlinkat(dir_fd, TEMPORARY_NAME, 0);
	else if (fsync(dir_fd) < 0)
		error = -errno;
	return error;
}

static int make_directories(const char *path)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(part, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

int config_merge(const char *root, const char *options, bool *is_changed)
{
	char old[CONFIG_MAX] = "";
	struct text merged = {0};
	SCOPED_FD dir_fd = -1;
	ssize_t len;
	int error = make_directories(root);

	if (error)
		return error;
	dir_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0 || flock(dir_fd, LOCK_EX) < 0)
		return -errno;
	len = smallfile_read(dir_fd, LAYOUT_CONFIG, old, sizeof(old));
	if (len < 0 && len != -ENOENT)
		return (int)len;
	if (len == (ssize_t)sizeof(old) - 1)
		return -EFBIG;
	merge(len < 0 ? "" : old, options, &merged);
	*is_changed = !merged.failed && strcmp(merged.data ? merged.data : "", old) != 0;
	if (merged.failed)
		error = -ENOMEM;
	else if (*is_changed)
		error = replace_file(dir_fd, &merged);
	text_release(&merged);
	return error;
}

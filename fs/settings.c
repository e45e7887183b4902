/* See settings.h. A new option is one row and one function. */
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/plainfile.h"
#include "lokt/duration.h"
#include "lokt/layout.h"

#define CONFIG_MAX 65536
#define LEASES_DEFAULT 1000000
#define LEASES_MOST 100000000
#define TTL_DEFAULT_MS (5 * 60 * MS_PER_SEC)

static bool set_ttl(struct settings *settings, const char *value)
{
	return duration_parse(value, strlen(value), &settings->ttl_ms) == 0;
}

static bool set_max_leases(struct settings *settings, const char *value)
{
	char *end;
	errno = 0;
	unsigned long number = strtoul(value, &end, 10);
	if (errno || *end || value[0] < '1' || value[0] > '9' || number > LEASES_MOST)
		return false;
	settings->max_leases = number;
	return true;
}

static bool set_durability(struct settings *settings, const char *value)
{
	settings->is_durable = strcmp(value, "full") == 0;
	return settings->is_durable || strcmp(value, "os") == 0;
}

static bool set_cache(struct settings *settings, const char *value)
{
	settings->is_cached = strcmp(value, "on") == 0;
	return settings->is_cached || strcmp(value, "off") == 0;
}

static bool set_remote(struct settings *settings, const char *value)
{
	if (!remote_name_is_valid(value, strlen(value)))
		return false;
	strcpy(settings->remote, value);
	return true;
}

static bool set_shared(struct settings *settings, const char *value)
{
	return shared_mode_parse(value, strlen(value), &settings->shared);
}

static bool set_interval(struct settings *settings, const char *value)
{
	return shared_span_parse(SPAN_INTERVAL, value, strlen(value), &settings->interval_ms);
}

static bool set_skew(struct settings *settings, const char *value)
{
	return shared_span_parse(SPAN_SKEW, value, strlen(value), &settings->skew_ms);
}

static bool set_strict_wait(struct settings *settings, const char *value)
{
	return shared_span_parse(SPAN_STRICT_WAIT, value, strlen(value), &settings->strict_wait_ms);
}

static bool set_allow_other(struct settings *settings, const char *value)
{
	(void)value;
	settings->allow_other = true;
	return true;
}

bool settings_set_root(struct settings *settings, const char *value)
{
	if (!*value || strlen(value) >= sizeof(settings->root))
		return false;
	strcpy(settings->root, value);
	return true;
}

static const struct option_row {
	const char *name;
	bool has_value;
	bool may_be_kept; /* in ROOT/config */
	bool (*set)(struct settings *settings, const char *value);
	const char *form;
} option_rows[] = {
	{"ttl", true, true, set_ttl, "ttl=DURATION, such as ttl=5m"},
	{"max_leases", true, true, set_max_leases, "max_leases=N, 1 to 100000000"},
	{"durability", true, true, set_durability, "durability=full or durability=os"},
	{"cache", true, true, set_cache, "cache=on or cache=off"},
	{"allow_other", false, true, set_allow_other, "allow_other"},
	{"remote", true, true, set_remote, "remote=NAME, a git remote's"},
	{"shared", true, true, set_shared, "shared=off, shared=async or shared=strict"},
	{"interval", true, true, set_interval, "interval=DURATION, 1s to 24h"},
	{"skew", true, true, set_skew, "skew=DURATION, 0 to 1h"},
	{"strict_wait", true, true, set_strict_wait, "strict_wait=DURATION, 100ms to 60s"},
	{"root", true, false, settings_set_root, "root=DIRECTORY"},
};

#define ROWS (sizeof(option_rows) / sizeof(option_rows[0]))

void settings_init(struct settings *settings)
{
	*settings = (struct settings){.ttl_ms = TTL_DEFAULT_MS,
				      .max_leases = LEASES_DEFAULT,
				      .is_durable = true,
				      .is_cached = true,
				      .interval_ms = shared_span_default(SPAN_INTERVAL),
				      .skew_ms = shared_span_default(SPAN_SKEW),
				      .strict_wait_ms = shared_span_default(SPAN_STRICT_WAIT)};
}

/* The later of two counts, so that one value an option is enough. */
static void note_words(struct settings *settings, const struct option_row *row, const char *value)
{
	char words[SETTINGS_WORDS_MAX] = "";
	size_t len = 0;
	char *rest = settings->words;
	char *word;
	size_t name_len = strlen(row->name);
	while ((word = strsep(&rest, ",")) && *word)
		if (strncmp(word, row->name, name_len) != 0 || !strchr("=", word[name_len]))
			len += (size_t)snprintf(words + len, sizeof(words) - len, "%s,", word);
	if (row->may_be_kept)
		snprintf(words + len, sizeof(words) - len, "%s%s%s,", row->name, value ? "=" : "",
			 value ? value : "");
	memcpy(settings->words, words, sizeof(words));
}

static int parse_one(struct settings *settings, char *option, bool is_config,
		     char why[SETTINGS_ERROR_MAX])
{
	char *value = strchr(option, '=');
	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < ROWS; i++) {
		const struct option_row *row = &option_rows[i];
		if (strcmp(row->name, option) != 0 || (is_config && !row->may_be_kept))
			continue;
		if (is_config && settings->given & 1U << i)
			return 0;
		if (!is_config)
			settings->given |= 1U << i;
		if (row->has_value == (value != NULL) && row->set(settings, value ? value : "")) {
			note_words(settings, row, value);
			return 0;
		}
		snprintf(why, SETTINGS_ERROR_MAX, "option \"%.60s\" is not of the form %s", option,
			 row->form);
		return -EINVAL;
	}
	snprintf(why, SETTINGS_ERROR_MAX, "unknown option \"%.60s\"", option);
	return -EINVAL;
}

int settings_parse(struct settings *settings, const char *text, bool is_config,
		   char why[SETTINGS_ERROR_MAX])
{
	char *copy = strdup(text);
	char *rest = copy;
	char *option;
	int error = copy ? 0 : -ENOMEM;
	if (error)
		snprintf(why, SETTINGS_ERROR_MAX, "out of memory");
	while (!error && (option = strsep(&rest, ",")))
		if (*option)
			error = parse_one(settings, option, is_config, why);
	free(copy);
	return error;
}

static char *trim(char *line)
{
	line += strspn(line, " \t");
	size_t len = strlen(line);
	while (len && strchr(" \t\r", line[len - 1]))
		line[--len] = '\0';
	return line;
}

static int parse_config(struct settings *settings, char *text, char why[SETTINGS_ERROR_MAX])
{
	char *line;
	for (unsigned number = 1; (line = strsep(&text, "\n")); number++) {
		char reason[SETTINGS_ERROR_MAX];
		line = trim(line);
		if (!*line || *line == '#')
			continue;
		if (parse_one(settings, line, true, reason) == 0)
			continue;
		snprintf(why, SETTINGS_ERROR_MAX, "%s line %u: %.400s", LAYOUT_CONFIG, number,
			 reason);
		return -EINVAL;
	}
	return 0;
}

int settings_read_config(struct settings *settings, int root_fd, char why[SETTINGS_ERROR_MAX])
{
	int fd = plainfile_open(root_fd, LAYOUT_CONFIG, O_RDONLY, 0);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0) {
		snprintf(why, SETTINGS_ERROR_MAX, "%s: %s", LAYOUT_CONFIG, plainfile_why(fd));
		return -EINVAL;
	}
	char *text = malloc(CONFIG_MAX + 1);
	ssize_t len = text ? read(fd, text, CONFIG_MAX + 1) : -1;
	int error = text ? -errno : -ENOMEM;
	close(fd);
	if (len >= 0 && len <= CONFIG_MAX && !memchr(text, '\0', (size_t)len)) {
		text[len] = '\0';
		error = parse_config(settings, text, why);
	} else if (len >= 0) {
		snprintf(why, SETTINGS_ERROR_MAX, "%s is no text file of at most %d bytes",
			 LAYOUT_CONFIG, CONFIG_MAX);
		error = -EINVAL;
	}
	free(text);
	return error;
}

/*
 * The daemon's log lines: bounded, one write each, so that lines of several processes do
 * not mix, and without control characters, so that they may be shown on a terminal.
 */
#include "host/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"

#define LINE_MAX_BYTES 2048

static const char *const level_words[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

static enum log_level log_threshold = LOG_LEVEL_INFO;
static int log_fd = STDERR_FILENO;

void log_set_level(enum log_level level)
{
	log_threshold = level;
}

void log_set_fd(int fd)
{
	log_fd = fd;
}

static void replace_controls(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
	}
}

/* What snprintf says it would have written, as what it has written. */
static size_t written(int wanted, size_t cap)
{
	if (wanted < 0)
		return 0;
	return (size_t)wanted < cap ? (size_t)wanted : cap - 1;
}

static size_t format_line(char line[LINE_MAX_BYTES], enum log_level level, const char *format,
			  va_list args)
{
	char at[RFC3339_TEXT_MAX];
	rfc3339_format(clock_now().wall_ns, 0, at);
	/* One byte less than there is: the newline always fits. */
	size_t cap = LINE_MAX_BYTES - 1;
	size_t len = written(snprintf(line, cap, "%s %s: ", at, level_words[level]), cap);
	len += written(vsnprintf(line + len, cap - len, format, args), cap - len);
	line[len] = '\0';
	replace_controls(line);
	line[len++] = '\n';
	return len;
}

void log_line(enum log_level level, const char *format, ...)
{
	if (level > log_threshold)
		return;
	int saved = errno;
	char line[LINE_MAX_BYTES];
	va_list args;
	va_start(args, format);
	size_t len = format_line(line, level, format, args);
	va_end(args);
	ssize_t done;
	do {
		done = write(log_fd, line, len);
	} while (done < 0 && errno == EINTR);
	/* A log that cannot be written has nobody to tell. */
	errno = saved;
}

/*
 * stdout and stderr, and what may appear there. What comes from outside (names, owners,
 * paths, a daemon's message) passes output_add_clean() on its way.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static struct {
	bool is_json;
	const struct output_dialect *dialect; /* or NULL: the lokt family's */
	int error;			      /* the first failure of stdout, a negative errno */
} output;

static const char *const colour_codes[] = {
	[COLOUR_NONE] = "\033[0m",
	[COLOUR_RED] = "\033[1;31m",
	[COLOUR_YELLOW] = "\033[33m",
	[COLOUR_CYAN] = "\033[36m",
};

/*
 * A descriptor that was closed would be given to the next file opened, and a message written
 * into a lock. stdout gets one that cannot be written, so that a result fails.
 */
void output_init(void)
{
	static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};

	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", modes[fd]) != fd)
			_exit(1);
	}
}

void output_set_json(void)
{
	output.is_json = true;
}

bool output_is_json(void)
{
	return output.is_json;
}

static size_t sequence_length(unsigned char lead)
{
	if (lead < 0xc0)
		return 1;
	return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* Newlines are the caller's own: what comes from outside never has one that was let in. */
void output_add_clean(struct text *out, const char *bytes, size_t len)
{
	size_t step;

	for (size_t i = 0; i < len; i += step) {
		step = sequence_length((unsigned char)bytes[i]);
		if (bytes[i] == '\n') {
			text_puts(out, "\n");
		} else if (step <= len - i && text_is_clean(bytes + i, step, step)) {
			text_add(out, bytes + i, step);
		} else {
			text_puts(out, "?");
			step = 1;
		}
	}
}

static void add_formatted(struct text *out, const char *format, va_list list)
{
	char *line = NULL;
	int len = vasprintf(&line, format, list);

	if (len < 0) {
		out->failed = true;
		return;
	}
	output_add_clean(out, line, (size_t)len);
	free(line);
}

static void put(const char *bytes, size_t len)
{
	errno = 0;
	if (fwrite(bytes, 1, len, stdout) != len && !output.error)
		output.error = errno ? -errno : -EIO;
}

static void put_text(struct text *text)
{
	if (text->failed && !output.error)
		output.error = -ENOMEM;
	if (text->len)
		put(text->data, text->len);
	text_release(text);
}

void output_print(const char *format, ...)
{
	struct text text = {0};
	va_list list;

	if (output.is_json)
		return;
	va_start(list, format);
	add_formatted(&text, format, list);
	va_end(list);
	put_text(&text);
}

void output_exact(const char *bytes, size_t len)
{
	struct text text = {0};

	if (!isatty(STDOUT_FILENO)) {
		put(bytes, len);
		return;
	}
	output_add_clean(&text, bytes, len);
	put_text(&text);
}

void output_document(struct text *json)
{
	text_puts(json, "\n");
	if (json->failed) {
		output.error = -ENOMEM;
		text_release(json);
		return;
	}
	output_exact(json->data, json->len);
	text_release(json);
}

static bool has_colour(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color && no_color[0])
		return false;
	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

const char *output_colour_code(enum colour colour)
{
	return !output.is_json && has_colour(STDOUT_FILENO) ? colour_codes[colour] : "";
}

void output_lines(struct text *lines)
{
	if (output.is_json)
		text_release(lines);
	else
		put_text(lines);
}

size_t output_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

/* One write a line, so that lines of many processes do not mix. */
static void say(const char *prefix, enum colour colour, const char *format, va_list list)
{
	struct text line = {0};
	bool is_coloured = colour != COLOUR_NONE && has_colour(STDERR_FILENO);

	if (is_coloured)
		text_puts(&line, colour_codes[colour]);
	text_puts(&line, prefix);
	if (is_coloured)
		text_puts(&line, colour_codes[COLOUR_NONE]);
	add_formatted(&line, format, list);
	text_puts(&line, "\n");
	if (!line.failed && write(STDERR_FILENO, line.data, line.len) < 0) {
		/* there is nowhere left to say it */
	}
	text_release(&line);
}

void output_error(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say("error: ", COLOUR_RED, format, list);
	va_end(list);
}

void output_warning(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say("warning: ", COLOUR_YELLOW, format, list);
	va_end(list);
}

void output_hint(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say("hint: ", COLOUR_CYAN, format, list);
	va_end(list);
}

void output_aside(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say("", COLOUR_NONE, format, list);
	va_end(list);
}

void output_set_dialect(const struct output_dialect *dialect)
{
	output.dialect = dialect;
}

static void write_failure(struct text *json, const char *code, const char *message)
{
	text_puts(json, "{");
	text_key_string(json, "status", "error");
	text_key_string(json, "code", code);
	text_key_string(json, "message", message);
	text_puts(json, "}");
}

int output_fail(int status, const char *code, const char *format, ...)
{
	struct text json = {0};
	char *message = NULL;
	va_list list;

	va_start(list, format);
	if (vasprintf(&message, format, list) < 0)
		message = NULL;
	va_end(list);
	output_error("%s", message ? message : "out of memory");
	if (output.is_json) {
		(output.dialect ? output.dialect->write
				: write_failure)(&json, code, message ? message : "out of memory");
		output_document(&json);
	}
	free(message);
	return output.dialect ? output.dialect->status(code) : status;
}

int output_flush(void)
{
	errno = 0;
	if (fflush(stdout) != 0 && !output.error)
		output.error = errno ? -errno : -EIO;
	return output.error;
}

int output_finish(int status)
{
	if (output_flush() < 0) {
		output_error("cannot write the result: %s", strerror(-output.error));
		return status ? status : 1;
	}
	/* some file systems report a full disk only here */
	if (close(STDOUT_FILENO) < 0 && errno != EBADF) {
		output_error("cannot write the result: %s", strerror(errno));
		return status ? status : 1;
	}
	return status;
}

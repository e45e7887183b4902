/*
 * A person at a terminal, for cases about job control: terminal PROGRAM WORD…, where a WORD is
 * "+TEXT" (type it), "=TEXT" (wait until the terminal shows it, after what was last waited for)
 * or "^X" (press that key). The screen goes to stdout; status 1 when something never showed.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 10000
#define SCREEN_MAX (1 << 20)

static int terminal_fd;
static char screen[SCREEN_MAX];
static size_t screen_len;
static size_t seen; /* what was waited for stood before this */

/* One more piece of output; false when there is none for too long, or never again. */
static bool read_more(void)
{
	struct pollfd watched = {.fd = terminal_fd, .events = POLLIN};
	ssize_t got;

	if (poll(&watched, 1, LIMIT_MS) <= 0)
		return false;
	got = read(terminal_fd, screen + screen_len, SCREEN_MAX - 1 - screen_len);
	if (got <= 0)
		return false;
	fwrite(screen + screen_len, 1, (size_t)got, stdout);
	screen_len += (size_t)got;
	screen[screen_len] = '\0';
	return true;
}

static bool await(const char *text)
{
	const char *at;

	while (!(at = strstr(screen + seen, text))) {
		if (!read_more())
			return false;
	}
	seen = (size_t)(at - screen) + strlen(text);
	return true;
}

static bool type(const char *text, size_t len)
{
	return write(terminal_fd, text, len) == (ssize_t)len;
}

static bool act(const char *word)
{
	char key = (char)(word[1] & 0x1f);

	switch (word[0]) {
	case '+':
		return type(word + 1, strlen(word + 1)) && type("\n", 1);
	case '=':
		return await(word + 1);
	case '^':
		return type(&key, 1);
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	struct winsize size = {.ws_row = 24, .ws_col = 200};
	pid_t pid;

	if (argc < 2)
		return 64;
	pid = forkpty(&terminal_fd, NULL, NULL, &size);
	if (pid < 0)
		return 1;
	if (pid == 0) {
		execlp(argv[1], argv[1], "--norc", "--noediting", "-i", (char *)NULL);
		_exit(127);
	}
	for (int i = 2; i < argc; i++) {
		if (act(argv[i]))
			continue;
		printf("\nnever: %s\n", argv[i]);
		kill(-pid, SIGHUP);
		kill(pid, SIGKILL);
		return 1;
	}
	close(terminal_fd);
	waitpid(pid, NULL, 0);
	return 0;
}

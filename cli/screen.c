/*
 * Signals are blocked and read from a descriptor, so that none can come between taking the
 * terminal and giving it back. A frame is one write, without erasing first: nothing flickers.
 */
#include "screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l\033[2J"
#define LEAVE "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define LINE_END "\033[K\r\n"
#define REST_OFF "\033[J"

/* A terminal that was stopped with ^S must not keep us from ending. */
#define LEAVE_PATIENCE_MS 200

/* Whatever would end or stop the program with the terminal taken. */
static const int watched[] = {SIGHUP,  SIGINT,	SIGQUIT,   SIGTERM, SIGUSR1, SIGUSR2, SIGALRM,
			      SIGPROF, SIGXCPU, SIGVTALRM, SIGPWR,  SIGTSTP, SIGWINCH};

bool screen_is_possible(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && term[0] && strcmp(term, "dumb") != 0;
}

/* What cannot be put out now is put out when there is room, unless a signal wants us to end. */
static void put(const struct screen *screen, const char *bytes, size_t len, int patience_ms)
{
	struct pollfd ready[] = {{.fd = screen->fd, .events = POLLOUT},
				 {.fd = screen->signal_fd, .events = POLLIN}};

	while (len > 0) {
		ssize_t done = write(screen->fd, bytes, len);

		if (done > 0) {
			bytes += done;
			len -= (size_t)done;
			continue;
		}
		if (done < 0 && errno != EAGAIN && errno != EINTR)
			return;
		if (poll(ready, patience_ms < 0 ? 2 : 1, patience_ms) <= 0 || !ready[0].revents)
			return;
	}
}

static void enter(struct screen *screen)
{
	struct termios raw = screen->before;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (screen->key_fd >= 0)
		tcsetattr(screen->key_fd, TCSANOW, &raw);
	put(screen, ENTER, strlen(ENTER), -1);
}

static void leave(struct screen *screen)
{
	put(screen, LEAVE, strlen(LEAVE), LEAVE_PATIENCE_MS);
	if (screen->key_fd >= 0)
		tcsetattr(screen->key_fd, TCSANOW, &screen->before);
}

static int take_signals(struct screen *screen)
{
	sigset_t mask;
	int error;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		sigaddset(&mask, watched[i]);
	if (sigprocmask(SIG_BLOCK, &mask, &screen->mask_before) < 0)
		return -errno;
	screen->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (screen->signal_fd >= 0)
		return 0;
	error = -errno;
	sigprocmask(SIG_SETMASK, &screen->mask_before, NULL);
	return error;
}

int screen_open(struct screen *screen)
{
	int error;

	*screen = (struct screen){.key_fd = -1, .signal_fd = -1};
	screen->fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (screen->fd < 0)
		return -errno;
	error = take_signals(screen);
	if (error) {
		close(screen->fd);
		return error;
	}
	if (isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &screen->before) == 0)
		screen->key_fd = STDIN_FILENO;
	enter(screen);
	return 0;
}

void screen_close(struct screen *screen)
{
	leave(screen);
	close(screen->fd);
	close(screen->signal_fd);
	if (screen->signal)
		kill(getpid(), screen->signal);
	sigprocmask(SIG_SETMASK, &screen->mask_before, NULL);
}

void screen_size(const struct screen *screen, size_t *columns, size_t *rows)
{
	struct winsize size = {0};
	bool is_known = ioctl(screen->fd, TIOCGWINSZ, &size) == 0;

	*columns = is_known && size.ws_col ? size.ws_col : 80;
	*rows = is_known && size.ws_row ? size.ws_row : 24;
}

void screen_show(struct screen *screen, const struct text *lines)
{
	struct text frame = {0};
	const char *at = lines->data ? lines->data : "";

	text_puts(&frame, HOME);
	while (*at) {
		size_t len = strcspn(at, "\n");
		bool is_last = !at[len] || !at[len + 1];

		text_add(&frame, at, len);
		/* a line feed in the last row would scroll */
		text_puts(&frame, is_last ? "\033[K" : LINE_END);
		at += len + (at[len] == '\n');
	}
	text_puts(&frame, REST_OFF);
	if (!frame.failed)
		put(screen, frame.data, frame.len, -1);
	text_release(&frame);
}

/* ^Z: the shell gets its terminal while we are stopped. */
static void stop(struct screen *screen)
{
	leave(screen);
	kill(getpid(), SIGSTOP);
	enter(screen);
}

static enum wake take_signal(struct screen *screen)
{
	struct signalfd_siginfo info;

	if (read(screen->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return WAKE_TIME;
	if (info.ssi_signo == SIGTSTP) {
		stop(screen);
		return WAKE_RESIZED;
	}
	if (info.ssi_signo == SIGWINCH)
		return WAKE_RESIZED;
	screen->signal = (int)info.ssi_signo;
	return WAKE_END;
}

static enum wake take_key(struct screen *screen, char *key)
{
	ssize_t got = read(screen->key_fd, key, 1);

	if (got == 1)
		return WAKE_KEY;
	return got < 0 && (errno == EINTR || errno == EAGAIN) ? WAKE_TIME : WAKE_END;
}

enum wake screen_wait(struct screen *screen, int timeout_ms, char *key)
{
	struct pollfd ready[] = {{.fd = screen->signal_fd, .events = POLLIN},
				 {.fd = screen->key_fd, .events = POLLIN},
				 {.fd = screen->fd}};

	if (poll(ready, 3, timeout_ms) <= 0)
		return WAKE_TIME;
	if (ready[0].revents)
		return take_signal(screen);
	if (ready[2].revents)
		return WAKE_END;
	return ready[1].revents ? take_key(screen, key) : WAKE_TIME;
}

/*
 * A terminal taken over for a live table: alternate screen, keys without echo, and given back
 * as it was however the program ends. What is shown is the caller's.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

#include "lokt/text.h"

struct screen {
	int fd;	       /* an open file of its own, so that its flags are nobody else's */
	int key_fd;    /* stdin if it is a terminal, else -1 */
	int signal_fd; /* signals come through here, in order with the keys */
	struct termios before;
	sigset_t mask_before;
	int signal; /* what ended it; 0 none */
};

enum wake { WAKE_TIME, WAKE_KEY, WAKE_RESIZED, WAKE_END };

/* stdout is a terminal that can be drawn on. */
bool screen_is_possible(void);

/* 0 or a negative errno. */
int screen_open(struct screen *screen);

/* Gives the terminal back; then, if a signal ended it, lets that signal do its work. */
void screen_close(struct screen *screen);

void screen_size(const struct screen *screen, size_t *columns, size_t *rows);

/* Draws a frame of whole lines with one write, over the one before. */
void screen_show(struct screen *screen, const struct text *lines);

/* Waits for a key, a resize, the end, or timeout_ms. */
enum wake screen_wait(struct screen *screen, int timeout_ms, char *key);

#endif

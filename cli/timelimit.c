/* See timelimit.h. A repeating ITIMER_REAL, with a handler that does nothing. */
#include "timelimit.h"

#include <stddef.h>
#include <sys/time.h>

#include "host/clock.h"

#define REPEAT_MS 20

static void on_alarm(int signal)
{
	(void)signal;
}

int64_t timelimit_now_ms(void)
{
	return clock_now().mono_ns / NS_PER_MS;
}

static struct timeval timeval_of(int64_t ms)
{
	return (struct timeval){.tv_sec = ms / MS_PER_SEC, .tv_usec = ms % MS_PER_SEC * 1000};
}

void timelimit_begin(struct timelimit *limit, int64_t ms)
{
	const struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART */
	const struct itimerval timer = {.it_value = timeval_of(ms),
					.it_interval = timeval_of(REPEAT_MS)};
	sigset_t alarm;

	limit->until_ms = timelimit_now_ms() + ms;
	sigaction(SIGALRM, &action, &limit->action);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarm, &limit->mask);
	setitimer(ITIMER_REAL, &timer, NULL);
}

int64_t timelimit_left_ms(const struct timelimit *limit)
{
	int64_t left_ms = limit->until_ms - timelimit_now_ms();

	return left_ms > 0 ? left_ms : 0;
}

void timelimit_end(const struct timelimit *limit)
{
	const struct itimerval never = {.it_value = {0}};

	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &limit->action, NULL);
	sigprocmask(SIG_SETMASK, &limit->mask, NULL);
}

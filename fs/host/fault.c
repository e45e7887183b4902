/* See fault.h. Points are counted over all threads: which one is the Nth may differ by them. */
#include "host/fault.h"

#ifdef LOKT_TEST_HOOKS
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/log.h"

#define VARIABLE "LOKTFS_TEST_FAULT"
#define SITE(site) (1u << (site))

static const struct kind {
	const char *word;
	unsigned sites;
	int effect; /* 0: the process's end */
} kinds[] = {
	{"kill", ~0u & ~SITE(FAULT_MEMORY), 0},
	{"eio", SITE(FAULT_WRITE) | SITE(FAULT_SYNC) | SITE(FAULT_SPAWN) | SITE(FAULT_ANSWER),
	 -EIO},
	{"enospc", SITE(FAULT_WRITE), -ENOSPC},
	{"short", SITE(FAULT_WRITE), FAULT_SHORT},
	{"enomem", SITE(FAULT_MEMORY), -ENOMEM},
};

static const struct kind *kind;
static unsigned long nth; /* 0: none */
static unsigned long count;
static bool is_armed;
static const char *poison;

void fault_open(unsigned worker)
{
	const char *value = getenv(VARIABLE);
	const char *colon = value ? strchr(value, ':') : NULL;
	if (!colon)
		return;
	if (strncmp(value, "poison:", 7) == 0)
		poison = colon + 1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].word) == (size_t)(colon - value) &&
		    memcmp(kinds[i].word, value, (size_t)(colon - value)) == 0)
			kind = &kinds[i];
	const char *number = colon + 1;
	while (--worker && number) {
		number = strchr(number, ',');
		number = number ? number + 1 : NULL;
	}
	nth = kind && number ? strtoul(number, NULL, 10) : 0;
}

void fault_arm(void)
{
	is_armed = nth != 0;
}

void fault_request(const void *bytes, size_t len)
{
	if (poison && memmem(bytes, len, poison, strlen(poison)))
		abort();
}

int fault_at(enum fault_site site)
{
	if (!is_armed || !(kind->sites & SITE(site)) ||
	    __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED) != nth)
		return 0;
	is_armed = false;
	log_info("fault: %s at point %lu, site %d", kind->word, nth, (int)site);
	if (kind->effect) {
		/* For addr2line, to see whose it was. */
		void *callers[24];
		backtrace_symbols_fd(callers, backtrace(callers, 24), STDERR_FILENO);
		return kind->effect;
	}
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}
#endif

/*
 * What the next process finds in a page if this one is killed: as it was before each single store
 * to it. The page is made read-only; each store is a fault, at which a copy is taken, and then
 * carried out alone. Elsewhere than on x86-64 no copies are taken.
 */
#ifndef FUZZ_CUTS_H
#define FUZZ_CUTS_H

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "property.h"

#define CUTS_PAGE 4096
#define CUTS_MAX 4096
#define TRAP_FLAG 0x100

static struct {
	unsigned char *page; /* NULL: not watched */
	unsigned count;
	unsigned char at[CUTS_MAX][CUTS_PAGE];
} cuts;

static inline void cuts_allow(int protection)
{
	if (mprotect(cuts.page, CUTS_PAGE, protection) < 0)
		abort();
}

#ifdef __x86_64__
static inline void cuts_step(void *context, bool is_single)
{
	greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];
	*flags = is_single ? *flags | TRAP_FLAG : *flags & ~TRAP_FLAG;
}

static inline void cuts_on_store(int number, siginfo_t *info, void *context)
{
	unsigned char *address = info->si_addr;
	if (!cuts.page || address < cuts.page || address >= cuts.page + CUTS_PAGE) {
		signal(number, SIG_DFL); /* no store of ours: it happens again, and is the end */
		return;
	}
	if (cuts.count < CUTS_MAX)
		memcpy(cuts.at[cuts.count++], cuts.page, CUTS_PAGE);
	cuts_allow(PROT_READ | PROT_WRITE);
	cuts_step(context, true);
}

static inline void cuts_on_step(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info;
	cuts_step(context, false);
	if (cuts.page)
		cuts_allow(PROT_READ);
}

static inline void cuts_prepare(void)
{
	static bool is_prepared;
	struct sigaction store = {.sa_sigaction = cuts_on_store, .sa_flags = SA_SIGINFO};
	struct sigaction step = {.sa_sigaction = cuts_on_step, .sa_flags = SA_SIGINFO};
	if (is_prepared)
		return;
	is_prepared = true;
	PROPERTY(sigaction(SIGSEGV, &store, NULL) == 0 && sigaction(SIGTRAP, &step, NULL) == 0);
}

static inline void cuts_begin(void *page)
{
	cuts_prepare();
	cuts.count = 0;
	cuts.page = page;
	cuts_allow(PROT_READ);
}

static inline void cuts_end(void)
{
	cuts_allow(PROT_READ | PROT_WRITE);
	cuts.page = NULL;
}
#else
static inline void cuts_begin(void *page)
{
	(void)page;
}

static inline void cuts_end(void)
{
}
#endif

#endif

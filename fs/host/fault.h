/*
 * Faults on purpose, in builds with LOKT_TEST_HOOKS and nowhere else: the Nth point at which a
 * worker touches the world fails, or is its last. LOKTFS_TEST_FAULT=HOW:N[,N…] is HOW = kill, eio,
 * enospc, short or enomem; the first number is for a mount's first worker, from when it is live, the
 * second for its second one, from its very start, and so on. Workers without a number have no faults.
 * poison:TEXT: each request with that text in it is its worker's last.
 */
#ifndef HOST_FAULT_H
#define HOST_FAULT_H

#include <stddef.h>

enum fault_site {
	FAULT_RECEIVE, /* a request was read */
	FAULT_WRITE,   /* of the journal */
	FAULT_SYNC,
	FAULT_REPLY,
	FAULT_COMMIT,
	FAULT_SPAWN,   /* a child is about to be started */
	FAULT_STARTED, /* it was */
	FAULT_ANSWER,  /* its end was seen; refused: as if it had failed, whatever it has done */
	FAULT_MEMORY
};

/* What this process sees of a fault at the site: 0; a negative errno; FAULT_SHORT. */
#define FAULT_SHORT 1

#ifdef LOKT_TEST_HOOKS
/* Reads the variable for the worker of that number. Nothing happens before fault_arm(). */
void fault_open(unsigned worker);
void fault_arm(void);
int fault_at(enum fault_site site);
void fault_request(const void *bytes, size_t len);
#else
static inline void fault_open(unsigned worker)
{
	(void)worker;
}
static inline void fault_arm(void)
{
}
static inline int fault_at(enum fault_site site)
{
	(void)site;
	return 0;
}
static inline void fault_request(const void *bytes, size_t len)
{
	(void)bytes, (void)len;
}
#endif

#endif

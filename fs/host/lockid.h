/* Fresh lock ids: what tells one lease from every other, on all machines. */
#ifndef HOST_LOCKID_H
#define HOST_LOCKID_H

#include <stdbool.h>

#include "lokt/lease.h"

/* 32 hex digits from the kernel's random numbers. False when it gives none. */
bool lockid_new(char out[LOCK_ID_LEN + 1]);

#endif

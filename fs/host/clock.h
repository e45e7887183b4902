/*
 * The machine's clocks, read once a turn by the loop; and how the wall clock can be
 * moved for tests without touching the machine's.
 */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H

#include "lokt/duration.h"

struct now clock_now(void);

/*
 * Built with LOKT_TEST_HOOKS only: the file named by LOKTFS_TEST_CLOCK holds a number
 * of seconds (may be negative) that is added to the wall clock, read afresh each time.
 * Without the hook the variable means nothing.
 */
#endif

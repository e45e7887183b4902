/*
 * How long the loop looks for the next request before it sleeps. To sleep and to be woken costs
 * more than most requests do, and they come in bursts: touch(1) makes five. So for a moment the
 * next one is looked for; where that was in vain, which it is when who would ask cannot run
 * meanwhile, the loop sleeps at once the next times, twice as often each time.
 */
#ifndef LINGER_H
#define LINGER_H

#include <stdbool.h>
#include <stdint.h>

/* How long is looked, in nanoseconds. */
#define LINGER_NS INT64_C(20000)

/* So often it is slept at once, at most, before it is looked again. */
#define LINGER_SKIP_MAX 64

struct linger {
	bool has_processors; /* more than one: else nobody could ask meanwhile */
	unsigned skip;	     /* so often it is still slept at once */
	unsigned penalty;    /* so often it will be when the next look is in vain */
};

/* Reads how many processors this process may use. */
void linger_init(struct linger *linger);

/* At the end of a turn. True: look for LINGER_NS, and say what came of it; false: sleep. */
bool linger_begin(struct linger *linger);

/* was_asked: something came in time. */
void linger_end(struct linger *linger, bool was_asked);

#endif

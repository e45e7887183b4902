/*
 * Which process a caller means by a number, when it is in a pid namespace of its own, as in a
 * container: there numbers are not ours.
 */
#ifndef HOST_PIDNS_H
#define HOST_PIDNS_H

#include <sys/types.h>

/*
 * Our number of the process that has `pid` where the thread `caller` is. In a namespace of its own
 * only the caller and those above it are found (a shell's $$); 0 for every other one.
 */
pid_t pidns_meant(int proc_fd, pid_t caller, pid_t pid);

#endif

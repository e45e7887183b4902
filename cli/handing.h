/*
 * Words and descriptors for a process that was made before they were there. A message is whole or
 * not there at all, and a descriptor in it is open from the moment it is sent.
 */
#ifndef CLI_HANDING_H
#define CLI_HANDING_H

#include <stddef.h>

/* So many descriptors in a message at most. */
#define HANDING_MAX 2

/* Two ends (close on exec): 0 or a negative errno. */
int handing_open(int ends[2]);

/* 0 or a negative errno; nobody at the other end is -EPIPE and no signal. */
int handing_send(int fd, const void *words, size_t len, const int *fds, size_t fds_len);

/*
 * Waits for just so many bytes and descriptors (close on exec): 0; -EPIPE when nobody is left to
 * send them; or another negative errno.
 */
int handing_receive(int fd, void *words, size_t len, int *fds, size_t fds_len);

#endif

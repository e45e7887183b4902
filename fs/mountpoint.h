/*
 * The directory that is mounted on: is it fit, is an earlier mount of ours dead on it, and
 * how it is unmounted.
 */
#ifndef MOUNTPOINT_H
#define MOUNTPOINT_H

#define MOUNTPOINT_WHY_MAX 512

/*
 * Makes the last component of path if need be, unmounts a dead loktfs, and refuses a
 * directory that is not empty or that another daemon has. A descriptor that keeps other daemons
 * off the directory until it is closed, or a negative errno with *why.
 */
int mountpoint_prepare(const char *path, char why[MOUNTPOINT_WHY_MAX]);

/*
 * Takes the mount out of sight without waiting for files that are open; the session goes on until
 * they are closed. 0 or a negative errno. A user's fusermount3 runs on by itself, since it asks
 * the mount first: the caller must go on serving.
 */
int mountpoint_detach(const char *path);

#endif

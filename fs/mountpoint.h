/*
 * The directory that is mounted on: is it fit, is an earlier mount of ours dead on it, and
 * how it is unmounted.
 */
#ifndef MOUNTPOINT_H
#define MOUNTPOINT_H

#define MOUNTPOINT_WHY_MAX 512

/*
 * Makes the last component of path if need be, unmounts a dead loktfs, and refuses a
 * directory that is not empty. 0 or a negative errno with *why.
 */
int mountpoint_prepare(const char *path, char why[MOUNTPOINT_WHY_MAX]);

#endif

/*
 * The files of a directory that others may have put something into: a symbolic link is not
 * followed, a fifo not waited for, a second name of somebody's file not cut.
 */
#ifndef HOST_PLAINFILE_H
#define HOST_PLAINFILE_H

#include <sys/types.h>

/* Opens a regular file: an fd, or a negative errno. May make it (O_CREAT), never empties it. */
int plainfile_open(int dir_fd, const char *name, int flags, mode_t mode);

/* Makes it anew for writing; whatever had the name loses it, and nothing else. */
int plainfile_make(int dir_fd, const char *name, int flags, mode_t mode);

/* For people: what such an error means. */
const char *plainfile_why(int error);

#endif

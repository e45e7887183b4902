/*
 * Tells a service manager that the mount answers: a datagram "READY=1" to the socket that
 * $NOTIFY_SOCKET names, as sd_notify(3) describes.
 */
#ifndef HOST_NOTIFY_H
#define HOST_NOTIFY_H

/* 0, also where nobody asked to be told; or a negative errno. */
int notify_ready(void);

#endif

/*
 * The only part of lokt that opens paths in the mount: is it there, ask it something, read
 * what it shows. Starts nothing (start.h) and prints nothing.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "lokt/request_json.h"
#include "lokt/text.h"

/*
 * state     meaning                                   who mends it
 * LIVE      a daemon answers; dir_fd is open          -
 * ABSENT    ROOT/locks leads nowhere                  start
 * DEAD      a mount whose daemon is gone              start
 * FOREIGN   a live mount that does not let us in      its user
 * BROKEN    anything else; error says what            a person
 */
enum mount_state { MOUNT_LIVE, MOUNT_ABSENT, MOUNT_DEAD, MOUNT_FOREIGN, MOUNT_BROKEN };

struct mount {
	enum mount_state state;
	int error;  /* positive errno, 0 when LIVE */
	int dir_fd; /* the mount's root directory, O_PATH; -1 unless LIVE */
};

/* Always fills *out. */
void client_open(const char *root, struct mount *out);
void client_close(struct mount *mount);

/* A sentence about a mount that is not LIVE. */
#define CLIENT_WHY_MAX 512
void client_explain(const char *root, const struct mount *mount, char why[CLIENT_WHY_MAX]);

/* 1 held, 0 not held, or a negative errno when that cannot be told. */
int client_holds(const struct mount *mount, const char *encoded_name);

/*
 * One operation through the request file. With wait_ms it blocks until the daemon answers; if
 * lokt dies in there, the daemon takes the question back. 0 and *answer the caller's to release, or
 * a negative errno.
 */
int client_ask(const struct mount *mount, const struct ask *ask, struct answer_view *answer);

/* The request file, opened ahead of what will be asked: a descriptor or a negative errno. */
int client_open_request(const struct mount *mount);

/* As client_ask(), through that descriptor, once. */
int client_ask_through(int fd, const struct ask *ask, struct answer_view *answer);

/* status.json whole, appended. 0 or a negative errno. */
int client_read_status(const struct mount *mount, struct text *out);

/* The lease of that name. 0, -ENOENT, or another negative errno. */
int client_read_lease(const struct mount *mount, const char *encoded_name, struct lease_view *out);

/*
 * An open file of that name that may be flocked: what creates it claims the name for that very
 * open, on a held name nothing is claimed. A descriptor (close on exec), or a negative errno.
 */
int client_open_lock(const struct mount *mount, const char *encoded_name);

/* The lease that an open file stands for. 0, -ESTALE when it has ended, or a negative errno. */
int client_read_lock(int fd, struct lease_view *out);

/* How many wait for that name; 0 also when that cannot be told. */
size_t client_queue_length(const struct mount *mount, const char *encoded_name);

#endif

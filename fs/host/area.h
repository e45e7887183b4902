/*
 * The memory that a supervisor and its workers share for the life of one mount: the request that is
 * being served, how the connection was begun, and what keep.h holds. A memory file, so that it goes
 * over an exec as a descriptor. Whoever serves the mount is the only one to write to it.
 */
#ifndef HOST_AREA_H
#define HOST_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for one request as the kernel hands it over: header, name or at most AREA_WRITE_MAX bytes. */
#define AREA_SLOT_BYTES ((size_t)64 << 10)
#define AREA_WRITE_MAX (32 << 10)

#define AREA_INIT_MAX 256

struct area_head {
	uint64_t magic;	  /* version included */
	uint64_t mount;	  /* which mount: in the journal, so that open files are known again */
	uint64_t workers; /* started so far */
	uint64_t
		request_commit; /* the slot's request is unanswered until that commit of the keep */
	uint64_t served;	/* requests ever: a worker that adds none makes no progress */
	uint64_t is_over;	/* the mount has ended as it should; nothing is to be restarted */
	uint64_t begun;		/* the request being served: 0 none */
	uint64_t fatal;		/* that one was, when a worker died */
	uint64_t deaths;	/* so many in a row */
	uint64_t init_len;	/* of the kernel's hello; 0: not answered yet */
	uint64_t init_reply_len;
	char init[AREA_INIT_MAX];
	char init_reply[AREA_INIT_MAX];
};

struct area {
	int fd; /* -1: none */
	struct area_head *head;
	char *slot;
	void *keep; /* keep_open()'s */
	size_t keep_size;
};

/* A new one. 0 or a negative errno. */
int area_make(struct area *area, uint64_t mount);

/*
 * Another process's, by its descriptor, which becomes the area's; is_private: what is written stays
 * here. 0; -EINVAL: it is none of ours.
 */
int area_map(struct area *area, int fd, bool is_private);

void area_release(struct area *area);

#endif

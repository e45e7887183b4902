/* See cached.h. */
#include "cached.h"

#include <errno.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "host/log.h"

/* Since Linux 6.16; the headers of Debian 12 are older. */
#define NOTIFY_INC_EPOCH 8

#define FOREVER_NS (INT64_C(365) * 24 * 3600 * NS_PER_SEC)

/* The kernel counts in ticks (10 ms at HZ=100): it rounds up to the next and is content with one more. */
#define MARGIN_NS (20 * NS_PER_MS)

static bool notify(int fd, int code, const void *body, uint32_t size)
{
	char message[sizeof(struct fuse_out_header) + sizeof(struct fuse_notify_inval_inode_out)];
	struct fuse_out_header header = {.len = (uint32_t)sizeof(header) + size, .error = code};
	memcpy(message, &header, sizeof(header));
	if (size)
		memcpy(message + sizeof(header), body, size);
	return write(fd, message, header.len) == (ssize_t)header.len;
}

static bool raise_epoch(struct cached *cached)
{
	memset(cached->told, 0, sizeof(cached->told));
	cached->is_due = false;
	cached->forgotten++;
	return notify(cached->fd, NOTIFY_INC_EPOCH, NULL, 0);
}

bool cached_begin(struct cached *cached, int fd)
{
	*cached = (struct cached){.fd = fd, .is_all_due = true};
	cached->is_on = raise_epoch(cached);
	return cached->is_on;
}

static bool is_on(const struct serve *serve)
{
	return serve->cached && serve->cached->is_on;
}

static unsigned slot_of(const char *name)
{
	unsigned hash;
	HASH_VALUE(name, strlen(name), hash);
	return hash % (CACHED_TOLD_WORDS * 64);
}

static void note_told(struct cached *cached, const char *name)
{
	unsigned slot = slot_of(name);
	cached->told[slot / 64] |= UINT64_C(1) << slot % 64;
}

static bool was_told(const struct cached *cached, const char *name)
{
	unsigned slot = slot_of(name);
	return cached->told[slot / 64] >> slot % 64 & 1;
}

/*
 * What is bound ends at any moment: at an unlock, and then it is handed on; or with a process, whose
 * parent may look before we have heard of it. Not told, it need not be forgotten.
 */
int64_t cached_span(struct serve *serve, const struct lease *lease)
{
	int64_t span_ns = FOREVER_NS;
	if (!is_on(serve) || lease_is_bound(lease) || lease->is_freeze)
		return 0;
	if (lease->deadline_ns != LEASE_NEVER) {
		span_ns = lease->deadline_ns - serve->now.mono_ns - MARGIN_NS;
		if (span_ns <= 0)
			return 0;
	}
	note_told(serve->cached, lease->name);
	return span_ns < FOREVER_NS ? span_ns : FOREVER_NS;
}

int64_t cached_span_free(struct serve *serve, const char *name)
{
	if (!is_on(serve))
		return 0;
	note_told(serve->cached, name);
	return FOREVER_NS;
}

int64_t cached_span_fixed(const struct serve *serve)
{
	return is_on(serve) ? FOREVER_NS : 0;
}

void cached_enter(struct serve *serve, const char *name, enum event_class class)
{
	if (!is_on(serve))
		return;
	serve->cached->entry = name;
	serve->cached->entry_class = class;
	serve->cached->is_entry_changed = false;
}

void cached_leave(struct serve *serve, bool is_success)
{
	if (!is_on(serve))
		return;
	struct cached *cached = serve->cached;
	if (cached->entry && cached->is_entry_changed) {
		cached->is_due |= !is_success;
		cached->is_unproven |= was_told(cached, cached->entry);
		const struct lease *lease = engine_find(serve->engine, false, cached->entry);
		cached->unproven_token = lease ? lease->token : 0;
	}
	cached->entry = NULL;
}

bool cached_is_unproven(const struct serve *serve, uint64_t *token)
{
	if (!is_on(serve) || !serve->cached->is_unproven)
		return false;
	*token = serve->cached->unproven_token;
	return true;
}

void cached_prove(struct serve *serve)
{
	serve->cached->is_unproven = false;
}

void cached_doubt(struct serve *serve)
{
	serve->cached->is_due = true;
	serve->cached->is_unproven = false;
}

/* stat of an open file asks for no name. This takes no lock either; ENOENT: it is not remembered. */
static void forget_attributes(const struct cached *cached, uint64_t ino)
{
	struct fuse_notify_inval_inode_out inode = {.ino = ino, .off = -1};
	(void)notify(cached->fd, FUSE_NOTIFY_INVAL_INODE, &inode, sizeof(inode));
}

static bool is_kernels_own(const struct cached *cached, const struct event *event,
			   const struct lease *before)
{
	enum event_class class = event_class(event->kind);
	return cached->entry && cached->entry_class == class &&
	       (class == EVENT_ENDS || (!before && event->kind != EVENT_GRANT)) &&
	       strcmp(cached->entry, event->lease->name) == 0;
}

void cached_change(struct serve *serve, const struct event *event)
{
	enum event_class class = event_class(event->kind);
	if (!is_on(serve))
		return;
	/* All expiries are elsewhere on the wall clock, and some leases end sooner. */
	if (event->kind == EVENT_CLOCK)
		serve->cached->is_due = serve->cached->is_all_due = true;
	if ((class != EVENT_RECORDS && class != EVENT_ENDS) || event->lease->is_freeze)
		return;
	struct cached *cached = serve->cached;
	const char *name = event->lease->name;
	const struct lease *before = engine_find_token(serve->engine, event->lease->token);
	if (is_kernels_own(cached, event, before)) {
		cached->is_entry_changed = true;
		return;
	}
	cached->is_due |= was_told(cached, name);
	if (before && !before->handle)
		forget_attributes(cached, before->token);
}

void cached_forget_node(const struct serve *serve, uint64_t ino)
{
	if (is_on(serve))
		forget_attributes(serve->cached, ino);
}

bool cached_take_all_due(struct serve *serve)
{
	bool is_due = is_on(serve) && serve->cached->is_all_due;
	if (is_due)
		serve->cached->is_all_due = false;
	return is_due;
}

void cached_flush(struct serve *serve)
{
	if (!is_on(serve) || !serve->cached->is_due || raise_epoch(serve->cached) ||
	    errno == ENODEV)
		return;
	/* What is answered now may be contradicted by what is remembered. The next worker begins by it. */
	log_error("making the kernel forget: %s", strerror(errno));
	abort();
}

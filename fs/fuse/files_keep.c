/*
 * Open files as bytes for the next worker (host/keep.h), and back. The bytes never leave this
 * machine or this mount, but a new binary may read an old one's: a record begins with its version.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "fuse/files.h"
#include "fuse/nodes.h"
#include "lokt/layout.h"

#define RECORD_VERSION 1

enum {
	IS_CREATOR = 1,
	IS_TRUNCATED = 2,
	IS_PARTIAL = 4,
	IS_GRANTED_UNREAD = 8,
	IS_LATE = 16,
	HAS_CONTENT = 32,
	IS_WAITING = 64,
	IS_CLAIMING = 128
};

/* Without the padding that struct process may have: records are compared as bytes. */
struct process_record {
	int64_t pid;
	int64_t start_ns;
};

/* Small, for there may be ten thousand. Strings and the party follow, in the order of their lengths. */
struct record {
	uint16_t version;
	uint16_t flags;
	uint16_t name_len;
	uint16_t party_len;
	uint32_t in_len, out_len;
	uint64_t ino;
	uint64_t token;
	struct process_record opener;
};

/* Behind the record where its flags say so: of the request file, while somebody waits or reads. */
struct wait_record {
	uint64_t waiter;
	uint64_t read_at;
	int64_t wait_until_ns;
	struct process_record process;
};

struct party_record {
	uint32_t uid, gid;
	uint32_t flags; /* 1: owner, 2: agent id are explicit, 4: there is an actor */
	uint32_t chain_len;
	uint32_t owner_len, host_len, agent_len, actor_len;
};

static struct process_record pack(struct process process)
{
	return (struct process_record){process.pid, process.start_ns};
}

/* False: no pid has so many bits, and cut off it would be another's. */
static bool unpack(struct process_record record, struct process *out)
{
	if (record.pid < 0 || record.pid > INT_MAX)
		return false;
	*out = (struct process){(pid_t)record.pid, record.start_ns};
	return true;
}

/* Bytes that are read one piece after the other. */
struct cursor {
	const char *at;
	size_t left;
};

static bool take(struct cursor *cursor, void *out, size_t len)
{
	if (cursor->left < len)
		return false;
	memcpy(out, cursor->at, len);
	cursor->at += len;
	cursor->left -= len;
	return true;
}

static bool take_string(struct cursor *cursor, char *out, size_t len, size_t max)
{
	if (len > max || !take(cursor, out, len) || memchr(out, '\0', len))
		return false;
	out[len] = '\0';
	return true;
}

static void write_party(struct text *out, const struct party *party)
{
	struct party_record record = {
		.uid = party->uid,
		.gid = party->gid,
		.flags = (party->owner_is_explicit ? 1u : 0) | (party->agent_is_explicit ? 2u : 0) |
			 (party->actor ? 4u : 0),
		.chain_len = party->chain_len,
		.owner_len = (uint32_t)strlen(party->owner),
		.host_len = (uint32_t)strlen(party->host),
		.agent_len = (uint32_t)strlen(party->agent_id),
		.actor_len = party->actor ? (uint32_t)strlen(party->actor) : 0,
	};
	text_add(out, (const char *)&record, sizeof(record));
	for (unsigned i = 0; i < party->chain_len; i++) {
		struct process_record process = pack(party->chain[i]);
		text_add(out, (const char *)&process, sizeof(process));
	}
	text_add(out, party->owner, record.owner_len);
	text_add(out, party->host, record.host_len);
	text_add(out, party->agent_id, record.agent_len);
	if (party->actor)
		text_add(out, party->actor, record.actor_len);
}

static int read_party(struct cursor *cursor, struct party **out)
{
	struct party_record record;
	struct process_record processes[PARTY_CHAIN_MAX];
	struct process chain[PARTY_CHAIN_MAX];
	char owner[OWNER_MAX + 1], host[OWNER_MAX + 1], agent[OWNER_MAX + 1], actor[OWNER_MAX + 1];
	if (!take(cursor, &record, sizeof(record)) || record.chain_len > PARTY_CHAIN_MAX ||
	    !take(cursor, processes, record.chain_len * sizeof(processes[0])) ||
	    !take_string(cursor, owner, record.owner_len, OWNER_MAX) ||
	    !take_string(cursor, host, record.host_len, OWNER_MAX) ||
	    !take_string(cursor, agent, record.agent_len, OWNER_MAX) ||
	    !take_string(cursor, actor, record.actor_len, OWNER_MAX))
		return -EINVAL;
	for (unsigned i = 0; i < record.chain_len; i++)
		if (!unpack(processes[i], &chain[i]))
			return -EINVAL;
	*out = party_new(record.uid, owner, record.flags & 1, agent, record.flags & 2, host,
			 record.flags & 4 ? actor : NULL, chain, record.chain_len);
	if (!*out)
		return -ENOMEM;
	(*out)->gid = record.gid;
	return 0;
}

static uint16_t flags_of(const struct file *file)
{
	unsigned flags = 0;
	flags |= file->is_creator ? IS_CREATOR : 0;
	flags |= file->is_truncated ? IS_TRUNCATED : 0;
	flags |= file->is_partial ? IS_PARTIAL : 0;
	flags |= file->is_granted_unread ? IS_GRANTED_UNREAD : 0;
	flags |= file->is_claiming ? IS_CLAIMING : 0;
	flags |= file->is_late ? IS_LATE : 0;
	flags |= file->has_content && file->ino == INO_REQUEST ? HAS_CONTENT : 0;
	flags |= file->waiter || file->read_at ? IS_WAITING : 0;
	return (uint16_t)flags;
}

static void write_wait(struct text *out, const struct file *file)
{
	struct wait_record record = {
		.waiter = file->waiter,
		.read_at = file->read_at,
		.wait_until_ns = file->wait_until_ns,
		.process = pack(file->process),
	};
	text_add(out, (const char *)&record, sizeof(record));
}

static void write_file(struct text *out, const struct file *file)
{
	uint16_t flags = flags_of(file);
	struct record record = {
		.version = RECORD_VERSION,
		.flags = flags,
		.name_len = file->name ? (uint16_t)strlen(file->name) : 0,
		.in_len = (uint32_t)file->in.len,
		/* Only an answer cannot be made again. */
		.out_len = flags & HAS_CONTENT ? (uint32_t)file->out.len : 0,
		.ino = file->ino,
		.token = file->token,
		.opener = pack(file->opener),
	};
	text_clear(out);
	text_add(out, (const char *)&record, sizeof(record));
	if (flags & IS_WAITING)
		write_wait(out, file);
	text_add(out, file->name, record.name_len);
	text_add(out, file->in.data, record.in_len);
	text_add(out, file->out.data, record.out_len);
	size_t start = out->len;
	if (file->party)
		write_party(out, file->party);
	record.party_len = (uint16_t)(out->len - start);
	if (!out->failed)
		memcpy(out->data, &record, sizeof(record));
}

void files_keep(struct files *files)
{
	static struct text bytes; /* grows to the largest and stays */
	struct file *file, *tmp;
	DL_FOREACH_SAFE (files->touched, file, tmp) {
		DL_DELETE(files->touched, file);
		file->is_touched = false;
		write_file(&bytes, file);
		/* What finds no room now (file_new() saw to it) is lost with this worker. */
		if (!bytes.failed &&
		    !keep_is(files->keep, KEEP_FILE, file->handle, bytes.data, bytes.len))
			keep_put(files->keep, KEEP_FILE, file->handle, bytes.data, bytes.len);
	}
}

static int read_text(struct cursor *cursor, size_t len, struct text *out)
{
	if (cursor->left < len)
		return -EINVAL;
	text_add(out, cursor->at, len);
	cursor->at += len;
	cursor->left -= len;
	return out->failed ? -ENOMEM : 0;
}

static bool fill_wait(struct cursor *cursor, struct file *file)
{
	struct wait_record record;
	if (!take(cursor, &record, sizeof(record)))
		return false;
	file->waiter = record.waiter;
	file->read_at = record.read_at;
	file->wait_until_ns = record.wait_until_ns;
	return file->ino == INO_REQUEST && unpack(record.process, &file->process);
}

static int fill_name(struct cursor *cursor, size_t len, struct file *file)
{
	char name[RESOURCE_NAME_MAX + 1];
	struct resource resource;
	if (!take_string(cursor, name, len, RESOURCE_NAME_MAX))
		return -EINVAL;
	if (!name[0])
		return 0;
	if (resource_from_name(name, &resource) != VERDICT_OK)
		return -EINVAL;
	return file_set_name(file, resource.name) ? 0 : -ENOMEM;
}

static int fill_file(struct cursor *cursor, const struct record *record, struct file *file)
{
	file->ino = record->ino;
	file->token = record->token;
	file->is_creator = record->flags & IS_CREATOR;
	file->is_truncated = record->flags & IS_TRUNCATED;
	file->is_partial = record->flags & IS_PARTIAL;
	file->is_granted_unread = record->flags & IS_GRANTED_UNREAD;
	file->is_claiming = record->flags & IS_CLAIMING;
	file->is_late = record->flags & IS_LATE;
	file->has_content = record->flags & HAS_CONTENT;
	if (!unpack(record->opener, &file->opener))
		return -EINVAL;
	if (record->flags & IS_WAITING && !fill_wait(cursor, file))
		return -EINVAL;
	int error = fill_name(cursor, record->name_len, file);
	if (!error)
		error = read_text(cursor, record->in_len, &file->in);
	if (!error)
		error = read_text(cursor, record->out_len, &file->out);
	if (!error && file->has_content && file->read_at > file->out.len)
		error = -EINVAL;
	if (!error && record->party_len)
		error = read_party(cursor, &file->party);
	return error;
}

static int restore_file(struct files *files, uint64_t handle, const struct text *bytes)
{
	struct cursor cursor = {bytes->data, bytes->len};
	struct record record;
	struct file *file = file_again(files, handle);
	if (!file)
		return -ENOMEM;
	if (!take(&cursor, &record, sizeof(record)) || record.version != RECORD_VERSION)
		return -EINVAL;
	int error = fill_file(&cursor, &record, file);
	/* What is longer than it says is another's, or half of it is. */
	return !error && cursor.left ? -EINVAL : error;
}

int files_restore(struct files *files)
{
	struct text bytes = {0};
	size_t len;
	uint64_t *handles = keep_keys(files->keep, KEEP_FILE, &len);
	int error = handles ? 0 : -ENOMEM;
	for (size_t i = 0; !error && i < len; i++) {
		text_clear(&bytes);
		keep_get(files->keep, KEEP_FILE, handles[i], &bytes);
		error = bytes.failed ? -ENOMEM : restore_file(files, handles[i], &bytes);
	}
	text_release(&bytes);
	free(handles);
	return error;
}

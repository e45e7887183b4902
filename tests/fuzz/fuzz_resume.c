/*
 * What a worker finds that takes a mount over (fuse/resume.c), as the bytes choose it: records of
 * open files and of questions, requests without an answer, one in the slot, the hello, who died of
 * what; sound or not, in memory that may be full.
 * Property: it is taken over or refused; each answer is well formed and to somebody who waits; what
 * is still kept then is somebody's; the engine's invariants hold (LOKT_CHECK).
 */
#include <utlist.h>

#include "stage.h"

#define PARTS_MAX 24
#define PART_MAX 512
#define UNIQUE_MAX 64
#define KEEP_SIZE ((size_t)128 << 10)

/* How the connection was begun, from a first worker's own. */
static struct hello {
	uint64_t len, reply_len;
	char bytes[AREA_INIT_MAX], reply[AREA_INIT_MAX];
} hello;

static void begin_turn(struct mount *mount)
{
	serve_turn(mount->serve, clock_now());
}

static void check_answer(const char *bytes, size_t len)
{
	struct fuse_out_header out;
	PROPERTY(len >= sizeof(out));
	memcpy(&out, bytes, sizeof(out));
	PROPERTY(out.len == len);
	PROPERTY(out.error <= 0 && out.error >= -133);
	PROPERTY(!out.error || out.len == sizeof(out));
}

static void check_answers(void)
{
	static char bytes[AREA_SLOT_BYTES];
	ssize_t len;
	while ((len = recv(stage.ours, bytes, sizeof(bytes), 0)) > 0)
		check_answer(bytes, (size_t)len);
	PROPERTY(len < 0 && errno == EAGAIN);
}

/* As a worker that has ended: nobody waits any longer, and its file descriptor is closed. */
static void end_mount(void)
{
	struct waiting *waiting, *tmp;
	HASH_ITER (hh, stage.mount.parked.waiting, waiting, tmp)
		serve_unpark(&stage.serve, waiting->waiter);
	parked_release(&stage.mount);
	check_answers();
	files_release(&stage.mount.files);
	channel_close(&stage.mount);
	fuse_session_destroy(stage.mount.session);
	area_release(&stage.area);
	close(stage.ours);
}

static void note_hello(void)
{
	struct fuse_in_header header = {.opcode = FUSE_INIT, .unique = 2};
	struct fuse_init_in body = {.major = 7, .minor = 36, .max_readahead = 65536, .flags = ~0u};
	header.len = sizeof(header) + sizeof(body);
	stage_mount(KEEP_SIZE);
	memcpy(stage.area.slot, &header, sizeof(header));
	memcpy(stage.area.slot + sizeof(header), &body, sizeof(body));
	begin_turn(&stage.mount);
	channel_serve(&stage.mount);
	channel_commit(&stage.mount);
	const struct area_head *head = stage.area.head;
	hello.len = head->init_len;
	hello.reply_len = head->init_reply_len;
	memcpy(hello.bytes, head->init, sizeof(hello.bytes));
	memcpy(hello.reply, head->init_reply, sizeof(hello.reply));
	PROPERTY(hello.len && hello.reply_len);
	end_mount();
}

static uint64_t take_unique(struct source *source)
{
	return 2 + take_byte(source) % UNIQUE_MAX * 2u;
}

/* Bytes of the input's, or fewer. */
static size_t take_part(struct source *source, char *out, size_t max)
{
	size_t len = take_byte(source) * 2u;
	size_t left = (size_t)(source->end - source->at);
	len = len < max ? len : max;
	len = len < left ? len : left;
	memcpy(out, source->at, len);
	source->at += len;
	return len;
}

static void put(enum keep_kind kind, uint64_t key, const char *bytes, size_t len)
{
	int error = keep_put(&stage.mount.channel.keep, kind, key, bytes, len);
	PROPERTY(error == 0 || error == -ENOSPC);
}

static void put_file(struct source *source)
{
	char bytes[PART_MAX];
	uint64_t handle = take_unique(source);
	put(KEEP_FILE, handle, bytes, take_part(source, bytes, sizeof(bytes)));
}

/* A body that is too short has zeroes behind it, as it has pages of the kernel's. */
static size_t make_request(struct source *source, uint64_t unique, char *out)
{
	static const uint32_t opcodes[] = {FUSE_LOOKUP,	 FUSE_CREATE, FUSE_OPEN,  FUSE_READ,
					   FUSE_WRITE,	 FUSE_UNLINK, FUSE_SETLK, FUSE_SETLKW,
					   FUSE_RELEASE, FUSE_FLUSH,  FUSE_INIT,  FUSE_SETATTR};
	struct fuse_in_header header = {.unique = unique, .pid = (uint32_t)getpid()};
	memset(out, 0, PART_MAX * 2);
	header.opcode = opcodes[take_byte(source) % (sizeof(opcodes) / sizeof(opcodes[0]))];
	header.nodeid = take_byte(source) % 16;
	header.uid = geteuid();
	size_t len = PART_MAX + take_part(source, out + sizeof(header), PART_MAX);
	header.len = (uint32_t)len;
	memcpy(out, &header, sizeof(header));
	return len;
}

static void put_request(struct source *source)
{
	char bytes[PART_MAX * 2];
	uint64_t unique = take_unique(source);
	size_t len = make_request(source, unique, bytes);
	put(KEEP_REQUEST, unique, bytes, len);
}

/* Whatever its first bytes say. */
static void put_any_request(struct source *source)
{
	char bytes[PART_MAX];
	uint64_t unique = take_unique(source);
	put(KEEP_REQUEST, unique, bytes, take_part(source, bytes, sizeof(bytes)));
}

static void fill_slot(struct source *source)
{
	make_request(source, take_unique(source), stage.area.slot);
	stage.area.head->request_commit =
		keep_commits(&stage.mount.channel.keep) + 1 + take_byte(source) % 2;
}

/* Until not a block is left: by what is answered at once. */
static void fill_keep(struct source *source)
{
	static char much[1 << 15];
	struct fuse_in_header header = {.opcode = 4095, .unique = UINT64_C(1) << 40};
	struct keep *keep = &stage.mount.channel.keep;
	(void)source;
	for (size_t len = sizeof(much); len > sizeof(header); len /= 2)
		for (; keep_has_room(keep, len); header.unique += 2) {
			header.len = (uint32_t)len;
			memcpy(much, &header, sizeof(header));
			put(KEEP_REQUEST, header.unique, much, len);
		}
}

static void note_death(struct source *source)
{
	struct area_head *head = stage.area.head;
	head->begun = take_unique(source);
	head->fatal = take_unique(source);
	head->deaths = take_byte(source) % 5;
}

static void damage_hello(struct source *source)
{
	struct area_head *head = stage.area.head;
	head->init[take_byte(source) % AREA_INIT_MAX] = (char)take_byte(source);
	head->init_len = take_byte(source);
}

/* What the worker before has left, and its own end. */
static void leave(struct source *source)
{
	static void (*const parts[])(struct source *) = {put_file,    put_file,	       put_request,
							 put_request, put_any_request, fill_slot,
							 note_death,  damage_hello,    fill_keep};
	struct channel *channel = &stage.mount.channel;
	struct area_head *head = stage.area.head;
	head->init_len = hello.len;
	head->init_reply_len = hello.reply_len;
	memcpy(head->init, hello.bytes, sizeof(hello.bytes));
	memcpy(head->init_reply, hello.reply, sizeof(hello.reply));
	for (unsigned i = 0; i < PARTS_MAX && source->at < source->end; i++)
		parts[take_byte(source) % (sizeof(parts) / sizeof(parts[0]))](source);
	bool is_cut = take_byte(source) % 8 == 7;
	if (!is_cut)
		keep_commit(&channel->keep);
	head->request_commit += !is_cut;
	keep_close(&channel->keep);
	PROPERTY(keep_open(&channel->keep, stage.area.keep, stage.area.keep_size) == 0);
}

/* As many at most as wait, for their turn or for the disk. */
static void check_kept(void)
{
	size_t kept, waits = HASH_COUNT(stage.mount.parked.waiting);
	const struct reply *reply;
	DL_FOREACH (stage.mount.parked.replies, reply)
		waits++;
	free(keep_keys(&stage.mount.channel.keep, KEEP_REQUEST, &kept));
	PROPERTY(kept <= waits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = {.at = data, .end = data + size};
	if (!stage.serve.engine) {
		stage_begin();
		note_hello();
	}
	stage_mount(KEEP_SIZE);
	leave(&source);
	int error = channel_resume(&stage.mount, begin_turn);
	PROPERTY(error == 0 || error == -EINVAL || error == -EPROTO);
	check_answers();
	if (!error)
		check_kept();
	engine_check(stage.serve.engine);
	end_mount();
	return 0;
}

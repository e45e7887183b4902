/*
 * The handlers under requests that no kernel would send: wrong nodes, handles, offsets, sizes, names,
 * bodies too short, opcodes out of nowhere; on a real engine and a real journal in a directory of
 * their own. Bytes are the requests' choices; eight bytes alone are the seed of twenty thousand.
 * Property: every answer is well formed and to a request that was asked and not yet answered, and the
 * engine's invariants hold (LOKT_CHECK).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage.h"

#define SEEDED_REQUESTS 20000
#define PENDING_MAX 4096
#define BODY_MAX 4096
#define HANDLES 64
#define OPTIONAL UINT64_C(1) /* an answer may come, or not: numbers are even */

/* What was asked, and what is open. */
static struct asked {
	uint64_t unique;
	uint64_t pending[PENDING_MAX]; /* and not answered, by unique modulo their number */
	uint64_t handles[HANDLES];
	unsigned handles_len;
} asked;

static void check_answers(void)
{
	static char bytes[AREA_SLOT_BYTES];
	ssize_t len;
	while ((len = recv(stage.ours, bytes, sizeof(bytes), 0)) > 0) {
		struct fuse_out_header out;
		PROPERTY((size_t)len >= sizeof(out));
		memcpy(&out, bytes, sizeof(out));
		PROPERTY(out.len == (size_t)len);
		PROPERTY(out.error <= 0 && out.error >= -133);
		PROPERTY(!out.error || out.len == sizeof(out));
		uint64_t *pending = &asked.pending[out.unique / 2 % PENDING_MAX];
		PROPERTY((*pending | OPTIONAL) == (out.unique | OPTIONAL));
		*pending = 0;
	}
	PROPERTY(len < 0 && errno == EAGAIN);
}

static bool is_silent(uint32_t opcode)
{
	return opcode == FUSE_FORGET || opcode == FUSE_BATCH_FORGET || opcode == FUSE_INTERRUPT;
}

/* The request is in the slot whole: header and body. */
static void feed(uint32_t opcode, size_t len)
{
	struct fuse_in_header *header = (struct fuse_in_header *)stage.area.slot;
	header->len = (uint32_t)len;
	header->opcode = opcode;
	header->unique = asked.unique += 2;
	uint64_t *pending = &asked.pending[header->unique / 2 % PENDING_MAX];
	/* One that still waits there is older than the kernel would let any be: it is interrupted. */
	PROPERTY(*pending == 0 || *pending & OPTIONAL);
	/* libfuse answers an interrupt that found nobody. */
	*pending = header->unique | (is_silent(opcode) ? OPTIONAL : 0);
	serve_turn(&stage.serve, clock_now());
	mount_answer_settled(&stage.mount);
	channel_serve(&stage.mount);
	mount_answer_settled(&stage.mount);
	channel_commit(&stage.mount);
	if (opcode == FUSE_CREATE || opcode == FUSE_OPEN || opcode == FUSE_OPENDIR)
		asked.handles[asked.handles_len++ % HANDLES] = header->unique;
	check_answers();
}

static void say_hello(void)
{
	struct fuse_init_in hello = {.major = 7, .minor = 36, .max_readahead = 65536, .flags = ~0u};
	memset(stage.area.slot, 0, AREA_SLOT_BYTES);
	memcpy(stage.area.slot + sizeof(struct fuse_in_header), &hello, sizeof(hello));
	feed(FUSE_INIT, sizeof(struct fuse_in_header) + sizeof(hello));
	PROPERTY(stage.mount.is_live);
}

/* Waits still, and not merely a request that may go without an answer. */
static bool must_be_answered(uint64_t unique)
{
	uint64_t pending = asked.pending[unique / 2 % PENDING_MAX];
	return pending && !(pending & OPTIONAL);
}

/*
 * What waits is sent away before its place is needed again. The interrupt takes the next place, which
 * is free; so the one behind it must be, too, before the request that takes that.
 */
static void interrupt_oldest(void)
{
	while (must_be_answered(asked.unique + 4)) {
		struct fuse_interrupt_in body = {.unique = asked.unique + 4 - 2 * PENDING_MAX};
		memcpy(stage.area.slot + sizeof(struct fuse_in_header), &body, sizeof(body));
		feed(FUSE_INTERRUPT, sizeof(struct fuse_in_header) + sizeof(body));
	}
}

static uint64_t choose_node(struct source *source)
{
	uint64_t number = take_byte(source);
	switch (take_byte(source) % 6) {
	case 0:
		return 1;
	case 1:
		return number % 18;
	case 2: /* a lease of late */
		return engine_next_token(stage.serve.engine) - number % 16;
	case 3: /* an entry that stands for one */
		return number % 12 << 56 | (engine_next_token(stage.serve.engine) - 1 - number % 8);
	case 4:
		return take_number(source, 8);
	default:
		return number % 2 ? 1 : 4 + number % 8;
	}
}

static uint64_t choose_handle(struct source *source)
{
	uint8_t choice = take_byte(source);
	return choice < 240 ? asked.handles[choice % HANDLES] : take_number(source, 8);
}

static const char *choose_name(struct source *source)
{
	static char made[300];
	static const char *const names[] = {
		"a",	    "b",    "c",     "path:src", "path:src%2Fa", "repo:x",  "issue:1",
		".lokt",    "here", "locks", "freezes",	 "renew",	 "request", "status.json",
		"..",	    ".",    "",	     "x%2f",	 "%41",		 "a\nb",    "\xff\xfe",
		"audit.log"};
	uint8_t choice = take_byte(source);
	if (choice < 220)
		return names[choice % (sizeof(names) / sizeof(names[0]))];
	size_t len = choice % 2 ? 255 : (size_t)take_number(source, 1);
	for (size_t i = 0; i < len; i++)
		made[i] = choice % 3 ? 'n' : (char)(take_byte(source) | 1);
	made[len] = '\0';
	return made;
}

static const char *choose_text(struct source *source)
{
	static const char *const texts[] = {
		"30m",
		"0",
		"1h\n",
		"{\"ttl\":\"2h\"}",
		"{\"note\":\"",
		"{\"pid\":1}",
		"{\"ttl\":null}",
		"{\"op\":\"acquire\",\"resource\":\"a\"}",
		"{\"op\":\"acquire\",\"resource\":\"a\",\"wait_ms\":60000}",
		"{\"op\":\"acquire\",\"resource\":\"b\",\"pid\":\"self\",\"ttl_ms\":1}",
		"{\"op\":\"release\",\"resource\":\"a\"}",
		"{\"op\":\"release\",\"all\":true}",
		"{\"op\":\"renew\",\"resource\":\"a\",\"ttl_ms\":70000}",
		"{\"op\":\"freeze\",\"resource\":\"c\",\"ttl_ms\":5}",
		"{\"op\":\"unfreeze\",\"resource\":\"c\",\"force\":true}",
		"{\"op\":\"sync\"}",
		"{\"op\":\"query\",\"resource\":\"a\"}",
		"{\"op\":\"gc\"}",
		"",
		"\x01\x02"};
	return texts[take_byte(source) % (sizeof(texts) / sizeof(texts[0]))];
}

/* Random where it is not set below: sizes, flags, offsets, times. */
static size_t fill(struct source *source, char *body, size_t len)
{
	for (size_t i = 0; i < len; i++)
		body[i] = (char)(take_byte(source) % 4 ? 0 : take_byte(source));
	return len;
}

static size_t put_name(struct source *source, char *body, size_t at)
{
	const char *name = choose_name(source);
	strcpy(body + at, name);
	return at + strlen(name) + 1;
}

static size_t create_body(struct source *source, char *body)
{
	static const uint32_t accesses[] = {
		O_RDONLY,	   O_WRONLY,	       O_RDWR,
		O_WRONLY | O_EXCL, O_WRONLY | O_TRUNC, O_WRONLY | O_APPEND};
	struct fuse_create_in in = {.flags = accesses[take_byte(source) % 6] | O_CREAT,
				    .mode = 0644};
	memcpy(body, &in, sizeof(in));
	return put_name(source, body, sizeof(in));
}

static size_t open_body(struct source *source, char *body)
{
	static const uint32_t accesses[] = {
		O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC, O_WRONLY | O_APPEND, 3};
	struct fuse_open_in in = {.flags = accesses[take_byte(source) % 6]};
	memcpy(body, &in, sizeof(in));
	return sizeof(in);
}

static size_t read_body(struct source *source, char *body)
{
	struct fuse_read_in in = {.fh = choose_handle(source),
				  .offset = take_byte(source) % 3 ? 0 : take_number(source, 8),
				  .size = (uint32_t)take_number(source, 2) % 32768};
	memcpy(body, &in, sizeof(in));
	return sizeof(in);
}

static size_t write_body(struct source *source, char *body)
{
	const char *text = choose_text(source);
	struct fuse_write_in in = {.fh = choose_handle(source), .size = (uint32_t)strlen(text)};
	memcpy(body, &in, sizeof(in));
	strcpy(body + sizeof(in), text);
	return sizeof(in) + strlen(text);
}

static size_t setattr_body(struct source *source, char *body)
{
	struct fuse_setattr_in in = {.valid = (uint32_t)take_number(source, 2),
				     .fh = choose_handle(source),
				     .mtime = take_number(source, take_byte(source) % 2 ? 4 : 8)};
	memcpy(body, &in, sizeof(in));
	return sizeof(in);
}

static size_t lock_body(struct source *source, char *body)
{
	struct fuse_lk_in in = {.fh = choose_handle(source),
				.owner = take_number(source, 2),
				.lk = {.type = take_byte(source) % 4},
				.lk_flags = take_byte(source) % 8 ? FUSE_LK_FLOCK : 0};
	memcpy(body, &in, sizeof(in));
	return sizeof(in);
}

static size_t release_body(struct source *source, char *body)
{
	struct fuse_release_in in = {.fh = choose_handle(source),
				     .release_flags = take_byte(source) % 4};
	memcpy(body, &in, sizeof(in));
	return sizeof(in);
}

static size_t flush_body(struct source *source, char *body)
{
	struct fuse_flush_in in = {.fh = choose_handle(source)};
	memcpy(body, &in, sizeof(in));
	return sizeof(in);
}

static size_t interrupt_body(struct source *source, char *body)
{
	struct fuse_interrupt_in in = {.unique = asked.unique - 2 * (take_byte(source) % 64)};
	memcpy(body, &in, sizeof(in));
	return sizeof(in);
}

static size_t name_body(struct source *source, char *body)
{
	return put_name(source, body, 0);
}

static size_t any_body(struct source *source, char *body)
{
	return fill(source, body, take_byte(source));
}

static const struct form {
	uint32_t opcode;
	size_t (*body)(struct source *source, char *body);
} forms[] = {
	{FUSE_LOOKUP, name_body},
	{FUSE_CREATE, create_body},
	{FUSE_CREATE, create_body},
	{FUSE_OPEN, open_body},
	{FUSE_OPENDIR, open_body},
	{FUSE_READ, read_body},
	{FUSE_READDIR, read_body},
	{FUSE_WRITE, write_body},
	{FUSE_WRITE, write_body},
	{FUSE_SETATTR, setattr_body},
	{FUSE_SETLK, lock_body},
	{FUSE_SETLKW, lock_body},
	{FUSE_SETLKW, lock_body},
	{FUSE_GETLK, lock_body},
	{FUSE_UNLINK, name_body},
	{FUSE_UNLINK, name_body},
	{FUSE_RELEASE, release_body},
	{FUSE_FLUSH, flush_body},
	{FUSE_FSYNC, flush_body},
	{FUSE_RELEASEDIR, release_body},
	{FUSE_GETATTR, any_body},
	{FUSE_READLINK, any_body},
	{FUSE_STATFS, any_body},
	{FUSE_RMDIR, name_body},
	{FUSE_INTERRUPT, interrupt_body},
	{FUSE_FORGET, any_body},
	{FUSE_ACCESS, any_body},
	{FUSE_IOCTL, any_body},
	{FUSE_POLL, any_body},
	{FUSE_LSEEK, any_body},
	{4095, any_body},
};

static void ask(struct source *source)
{
	struct fuse_in_header *header = (struct fuse_in_header *)stage.area.slot;
	char *body = stage.area.slot + sizeof(*header);
	const struct form *form = &forms[take_byte(source) % (sizeof(forms) / sizeof(forms[0]))];
	interrupt_oldest();
	/* Behind a body that is too short there are zeroes, as there are pages behind the kernel's. */
	memset(stage.area.slot, 0, BODY_MAX);
	uint8_t who = take_byte(source);
	header->nodeid = choose_node(source);
	header->pid = who < 230 ? (uint32_t)getpid()
		      : who % 3 ? 0
				: (uint32_t)take_number(source, 2);
	header->uid = who % 16 ? geteuid() : 12345;
	header->gid = getegid();
	size_t len = form->body(source, body);
	if (who % 32 == 7)
		len = take_byte(source) % (len + 1);
	feed(form->opcode, sizeof(*header) + len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = {.at = data, .end = data + size};
	unsigned left = 0;
	if (!stage.serve.engine) {
		stage_begin();
		stage_mount(SIZE_MAX);
		say_hello();
	}
	if (size == sizeof(source.state)) {
		memcpy(&source.state, data, size);
		left = SEEDED_REQUESTS;
	}
	while (source.at < source.end || left--)
		ask(&source);
	engine_check(stage.serve.engine);
	return 0;
}

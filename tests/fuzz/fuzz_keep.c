/*
 * The memory that outlives a worker (host/keep.h) in a page: puts, drops and commits that the bytes
 * choose, death at each single store of them, damage.
 * Property: whoever takes it over finds exactly what was committed, all of it or none; what is
 * damaged is refused, or taken for what it can be read as, once and for all, and can be worked on.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "cuts.h"
#include "host/keep.h"
#include "property.h"

#define HEADER_BYTES 128
#define ENTRIES_MAX 32 /* blocks in a page */
#define ENTRY_MAX CUTS_PAGE

struct entry {
	enum keep_kind kind;
	uint64_t key;
	size_t len;
	char bytes[ENTRY_MAX];
};

/* What should be there, naively. */
struct model {
	size_t len;
	struct entry entries[ENTRIES_MAX];
};

static struct stage {
	unsigned char *page;
	struct keep keep;
	struct model now, committed;
} stage;

struct source {
	const uint8_t *at, *end;
};

static uint8_t take_byte(struct source *source)
{
	return source->at < source->end ? *source->at++ : 0;
}

static void model_drop(struct model *model, enum keep_kind kind, uint64_t key)
{
	for (size_t i = 0; i < model->len; i++)
		if (model->entries[i].kind == kind && model->entries[i].key == key) {
			model->entries[i] = model->entries[--model->len];
			return;
		}
}

static struct entry *model_add(struct model *model, enum keep_kind kind, uint64_t key)
{
	PROPERTY(model->len < ENTRIES_MAX);
	struct entry *entry = &model->entries[model->len++];
	entry->kind = kind;
	entry->key = key;
	return entry;
}

static void copy_model(struct model *to, const struct model *from)
{
	to->len = from->len;
	memcpy(to->entries, from->entries, from->len * sizeof(from->entries[0]));
}

static size_t count_keys(const struct keep *keep, enum keep_kind kind)
{
	size_t len;
	uint64_t *keys = keep_keys(keep, kind, &len);
	PROPERTY(keys != NULL);
	for (size_t i = 1; i < len; i++)
		PROPERTY(keys[i - 1] < keys[i]);
	free(keys);
	return len;
}

static void expect(const struct keep *keep, const struct model *model)
{
	PROPERTY(count_keys(keep, KEEP_REQUEST) + count_keys(keep, KEEP_FILE) == model->len);
	for (size_t i = 0; i < model->len; i++) {
		const struct entry *entry = &model->entries[i];
		PROPERTY(keep_is(keep, entry->kind, entry->key, entry->bytes, entry->len));
	}
}

static void load_kind(struct model *model, enum keep_kind kind)
{
	size_t len;
	uint64_t *keys = keep_keys(&stage.keep, kind, &len);
	PROPERTY(keys != NULL);
	for (size_t i = 0; i < len; i++) {
		struct entry *entry = model_add(model, kind, keys[i]);
		struct text bytes = {0};
		PROPERTY(keep_get(&stage.keep, kind, keys[i], &bytes));
		PROPERTY(!bytes.failed && bytes.len <= ENTRY_MAX);
		entry->len = bytes.len;
		if (bytes.len)
			memcpy(entry->bytes, bytes.data, bytes.len);
		text_release(&bytes);
	}
	free(keys);
}

/* Each of the cuts is a page that somebody took over. */
static void check_cuts(uint64_t commits)
{
	static unsigned char page[CUTS_PAGE] __attribute__((aligned(16)));
	for (unsigned i = 0; i < cuts.count; i++) {
		struct keep keep;
		memcpy(page, cuts.at[i], CUTS_PAGE);
		PROPERTY(keep_open(&keep, page, CUTS_PAGE) == 0);
		uint64_t found = keep_commits(&keep);
		PROPERTY(found == commits || found == commits + 1);
		expect(&keep, found == commits ? &stage.committed : &stage.now);
		keep_close(&keep);
	}
}

static void put(struct source *source)
{
	static char bytes[ENTRY_MAX];
	uint8_t what = take_byte(source);
	enum keep_kind kind = what & 1 ? KEEP_FILE : KEEP_REQUEST;
	uint64_t key = what / 2 % 8;
	size_t len = take_byte(source) * (what & 128 ? 9u : 1u);
	memset(bytes, take_byte(source), len);
	bool has_room = keep_has_room(&stage.keep, len);
	cuts_begin(stage.page);
	int error = keep_put(&stage.keep, kind, key, bytes, len);
	cuts_end();
	PROPERTY(error == (has_room ? 0 : -ENOSPC));
	if (error)
		return;
	model_drop(&stage.now, kind, key);
	struct entry *entry = model_add(&stage.now, kind, key);
	entry->len = len;
	memcpy(entry->bytes, bytes, len);
}

static void drop(struct source *source)
{
	uint8_t what = take_byte(source);
	enum keep_kind kind = what & 1 ? KEEP_FILE : KEEP_REQUEST;
	uint64_t key = what / 2 % 8;
	cuts_begin(stage.page);
	keep_drop(&stage.keep, kind, key);
	cuts_end();
	model_drop(&stage.now, kind, key);
}

static void commit(struct source *source)
{
	uint64_t before = keep_commits(&stage.keep);
	(void)source;
	cuts_begin(stage.page);
	keep_commit(&stage.keep);
	cuts_end();
	check_cuts(before);
	copy_model(&stage.committed, &stage.now);
	cuts.count = 0;
}

static void take_over(void)
{
	cuts_begin(stage.page);
	int error = keep_open(&stage.keep, stage.page, CUTS_PAGE);
	cuts_end();
	PROPERTY(error == 0);
	copy_model(&stage.now, &stage.committed);
}

static void die(struct source *source)
{
	(void)source;
	keep_close(&stage.keep);
	take_over();
}

static void begin(void)
{
	memset(stage.page, 0, CUTS_PAGE);
	stage.committed.len = 0;
	take_over();
}

/* Bytes of the header or of a block, where it is most likely to matter; or any. */
static size_t choose_place(struct source *source)
{
	uint8_t what = take_byte(source);
	if (what < 32)
		return what % 24;
	if (what < 64)
		return (take_byte(source) | (size_t)take_byte(source) << 8) % CUTS_PAGE;
	return (HEADER_BYTES + HEADER_BYTES * (what % 31u) + take_byte(source) % 48) % CUTS_PAGE;
}

static void damage(struct source *source)
{
	keep_close(&stage.keep);
	for (unsigned left = 1 + take_byte(source) % 8; left; left--)
		stage.page[choose_place(source)] = take_byte(source);
	cuts_begin(stage.page);
	int error = keep_open(&stage.keep, stage.page, CUTS_PAGE);
	cuts_end();
	PROPERTY(error == 0 || error == -EINVAL);
	if (error) {
		begin();
		return;
	}
	stage.now.len = 0;
	load_kind(&stage.now, KEEP_REQUEST);
	load_kind(&stage.now, KEEP_FILE);
	copy_model(&stage.committed, &stage.now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const steps[])(struct source *) = {put,	 put,	 put, drop,
							 commit, commit, die, damage};
	struct source source = {data, data + size};
	if (!stage.page) {
		stage.page = mmap(NULL, CUTS_PAGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		PROPERTY(stage.page != MAP_FAILED);
	}
	begin();
	while (source.at < source.end) {
		steps[take_byte(&source) % (sizeof(steps) / sizeof(steps[0]))](&source);
		check_cuts(keep_commits(&stage.keep));
		expect(&stage.keep, &stage.now);
	}
	keep_close(&stage.keep);
	return 0;
}

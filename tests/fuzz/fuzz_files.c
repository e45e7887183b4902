/*
 * Any bytes as the record of an open file (fuse/files_keep.c) that an earlier worker has left.
 * Property: it is refused, or taken whole: no shorter part of what is taken is taken, what the file
 * is written as comes back from its own reading byte for byte, and it is taken however little room
 * is left.
 */
#include <errno.h>
#include <string.h>

#include "fuse/files.h"
#include "fuse/nodes.h"
#include "property.h"

#define HANDLE 2
#define SMALL ((size_t)96 << 10)
#define CUTS_MAX 8 /* of one input; spread over it */

struct stage {
	void *memory;
	struct keep keep;
	struct files files;
};

static void begin(struct stage *stage)
{
	*stage = (struct stage){.memory = calloc(1, SMALL)};
	PROPERTY(stage->memory && keep_open(&stage->keep, stage->memory, SMALL) == 0);
	stage->files.keep = &stage->keep;
}

static void end(struct stage *stage)
{
	files_release(&stage->files);
	keep_close(&stage->keep);
	free(stage->memory);
}

static int restore(struct stage *stage, const void *bytes, size_t size)
{
	PROPERTY(keep_put(&stage->keep, KEEP_FILE, HANDLE, bytes, size) == 0);
	keep_commit(&stage->keep);
	int error = files_restore(&stage->files);
	PROPERTY(error == 0 || error == -EINVAL);
	return error;
}

static int try_restore(const void *bytes, size_t size)
{
	struct stage stage;
	begin(&stage);
	int error = restore(&stage, bytes, size);
	end(&stage);
	return error;
}

/* The file's record as this program writes it. */
static void write_again(struct stage *stage, struct text *out)
{
	const struct file *file = file_find(&stage->files, HANDLE);
	PROPERTY(file != NULL && file_find(&stage->files, HANDLE + 2) == NULL);
	PROPERTY(!file->has_content || file->read_at <= file->out.len);
	PROPERTY(!file->waiter || file->ino == INO_REQUEST);
	files_keep(&stage->files);
	keep_commit(&stage->keep);
	PROPERTY(keep_get(&stage->keep, KEEP_FILE, HANDLE, out) && !out->failed);
}

static void check_stable(struct stage *stage)
{
	struct stage second;
	struct text first = {0}, again = {0};
	write_again(stage, &first);
	begin(&second);
	PROPERTY(restore(&second, first.data, first.len) == 0);
	write_again(&second, &again);
	PROPERTY(first.len == again.len && memcmp(first.data, again.data, first.len) == 0);
	end(&second);
	text_release(&first);
	text_release(&again);
}

static void check_cuts(const uint8_t *data, size_t size)
{
	for (size_t len = 0, step = size / CUTS_MAX + 1; len < size; len += step)
		PROPERTY(try_restore(data, len) == -EINVAL);
	if (size)
		PROPERTY(try_restore(data, size - 1) == -EINVAL);
}

/* As much as fits in of what somebody waits for. */
static void check_when_full(const uint8_t *data, size_t size)
{
	static char much[1 << 15];
	struct stage stage;
	begin(&stage);
	PROPERTY(keep_put(&stage.keep, KEEP_FILE, HANDLE, data, size) == 0);
	for (uint64_t key = 1, len = sizeof(much); len; len /= 2)
		while (keep_has_room(&stage.keep, len))
			PROPERTY(keep_put(&stage.keep, KEEP_REQUEST, key++, much, len) == 0);
	keep_commit(&stage.keep);
	PROPERTY(files_restore(&stage.files) == 0);
	end(&stage);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stage stage;
	if (size > SMALL / 4)
		return 0;
	begin(&stage);
	if (restore(&stage, data, size) == 0) {
		check_stable(&stage);
		check_cuts(data, size);
		check_when_full(data, size);
	}
	end(&stage);
	return 0;
}

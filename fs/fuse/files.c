/* See files.h. */
#include "fuse/files.h"

#include <stdlib.h>

struct file *file_new(struct files *files, uint64_t handle, uint64_t ino)
{
	struct file *file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->handle = handle;
	file->ino = ino;
	HASH_ADD(hh, files->by_handle, handle, sizeof(uint64_t), file);
	return file;
}

struct file *file_find(const struct files *files, uint64_t handle)
{
	struct file *file;
	HASH_FIND(hh, files->by_handle, &handle, sizeof(handle), file);
	return file;
}

void file_free(struct files *files, struct file *file)
{
	HASH_DELETE(hh, files->by_handle, file);
	party_unref(file->party);
	text_release(&file->in);
	text_release(&file->out);
	free(file);
}

void files_release(struct files *files)
{
	struct file *file, *tmp;
	HASH_ITER (hh, files->by_handle, file, tmp)
		file_free(files, file);
}

bool files_has_handle_on(const struct files *files, uint64_t handle, uint64_t ino)
{
	struct file *file = handle ? file_find(files, handle) : NULL;
	return file && file->ino == ino;
}

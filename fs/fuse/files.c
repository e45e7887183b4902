/* See files.h. */
#include "fuse/files.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* Room that a file may come to need: it is never too late to keep what it has become. */
#define FILE_ROOM ((size_t)64 << 10)

static void touch(struct files *files, struct file *file)
{
	if (file->is_touched || !files->keep)
		return;
	file->is_touched = true;
	DL_APPEND(files->touched, file);
}

struct file *file_again(struct files *files, uint64_t handle)
{
	struct file *file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->handle = handle;
	HASH_ADD(hh, files->by_handle, handle, sizeof(uint64_t), file);
	touch(files, file);
	return file;
}

struct file *file_new(struct files *files, uint64_t handle, uint64_t ino)
{
	bool has_room = !files->keep || keep_has_room(files->keep, FILE_ROOM);
	struct file *file = has_room ? file_again(files, handle) : NULL;
	if (file)
		file->ino = ino;
	return file;
}

struct resource file_resource(const struct file *file)
{
	struct resource resource = {0};
	if (!file->name)
		return resource;
	resource.kind = resource_kind_of(file->name);
	strcpy(resource.name, file->name);
	return resource;
}

bool file_set_name(struct file *file, const char *name)
{
	char *copy = strdup(name);
	if (!copy)
		return false;
	free(file->name);
	file->name = copy;
	return true;
}

struct file *file_find(struct files *files, uint64_t handle)
{
	struct file *file;
	HASH_FIND(hh, files->by_handle, &handle, sizeof(handle), file);
	if (file)
		touch(files, file);
	return file;
}

void file_free(struct files *files, struct file *file)
{
	HASH_DELETE(hh, files->by_handle, file);
	if (file->is_touched)
		DL_DELETE(files->touched, file);
	if (files->keep)
		keep_drop(files->keep, KEEP_FILE, file->handle);
	party_unref(file->party);
	free(file->name);
	text_release(&file->in);
	text_release(&file->out);
	free(file);
}

void files_release(struct files *files)
{
	struct file *file, *tmp;
	files->keep = NULL;
	HASH_ITER (hh, files->by_handle, file, tmp)
		file_free(files, file);
}

bool files_has_handle_on(struct files *files, uint64_t handle, uint64_t ino)
{
	struct file *file = handle ? file_find(files, handle) : NULL;
	return file && file->ino == ino;
}

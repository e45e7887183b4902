/* See area.h. Large and empty: only pages that were written to exist. */
#include "host/area.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define AREA_MAGIC UINT64_C(0x31616572416b6f6c)
#define HEAD_BYTES ((size_t)4096)
#define AREA_BYTES ((size_t)256 << 20)

_Static_assert(sizeof(struct area_head) <= HEAD_BYTES, "the head has a page");

static int map(struct area *area, int fd, int flags)
{
	struct stat stat;
	if (fstat(fd, &stat) < 0)
		return -errno;
	if (stat.st_size != (off_t)AREA_BYTES)
		return -EINVAL;
	char *memory = mmap(NULL, AREA_BYTES, PROT_READ | PROT_WRITE, flags | MAP_NORESERVE, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	*area = (struct area){
		.fd = fd,
		.head = (struct area_head *)memory,
		.slot = memory + HEAD_BYTES,
		.keep = memory + HEAD_BYTES + AREA_SLOT_BYTES,
		.keep_size = AREA_BYTES - HEAD_BYTES - AREA_SLOT_BYTES,
	};
	return 0;
}

int area_make(struct area *area, uint64_t mount)
{
	int fd = memfd_create("loktfs", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	int error = ftruncate(fd, (off_t)AREA_BYTES) < 0 ? -errno : map(area, fd, MAP_SHARED);
	if (error) {
		close(fd);
		return error;
	}
	area->head->magic = AREA_MAGIC;
	area->head->mount = mount;
	return 0;
}

int area_map(struct area *area, int fd, bool is_private)
{
	struct area mapped;
	int error = map(&mapped, fd, is_private ? MAP_PRIVATE : MAP_SHARED);
	if (error)
		return error;
	if (mapped.head->magic != AREA_MAGIC || mapped.head->init_len > AREA_INIT_MAX ||
	    mapped.head->init_reply_len > AREA_INIT_MAX) {
		munmap(mapped.head, AREA_BYTES);
		return -EINVAL;
	}
	*area = mapped;
	return 0;
}

void area_release(struct area *area)
{
	if (area->fd < 0)
		return;
	munmap(area->head, AREA_BYTES);
	close(area->fd);
	area->fd = -1;
}

/*
 * Test builds only: every allocation of ours goes through here by the linker's --wrap, so that
 * host/fault.h can deny one. A library's own are not counted.
 */
#ifdef LOKT_TEST_HOOKS
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "host/fault.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__real_reallocarray(void *at, size_t count, size_t size);
char *__real_strdup(const char *string);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t items, size_t size);
void *__wrap_realloc(void *at, size_t size);
void *__wrap_reallocarray(void *at, size_t items, size_t size);
char *__wrap_strdup(const char *string);

static bool is_denied(void)
{
	if (!fault_at(FAULT_MEMORY))
		return false;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return is_denied() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t items, size_t size)
{
	return is_denied() ? NULL : __real_calloc(items, size);
}

void *__wrap_realloc(void *at, size_t size)
{
	return is_denied() ? NULL : __real_realloc(at, size);
}

void *__wrap_reallocarray(void *at, size_t items, size_t size)
{
	return is_denied() ? NULL : __real_reallocarray(at, items, size);
}

char *__wrap_strdup(const char *string)
{
	return is_denied() ? NULL : __real_strdup(string);
}
#else
typedef int nothing_is_denied; /* a file must not be empty */
#endif

/*
 * Tests that take each bit or byte of a file in turn take every Nth where STRIDE=N is in the
 * environment. An odd N still meets every bit of a byte.
 */
#ifndef TESTS_STRIDE_H
#define TESTS_STRIDE_H

#include <stddef.h>
#include <stdlib.h>

static inline size_t stride(void)
{
	const char *text = getenv("STRIDE");
	long number = text ? atol(text) : 1;

	return number > 0 ? (size_t)number : 1;
}

#endif

/*
 * Any bytes as JSON of our own making: read as by the reader for other people's.
 */
#include "alike.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	alike((const char *)data, size);
	return 0;
}

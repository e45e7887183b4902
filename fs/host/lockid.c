/* See lockid.h. */
#include "host/lockid.h"

#include <stdio.h>
#include <sys/random.h>

bool lockid_new(char out[LOCK_ID_LEN + 1])
{
	unsigned char bytes[LOCK_ID_LEN / 2];
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		sprintf(out + 2 * i, "%02x", bytes[i]);
	return true;
}

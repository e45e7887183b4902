/*
 * See actorid.h. The host is in it because containers share a machine's ROOT under names of
 * their own.
 */
#include "host/actorid.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sha2.h>

#include "host/smallfile.h"

void actorid_machine(char out[MACHINE_ID_MAX])
{
	ssize_t len = smallfile_read(AT_FDCWD, "/etc/machine-id", out, MACHINE_ID_MAX);

	out[len > 0 ? strcspn(out, "\n") : 0] = '\0';
	if (!out[0] && gethostname(out, MACHINE_ID_MAX) < 0)
		strcpy(out, "unknown");
	out[MACHINE_ID_MAX - 1] = '\0';
}

void actorid_derive(const char *machine, uid_t uid, const char *owner, const char *host,
		    char out[ACTOR_LEN + 1])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char number[16];
	const char *const parts[] = {machine, number, owner, host};
	SHA2_CTX context;

	snprintf(number, sizeof(number), "%u", (unsigned)uid);
	SHA256Init(&context);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		SHA256Update(&context, (const uint8_t *)parts[i], strlen(parts[i]) + 1);
	SHA256Final(digest, &context);
	for (size_t i = 0; i < ACTOR_LEN / 2; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* See withheld.h. */
#include "host/withheld.h"

#include <string.h>

static bool has(const struct withheld *withheld, const char *hash)
{
	for (size_t i = 0; i < withheld->len; i++)
		if (strcmp(withheld->hashes[i], hash) == 0)
			return true;
	return false;
}

bool withheld_note(struct withheld *withheld, const char *complaint, const struct reflines *lines)
{
	static const char words[] = "not our ref ";
	const char *version = complaint ? strstr(complaint, words) : NULL;

	if (!version || withheld->len == WITHHELD_MAX)
		return false;
	version += sizeof words - 1;
	for (size_t i = 0; i < lines->len; i++) {
		const struct refline *line = &lines->lines[i];

		if (strncmp(version, line->version, strlen(line->version)) != 0 ||
		    has(withheld, line->hash))
			continue;
		memcpy(withheld->hashes[withheld->len++], line->hash, sizeof line->hash);
		return true;
	}
	return false;
}

/*
 * See actor.h. How an actor is made where none is given is host/actorid.h's.
 */
#include "lokt/actor.h"

#include <string.h>

bool actor_parse(const char *text, char out[ACTOR_LEN + 1])
{
	static const char digits[] = "0123456789abcdefABCDEF";

	if (strnlen(text, ACTOR_LEN + 1) != ACTOR_LEN || strspn(text, digits) != ACTOR_LEN)
		return false;
	for (size_t i = 0; i < ACTOR_LEN; i++)
		out[i] = (char)(text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 'a' : text[i]);
	out[ACTOR_LEN] = '\0';
	return true;
}

/*
 * Any bytes as the report of a push, as they are and with "Done" behind: a change that nothing is
 * said of stays as it was, a reason is clean text, and what is lost or done has none.
 */
#include <string.h>

#include "host/pushreport.h"
#include "property.h"

static void try_report(const char *text, size_t len, bool is_complete)
{
	struct remote_change changes[2] = {
		{.hash = "00112233445566aa", .fate = REMOTE_UNKNOWN, .why = "x"},
		{.hash = "0011223344556677", .fate = REMOTE_UNKNOWN, .why = "x"},
	};

	pushreport_read(text, len, changes, 2);
	for (int i = 0; i < 2; i++) {
		const char *why = changes[i].why;

		PROPERTY(text_is_clean(why, strlen(why), LOCKREF_WHY_MAX - 1));
		PROPERTY(is_complete || changes[i].fate == REMOTE_UNKNOWN);
		PROPERTY(changes[i].fate == REMOTE_REFUSED || changes[i].fate == REMOTE_UNKNOWN ||
			 !why[0]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = {0};

	try_report((const char *)data, size,
		   size >= 5 && memcmp(data + size - 5, "Done\n", 5) == 0);
	text_add(&text, (const char *)data, size);
	text_puts(&text, "\nDone\n");
	try_report(text.data, text.len, true);
	text_release(&text);
	return 0;
}

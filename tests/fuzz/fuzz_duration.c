/*
 * Any bytes as a duration and as a time: what is taken lies in range and comes back exactly from
 * its own formatting.
 */
#include <string.h>

#include "lokt/duration.h"
#include "property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char span[DURATION_TEXT_MAX], stamp[RFC3339_TEXT_MAX];
	int64_t ms, ns, again;

	if (duration_parse(text, size, &ms) == 0) {
		PROPERTY(ms > 0 && ms <= DURATION_MAX_MS);
		duration_format(ms, span);
		PROPERTY(duration_parse(span, strlen(span), &again) == 0 && again == ms);
		duration_format_short(ms, span);
		PROPERTY(span[0]);
	}
	if (rfc3339_parse(text, size, &ns) == 0) {
		PROPERTY(ns >= 0);
		rfc3339_format(ns, 9, stamp);
		PROPERTY(rfc3339_parse(stamp, strlen(stamp), &again) == 0);
		PROPERTY(again == ns || ns > again); /* an offset may lead past the last year */
	}
	if (size == sizeof ns) {
		memcpy(&ns, data, sizeof ns);
		rfc3339_format(ns, 9, stamp);
		PROPERTY(rfc3339_parse(stamp, strlen(stamp), &again) == 0);
		duration_format(ns, span);
		duration_format_short(ns, span);
	}
	return 0;
}

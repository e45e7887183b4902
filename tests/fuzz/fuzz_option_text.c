/*
 * Any bytes as the options of a claim: what is taken is within its bounds, and what is called
 * incomplete was so at every shorter length that is not complete by itself.
 */
#include <string.h>

#include "lokt/layout.h"
#include "lokt/option_text.h"
#include "lokt/text.h"
#include "property.h"

static void check(const struct options *options)
{
	PROPERTY(options->ttl_ms >= 0 && options->ttl_ms <= DURATION_MAX_MS);
	PROPERTY((options->set & OPTION_TTL) || options->ttl_ms == 0);
	PROPERTY(!(options->set & OPTION_PID) || options->pid > 0);
	PROPERTY(text_is_clean(options->note, strlen(options->note), NOTE_MAX));
	PROPERTY(text_is_clean(options->agent_id, strlen(options->agent_id), OWNER_MAX));
	PROPERTY(!(options->set & OPTION_AGENT_ID) || options->agent_id[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct options options;

	if (size > OPTION_TEXT_MAX)
		return 0;
	switch (options_parse(text, size, &options)) {
	case OPTION_PARSE_OK:
		check(&options);
		break;
	case OPTION_PARSE_BAD:
		break;
	case OPTION_PARSE_NO_MEMORY:
		break;
	case OPTION_PARSE_INCOMPLETE:
		if (size)
			PROPERTY(options_parse(text, size - 1, &options) ==
				 OPTION_PARSE_INCOMPLETE);
	}
	return 0;
}

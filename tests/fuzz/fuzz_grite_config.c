/*
 * Any bytes as grite's config.toml: what is taken is one of few things, what is refused has a
 * line of the text and a reason, and a comment behind the text changes neither.
 */
#include <string.h>

#include "lokt/grite_config.h"
#include "lokt/text.h"
#include "property.h"

static unsigned count_lines(const uint8_t *data, size_t size)
{
	unsigned lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	return lines;
}

static void check(const struct grite_config *config)
{
	char again[ACTOR_LEN + 1];

	PROPERTY(strlen(lock_policy_word(config->policy)) >= 3);
	PROPERTY(!config->default_actor[0] || (actor_parse(config->default_actor, again) &&
					       strcmp(again, config->default_actor) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct grite_config config, again;
	struct grite_fault fault = {0};
	struct text longer = {0};

	if (grite_config_parse((const char *)data, size, &config, &fault)) {
		PROPERTY(fault.line >= 1 && fault.line <= count_lines(data, size));
		PROPERTY(fault.what && fault.what[0]);
		return 0;
	}
	check(&config);
	if (size + 8 > GRITE_CONFIG_MAX)
		return 0;
	text_add(&longer, (const char *)data, size);
	text_puts(&longer, "\n# more");
	PROPERTY(grite_config_parse(longer.data, longer.len, &again, &fault) == 0);
	PROPERTY(again.policy == config.policy &&
		 strcmp(again.default_actor, config.default_actor) == 0);
	text_release(&longer);
	return 0;
}

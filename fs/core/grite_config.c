/*
 * The two keys of ours in grite's file. How TOML is read is toml.h's.
 */
#include "lokt/grite_config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/toml.h"

static const char *const policy_words[] = {
	[LOCK_POLICY_OFF] = "off",
	[LOCK_POLICY_WARN] = "warn",
	[LOCK_POLICY_REQUIRE] = "require",
};

const char *lock_policy_word(enum lock_policy policy)
{
	return policy_words[policy];
}

static const char *set_policy(struct grite_config *config, const char *value)
{
	for (unsigned i = 0; i < sizeof(policy_words) / sizeof(policy_words[0]); i++) {
		if (strcmp(policy_words[i], value) != 0)
			continue;
		config->policy = (enum lock_policy)i;
		return NULL;
	}
	return "lock_policy should be \"off\", \"warn\" or \"require\"";
}

static const char *set_actor(struct grite_config *config, const char *value)
{
	return actor_parse(value, config->default_actor)
		       ? NULL
		       : "default_actor should be a string of 32 hex digits";
}

static const struct row {
	const char *key;
	const char *(*set)(struct grite_config *config, const char *value); /* the fault, or NULL */
	const char *twice;
} rows[] = {
	{"lock_policy", set_policy, "lock_policy is given twice"},
	{"default_actor", set_actor, "default_actor is given twice"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *set_row(struct grite_config *config, const struct toml_pair *pair,
			   bool given[ROWS])
{
	bool is_short = pair->is_string && !pair->value.is_long;

	for (size_t i = 0; i < ROWS; i++) {
		if (pair->key.is_long || strcmp(rows[i].key, pair->key.text) != 0)
			continue;
		if (given[i])
			return rows[i].twice;
		given[i] = true;
		return rows[i].set(config, is_short ? pair->value.text : "");
	}
	return NULL;
}

void grite_config_init(struct grite_config *config)
{
	*config = (struct grite_config){.policy = LOCK_POLICY_WARN};
}

int grite_config_parse(const char *text, size_t len, struct grite_config *out,
		       struct grite_fault *fault)
{
	struct grite_config config;
	struct toml_pair pair;
	struct toml toml;
	bool given[ROWS] = {false};
	int next;

	if (len > GRITE_CONFIG_MAX) {
		*fault = (struct grite_fault){1, "longer than 64 KiB"};
		return -EINVAL;
	}
	grite_config_init(&config);
	toml_begin(&toml, text, len);
	while ((next = toml_next(&toml, &pair)) > 0) {
		const char *what = pair.is_in_table ? NULL : set_row(&config, &pair, given);

		if (what) {
			*fault = (struct grite_fault){pair.line, what};
			return -EINVAL;
		}
	}
	if (next < 0) {
		*fault = (struct grite_fault){toml.line, toml.what};
		return next;
	}
	*out = config;
	return 0;
}

/*
 * Any bytes as a resource and as a file name: what is taken has one name, comes back from its
 * name and from the way it is shown, and overlaps alike from both sides.
 */
#include <string.h>

#include "lokt/resource.h"
#include "property.h"

#define TEXT_MAX 600

static void check(const struct resource *resource)
{
	char display[RESOURCE_NAME_MAX + 1], bytes[RESOURCE_NAME_MAX + 1];
	struct resource again;

	PROPERTY(resource->name[0] && resource->name[0] != '.');
	PROPERTY(!strchr(resource->name, '/') && !strstr(resource->name, ".."));
	PROPERTY(resource_from_name(resource->name, &again) == VERDICT_OK);
	PROPERTY(resource_is_equal(resource, &again) && resource->kind == again.kind);
	PROPERTY(resource_from_text(resource->name, &again) == VERDICT_OK);
	PROPERTY(resource_is_equal(resource, &again));
	resource_display(resource, display);
	PROPERTY(resource_from_text(display, &again) == VERDICT_OK);
	PROPERTY(resource_is_equal(resource, &again));
	resource_bytes(resource, bytes);
	PROPERTY(bytes[0] && strlen(bytes) <= strlen(resource->name));
	PROPERTY(resource->kind == resource_kind_of(bytes));
	PROPERTY(resource_from_bytes(bytes, &again) == VERDICT_OK);
	PROPERTY(resource_is_equal(resource, &again));
	PROPERTY(resource_names_overlap(resource->name, resource->name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct resource from_text, from_name;
	char text[TEXT_MAX + 1];
	enum verdict name_verdict, text_verdict;

	if (size > TEXT_MAX)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	text_verdict = resource_from_text(text, &from_text);
	name_verdict = resource_from_name(text, &from_name);
	if (text_verdict == VERDICT_OK)
		check(&from_text);
	if (name_verdict == VERDICT_OK) {
		check(&from_name);
		PROPERTY(strcmp(from_name.name, text) == 0);
		PROPERTY(text_verdict == VERDICT_OK && resource_is_equal(&from_name, &from_text));
	}
	if (text_verdict == VERDICT_OK)
		for (const char *other = "repo:\0path:src\0issue:1\0"; *other;
		     other += strlen(other) + 1)
			PROPERTY(resource_names_overlap(from_text.name, other) ==
				 resource_names_overlap(other, from_text.name));
	return 0;
}

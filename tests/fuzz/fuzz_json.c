/*
 * Any bytes as a JSON document. What is taken, another reader (cJSON) takes too, and reads the same
 * strings; it is printed as what is taken again and printed alike; and cut off anywhere it is a
 * beginning, which it is not when it is whole.
 */
#include <cjson/cJSON.h>
#include <string.h>

#include "core/json.h"
#include "property.h"

enum { TEXT_MAX = 512, KEY_COUNT = 4 };

static const char *const keys[KEY_COUNT] = {"a", "b", "ttl", "\xC3\xA9"};

static void check_string(struct json value, const cJSON *other)
{
	char text[TEXT_MAX + 1];

	PROPERTY(json_is_string(value) == cJSON_IsString(other));
	PROPERTY(json_is_null(value) == cJSON_IsNull(other));
	if (!json_is_string(value))
		return;
	PROPERTY(json_get_string(value, TEXT_MAX, text) == 0);
	PROPERTY(strcmp(text, other->valuestring) == 0);
}

static void check_value(struct json value, const cJSON *other)
{
	struct json members[KEY_COUNT];
	struct json element;

	check_string(value, other);
	PROPERTY((json_first(value, &element) == 0) == cJSON_IsArray(other));
	if (cJSON_IsArray(other)) {
		for (other = other->child; other; other = other->next) {
			PROPERTY(json_has(element));
			check_value(element, other);
			element = json_next(element);
		}
		PROPERTY(!json_has(element));
		return;
	}
	if (json_members(value, keys, KEY_COUNT, false, members) != 0)
		return;
	PROPERTY(cJSON_IsObject(other));
	for (size_t i = 0; i < KEY_COUNT; i++) {
		const cJSON *member = cJSON_GetObjectItemCaseSensitive(other, keys[i]);

		PROPERTY(json_has(members[i]) == (member != NULL));
		if (member)
			check_value(members[i], member);
	}
}

static void check_print(const struct json_document *document)
{
	char *once = json_print(json_root(document));
	char *twice;
	JSON_DOCUMENT(again);

	PROPERTY(once && json_parse(once, strlen(once), &again) == 0);
	twice = json_print(json_root(&again));
	PROPERTY(twice && strcmp(once, twice) == 0);
	free(once);
	free(twice);
}

static void check_beginnings(const char *text, size_t size, const struct json_document *document)
{
	struct json members[KEY_COUNT];
	size_t first = strcspn(text, "{") + 1;

	PROPERTY(!json_is_beginning(text, size, keys, KEY_COUNT));
	if (json_members(json_root(document), keys, KEY_COUNT, true, members) != 0)
		return;
	while (text[size - 1] != '}')
		size--;
	for (size_t len = first; len < size; len++)
		PROPERTY(json_is_beginning(text, len, keys, KEY_COUNT));
}

/* cJSON reads none of 64 bytes and more. */
static bool has_long_number(const char *text, size_t size)
{
	size_t run = 0;

	for (size_t i = 0; i < size && run < 64; i++)
		run = memchr("0123456789+-.eE", text[i], 15) ? run + 1 : 0;
	return run == 64;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	JSON_DOCUMENT(document);
	cJSON *other;

	if (size > TEXT_MAX || has_long_number(text, size) ||
	    json_parse(text, size, &document) != 0)
		return 0;
	other = cJSON_ParseWithLength(text, size);
	PROPERTY(cJSON_IsObject(other));
	check_value(json_root(&document), other);
	cJSON_Delete(other);
	check_print(&document);
	check_beginnings(text, size, &document);
	return 0;
}

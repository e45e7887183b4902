/* See json.h. */
#include "core/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lokt/duration.h"

void json_release(struct json_document *document)
{
	free(document->text);
	*document = (struct json_document){NULL, 0};
}

static int keep(const char *text, size_t len, char mark, struct json_document *out)
{
	struct span value;
	char *copy;

	if (span_parse(text, len, &value) || *value.at != mark)
		return -EINVAL;
	copy = malloc(value.len);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, value.at, value.len);
	*out = (struct json_document){copy, value.len};
	return 0;
}

int json_parse(const char *text, size_t len, struct json_document *out)
{
	return keep(text, len, '{', out);
}

int json_parse_array(const char *text, size_t len, struct json_document *out)
{
	return keep(text, len, '[', out);
}

struct span json_root(const struct json_document *document)
{
	return (struct span){document->text, document->len, false};
}

void json_add_seconds(struct text *out, int64_t ms)
{
	char decimals[] = ".000";
	size_t len = sizeof decimals - 1;
	int64_t rest = ms % MS_PER_SEC;

	text_add_i64(out, ms / MS_PER_SEC);
	if (rest == 0)
		return;
	for (int i = 3; i > 0; i--, rest /= 10)
		decimals[i] = (char)('0' + rest % 10);
	while (decimals[len - 1] == '0')
		len--;
	text_add(out, decimals, len);
}

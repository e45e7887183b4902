/* See span.h: what texts of others are asked for besides. */
#include <errno.h>

#include "core/scan.h"
#include "lokt/duration.h"
#include "lokt/text.h"

int span_parse(const char *text, size_t len, struct span *out)
{
	struct scan in = {text, text + len, 0};
	struct span value;

	if (!scan_value(&in, &value))
		return -EINVAL;
	scan_space(&in);
	if (in.at < in.end)
		return -EINVAL;
	*out = value;
	return 0;
}

/* The element that begins here, if the array has not ended. */
static struct span element_at(struct span array, const char *at)
{
	struct scan in = {at, array.at + array.len - 1, 1};
	struct span element;

	return scan_value(&in, &element) ? element : (struct span){0};
}

int span_first(struct span array, struct span *first)
{
	if (!span_has(array) || *array.at != '[')
		return -EINVAL;
	*first = element_at(array, array.at + 1);
	return 0;
}

struct span span_next(struct span array, struct span element)
{
	struct scan in = {.end = array.at + array.len - 1, .depth = 1};

	if (!span_has(element))
		return element;
	in.at = element.at + element.len;
	scan_space(&in);
	scan_take(&in, ',');
	return element_at(array, in.at);
}

bool span_is_null(struct span value)
{
	return span_has(value) && *value.at == 'n';
}

int span_get_seconds(struct span value, int64_t *ms)
{
	bool is_number =
		span_has(value) && (*value.at == '-' || (*value.at >= '0' && *value.at <= '9'));

	return is_number ? duration_parse(value.at, value.len, ms) : -EINVAL;
}

/* What a text without white space has next of this one: a string, or a byte. */
static size_t next_piece(struct scan in)
{
	struct span string;

	return *in.at == '"' && scan_value(&in, &string) ? string.len : 1;
}

char *span_print(struct span value)
{
	struct scan in = {.at = value.at};
	struct text out = {0};

	if (!span_has(value))
		return NULL;
	in.end = value.at + value.len;
	for (scan_space(&in); in.at < in.end; scan_space(&in)) {
		size_t len = next_piece(in);

		text_add(&out, in.at, len);
		in.at += len;
	}
	if (out.failed)
		text_release(&out);
	return out.data;
}

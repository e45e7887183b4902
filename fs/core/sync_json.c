/*
 * The report of a sync or a gc, both ways by one table of keys.
 */
#include "core/sync_json.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>

enum { KEY_REMOTE, KEY_FIRST_NUMBER, KEY_COUNT = KEY_FIRST_NUMBER + 7 };

static const char *const keys[KEY_COUNT] = {
	"remote", "imported", "dropped", "pushed", "refused", "conflicts", "removed", "kept",
};

static const size_t offsets[KEY_COUNT] = {
	offsetof(struct sync_report, remote),  offsetof(struct sync_report, imported),
	offsetof(struct sync_report, dropped), offsetof(struct sync_report, pushed),
	offsetof(struct sync_report, refused), offsetof(struct sync_report, conflicts),
	offsetof(struct sync_report, removed), offsetof(struct sync_report, kept),
};

void sync_report_write_keys(struct text *out, const struct sync_report *report)
{
	if (report->remote[0])
		text_key_string(out, keys[KEY_REMOTE], report->remote);
	for (size_t i = KEY_FIRST_NUMBER; i < KEY_COUNT; i++)
		text_key_u64(out, keys[i], *(const unsigned *)((const char *)report + offsets[i]));
}

int sync_json_read(struct span object, struct sync_report *out)
{
	struct sync_report report = {0};
	struct span values[KEY_COUNT];
	int64_t number;

	if (span_object(object, keys, KEY_COUNT, false, values))
		return -EINVAL;
	if (span_has(values[KEY_REMOTE]) &&
	    span_get_clean(values[KEY_REMOTE], OWNER_MAX, report.remote))
		return -EINVAL;
	for (size_t i = KEY_FIRST_NUMBER; i < KEY_COUNT; i++) {
		if (span_get_i64(values[i], 0, UINT_MAX, &number))
			return -EINVAL;
		*(unsigned *)((char *)&report + offsets[i]) = (unsigned)number;
	}
	*out = report;
	return 0;
}

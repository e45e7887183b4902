/*
 * A sync's report as JSON: the object under "sync" in an answer. Private to fs/core, as the
 * reading side is; its keys for others are sync_report_write_keys().
 */
#ifndef CORE_SYNC_JSON_H
#define CORE_SYNC_JSON_H

#include "core/json.h"
#include "lokt/request_json.h"

/* 0, or -EINVAL with *out untouched. Unknown keys are passed over. */
int sync_json_read(struct span object, struct sync_report *out);

#endif

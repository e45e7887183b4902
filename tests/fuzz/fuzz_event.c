/*
 * Any bytes as a journal line, as they are and with the right checksum put behind them: an event
 * that is taken, written and taken again is the same line.
 */
#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "lokt/event.h"
#include "property.h"

static void check(struct event *event)
{
	struct text first = {0}, second = {0};
	struct event again;

	event_write(&first, event);
	PROPERTY(event_parse(first.data, first.len, &again) == 0);
	event_write(&second, &again);
	PROPERTY(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	event_clear(&again);
	text_release(&first);
	text_release(&second);
}

static void try_line(const char *line, size_t len)
{
	struct event event;
	int error = event_parse(line, len, &event);

	PROPERTY(error == 0 || error == -EBADMSG || error == -EINVAL);
	if (error)
		return;
	check(&event);
	event_clear(&event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text line = {0};

	try_line((const char *)data, size);
	text_add(&line, (const char *)data, size);
	while (line.len && line.data[line.len - 1] == '\n')
		line.len--;
	text_printf(&line, ",\"crc\":\"%08lx\"}",
		    crc32_z(0, (const unsigned char *)line.data, line.len));
	try_line(line.data, line.len);
	text_release(&line);
	return 0;
}

/*
 * Any bytes as /proc/PID/stat, and as the command's name in one: whatever a process calls itself,
 * its parent, its start and its state are read as the kernel wrote them.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "host/procstat.h"
#include "lokt/text.h"
#include "property.h"

#define NS_PER_TICK INT64_C(10000000)

static void check_text(const char *text)
{
	struct procstat stat;
	int error = procstat_parse(text, NS_PER_TICK, &stat);

	PROPERTY(error == 0 || error == -EBADMSG);
	if (error)
		return;
	PROPERTY(stat.parent >= 0);
	PROPERTY(stat.start_ns >= 0 && stat.start_ns % NS_PER_TICK == 0);
}

/* The first bytes choose the numbers, the rest is the name. */
static void check_name(const uint8_t *data, size_t size, const char *name)
{
	int parent = size > 1 ? data[0] << 8 | data[1] : INT_MAX;
	int64_t ticks = size > 3 ? data[2] << 8 | data[3] : INT64_MAX / NS_PER_TICK;
	char state = "RSDZTtXxI"[size > 4 ? data[4] % 9 : 0];
	int threads = size > 5 ? data[5] % 3 : 1;
	struct procstat stat;
	struct text line = {0};

	text_printf(&line,
		    "%d (%s) %c %d 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 %d 0 %" PRId64
		    " 0 0 18446744073709551615\n",
		    INT_MAX, name, state, parent, threads, ticks);
	PROPERTY(procstat_parse(line.data, NS_PER_TICK, &stat) == 0);
	PROPERTY(stat.parent == parent && stat.start_ns == ticks * NS_PER_TICK);
	PROPERTY(stat.is_dead == (state == 'X' || state == 'x' || (state == 'Z' && threads <= 1)));
	text_release(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	PROPERTY(text);
	memcpy(text, data, size);
	text[size] = '\0';
	check_text(text);
	check_name(data, size, text);
	free(text);
	return 0;
}

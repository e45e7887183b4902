/*
 * lokt timeline: a picture of who held what, from the audit trail. Starts nothing; what is held
 * and folded is timeline.h's, this reads the trail and puts the picture where it is wanted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "lokt/duration.h"
#include "output.h"
#include "timeline.h"
#include "trail.h"

#define SINCE_DEFAULT_MS (3600 * MS_PER_SEC)

static struct {
	const char *since;
	const char *file;
	int64_t since_ns;
} want;

static const struct option_row options[] = {
	{.name = "since",
	 .takes = TAKES_TEXT,
	 .value = &want.since,
	 .metavar = "D|TIME",
	 .help = "from that long ago, or that time (2026-11-22T03:04:05Z), on (default: 1h)"},
	{.name = "o",
	 .takes = TAKES_TEXT,
	 .value = &want.file,
	 .metavar = "FILE",
	 .help = "write the SVG there (default: stdout)"},
	{0},
};

static int check(const struct call *call)
{
	int64_t span_ms = SINCE_DEFAULT_MS;

	if (want.file && !want.file[0])
		return usage_error(call->command, "-o wants a file's name");
	if (want.since && rfc3339_parse(want.since, strlen(want.since), &want.since_ns) == 0)
		return EXIT_DONE;
	if (want.since && duration_parse(want.since, strlen(want.since), &span_ms) < 0)
		return usage_error(call->command,
				   "--since \"%.100s\": neither a duration (1h, 7d) nor a time "
				   "(2026-11-22T03:04:05Z)",
				   want.since);
	want.since_ns = trail_time_before(span_ms);
	return EXIT_DONE;
}

/* A line that is not understood is left out, as a damaged one is by whoever reads the trail. */
static int visit(const char *line, size_t len, void *context)
{
	struct timeline *timeline = context;
	struct event event;
	int error = event_parse(line, len, &event);

	if (error == -ENOMEM)
		return error;
	if (error == 0) {
		timeline_add(timeline, &event);
		event_clear(&event);
	}
	return timeline->failed ? -ENOMEM : 0;
}

/* All of it, since what was taken long ago may be held now. No ROOT: nothing has happened. */
static int read_trail(const char *root, struct timeline *timeline)
{
	struct trail trail;
	int error = trail_open(&trail, root);

	if (error)
		return error == -ENOENT ? 0 : error;
	error = trail_read(&trail, visit, timeline);
	trail_close(&trail);
	return error;
}

static int write_file(const struct text *svg)
{
	int fd = open(want.file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	size_t done = 0;

	while (fd >= 0 && done < svg->len) {
		ssize_t len = write(fd, svg->data + done, svg->len - done);

		if (len < 0 && errno != EINTR)
			break;
		done += len > 0 ? (size_t)len : 0;
	}
	if (fd < 0 || done < svg->len || close(fd) < 0)
		return output_fail(EXIT_ERROR, "io", "cannot write %s: %s", want.file,
				   strerror(errno));
	output_print("wrote %s\n", want.file);
	return EXIT_DONE;
}

static int run(const struct call *call)
{
	struct timeline timeline = {.from_ns = want.since_ns, .to_ns = trail_time_before(0)};
	struct text svg = {0};
	int status = EXIT_DONE;
	int error;

	if (timeline.to_ns <= timeline.from_ns)
		return usage_error(call->command, "--since \"%.100s\" is not in the past",
				   want.since);
	error = read_trail(call->root, &timeline);
	timeline_finish(&timeline);
	timeline_draw(&timeline, &svg);
	timeline_release(&timeline);
	if (!error && svg.failed)
		error = -ENOMEM;
	if (error)
		status = output_fail(EXIT_ERROR, "io", "cannot read the trail of %s: %s",
				     call->root, strerror(-error));
	else if (want.file)
		status = write_file(&svg);
	else
		output_exact(svg.data, svg.len);
	text_release(&svg);
	return status;
}

const struct command_body cmd_timeline = {options, check, run};

/*
 * Frames of the live table: each is one consistent snapshot, at most one a second. A daemon
 * that goes away is told in the frame, and found again when it is back.
 */
#include "watch.h"

#include <string.h>
#include <time.h>

#include "client.h"
#include "listing.h"
#include "output.h"
#include "screen.h"

#define FRAME_MS 1000
#define HEAD_ROWS 2

struct snapshot {
	const struct call *call;
	struct listing listing;
	size_t locks;
	size_t freezes;
};

static int visit(const struct lease_view *lease, const char *raw, void *context)
{
	struct snapshot *snapshot = context;

	(void)raw;
	if (snapshot->call->has_resource && strcmp(lease->name, snapshot->call->name) != 0)
		return 0;
	listing_add(&snapshot->listing, lease);
	*(lease->is_freeze ? &snapshot->freezes : &snapshot->locks) += 1;
	return 0;
}

static int read_snapshot(const struct call *call, struct snapshot *out)
{
	struct text document = {0};
	struct mount mount;
	int error;

	*out = (struct snapshot){.call = call};
	client_open(call->root, &mount);
	if (mount.state != MOUNT_LIVE)
		return -mount.error;
	error = client_read_status(&mount, &document);
	if (!error)
		error = lease_json_each(document.data ? document.data : "", document.len, visit,
					out);
	client_close(&mount);
	text_release(&document);
	if (error)
		text_release(&out->listing.lines);
	return error;
}

static int show_once(const struct call *call)
{
	struct snapshot snapshot;
	int error = read_snapshot(call, &snapshot);

	if (!error && !snapshot.locks && !snapshot.freezes)
		output_print("no locks\n");
	if (!error)
		error = listing_print(&snapshot.listing);
	if (error)
		return output_fail(EXIT_ERROR, "io", "cannot read the status: %s",
				   strerror(-error));
	return EXIT_DONE;
}

static void add_head(const struct snapshot *snapshot, size_t columns, struct text *out)
{
	struct text head = {0};
	struct tm local;
	char clock[16] = "";
	time_t now = time(NULL);

	if (localtime_r(&now, &local))
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	text_printf(&head, "%s  %zu lock%s, %zu freeze%s  (q quits)  %s", clock, snapshot->locks,
		    snapshot->locks == 1 ? "" : "s", snapshot->freezes,
		    snapshot->freezes == 1 ? "" : "s", snapshot->call->root);
	if (!head.failed)
		listing_add_cut(out, head.data, columns);
	text_puts(out, "\n\n");
	text_release(&head);
}

/* The lines that have room; the last row says how many have not. */
static void add_rows(const struct text *lines, size_t count, size_t rows, struct text *out)
{
	size_t shown = count <= rows ? count : rows ? rows - 1 : 0;
	const char *at = lines->data ? lines->data : "";

	for (size_t i = 0; i < shown && *at; i++) {
		size_t len = strcspn(at, "\n") + 1;

		text_add(out, at, len);
		at += len;
	}
	if (shown < count)
		text_printf(out, "… %zu more\n", count - shown);
}

static void draw(struct screen *screen, const struct call *call)
{
	struct text frame = {0};
	struct text lines = {0};
	struct snapshot snapshot;
	size_t columns;
	size_t rows;
	int error = read_snapshot(call, &snapshot);

	screen_size(screen, &columns, &rows);
	add_head(&snapshot, columns, &frame);
	if (!error)
		error = listing_render(&snapshot.listing, columns, &lines);
	if (error)
		text_printf(&frame, "cannot read the status: %s\n", strerror(-error));
	else
		add_rows(&lines, snapshot.locks + snapshot.freezes,
			 rows > HEAD_ROWS ? rows - HEAD_ROWS : 0, &frame);
	if (!frame.failed)
		screen_show(screen, &frame);
	text_release(&lines);
	text_release(&frame);
}

int watch_run(const struct call *call)
{
	struct screen screen;
	enum wake wake;
	char key = 0;
	int error;

	if (!screen_is_possible())
		return show_once(call);
	error = screen_open(&screen);
	if (error)
		return output_fail(EXIT_ERROR, "io", "cannot use the terminal: %s",
				   strerror(-error));
	do {
		draw(&screen, call);
		wake = screen_wait(&screen, FRAME_MS, &key);
	} while (wake != WAKE_END && !(wake == WAKE_KEY && (key == 'q' || key == 'Q')));
	screen_close(&screen);
	return EXIT_DONE;
}

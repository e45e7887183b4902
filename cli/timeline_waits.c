/*
 * Who waited for what, below the bars of those who held it: pale, in as many tracks as waited side
 * by side.
 */
#include <stdio.h>
#include <string.h>

#include "timeline_picture.h"

#define TRACK_BAR 9
#define WAIT_LETTER 5.2
#define ASKED_FIRST_NS (200 * NS_PER_MS)

/* The first that is free from there on, which is then taken; TRACKS_MAX: there is none. */
static size_t take_track(struct row *row, double x, double end)
{
	size_t track = 0;

	while (track < TRACKS_MAX && row->track_to[track] > x)
		track++;
	if (track < TRACKS_MAX)
		row->track_to[track] = end + 1;
	return track;
}

/* A wait that would be less than two pixels is not drawn, nor one for which there is no room. */
static bool place_wait(struct picture *picture, const struct timeline_wait *wait,
		       struct placed *placed)
{
	size_t row = picture->row_of[wait->lane];
	double x = picture_x(picture, wait->from_ns);
	double end = picture_x(picture, wait->to_ns);
	size_t track;

	if (row >= picture->rows_len || end < x + 2)
		return false;
	track = take_track(&picture->rows[row], x, end);
	if (track == TRACKS_MAX) {
		picture->rows[row].waits_hidden++;
		return false;
	}
	*placed = (struct placed){&picture->rows[row], track, x, end - x};
	return true;
}

static void clear_tracks(struct picture *picture)
{
	for (size_t i = 0; i < picture->rows_len; i++)
		memset(picture->rows[i].track_to, 0, sizeof(picture->rows[i].track_to));
}

void picture_place_waits(struct picture *picture)
{
	const struct timeline *timeline = picture->timeline;
	struct placed placed;

	for (size_t i = 0; i < timeline->waits_len; i++)
		if (place_wait(picture, &timeline->waits[i], &placed) &&
		    placed.track >= placed.row->tracks)
			placed.row->tracks = placed.track + 1;
	clear_tracks(picture);
}

static void draw_wait(const struct picture *picture, const struct timeline_wait *wait,
		      const struct placed *at)
{
	const char *colour = timeline_colours[picture->colour_of[wait->party]];
	const char *party = picture->timeline->parties.list[wait->party];
	double y = at->row->y + ROW + (double)at->track * TRACK - 1;
	char owner[64];
	char waited[DURATION_TEXT_MAX];
	char from[40];
	char to[40];

	picture_duration(wait->waited_ms, waited);
	picture_time(wait->from_ns, "%Y-%m-%d %H:%M:%S", from);
	picture_time(wait->to_ns, "%H:%M:%S", to);
	snprintf(owner, sizeof(owner), "%.*s", (int)strcspn(party, "@"), party);
	text_printf(picture->svg,
		    "<g><rect class=\"wait\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" "
		    "rx=\"2\" fill=\"%s\" stroke=\"%s\"/>",
		    at->x, y, at->width, TRACK_BAR, colour, colour);
	if ((double)(strlen(owner) + strlen(waited) + 1) * WAIT_LETTER + 8 < at->width) {
		text_printf(picture->svg,
			    "<text class=\"waiter\" x=\"%.1f\" y=\"%.1f\" fill=\"%s\">", at->x + 4,
			    y + TRACK_BAR - 1.5, colour);
		picture_escape(picture->svg, owner, sizeof(owner));
		text_printf(picture->svg, " %s</text>", waited);
	}
	text_puts(picture->svg, "<title>");
	picture_escape(picture->svg, party, TITLE_BYTES);
	text_printf(picture->svg, " waited %s for ", waited);
	picture_escape(picture->svg, picture->timeline->lanes.list[wait->lane], TITLE_BYTES);
	text_printf(picture->svg, ", %s to %s</title></g>\n", from, to);
}

void picture_draw_waits(struct picture *picture)
{
	const struct timeline *timeline = picture->timeline;
	struct placed placed;

	for (size_t i = 0; i < timeline->waits_len; i++)
		if (place_wait(picture, &timeline->waits[i], &placed))
			draw_wait(picture, &timeline->waits[i], &placed);
}

/* Index of the first wait that begins then or later. */
static size_t first_wait(const struct timeline *timeline, int64_t from_ns)
{
	size_t low = 0;
	size_t high = timeline->waits_len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (timeline->waits[middle].from_ns < from_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool picture_is_wait(const struct timeline *timeline, const struct timeline_mark *mark)
{
	size_t i = first_wait(timeline, mark->at_ns - ASKED_FIRST_NS);

	for (; i < timeline->waits_len; i++) {
		const struct timeline_wait *wait = &timeline->waits[i];

		if (wait->from_ns > mark->at_ns + ASKED_FIRST_NS)
			return false;
		if (wait->lane == mark->lane && wait->party == mark->party)
			return true;
	}
	return false;
}

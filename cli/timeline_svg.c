/*
 * Draws a timeline as SVG: a row a name, a bar a lease in its owner's colour, below it who waited
 * for it, hatched freezes, a tick a refusal. However much happened, the picture stays small: rows
 * have a limit, and in one row what would be less than a pixel apart becomes one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "timeline_picture.h"

#define WIDTH 1200
#define LEFT 190 /* where time begins; before it stand names */
#define RIGHT 1180
#define TOP 64
#define BAR 16
#define LABEL_BYTES 26
#define LETTER 6.6 /* about how wide one is */
#define COLOURS (sizeof(timeline_colours) / sizeof(timeline_colours[0]))

/* White letters can be read on all of them. The last is everybody else's. */
const char *const timeline_colours[] = {"#4e79a7", "#d9730d", "#3f8f3f", "#8e5aa0", "#b8860b",
					"#2f8f8b", "#7a5a45", "#c2577a", "#5b6fd0", "#6b8e23",
					"#a0413a", "#4a90c2", "#8a8a8a"};

void picture_escape(struct text *svg, const char *string, size_t room)
{
	struct text line = {0};

	text_add_line(&line, string, room);
	for (const char *at = line.data ? line.data : ""; *at; at++) {
		switch (*at) {
		case '<':
			text_puts(svg, "&lt;");
			break;
		case '>':
			text_puts(svg, "&gt;");
			break;
		case '&':
			text_puts(svg, "&amp;");
			break;
		case '"':
			text_puts(svg, "&quot;");
			break;
		default:
			text_add(svg, at, 1);
		}
	}
	if (strlen(string) > room)
		text_puts(svg, "…");
	svg->failed |= line.failed;
	text_release(&line);
}

double picture_x(const struct picture *picture, int64_t at_ns)
{
	const struct timeline *timeline = picture->timeline;
	double span = (double)(timeline->to_ns - timeline->from_ns);
	double part = span > 0 ? (double)(at_ns - timeline->from_ns) / span : 0;

	part = part < 0 ? 0 : part > 1 ? 1 : part;
	return LEFT + part * (RIGHT - LEFT);
}

void picture_duration(int64_t ms, char out[DURATION_TEXT_MAX])
{
	if (ms < MS_PER_SEC)
		snprintf(out, DURATION_TEXT_MAX, "%dms", ms > 0 ? (int)ms : 0);
	else
		duration_format_short(ms, out);
}

static void give_row(struct picture *picture, size_t lane)
{
	if (picture->row_of[lane] != SIZE_MAX)
		return;
	if (picture->rows_len == ROWS_MAX) {
		picture->row_of[lane] = ROWS_MAX;
		picture->left_out++;
		return;
	}
	picture->row_of[lane] = picture->rows_len;
	picture->rows[picture->rows_len++] = (struct row){.lane = lane, .drawn_party = SIZE_MAX};
}

static void give_colour(struct picture *picture, size_t party)
{
	if (picture->colour_of[party] != SIZE_MAX)
		return;
	picture->colour_of[party] = picture->parties < COLOURS - 1 ? picture->parties : COLOURS - 1;
	picture->parties++;
}

static void give_heights(struct picture *picture)
{
	picture->bottom = TOP;
	for (size_t i = 0; i < picture->rows_len; i++) {
		struct row *row = &picture->rows[i];

		row->y = picture->bottom;
		picture->bottom += ROW + (double)row->tracks * TRACK + (row->tracks ? 4 : 0);
	}
}

/* Rows and colours in the order in which names and owners appear. */
static void arrange(struct picture *picture)
{
	const struct timeline *timeline = picture->timeline;

	memset(picture->row_of, 0xff, timeline->lanes.len * sizeof(size_t));
	memset(picture->colour_of, 0xff, timeline->parties.len * sizeof(size_t));
	for (size_t i = 0; i < timeline->spans_len; i++) {
		give_row(picture, timeline->spans[i].lane);
		give_colour(picture, timeline->spans[i].party);
	}
	for (size_t i = 0; i < timeline->marks_len; i++) {
		give_row(picture, timeline->marks[i].lane);
		give_colour(picture, timeline->marks[i].party);
	}
	picture_place_waits(picture);
	give_heights(picture);
}

void picture_time(int64_t wall_ns, const char *format, char out[40])
{
	time_t seconds = (time_t)(wall_ns / NS_PER_SEC);
	struct tm utc;

	if (!gmtime_r(&seconds, &utc) || strftime(out, 40, format, &utc) == 0)
		strcpy(out, "?");
}

/* The smallest round step that makes at most ten of the window. */
static int64_t step_of(int64_t span_ns)
{
	static const int steps[] = {1,	 2,    5,    10,   15,	  30,	 60,	120,   300,   600,
				    900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800};
	int64_t step = NS_PER_SEC;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		step = steps[i] * NS_PER_SEC;
		if (span_ns / step < 10)
			return step;
	}
	while (span_ns / step >= 10)
		step *= 2;
	return step;
}

static void draw_axis(const struct picture *picture)
{
	const struct timeline *timeline = picture->timeline;
	int64_t step = step_of(timeline->to_ns - timeline->from_ns);
	int64_t at = (timeline->from_ns / step + 1) * step;
	const char *format = step < 60 * NS_PER_SEC	     ? "%H:%M:%S"
			     : step < 12 * 3600 * NS_PER_SEC ? "%H:%M"
							     : "%m-%d %H:%M";
	char label[40];

	for (; at < timeline->to_ns; at += step) {
		double x = picture_x(picture, at);

		picture_time(at, format, label);
		text_printf(picture->svg,
			    "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\"/>"
			    "<text class=\"time\" x=\"%.1f\" y=\"%d\">%s</text>\n",
			    x, TOP - 6, x, picture->bottom, x, TOP - 12, label);
	}
}

static void draw_names(const struct picture *picture)
{
	for (size_t i = 0; i < picture->rows_len; i++) {
		const char *name = picture->timeline->lanes.list[picture->rows[i].lane];

		text_printf(picture->svg, "<text class=\"name\" x=\"%d\" y=\"%.1f\">", LEFT - 10,
			    picture->rows[i].y + 13);
		picture_escape(picture->svg, name, LABEL_BYTES);
		text_puts(picture->svg, "<title>");
		picture_escape(picture->svg, name, TITLE_BYTES);
		text_puts(picture->svg, "</title></text>\n");
		if (picture->rows[i].waits_hidden)
			text_printf(picture->svg,
				    "<text class=\"name note\" x=\"%d\" y=\"%.1f\">%zu more waited"
				    "</text>\n",
				    LEFT - 10, picture->rows[i].y + 29,
				    picture->rows[i].waits_hidden);
	}
}

/* What a pointer that rests on it is told. */
static void add_title(const struct picture *picture, const struct timeline_span *span)
{
	const struct timeline *timeline = picture->timeline;
	char from[40];
	char to[40];

	picture_time(span->from_ns, "%Y-%m-%d %H:%M:%S", from);
	picture_time(span->to_ns, "%H:%M:%S", to);
	text_puts(picture->svg, "<title>");
	picture_escape(picture->svg, timeline->lanes.list[span->lane], TITLE_BYTES);
	text_puts(picture->svg, span->is_freeze ? " frozen by " : " held by ");
	picture_escape(picture->svg, timeline->parties.list[span->party], TITLE_BYTES);
	text_printf(picture->svg, ", %s to %s%s%s%s</title>", from, to,
		    span->was_queued ? ", had waited" : "",
		    span->end == EVENT_COUNT ? ", and on" : ", ",
		    span->end == EVENT_COUNT ? "" : event_word(span->end));
}

/* Neither asked for by its holder nor foreseen. */
static bool is_bad_end(enum event_kind kind)
{
	return kind == EVENT_HOLDER_DEAD || kind == EVENT_FORCE_BREAK ||
	       kind == EVENT_STALE_BREAK || kind == EVENT_CONFLICT;
}

/* The owner, and how long, as far as there is room. */
static void add_label(const struct picture *picture, const struct timeline_span *span, double x,
		      double y, double width)
{
	const char *party = picture->timeline->parties.list[span->party];
	size_t letters = strcspn(party, "@");
	double room = width - 8 - (double)letters * LETTER;
	char owner[64];
	char lasted[DURATION_TEXT_MAX];

	if (letters >= sizeof(owner) || room <= 0)
		return;
	snprintf(owner, sizeof(owner), "%.*s", (int)letters, party);
	picture_duration((span->to_ns - span->from_ns) / NS_PER_MS, lasted);
	text_printf(picture->svg, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">",
		    span->is_freeze ? "freezer" : "owner", x + 4, y + 12);
	picture_escape(picture->svg, owner, sizeof(owner));
	if ((double)(strlen(lasted) + 1) * LETTER < room)
		text_printf(picture->svg, " <tspan class=\"lasted\">%s</tspan>", lasted);
	text_puts(picture->svg, "</text>");
}

static void draw_bar(const struct picture *picture, const struct timeline_span *span, double y,
		     double x, double width)
{
	text_printf(picture->svg,
		    "<g><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\" "
		    "fill=\"%s\"/>",
		    x, y, width, BAR,
		    span->is_freeze ? "url(#freeze)"
				    : timeline_colours[picture->colour_of[span->party]]);
	if (span->was_queued)
		text_printf(picture->svg, "<path class=\"queued\" d=\"M%.1f %.1fl-5 4v-8z\"/>", x,
			    y + BAR / 2.0);
	if (is_bad_end(span->end) || span->end == EVENT_EXPIRE)
		text_printf(picture->svg,
			    "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
			    span->end == EVENT_EXPIRE ? "expired" : "broken", x + width, y - 2,
			    x + width, y + BAR + 2);
	add_label(picture, span, x, y, width);
	add_title(picture, span);
	text_puts(picture->svg, "</g>\n");
}

/* One that would be drawn within a pixel of the last is not: it would not be seen. */
static void draw_spans(struct picture *picture, bool freezes)
{
	const struct timeline *timeline = picture->timeline;

	for (size_t i = 0; i < timeline->spans_len; i++) {
		const struct timeline_span *span = &timeline->spans[i];
		size_t row = picture->row_of[span->lane];
		double x = picture_x(picture, span->from_ns);
		double end = picture_x(picture, span->to_ns);
		bool is_seen;

		if (row >= picture->rows_len || span->is_freeze != freezes)
			continue;
		end = end < x + 1 ? x + 1 : end;
		is_seen = end >= picture->rows[row].drawn_to + 1 ||
			  (picture->rows[row].drawn_party != span->party &&
			   end >= picture->rows[row].drawn_to + 0.5);
		if (!is_seen && !freezes)
			continue;
		picture->rows[row].drawn_to = end;
		picture->rows[row].drawn_party = span->party;
		draw_bar(picture, span, picture->rows[row].y, x, end - x);
	}
}

static void draw_marks(struct picture *picture)
{
	const struct timeline *timeline = picture->timeline;

	for (size_t i = 0; i < timeline->marks_len; i++) {
		const struct timeline_mark *mark = &timeline->marks[i];
		size_t row = picture->row_of[mark->lane];
		double x = picture_x(picture, mark->at_ns);

		if (row >= picture->rows_len || x < picture->rows[row].marked_to + 1 ||
		    picture_is_wait(timeline, mark))
			continue;
		picture->rows[row].marked_to = x;
		text_printf(picture->svg,
			    "<g><rect x=\"%.1f\" y=\"%.1f\" width=\"2\" height=\"6\" fill=\"%s\"/>"
			    "<title>",
			    x - 1, picture->rows[row].y + BAR + 2,
			    timeline_colours[picture->colour_of[mark->party]]);
		picture_escape(picture->svg, timeline->parties.list[mark->party], TITLE_BYTES);
		text_printf(picture->svg, " was refused");
		if (mark->count > 1)
			text_printf(picture->svg, " %u times", mark->count);
		text_puts(picture->svg, "</title></g>\n");
	}
}

/* Four in a line. */
static void draw_legend(const struct picture *picture, double y)
{
	size_t shown = 0;
	bool has_others = picture->parties > COLOURS - 1;

	for (size_t party = 0; party < picture->timeline->parties.len; party++) {
		size_t colour = picture->colour_of[party];

		if (colour >= COLOURS - 1 || shown == COLOURS - 1)
			continue;
		text_printf(picture->svg,
			    "<rect x=\"%zu\" y=\"%.1f\" width=\"12\" height=\"12\" fill=\"%s\"/>"
			    "<text x=\"%zu\" y=\"%.1f\">",
			    LEFT + shown % 4 * 245, y + (double)(shown / 4) * 20,
			    timeline_colours[colour], LEFT + shown % 4 * 245 + 18,
			    y + 10 + (double)(shown / 4) * 20);
		picture_escape(picture->svg, picture->timeline->parties.list[party], 30);
		text_puts(picture->svg, "</text>\n");
		shown++;
	}
	text_printf(picture->svg,
		    "<text class=\"note\" x=\"%d\" y=\"%.1f\">%s▸ had waited, pale: how long · "
		    "ticks: refused · orange end: expired · red end: holder died, or broken · "
		    "hatched: frozen · times are UTC</text>\n",
		    LEFT, y + 10 + (double)((shown + 3) / 4) * 20,
		    has_others ? "grey: other owners · " : "");
}

/* Without the line that explains. */
static size_t legend_lines(const struct picture *picture)
{
	size_t named = picture->parties < COLOURS - 1 ? picture->parties : COLOURS - 1;

	return (named + 3) / 4;
}

static void draw_head(const struct picture *picture, double height)
{
	const struct timeline *timeline = picture->timeline;
	char from[40];
	char to[40];

	picture_time(timeline->from_ns, "%Y-%m-%d %H:%M:%S", from);
	picture_time(timeline->to_ns, "%Y-%m-%d %H:%M:%S", to);
	text_printf(picture->svg,
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
		    "viewBox=\"0 0 %d %.0f\" font-family=\"sans-serif\" font-size=\"12\">\n"
		    "<style>.grid{stroke:#ddd}.time{text-anchor:middle;fill:#666}"
		    ".name{text-anchor:end}.owner{fill:#fff;font-size:11px}"
		    ".freezer{font-size:11px;stroke:#fff;stroke-width:3;paint-order:stroke}"
		    ".lasted{fill-opacity:0.75}.queued{fill:#333}.wait{fill-opacity:0.15;stroke-"
		    "opacity:0.6}"
		    ".waiter{font-size:9px}"
		    ".expired{stroke:#f80;stroke-width:2}.broken{stroke:#d00;stroke-width:2}"
		    ".note{fill:#666;font-size:11px}</style>\n"
		    "<defs><pattern id=\"freeze\" width=\"6\" height=\"6\" "
		    "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
		    "<rect width=\"6\" height=\"6\" fill=\"#cfe8ff\" fill-opacity=\"0.6\"/>"
		    "<rect width=\"2\" height=\"6\" fill=\"#5b9bd5\"/></pattern></defs>\n"
		    "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
		    "<text x=\"%d\" y=\"26\" font-size=\"15\">Locks from %s to %s</text>\n",
		    WIDTH, height, WIDTH, height, LEFT, from, to);
}

static void draw(struct picture *picture)
{
	double below;

	arrange(picture);
	below = picture->bottom + (picture->rows_len ? 14 : ROW + 14);
	draw_head(picture, below + 26 + (double)legend_lines(picture) * 20);
	draw_axis(picture);
	draw_names(picture);
	draw_spans(picture, false);
	draw_spans(picture, true);
	picture_draw_waits(picture);
	draw_marks(picture);
	if (picture->rows_len == 0)
		text_printf(picture->svg, "<text x=\"%d\" y=\"%d\">Nothing was held.</text>\n",
			    LEFT, TOP + 13);
	if (picture->left_out)
		text_printf(picture->svg,
			    "<text class=\"note\" x=\"%d\" y=\"%.1f\">and %zu more</text>\n",
			    LEFT - 110, below, picture->left_out);
	draw_legend(picture, below);
	text_puts(picture->svg, "</svg>\n");
}

void timeline_draw(const struct timeline *timeline, struct text *svg)
{
	struct picture *picture = calloc(1, sizeof(*picture));

	if (!picture || timeline->failed) {
		svg->failed = true;
		free(picture);
		return;
	}
	picture->timeline = timeline;
	picture->svg = svg;
	picture->row_of = malloc((timeline->lanes.len + 1) * sizeof(size_t));
	picture->colour_of = malloc((timeline->parties.len + 1) * sizeof(size_t));
	if (picture->row_of && picture->colour_of)
		draw(picture);
	else
		svg->failed = true;
	free(picture->row_of);
	free(picture->colour_of);
	free(picture);
}

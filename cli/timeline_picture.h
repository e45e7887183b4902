/*
 * What the parts of a timeline's drawing share: timeline_svg.c, and timeline_waits.c for who waited.
 */
#ifndef CLI_TIMELINE_PICTURE_H
#define CLI_TIMELINE_PICTURE_H

#include "timeline.h"

#define ROWS_MAX 100
#define ROW 26
#define TRACKS_MAX 8 /* waits beside each other that a row has room for */
#define TRACK 12
#define TITLE_BYTES 600

struct row {
	size_t lane;
	double drawn_to; /* how far its row is filled, by whom */
	double marked_to;
	size_t drawn_party;
	double y;
	size_t tracks;
	size_t waits_hidden;
	double track_to[TRACKS_MAX];
};

struct picture {
	const struct timeline *timeline;
	struct text *svg;
	struct row rows[ROWS_MAX];
	size_t rows_len;
	size_t left_out;
	double bottom;	   /* of the last row */
	size_t *row_of;	   /* by lane; SIZE_MAX: not shown */
	size_t *colour_of; /* by party; SIZE_MAX: not seen */
	size_t parties;
};

/* Where a wait is drawn. */
struct placed {
	struct row *row;
	size_t track;
	double x;
	double width;
};

/* By picture->colour_of. */
extern const char *const timeline_colours[];

double picture_x(const struct picture *picture, int64_t at_ns);
void picture_time(int64_t wall_ns, const char *format, char out[40]);
/* Nothing that has to be escaped, unlike duration_format_short(). */
void picture_duration(int64_t ms, char out[DURATION_TEXT_MAX]);
void picture_escape(struct text *svg, const char *string, size_t room);

/* How many tracks each row needs. */
void picture_place_waits(struct picture *picture);
void picture_draw_waits(struct picture *picture);

/* Who waits may have asked without waiting first; that refusal says nothing more. */
bool picture_is_wait(const struct timeline *timeline, const struct timeline_mark *mark);

#endif

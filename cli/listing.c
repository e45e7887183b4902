/*
 * Columns. A line is put together plain and coloured as a whole, so that cutting it to the
 * terminal's width never cuts an escape sequence.
 */
#include "listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "show.h"

#define COLUMNS 4
#define GAP 2
#define NAME_MIN 8
#define FLAG_WIDTH 8

/* What one line needs of a lease. */
struct line {
	char name[RESOURCE_NAME_MAX + 1];
	char holder[2 * OWNER_MAX + 2];
	char age[DURATION_TEXT_MAX];
	char remaining[DURATION_TEXT_MAX];
	bool is_freeze;
	bool is_dead;
};

static const char *column(const struct line *line, size_t index)
{
	const char *const values[COLUMNS] = {line->name, line->holder, line->age, line->remaining};

	return values[index];
}

static void make_line(const struct lease_view *lease, struct line *line)
{
	*line = (struct line){.is_freeze = lease->is_freeze,
			      .is_dead = lease->pid > 0 && strcmp(lease->pid_status, "dead") == 0};
	snprintf(line->name, sizeof(line->name), "%s", lease->name);
	snprintf(line->holder, sizeof(line->holder), "%s@%s", lease->owner, lease->host);
	duration_format_short(show_age_ms(lease), line->age);
	if (lease->expires_unix_ms)
		duration_format_short(show_remaining_ms(lease), line->remaining);
	else
		snprintf(line->remaining, sizeof(line->remaining), "-");
}

void listing_add(struct listing *listing, const struct lease_view *lease)
{
	struct line line;

	make_line(lease, &line);
	text_add(&listing->lines, (const char *)&line, sizeof(line));
}

/* Characters, so that names in other scripts line up. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void widen(size_t *width, const char *text)
{
	if (width_of(text) > *width)
		*width = width_of(text);
}

void listing_add_cut(struct text *out, const char *value, size_t width)
{
	size_t at = 0;

	if (width_of(value) <= width) {
		text_puts(out, value);
		return;
	}
	for (size_t seen = 0; value[at]; at++) {
		seen += ((unsigned char)value[at] & 0xc0) != 0x80;
		if (seen == width)
			break;
	}
	text_add(out, value, at);
	text_puts(out, "…");
}

static void add_column(struct text *row, const char *value, size_t width)
{
	listing_add_cut(row, value, width);
	for (size_t i = width_of(value); i < width; i++)
		text_puts(row, " ");
	for (size_t i = 0; i < GAP; i++)
		text_puts(row, " ");
}

/* Names give way first on a narrow terminal: they are the longest, and flags come last. */
static void narrow(size_t widths[COLUMNS], size_t room)
{
	size_t total = FLAG_WIDTH;

	for (size_t i = 0; i < COLUMNS; i++)
		total += widths[i] + GAP;
	if (room == 0 || total <= room || widths[0] <= NAME_MIN)
		return;
	widths[0] = widths[0] > total - room + NAME_MIN ? widths[0] - (total - room) : NAME_MIN;
}

static enum colour colour_of(const struct line *line)
{
	if (line->is_freeze)
		return COLOUR_CYAN;
	return line->is_dead ? COLOUR_YELLOW : COLOUR_NONE;
}

static void add_row(struct text *out, const struct text *row, enum colour colour)
{
	if (colour != COLOUR_NONE)
		text_puts(out, output_colour_code(colour));
	output_add_clean(out, row->data, row->len);
	if (colour != COLOUR_NONE)
		text_puts(out, output_colour_code(COLOUR_NONE));
	text_puts(out, "\n");
}

static void add_line(struct text *out, const struct line *line, const size_t widths[COLUMNS],
		     size_t room)
{
	struct text row = {0};
	struct text shown = {0};

	for (size_t i = 0; i < COLUMNS; i++)
		add_column(&row, column(line, i), widths[i]);
	text_puts(&row, line->is_freeze ? "[FROZEN]" : line->is_dead ? "[DEAD]" : "");
	while (!row.failed && row.len && row.data[row.len - 1] == ' ')
		row.data[--row.len] = '\0';
	if (!row.failed)
		listing_add_cut(&shown, row.data, room ? room : SIZE_MAX);
	if (row.failed || shown.failed)
		out->failed = true;
	else
		add_row(out, &shown, colour_of(line));
	text_release(&row);
	text_release(&shown);
}

static int by_name(const void *a, const void *b)
{
	const struct line *left = a;
	const struct line *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : left->is_freeze - right->is_freeze;
}

int listing_render(struct listing *listing, size_t width, struct text *out)
{
	struct line *lines = (void *)listing->lines.data;
	size_t count = listing->lines.len / sizeof(*lines);
	size_t widths[COLUMNS] = {0};
	bool is_whole = !listing->lines.failed;

	if (count)
		qsort(lines, count, sizeof(*lines), by_name);
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < COLUMNS; j++)
			widen(&widths[j], column(&lines[i], j));
	}
	narrow(widths, width);
	for (size_t i = 0; i < count && is_whole; i++)
		add_line(out, &lines[i], widths, width);
	text_release(&listing->lines);
	return is_whole && !out->failed ? 0 : -ENOMEM;
}

int listing_print(struct listing *listing)
{
	struct text out = {0};
	int error = listing_render(listing, output_width(), &out);

	output_lines(&out);
	return error;
}

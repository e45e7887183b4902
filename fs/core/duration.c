/*
 * Spans and points of time as text. Calendar arithmetic is done here with integers, so that
 * neither the locale nor the time zone can change what a journal line means.
 */
#include "lokt/duration.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MIN (60 * NS_PER_SEC)
#define NS_PER_HOUR (60 * NS_PER_MIN)
#define SEC_PER_DAY INT64_C(86400)
#define DURATION_MAX_NS (DURATION_MAX_MS * NS_PER_MS)
#define FRACTION_DIGITS 15 /* more of them only round up */
#define RFC3339_MIN_YEAR 1970
#define RFC3339_MAX_YEAR 2261

/* What is left to be parsed. */
struct input {
	const char *at;
	size_t len;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void skip(struct input *in, size_t len)
{
	in->at += len;
	in->len -= len;
}

static bool take(struct input *in, const char *word)
{
	size_t len = strlen(word);

	if (in->len < len || memcmp(in->at, word, len) != 0)
		return false;
	skip(in, len);
	return true;
}

/* A decimal number: whole (stops just over DURATION_MAX_NS) and fraction / scale. */
struct decimal {
	int64_t whole;
	int64_t fraction;
	int64_t scale;
	bool is_inexact; /* further digits that are not zero */
};

static bool take_decimal(struct input *in, struct decimal *out)
{
	struct decimal number = {.scale = 1};
	size_t digits = 0;

	for (; in->len && is_digit(*in->at); skip(in, 1), digits++)
		if (number.whole <= DURATION_MAX_NS / 10)
			number.whole = number.whole * 10 + (*in->at - '0');
		else
			number.whole = DURATION_MAX_NS + 1;
	if (take(in, ".")) {
		for (int i = 0; in->len && is_digit(*in->at); skip(in, 1), digits++, i++) {
			if (i >= FRACTION_DIGITS) {
				number.is_inexact |= *in->at != '0';
				continue;
			}
			number.fraction = number.fraction * 10 + (*in->at - '0');
			number.scale *= 10;
		}
	}
	*out = number;
	return digits > 0;
}

/* Nanoseconds of the unit that follows; 0 when none does. */
static int64_t take_unit(struct input *in)
{
	static const struct {
		const char *word;
		int64_t ns;
	} units[] = {
		{"ns", 1},
		{"us", NS_PER_US},
		{"\xC2\xB5s", NS_PER_US}, /* micro sign */
		{"\xCE\xBCs", NS_PER_US}, /* Greek mu */
		{"ms", NS_PER_MS},
		{"s", NS_PER_SEC},
		{"m", NS_PER_MIN},
		{"h", NS_PER_HOUR},
		{"d", 24 * NS_PER_HOUR},
	};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (take(in, units[i].word))
			return units[i].ns;
	return 0;
}

/* number × unit, rounded up, at most just over DURATION_MAX_NS. */
static int64_t decimal_to_ns(const struct decimal *number, int64_t unit_ns)
{
	__int128 fraction = (__int128)number->fraction * unit_ns;
	__int128 ns = (__int128)number->whole * unit_ns + fraction / number->scale;

	if (fraction % number->scale || number->is_inexact)
		ns++;
	return ns > DURATION_MAX_NS ? DURATION_MAX_NS + 1 : (int64_t)ns;
}

int duration_parse(const char *text, size_t len, int64_t *ms)
{
	struct input in = {text, len};
	int64_t total = 0;

	do {
		bool is_first = in.len == len;
		struct decimal number;
		int64_t unit_ns;

		if (!take_decimal(&in, &number))
			return -EINVAL;
		unit_ns = take_unit(&in);
		if (unit_ns == 0 && is_first && in.len == 0)
			unit_ns = NS_PER_SEC;
		if (unit_ns == 0)
			return -EINVAL;
		total += decimal_to_ns(&number, unit_ns);
		if (total > DURATION_MAX_NS)
			total = DURATION_MAX_NS + 1;
	} while (in.len);
	if (total == 0)
		return -EINVAL;
	if (total > DURATION_MAX_NS)
		return -ERANGE;
	*ms = (total + NS_PER_MS - 1) / NS_PER_MS;
	return 0;
}

/* Appends number and unit when the number is not zero. */
static void add_part(char out[DURATION_TEXT_MAX], int64_t number, const char *unit)
{
	size_t len = strlen(out);

	if (number)
		snprintf(out + len, DURATION_TEXT_MAX - len, "%lld%s", (long long)number, unit);
}

/* Appends seconds with as many decimals as they need. */
static void add_seconds(char out[DURATION_TEXT_MAX], int64_t ms)
{
	size_t len = strlen(out);

	snprintf(out + len, DURATION_TEXT_MAX - len, "%lld.%03d", (long long)(ms / MS_PER_SEC),
		 (int)(ms % MS_PER_SEC));
	len = strlen(out);
	while (out[len - 1] == '0')
		len--;
	memcpy(out + len, "s", 2);
}

void duration_format(int64_t ms, char out[DURATION_TEXT_MAX])
{
	out[0] = '\0';
	if (ms <= 0) {
		memcpy(out, "0s", sizeof "0s");
		return;
	}
	add_part(out, ms / (3600 * MS_PER_SEC), "h");
	add_part(out, ms / (60 * MS_PER_SEC) % 60, "m");
	ms %= 60 * MS_PER_SEC;
	if (ms % MS_PER_SEC == 0)
		add_part(out, ms / MS_PER_SEC, "s");
	else if (ms < MS_PER_SEC && !out[0])
		add_part(out, ms, "ms");
	else
		add_seconds(out, ms);
}

void duration_format_short(int64_t ms, char out[DURATION_TEXT_MAX])
{
	static const struct {
		int64_t sec;
		const char *word;
	} units[] = {{SEC_PER_DAY, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
	int64_t sec = ms / MS_PER_SEC;
	size_t i = 0;

	out[0] = '\0';
	if (sec <= 0) {
		memcpy(out, "<1s", sizeof "<1s");
		return;
	}
	while (sec < units[i].sec)
		i++;
	add_part(out, sec / units[i].sec, units[i].word);
	if (units[i].sec > 1)
		add_part(out, sec % units[i].sec / units[i + 1].sec, units[i + 1].word);
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 to the first of January. */
static int64_t days_before_year(int year)
{
	int y = year - 1;

	return (int64_t)365 * (year - 1970) + (y / 4 - y / 100 + y / 400) - 477;
}

/* Writes number in exactly `digits` digits and returns what is behind them. */
static char *put_digits(char *at, int64_t number, int digits)
{
	for (int i = digits; i-- > 0; number /= 10)
		at[i] = (char)('0' + number % 10);
	return at + digits;
}

static char *put_date(char *at, int64_t day)
{
	int year = (int)(RFC3339_MIN_YEAR + day / 366);
	int month = 1;

	while (days_before_year(year + 1) <= day)
		year++;
	day -= days_before_year(year);
	while (day >= days_in_month(year, month))
		day -= days_in_month(year, month++);
	at = put_digits(at, year, 4);
	*at++ = '-';
	at = put_digits(at, month, 2);
	*at++ = '-';
	return put_digits(at, day + 1, 2);
}

static char *put_clock(char *at, int64_t second)
{
	at = put_digits(at, second / 3600, 2);
	*at++ = ':';
	at = put_digits(at, second / 60 % 60, 2);
	*at++ = ':';
	return put_digits(at, second % 60, 2);
}

/* A time that rfc3339_parse() would not take back comes out as the nearest one that it does. */
void rfc3339_format(int64_t wall_ns, int digits, char out[RFC3339_TEXT_MAX])
{
	int64_t last_ns = days_before_year(RFC3339_MAX_YEAR + 1) * SEC_PER_DAY * NS_PER_SEC - 1;
	int64_t time_ns = wall_ns < 0 ? 0 : wall_ns > last_ns ? last_ns : wall_ns;
	int64_t sec = time_ns / NS_PER_SEC, ns = time_ns % NS_PER_SEC;
	char *at = put_date(out, sec / SEC_PER_DAY);

	*at++ = 'T';
	at = put_clock(at, sec % SEC_PER_DAY);
	if (digits > 0) {
		*at++ = '.';
		for (int i = digits; i < 9; i++)
			ns /= 10;
		at = put_digits(at, ns, digits);
	}
	memcpy(at, "Z", 2);
}

/* Exactly `digits` digits that give min to max. */
static bool take_number(struct input *in, size_t digits, int min, int max, int *out)
{
	int number = 0;

	if (in->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (!is_digit(in->at[i]))
			return false;
		number = number * 10 + (in->at[i] - '0');
	}
	if (number < min || number > max)
		return false;
	skip(in, digits);
	*out = number;
	return true;
}

/* YYYY-MM-DD, as days since 1970. */
static bool take_date(struct input *in, int64_t *days)
{
	int year, month, day;

	if (!take_number(in, 4, RFC3339_MIN_YEAR, RFC3339_MAX_YEAR, &year) || !take(in, "-") ||
	    !take_number(in, 2, 1, 12, &month) || !take(in, "-") ||
	    !take_number(in, 2, 1, days_in_month(year, month), &day))
		return false;
	*days = days_before_year(year) + day - 1;
	for (int i = 1; i < month; i++)
		*days += days_in_month(year, i);
	return true;
}

static bool take_time(struct input *in, int64_t *ns)
{
	int hour, minute, second;
	int64_t unit = NS_PER_SEC / 10;

	if (!take_number(in, 2, 0, 23, &hour) || !take(in, ":") ||
	    !take_number(in, 2, 0, 59, &minute) || !take(in, ":") ||
	    !take_number(in, 2, 0, 59, &second))
		return false;
	*ns = ((hour * 60 + minute) * 60 + second) * NS_PER_SEC;
	if (!take(in, "."))
		return true;
	if (!in->len || !is_digit(*in->at))
		return false;
	for (; in->len && is_digit(*in->at); skip(in, 1), unit /= 10) {
		if (unit == 0)
			return false;
		*ns += (*in->at - '0') * unit;
	}
	return true;
}

/* Z or +HH:MM, which must end the text. */
static bool take_offset(struct input *in, int64_t *ns)
{
	bool is_west = take(in, "-");
	int hour, minute;

	*ns = 0;
	if (!is_west && (take(in, "Z") || take(in, "z")))
		return in->len == 0;
	if ((!is_west && !take(in, "+")) || !take_number(in, 2, 0, 23, &hour) || !take(in, ":") ||
	    !take_number(in, 2, 0, 59, &minute))
		return false;
	*ns = (hour * 60 + minute) * NS_PER_MIN * (is_west ? -1 : 1);
	return in->len == 0;
}

int rfc3339_parse(const char *text, size_t len, int64_t *wall_ns)
{
	struct input in = {text, len};
	int64_t days, clock_ns, offset_ns, ns;

	if (!take_date(&in, &days) || (!take(&in, "T") && !take(&in, "t") && !take(&in, " ")) ||
	    !take_time(&in, &clock_ns) || !take_offset(&in, &offset_ns))
		return -EINVAL;
	ns = days * SEC_PER_DAY * NS_PER_SEC + clock_ns - offset_ns;
	if (ns < 0)
		return -EINVAL;
	*wall_ns = ns;
	return 0;
}

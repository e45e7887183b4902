/*
 * Durations and times as text, both ways, with what is refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lokt/duration.h"

#define HOUR_MS INT64_C(3600000)

static const struct {
	const char *text;
	int result;
	int64_t ms;
} durations[] = {
	{"90s", 0, 90000},
	{"1h30m", 0, 90 * 60000},
	{"500ms", 0, 500},
	{"1.5h", 0, 90 * 60000},
	{"7d", 0, 168 * HOUR_MS},
	{"30", 0, 30000},
	{"1.5", 0, 1500},
	{".5s", 0, 500},
	{"1.s", 0, 1000},
	{"1ns", 0, 1},
	{"1us", 0, 1},
	{"1\xC2\xB5s", 0, 1},
	{"2000\xCE\xBCs", 0, 2},
	{"2001us", 0, 3},
	{"0.0000000000000000001s", 0, 1},
	{"0s1ms", 0, 1},
	{"1s1h", 0, HOUR_MS + 1000},
	{"36600d", 0, DURATION_MAX_MS},
	{"36600d0.000000000s", 0, DURATION_MAX_MS},
	{"3162240000000000000ns", 0, DURATION_MAX_MS},
	{"", -EINVAL, 0},
	{"0", -EINVAL, 0},
	{"0s", -EINVAL, 0},
	{"0h0m0s", -EINVAL, 0},
	{"-5m", -EINVAL, 0},
	{"+5m", -EINVAL, 0},
	{"5", 0, 5000},
	{"5x", -EINVAL, 0},
	{"5m5", -EINVAL, 0},
	{"m", -EINVAL, 0},
	{".", -EINVAL, 0},
	{".s", -EINVAL, 0},
	{" 5m", -EINVAL, 0},
	{"5m ", -EINVAL, 0},
	{"5 m", -EINVAL, 0},
	{"5M", -EINVAL, 0},
	{"1e3", -EINVAL, 0},
	{"0x10", -EINVAL, 0},
	{"1.2.3s", -EINVAL, 0},
	{"nan", -EINVAL, 0},
	{"36600d1ns", -ERANGE, 0},
	{"36601d", -ERANGE, 0},
	{"18446744073709551616", -ERANGE, 0},
	{"9223372036854775808ns", -ERANGE, 0},
	{"99999999999999999999999999999999999999h", -ERANGE, 0},
	{"30000d30000d", -ERANGE, 0},
	{"99999999999999999999999999999999999999x", -EINVAL, 0},
};

static void durations_parse_as_documented(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
		int64_t ms = -7;
		int result = duration_parse(durations[i].text, strlen(durations[i].text), &ms);

		assert_int_equal(result, durations[i].result);
		assert_int_equal(ms, result ? -7 : durations[i].ms);
	}
}

static void a_length_bounds_what_is_read(void **state)
{
	int64_t ms = -7;

	(void)state;
	assert_int_equal(duration_parse("30ms", 2, &ms), 0);
	assert_int_equal(ms, 30000);
	assert_int_equal(duration_parse("5m\0", 3, &ms), -EINVAL);
}

static void durations_are_formatted_exactly(void **state)
{
	static const struct {
		int64_t ms;
		const char *exact, *people;
	} rows[] = {
		{90 * 60000, "1h30m", "1h30m"},
		{90500, "1m30.5s", "1m30s"},
		{168 * HOUR_MS, "168h", "7d"},
		{500, "500ms", "<1s"},
		{1, "1ms", "<1s"},
		{1001, "1.001s", "1s"},
		{60001, "1m0.001s", "1m"},
		{45000, "45s", "45s"},
		{HOUR_MS + 5000, "1h5s", "1h"},
		{125 * 60000, "2h5m", "2h5m"},
		{76 * HOUR_MS + 59000, "76h59s", "3d4h"},
		{DURATION_MAX_MS, "878400h", "36600d"},
		{0, "0s", "<1s"},
		{-5, "0s", "<1s"},
	};
	char out[DURATION_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t again = 0;

		duration_format(rows[i].ms, out);
		assert_string_equal(out, rows[i].exact);
		if (rows[i].ms > 0) {
			assert_int_equal(duration_parse(out, strlen(out), &again), 0);
			assert_int_equal(again, rows[i].ms);
		}
		duration_format_short(rows[i].ms, out);
		assert_string_equal(out, rows[i].people);
	}
}

static void every_span_comes_back(void **state)
{
	char out[DURATION_TEXT_MAX];

	(void)state;
	for (int64_t ms = 1; ms < DURATION_MAX_MS; ms += ms / 97 + 1) {
		int64_t again = 0;

		duration_format(ms, out);
		assert_int_equal(duration_parse(out, strlen(out), &again), 0);
		assert_int_equal(again, ms);
	}
}

static const struct {
	const char *text;
	int result;
	int64_t ns;
} times[] = {
	{"1970-01-01T00:00:00Z", 0, 0},
	{"2026-11-22T03:04:05.123456789Z", 0, INT64_C(1795316645123456789)},
	{"2026-11-22t03:04:05.123456789z", 0, INT64_C(1795316645123456789)},
	{"2026-11-22 04:04:05.123456789+01:00", 0, INT64_C(1795316645123456789)},
	{"2026-11-21T21:34:05.123456789-05:30", 0, INT64_C(1795316645123456789)},
	{"2026-11-22T03:04:05.1Z", 0, INT64_C(1795316645100000000)},
	{"2024-02-29T00:00:00Z", 0, INT64_C(1709164800000000000)},
	{"2000-02-29T23:59:59Z", 0, INT64_C(951868799000000000)},
	{"2261-12-31T23:59:59.999999999Z", 0, INT64_C(9214646399999999999)},
	{"", -EINVAL, 0},
	{"2026-11-22", -EINVAL, 0},
	{"2026-11-22T03:04:05", -EINVAL, 0},
	{"2026-11-22T03:04:05.Z", -EINVAL, 0},
	{"2026-11-22T03:04:05.1234567890Z", -EINVAL, 0},
	{"2026-11-22T03:04:05Zx", -EINVAL, 0},
	{"2026-11-22T03:04:05+0100", -EINVAL, 0},
	{"2026-11-22T03:04:05+24:00", -EINVAL, 0},
	{"2026-11-22T03:04:05-Z", -EINVAL, 0},
	{"2026-11-22T24:00:00Z", -EINVAL, 0},
	{"2026-11-22T03:60:00Z", -EINVAL, 0},
	{"2026-11-22T03:04:60Z", -EINVAL, 0},
	{"2026-13-01T00:00:00Z", -EINVAL, 0},
	{"2026-00-01T00:00:00Z", -EINVAL, 0},
	{"2026-11-31T00:00:00Z", -EINVAL, 0},
	{"2026-11-00T00:00:00Z", -EINVAL, 0},
	{"2025-02-29T00:00:00Z", -EINVAL, 0},
	{"2100-02-29T00:00:00Z", -EINVAL, 0},
	{"1969-12-31T23:59:59Z", -EINVAL, 0},
	{"1970-01-01T00:00:00+00:01", -EINVAL, 0},
	{"2262-01-01T00:00:00Z", -EINVAL, 0},
	{"26-11-22T03:04:05Z", -EINVAL, 0},
	{"+026-11-22T03:04:05Z", -EINVAL, 0},
};

static void times_parse_as_rfc3339_has_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		int64_t ns = -7;
		int result = rfc3339_parse(times[i].text, strlen(times[i].text), &ns);

		assert_int_equal(result, times[i].result);
		assert_true(ns == (result ? -7 : times[i].ns));
	}
}

static void times_are_formatted_as_libc_would(void **state)
{
	(void)state;
	for (int64_t sec = 0; sec < INT64_C(9214646400); sec += 86399 * 7) {
		char out[RFC3339_TEXT_MAX], expected[RFC3339_TEXT_MAX];
		time_t time = sec;
		struct tm tm;
		int64_t again;

		strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&time, &tm));
		rfc3339_format(sec * NS_PER_SEC, 0, out);
		assert_string_equal(out, expected);
		assert_int_equal(rfc3339_parse(out, strlen(out), &again), 0);
		assert_true(again == sec * NS_PER_SEC);
	}
}

static void a_fraction_has_the_digits_asked_for(void **state)
{
	char out[RFC3339_TEXT_MAX];

	(void)state;
	rfc3339_format(INT64_C(1795316645003456789), 9, out);
	assert_string_equal(out, "2026-11-22T03:04:05.003456789Z");
	rfc3339_format(INT64_C(1795316645003456789), 6, out);
	assert_string_equal(out, "2026-11-22T03:04:05.003456Z");
	rfc3339_format(INT64_C(1795316645003456789), 3, out);
	assert_string_equal(out, "2026-11-22T03:04:05.003Z");
}

static void times_beyond_the_range_come_out_as_its_ends(void **state)
{
	char out[RFC3339_TEXT_MAX];

	(void)state;
	rfc3339_format(-1, 9, out);
	assert_string_equal(out, "1970-01-01T00:00:00.000000000Z");
	rfc3339_format(INT64_MIN, 0, out);
	assert_string_equal(out, "1970-01-01T00:00:00Z");
	rfc3339_format(INT64_MAX, 9, out);
	assert_string_equal(out, "2261-12-31T23:59:59.999999999Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_parse_as_documented),
		cmocka_unit_test(a_length_bounds_what_is_read),
		cmocka_unit_test(durations_are_formatted_exactly),
		cmocka_unit_test(every_span_comes_back),
		cmocka_unit_test(times_parse_as_rfc3339_has_it),
		cmocka_unit_test(times_are_formatted_as_libc_would),
		cmocka_unit_test(a_fraction_has_the_digits_asked_for),
		cmocka_unit_test(times_beyond_the_range_come_out_as_its_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

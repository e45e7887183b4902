# Statistics in (see lib.sh), curves over the number of leases out, as SVG: a panel a measure. What
# should not grow is drawn from zero up; what must is drawn by decades. The dashed line is the aim.

BEGIN {
	WIDE = 240
	HIGH = 150
	GAP_X = 70
	GAP_Y = 74
	COLUMNS = 4
	panel("pair", 1e3, 0, "acquire and release, µs")
	panel("sweep", 1e3, 0, "access() of any held name, µs")
	panel("renew", 1e3, 0, "renew, µs")
	panel("memory", 1, 400, "resident memory a lease, B")
	panel("list", 1e6, 2000, "ls -f, ms", 1)
	panel("restart", 1e6, 5000, "start after a kill, ms", 1)
	panel("second", 1e6, 10, "slowest acquire, expiry in 1 s, ms", 1)
	panel("moment", 1e6, 10, "slowest acquire, expiry at once, ms", 1)
}

function panel(key, unit, aim, title, by_decades) {
	keys[++panels] = key
	units[key] = unit
	aims[key] = aim
	titles[key] = title
	decades[key] = by_decades
}

{
	split($1, part, ".")
	size = part[2]
	if (!(part[1] in titles) || size !~ /^[0-9]+$/ || (part[3] != "" && part[3] != "during"))
		next
	values[part[1], size] = $5 / units[part[1]]
	if (!(size in seen)) {
		seen[size] = 1
		sizes[++count] = size
	}
}

END {
	sort_sizes()
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" " \
		"font-family=\"sans-serif\" font-size=\"11\" fill=\"#333\">\n" \
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		COLUMNS * (WIDE + GAP_X) + 10, 2 * (HIGH + GAP_Y) + 20
	for (i = 1; i <= panels; i++)
		draw(keys[i], (i - 1) % COLUMNS * (WIDE + GAP_X) + GAP_X - 10,
			int((i - 1) / COLUMNS) * (HIGH + GAP_Y) + 40)
	print "</svg>"
}

function sort_sizes(    i, j, swap) {
	for (i = 2; i <= count; i++)
		for (j = i; j > 1 && sizes[j] + 0 < sizes[j - 1] + 0; j--) {
			swap = sizes[j]
			sizes[j] = sizes[j - 1]
			sizes[j - 1] = swap
		}
}

# The power of ten that is not larger.
function decade(value,    power) {
	for (power = 1; power > value; power /= 10)
		;
	for (; power * 10 <= value; power *= 10)
		;
	return power
}

# A round number that is not smaller.
function ceiling(value,    power) {
	power = decade(value)
	return power * (value <= power ? 1 : value <= 2 * power ? 2 : value <= 5 * power ? 5 : 10)
}

# What the panel reaches from and to, in `low` and `high`.
function span(key,    i, value) {
	low = high = aims[key] ? aims[key] : values[key, sizes[1]]
	for (i = 1; i <= count; i++) {
		if (!((key, sizes[i]) in values))
			continue
		value = values[key, sizes[i]]
		low = value < low ? value : low
		high = value > high ? value : high
	}
	high = ceiling(high > 0 ? high : 1)
	low = decades[key] ? decade(low > 0 ? low : 0.001) : 0
	if (decades[key])
		high = decade(high) < high ? decade(high) * 10 : high
}

function y_of(key, top, value) {
	if (decades[key])
		return top + HIGH * (1 - (log(value > low ? value : low) - log(low)) / (log(high) - log(low)))
	return top + HIGH * (1 - value / high)
}

function x_of(left, i) {
	return left + (count > 1 ? (i - 1) * WIDE / (count - 1) : WIDE / 2)
}

function short(size) {
	return size >= 1000000 ? size / 1000000 "M" : size >= 1000 ? size / 1000 "k" : size
}

function rule(left, y, style) {
	printf "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" %s/>\n", left, y, left + WIDE, y, style
}

function scale_of(key, left, top,    value) {
	for (value = low; value <= high * 1.001; value = decades[key] ? value * 10 : value + high / 2) {
		rule(left, y_of(key, top, value), "stroke=\"#ddd\"")
		printf "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.12g</text>\n", left - 6,
			y_of(key, top, value) + 4, value
	}
	if (aims[key])
		rule(left, y_of(key, top, aims[key]), "stroke=\"#c33\" stroke-dasharray=\"5 4\"")
}

function draw(key, left, top,    i, x, y, points) {
	span(key)
	printf "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>\n", left, top - 14, titles[key]
	scale_of(key, left, top)
	for (i = 1; i <= count; i++) {
		if (!((key, sizes[i]) in values))
			continue
		x = x_of(left, i)
		y = y_of(key, top, values[key, sizes[i]])
		points = points sprintf("%.1f,%.1f ", x, y)
		printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#26c\"/>\n" \
			"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n", x, y, x,
			top + HIGH + 16, short(sizes[i])
	}
	printf "<polyline points=\"%s\" fill=\"none\" stroke=\"#26c\" stroke-width=\"2\"/>\n", points
}

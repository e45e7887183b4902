# Statistics in (see lib.sh), curves over the number of leases out, as SVG: a panel a measure, from
# zero up, so that what grows is seen to grow. The dashed line is the aim.

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
	panel("list", 1e3, 2, "ls -f, µs a lease", 1)
	panel("restart", 1e3, 5, "start after a kill, µs a lease", 1)
	panel("second", 1e6, 10, "slowest acquire, expiry in 1 s, ms")
	panel("moment", 1e6, 10, "slowest acquire, expiry at once, ms")
}

function panel(key, unit, aim, title, is_per_lease) {
	keys[++panels] = key
	units[key] = unit
	aims[key] = aim
	titles[key] = title
	per_lease[key] = is_per_lease
}

{
	split($1, part, ".")
	size = part[2]
	if (!(part[1] in titles) || size !~ /^[0-9]+$/ || (part[3] != "" && part[3] != "during"))
		next
	value = $5 / units[part[1]]
	if (per_lease[part[1]])
		value /= size
	values[part[1], size] = value
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

# A round number that is not smaller.
function ceiling(value,    power) {
	power = 10 ^ int(log(value) / log(10) - (value < 1))
	return power * (value <= power ? 1 : value <= 2 * power ? 2 : value <= 5 * power ? 5 : 10)
}

function x_of(left, i) {
	return left + (count > 1 ? (i - 1) * WIDE / (count - 1) : WIDE / 2)
}

function short(size) {
	return size >= 1000000 ? size / 1000000 "M" : size >= 1000 ? size / 1000 "k" : size
}

function draw(key, left, top,    i, most, y, points) {
	most = aims[key]
	for (i = 1; i <= count; i++)
		if (values[key, sizes[i]] > most)
			most = values[key, sizes[i]]
	most = ceiling(most > 0 ? most : 1)
	printf "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>\n", left, top - 14, titles[key]
	for (i = 0; i <= 2; i++) {
		y = top + HIGH * (1 - i / 2)
		printf "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>\n" \
			"<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n", left, y, left + WIDE, y,
			left - 6, y + 4, most * i / 2
	}
	if (aims[key]) {
		y = top + HIGH * (1 - aims[key] / most)
		printf "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#c33\" " \
			"stroke-dasharray=\"5 4\"/>\n", left, y, left + WIDE, y
	}
	for (i = 1; i <= count; i++) {
		if (!((key, sizes[i]) in values))
			continue
		y = top + HIGH * (1 - values[key, sizes[i]] / most)
		points = points sprintf("%.1f,%.1f ", x_of(left, i), y)
		printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#26c\"/>\n" \
			"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n", x_of(left, i), y,
			x_of(left, i), top + HIGH + 16, short(sizes[i])
	}
	printf "<polyline points=\"%s\" fill=\"none\" stroke=\"#26c\" stroke-width=\"2\"/>\n", points
}

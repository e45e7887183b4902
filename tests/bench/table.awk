# Statistics and rows in (see lib.sh), the table out: -v form=text, markdown or json.

BEGIN {
	FS = "[ \t]"
	scale["ns"] = 1
	scale["us"] = 1e3
	scale["ms"] = 1e6
	scale["s"] = 1e9
	head()
}

NR == FNR {
	least[$1] = $3
	tenth[$1] = $4
	median[$1] = $5
	ninetieth[$1] = $6
	count[$1] = $2
	next
}

FNR == 1 { FS = "\t"; $0 = $0 }

$1 ~ groups { line($1, $2, $3, $4, $5, $6, $7) }

END { foot() }

# "1.3*KEY+200000" of medians or of the least; 0 when a key of it was not measured
function sum(text, of,    terms, factors, n, i, m, all, value) {
	n = split(text, terms, "+")
	for (i = 1; i <= n; i++) {
		m = split(terms[i], factors, "*")
		value = factors[m]
		if (value !~ /^[0-9.]+$/) {
			if (!(value in of))
				return 0
			value = of[value]
		}
		all += (m == 2 ? factors[1] : 1) * value
	}
	return all
}

# What was printed is what is judged. Both are made numbers: awk compares text as text.
function is_met(aim, value) {
	return aim ~ /^<=/ ? value + 0 <= substr(aim, 3) + 0 : value + 0 >= substr(aim, 3) + 0
}

function ratio_of(key, base, of,    baseline) {
	baseline = sum(base, of)
	return baseline && key in of ? sprintf("%.2f", of[key] / baseline) : ""
}

function unit_of(unit) {
	return unit in scale ? scale[unit] : 1
}

function figure(of, key, unit,    value) {
	if (!(key in of))
		return "-"
	value = of[key] / unit_of(unit)
	if (value >= 1000 || value == int(value))
		return sprintf("%.0f", value)
	return sprintf(value >= 100 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f", value)
}

# What was not measured is a dash, which nobody overlooks.
function line(group, key, unit, label, base, against, aim,    ratio, best, met, judged) {
	if (base == "-") {
		against = ""
	} else {
		ratio = ratio_of(key, base, median)
		best = ratio_of(key, base, least)
	}
	judged = base != "-" ? ratio : key in median ? median[key] / unit_of(unit) : ""
	met = aim == "" || judged == "" ? "" : is_met(aim, judged) ? "yes" : "no"
	if (form == "json")
		json(group, key, unit, label, sum(base, median), against, ratio, best, aim, met)
	else if (form == "markdown")
		markdown(group, key, unit, label, against, ratio, best, aim, met)
	else
		text(group, key, unit, label, against, ratio, best, aim, met)
}

function markdown(group, key, unit, label, against, ratio, best, aim, met) {
	if (group != last)
		printf "| **%s** | | | | | | | | | |\n", group
	last = group
	sub(/^  /, "· ", label)
	printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", label,
		figure(median, key, unit), figure(least, key, unit), figure(tenth, key, unit),
		figure(ninetieth, key, unit), unit, against == "" ? "" : ratio " × " against, best,
		beautiful(aim), met
}

function beautiful(aim) {
	sub(/^<=/, "≤ ", aim)
	sub(/^>=/, "≥ ", aim)
	return aim
}

function text(group, key, unit, label, against, ratio, best, aim, met) {
	if (group != last)
		printf "%s\n", group
	last = group
	printf "  %-46s %9s %9s %9s %9s %-4s %7s %6s %-7s %-4s %s\n", label, figure(median, key, unit),
		figure(least, key, unit), figure(tenth, key, unit), figure(ninetieth, key, unit), unit,
		against == "" ? "" : ratio "x", best, aim, met, against
}

function number(of, key) {
	return key in of ? of[key] : "null"
}

function json(group, key, unit, label, baseline, against, ratio, best, aim, met) {
	printf "%s\n{\"group\":\"%s\",\"key\":\"%s\",\"label\":\"%s\",\"unit\":\"%s\",\"count\":%d," \
		"\"median\":%s,\"min\":%s,\"p10\":%s,\"p90\":%s", comma, group, key, label,
		unit in scale ? "ns" : unit, count[key], number(median, key), number(least, key),
		number(tenth, key), number(ninetieth, key)
	if (against != "")
		printf ",\"against\":\"%s\",\"baseline\":%.1f,\"ratio\":%s,\"ratio_of_least\":%s",
			against, baseline, ratio == "" ? "null" : ratio, best == "" ? "null" : best
	if (aim != "")
		printf ",\"aim\":\"%s\",\"met\":%s", aim, met == "yes" ? "true" : "false"
	printf "}"
	comma = ","
}

function head() {
	if (form == "json")
		printf "{\"version\":1,\"machine\":\"%s\",\"lines\":[", machine
	else if (form == "markdown")
		printf "%s\n\n| | median | least | 10 %% | 90 %% | | ratio | at best | aim | met |\n%s\n", machine,
			"|---|---:|---:|---:|---:|---|---|---:|---|---|"
	else
		printf "%s\n  %-46s %9s %9s %9s %9s %-4s %7s %6s %-7s %-4s %s\n", machine, "", "median",
			"least", "10 %", "90 %", "", "ratio", "best", "aim", "met", "against"
}

function foot() {
	if (form == "json")
		printf "\n]}\n"
}

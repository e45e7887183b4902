# Makes a script of the commands that a document shows: before each it prints a mark and a number,
# so that what follows is that one's output. What was shown goes to DIR/shown.N, the command
# itself to DIR/ran.N. Variables: dir, mark, style (session: "$ " and "> " in literal blocks;
# blocks: ```sh, its output in the ```text behind it).

function begin() {
	number++
	printf "printf '%s%d\\n'\n", mark, number
	shown = dir "/shown." number
	ran = dir "/ran." number
	printf "" >shown
	printf "" >ran
}

function run(line) {
	print line
	print line >ran
}

/^```/ {
	inside = !inside
	language = inside ? substr($0, 4) : ""
	if (style == "blocks" && language == "sh")
		begin()
	open = 0
	next
}

!inside {
	next
}

style == "blocks" {
	if (language == "sh")
		run($0)
	else if (language == "text" && shown)
		print >shown
	next
}

/^\$ / {
	begin()
	open = 1
	run(substr($0, 3))
	next
}

/^> / && open {
	run(substr($0, 3))
	next
}

open {
	print >shown
}

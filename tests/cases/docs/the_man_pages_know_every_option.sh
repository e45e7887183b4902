#!/bin/bash
# lokt(1) has every command with its options, loktfs(8) every option of the daemon; and the pages
# are written so that scdoc takes them.
. "$(dirname "$0")/../../lib/case.sh"

MAN=$TESTS/../docs/man

plain() {
	sed 's/[*\\]//g' "$1"
}

# the paragraphs whose heads begin with that command
head_of() {
	plain "$MAN/lokt.1.scd" | grep -E "^([a-z]+, )*$1([, ]|\$)" || true
}

commands=0
while read -r command; do
	commands=$((commands + 1))
	head=$(head_of "$command")
	[[ -n $head ]] || fail "lokt(1) has no '$command'"
	while read -r option; do
		[[ $head == *"$option"* ]] || fail "lokt(1) has no '$option' of '$command'"
	done < <("$LOKT" "$command" --help | sed -n 's/^  \(-[-a-z]*\).*/\1/p')
done < <("$LOKT" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
((commands > 20)) || fail "only $commands commands"

while read -r option; do
	[[ $(plain "$MAN/loktfs.8.scd") == *"$option"* ]] || fail "loktfs(8) has no '$option'"
done < <("$LOKTFS" --help | grep -oE '^  (-o )?[-a-z_]+=?' | sed 's/^ *//')

command -v scdoc >/dev/null || skip 'no scdoc, so the pages are not built'
for page in "$MAN"/*.scd; do
	scdoc <"$page" >"$WORK/page" || fail "scdoc does not take $page"
done

#!/bin/bash
# What stands among the lock refs and is no lock is named once in the log; it is not imported, not
# touched, and nothing else is lost by it.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

make_remote
make_clone a
mount_clone a
dir=$WORK/a
at a claim issue:mine
put_lock "$dir" issue:theirs "$(in_ms 600000)"
soon has_ref "$dir" issue:mine
soon at a is_held issue:theirs

junk=()
# junk NAME: the ref that is put in its place
junk() {
	local ref
	ref=$(ref_of "issue:$1")
	junk+=("$ref")
	say "$ref"
}
lock() { # RESOURCE [JQ FILTER]
	jq -cn --arg owner "$THEM" --arg nonce "$(new_id)" --argjson at "$(in_ms 600000)" --arg name "$1" \
		"{owner: \$owner, nonce: \$nonce, expires_unix_ms: \$at, resource: \$name} | ${2:-.}"
}

put_json "$dir" "$(junk text)" <<<'no json at all'
put_json "$dir" "$(junk empty)" </dev/null
put_json "$dir" "$(junk array)" <<<'[]'
put_json "$dir" "$(junk cut)" < <(lock issue:cut | cut -c 1-40)
put_json "$dir" "$(junk nul)" < <(lock issue:nul; printf '\0')
put_json "$dir" "$(junk deep)" < <(printf '[%.0s' {1..5000})
{
	printf '{"owner":"%s","nonce":"%s","expires_unix_ms":1,"resource":"issue:big","note":"' "$THEM" "$(new_id)"
	head -c 50000000 /dev/zero | tr '\0' x
	printf '"}'
} | put_json "$dir" "$(junk big)"
lock issue:another | put_json "$dir" "$(junk hash)"
lock deploy | put_json "$dir" "$LOCKS/$(hash_of deploy)"
junk+=("$(ref_of deploy)")
lock path:../x | put_json "$dir" "$LOCKS/$(hash_of path:../x)"
junk+=("$(ref_of path:../x)")
lock issue:late '.expires_unix_ms = 1200000000000000' | put_json "$dir" "$(junk late)"
lock issue:early '.expires_unix_ms = -1' | put_json "$dir" "$(junk early)"
lock issue:string '.expires_unix_ms = "1200000000000"' | put_json "$dir" "$(junk string)"
lock issue:escape '.owner = "\u001b[31mred\u0007"' | put_json "$dir" "$(junk escape)"
lock issue:nonce '.nonce = "a\nb"' | put_json "$dir" "$(junk nonce)"
lock issue:missing 'del(.nonce)' | put_json "$dir" "$(junk missing)"
lock issue:long '.owner = "x" * 5000' | put_json "$dir" "$(junk long)"

blob=$(lock issue:blob | git -C "$dir" hash-object -w --stdin)
git -C "$dir" update-ref "$(junk blob)" "$blob"
lock issue:tag | put_json "$dir" refs/tagged
tagged=$(git -C "$dir" rev-parse refs/tagged)
tag=$(printf 'object %s\ntype commit\ntag x\ntagger t <t@t> 1 +0000\n\nx\n' "$tagged" |
	git -C "$dir" mktag)
git -C "$dir" update-ref "$(junk tag)" "$tag"
tree=$(printf '100644 blob %s\tlock.json\n' "$blob" | git -C "$dir" mktree)
git -C "$dir" update-ref "$(junk tree)" "$tree"
# lock.json is a directory, a symlink, not alone; and a commit with nothing
for entry in "040000 tree $tree" "120000 blob $blob"; do
	outer=$(printf '%s\tlock.json\n' "$entry" | git -C "$dir" mktree)
	git -C "$dir" update-ref "$(junk "entry${entry:0:2}")" \
		"$(git_as_us -C "$dir" commit-tree -m x "$outer")"
done
git -C "$dir" update-ref "$(junk nothing)" \
	"$(git_as_us -C "$dir" commit-tree -m x "$(git -C "$dir" mktree </dev/null)")"
git -C "$dir" symbolic-ref "$(junk symbolic)" "$(ref_of issue:theirs)"
# names that are no hashes are no lock refs: these are not even named
lock issue:short | put_json "$dir" "$LOCKS/abc"
lock issue:upper | put_json "$dir" "$LOCKS/ABCDEF0123456789"
lock issue:below | put_json "$dir" "$(ref_of issue:blocked)/x"
others=("$LOCKS/abc" "$LOCKS/ABCDEF0123456789" "$(ref_of issue:blocked)/x")

refs=$(lock_refs "$dir")
all_named() {
	local ref
	for ref in "${junk[@]}"; do
		grep -qF "${ref#"$LOCKS/"}" "$ROOT/daemon.log" || return
	done
}
wait_until 20 at a all_named || {
	for ref in "${junk[@]}"; do
		grep -qF "${ref#"$LOCKS/"}" "$dir/.git/lokt/daemon.log" || say "never named: $ref" >&2
	done
	fail 'not all junk is named'
}

# the mirror works on, and looks again without saying so again
at a claim issue:more
soon has_ref "$dir" issue:more
put_lock "$dir" issue:theirs2 "$(in_ms 600000)"
soon at a is_held issue:theirs2
drop_ref "$dir" issue:theirs
soon at a not is_held issue:theirs
at a assert_leases issue:mine issue:more issue:theirs2
for ref in "${junk[@]}"; do
	assert_eq "$(grep -cF "${ref#"$LOCKS/"}" "$dir/.git/lokt/daemon.log")" 1 "lines about $ref"
done
is_left() {
	local ref
	for ref in "${junk[@]}" "${others[@]}"; do
		[[ $ref != "$(ref_of issue:symbolic)" ]] || continue # what it leads to has gone
		grep -qF "$ref $(git -C "$dir" rev-parse "$ref")" <<<"$refs" || fail "$ref was changed"
	done
	git -C "$dir" symbolic-ref -q "$(ref_of issue:symbolic)" >/dev/null || fail 'a symbolic ref was changed'
}
is_left
not grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$dir/.git/lokt/daemon.log" || fail 'control characters in the log'

# and while claims are made of names whose refs are junk, or cannot be: others' refs are written
EXPECT_LOG='git|ref'
at a claims issue:text || true
at a claims issue:blocked || true
at a claims issue:symbolic || true
at a claim issue:last
soon has_ref "$dir" issue:last
nap 0.5
is_left
at a is_held issue:mine
at a release issue:last
soon not has_ref "$dir" issue:last

#!/bin/bash
# A hundred claims at once, and their releases, are written by a handful of git processes; a mount
# that nobody uses runs none.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

make_remote
make_clone a
mkdir "$WORK/counting"
cat >"$WORK/counting/git" <<COUNT
#!/bin/sh
echo "\$*" >>"$WORK/calls"
exec $(command -v git) "\$@"
COUNT
chmod +x "$WORK/counting/git"
: >"$WORK/calls"
PATH=$WORK/counting:$PATH mount_clone a ttl=1h
dir=$WORK/a
calls() {
	wc -l <"$WORK/calls"
}

names=()
for i in {1..100}; do
	names+=("issue:$i")
done
has_refs() {
	[[ $(lock_refs "$dir" | wc -l) == "$1" ]]
}
before=$(calls)
at a eval 'cd "$MNT" && touch "${names[@]}"'
soon has_refs 100
made=$(($(calls) - before))
before=$(calls)
at a eval 'cd "$MNT" && rm "${names[@]}"'
soon has_refs 0
dropped=$(($(calls) - before))
say "100 claims: $made git processes; 100 releases: $dropped"
((made > 0)) || fail 'git is not found where the daemon was told to'
((made <= 40 && dropped <= 40)) || fail "too many: $(tail -n 200 "$WORK/calls")"

at a assert_leases
nap 0.5 # what the last releases have caused
before=$(calls)
nap 2
assert_eq "$(calls)" "$before" 'processes of git while nothing happens'

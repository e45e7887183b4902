#!/bin/bash
# The owner in grite's output: --actor, GRITE_ACTOR, default_actor, or one made from the holder;
# the same for all who look.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

grite_mount
owner_of() {
	grite lock status --json | jq -r --arg name "$1" '.data.locks[] | select(.resource == $name).owner'
}

derived=$(derived_actor)
assert_eq "$(grite lock acquire issue:1 --json | jq -r .data.lock.owner)" "$derived" 'without an actor'
touch "$MNT/issue:2"
assert_eq "$(owner_of issue:2)" "$derived" 'of a touch'
assert_eq "$(field issue:2 actor)" null 'the lease of a touch'
GRITE_ACTOR=$US grite lock acquire issue:3 >/dev/null
GRITE_ACTOR=$US bash -c 'touch "$MNT/issue:4"; true'
GRITE_ACTOR=$US grite lock acquire issue:5 --actor "${THEM^^}" >/dev/null
LOKT_OWNER=bob LOKT_HOST=box grite lock acquire issue:6 >/dev/null
GRITE_ACTOR=nonsense bash -c 'touch "$MNT/issue:7"; true'
stranger_start other env LOKT_OWNER=other
for who in 'bash -c' 'as_agent other'; do
	list=$($who "cd $REPO && grite lock status --json" | jq -c '[.data.locks[].owner]')
	assert_eq "$(jq -r '.[2]' <<<"$list")" "$US" "GRITE_ACTOR, to $who"
	assert_eq "$(jq -r '.[3]' <<<"$list")" "$US" "GRITE_ACTOR of a touch, to $who"
	assert_eq "$(jq -r '.[4]' <<<"$list")" "$THEM" "--actor, to $who"
	assert_eq "$(jq -r '.[0]' <<<"$list")" "$derived" "the derived one, to $who"
	assert_eq "$(jq -r '.[6]' <<<"$list")" "$derived" "of nonsense, to $who"
	[[ $(jq -r '.[5]' <<<"$list") != "$derived" ]] || fail 'another owner has the same actor'
done

# an actor outlives a restart
grite_umount
grite_mount
assert_eq "$(owner_of issue:5)" "$THEM" 'after a restart'

# two actors in one shell are two owners
says 4 '' grite lock release issue:5 --actor "$US"
assert_match "$(<"$WORK/stderr")" "Owner: $THEM"
says 4 '' env "GRITE_ACTOR=$US" grite lock renew issue:5
assert_held issue:5
grite lock renew issue:5 --actor "$THEM" --ttl 1h >/dev/null
assert_eq "$(owner_of issue:5)" "$THEM" 'after a renewal'
grite lock release issue:5 >/dev/null

# default_actor for those that gave none
grite_config "default_actor = \"$THEM\"\n"
assert_eq "$(owner_of issue:1)" "$THEM" default_actor
assert_eq "$(owner_of issue:3)" "$US" 'GRITE_ACTOR before default_actor'

# what is no actor
for actor in '' x "$US"0 "${US:1}" 'zz d15a2c383e2161772f9cea23e87222'; do
	says 2 '' grite lock acquire issue:9 --actor "$actor"
done
says 2 '' env GRITE_ACTOR=x lokt acquire issue:9
grite_config 'default_actor = "x"\n'
says 1 '' grite lock status
assert_match "$(<"$WORK/stderr")" 'grite/config.toml line 1'

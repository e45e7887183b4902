#!/bin/bash
# Texts and exit statuses of lock, unlock and exists, with options on both sides of the name.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
lokt_says 0 'acquired lock "deploy"' lock deploy --ttl 30m
cli_adopt
assert_held deploy
assert_eq "$(field deploy ttl_sec)" 1800 ttl
lokt_says 0 '' exists deploy
lokt_says 3 '' exists other
lokt_says 2 '' lock deploy
and_on_stderr '^error: lock "deploy" held by .+ \(agent: .+\)@.+ \(pid [0-9]+\) for .+'
and_on_stderr 'hint: .*lokt renew deploy'
lokt_says 0 'released lock "deploy"' unlock deploy
assert_free deploy
lokt_says 3 '' unlock deploy
and_on_stderr '^error: '
lokt_says 0 'acquired lock "a"' lock --ttl 90 --note 'a note' a
assert_eq "$(field a ttl_sec) $(field a note)" '90 a note' 'options before the name'
lokt_says 0 'acquired lock "b"' lock b
assert_eq "$(field b ttl_sec)" null 'lock without --ttl'
lokt_says 0 'acquired lock "path:src/app/[slug].ts"' lock 'path:src/app/[slug].ts'
assert_held 'path:src%2Fapp%2F%5Bslug%5D.ts'
lokt_says 0 '' exists 'path:src/app/[slug].ts'
lokt_says 0 'released lock "path:src/app/[slug].ts"' unlock 'path:src%2Fapp%2F%5Bslug%5D.ts'

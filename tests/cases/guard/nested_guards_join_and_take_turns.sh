#!/bin/bash
# A guard inside a guard of its name joins it; nested ones run one at a time, at any depth and also
# behind what closes descriptors; the lease ends with the last of them.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

# A command that notes when it ran: intervals must not overlap.
cat >"$WORK/turn" <<'TURN'
#!/bin/bash
[[ -e $MNT/x ]] || echo "free in $1" >>"$WORK/faults"
mkdir "$WORK/inside" || echo "two at once: $1" >>"$WORK/faults"
sleep 0.05
[[ -e $MNT/x ]] || echo "free in $1" >>"$WORK/faults"
rmdir "$WORK/inside"
echo "$1" >>"$WORK/turns"
TURN
chmod +x "$WORK/turn"
export LOKT

all_done() {
	(($(wc -l <"$WORK/turns") == $1))
}

# all_took_turns N COMMAND: N turns under one guard, without a fault
all_took_turns() {
	rm -f "$WORK/turns"
	lokt_says 0 '' guard x -- bash -c "$2"
	# one that came when the outer guard was ending takes the lock by itself
	wait_until 10 all_done "$1" || fail "turns: $(paste -sd ' ' "$WORK/turns"), expected $1"
	free_within 2 x
	[[ ! -e $WORK/faults ]] || fail "$(<"$WORK/faults")"
}

all_took_turns 1 '"$LOKT" guard x -- "$WORK/turn" a'
all_took_turns 4 'for i in 1 2 3 4; do "$LOKT" guard x -- "$WORK/turn" $i & done; wait'
all_took_turns 4 'for i in 1 2 3 4; do "$LOKT" guard x --wait -- "$WORK/turn" $i & done'
all_took_turns 3 '"$LOKT" guard x -- bash -c "\"\$LOKT\" guard x --wait -- \"\$WORK/turn\" deep &
	\"\$LOKT\" guard x --wait -- \"\$WORK/turn\" deep2 &" & "$LOKT" guard x -- "$WORK/turn" flat & wait'
all_took_turns 4 'for owner in a b a b; do LOKT_OWNER=$owner "$LOKT" guard x -- "$WORK/turn" $owner & done; wait'
all_took_turns 2 'for fd in /proc/self/fd/*; do fd=${fd##*/}; ((fd < 3)) || eval "exec $fd>&-"; done
	"$LOKT" guard x -- "$WORK/turn" closed & "$LOKT" guard x -- "$WORK/turn" closed2 & wait'

# SIGKILL of a nested guard: its turn ends with its command
guard_starts x -- bash -c '"$LOKT" guard x -- bash -c "echo \$PPID >$WORK/pid; touch $WORK/begun
	sleep 0.5; echo first >>$WORK/order" &
	until [[ -e $WORK/begun ]]; do sleep 0.01; done
	kill -9 "$(<"$WORK/pid")"
	"$LOKT" guard x -- bash -c "echo second >>$WORK/order"'
ends_with 0
assert_eq "$(paste -sd ' ' "$WORK/order")" 'first second' 'the order'

# a name in LOKT_HELD whose lease has ended is no excuse
touch "$MNT/x"
export LOKT_HELD="x/00000000000000000000000000000000/$$/65"
fails_with 2 'held by' "$LOKT" guard x -- true
LOKT_HELD="x/$(field x lock_id)/$$/65"
fails_with 2 'held by' "$LOKT" guard x -- true

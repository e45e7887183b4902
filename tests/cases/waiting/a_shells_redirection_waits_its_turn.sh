#!/bin/bash
# exec 9>>f; flock 9 waits; 9> is a claim: it works on a free name and is EBUSY on a held one.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
bash -ec "exec 9>$MNT/x; flock 9; test -e $MNT/x" || fail '9> and flock on a free name'
free=0
wait_until 2 test ! -e "$MNT/x" || free=1
assert_eq "$free" 0 'bound, closed, and still held'

bash -c "exec 9>>$MNT/x; flock 9; touch $WORK/begun; read -r" < <(sleep 1) &
wait_until 10 test -e "$WORK/begun" || fail 'the first does not begin'
fails_with 1 'Device or resource busy' bash -c "exec 9>$MNT/x"
for i in 1 2 3; do
	bash -c "exec 9>>$MNT/x; flock 9; echo $i >>$WORK/order" &
	wait_until 10 grep -q "\"place\":$i" "$MNT/.lokt/queue/x" || fail "$i does not wait"
done
wait
assert_eq "$(paste -sd ' ' "$WORK/order")" '1 2 3' 'the order of grants'
assert_free x

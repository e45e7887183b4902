#!/bin/bash
# lock.sh .locks/build: the lock ends with this shell, however that ends.
exec 9>>"$1" || exit 1
# without -n: wait for it, in order of arrival
flock -n 9 || { echo busy && exit 2; }
echo "held, token $(stat -c %i "$1")"
read -r _   # the work
exec 9>&-   # the lock is free

#!/bin/bash
# Stands for a coding agent: a long-lived process that runs each command it is sent in a fresh
# bash -c. Argument: its directory, with the pipes in and out. Spoken to by case.sh.
set -u
exec 3<>"$1/in" 4<>"$1/out"
echo "$$" >"$1/pid.new"
mv "$1/pid.new" "$1/pid"
while read -r -u 3 _; do
	bash -c "$(<"$1/command")" >"$1/stdout" 2>"$1/stderr" 3>&- 4>&-
	echo "$?" >&4
done

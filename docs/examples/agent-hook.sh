#!/bin/bash
# For a coding agent's harness, before it lets the agent change a file: reads what is about to be
# done as JSON on stdin; ends with 2, and the reason on stderr, where lock_policy refuses.
path=$(jq -r '.tool_input.file_path // .tool_input.path // .file_path // empty') || exit 0
[[ -n $path ]] || exit 0
status=0
said=$(lokt check "$path" 2>&1) || status=$?
[[ -z $said ]] || echo "$said" >&2
case $status in
1) exit 2 ;; # refused
*) exit 0 ;; # fine; or not in a repository
esac

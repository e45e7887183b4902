#!/bin/bash
# docs/examples/lock.go
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/example.sh"

command -v go >/dev/null || skip 'no Go: the example in Go was not run'
GOCACHE=$WORK/gocache GOFLAGS='' GO111MODULE=off go build -o "$WORK/lock" "$EXAMPLES/lock.go"
mount_fs
example_works bound "$WORK/lock"

#!/bin/bash
# --version of both programs has the commit of the checkout that they were configured in, and
# none where there is no checkout: in a tarball, also one inside of another repository.
. "$(dirname "$0")/../../lib/case.sh"

TOP=$(realpath "$TESTS/..")
for program in "$LOKT" "$LOKTFS"; do
	assert_match "$("$program" --version)" \
		"^${program##*/} [0-9]+\.[0-9]+\.[0-9]+( \([0-9a-f]{7,}\))?\$" '--version'
done
assert_eq "$("$LOKT" --version | cut -d ' ' -f 2-)" "$("$LOKTFS" --version | cut -d ' ' -f 2-)" \
	"lokt's and loktfs's"

command -v cmake >/dev/null || skip 'no cmake: only the form was looked at'
said_by() {
	cmake -G Ninja -S "$1" -B "$WORK/build.$2" -DLOKT_TESTS=OFF >"$WORK/cmake.log" 2>&1 ||
		fail "cmake: $(<"$WORK/cmake.log")"
	grep -h 'DLOKT_VERSION' "$WORK/build.$2/build.ninja" | grep -oE '\([0-9a-f]+' || true
}

mkdir "$WORK/tar"
for part in CMakeLists.txt LICENSE README.md CHANGELOG.md cli docs fs include; do
	cp -r "$TOP/$part" "$WORK/tar"
done
assert_eq "$(said_by "$WORK/tar" tar)" '' 'in a tarball'
git init -q "$WORK"
git -C "$WORK" -c user.name=a -c user.email=a@example.org commit -q --allow-empty -m other
assert_eq "$(said_by "$WORK/tar" inside)" '' 'inside of another repository'

git init -q "$WORK/tar"
git -C "$WORK/tar" -c user.name=a -c user.email=a@example.org commit -q --allow-empty -m first
commit=$(git -C "$WORK/tar" rev-parse --short=12 HEAD)
assert_eq "$(said_by "$WORK/tar" checkout | sort -u)" "($commit" 'in a checkout'

# shellcheck shell=bash
# For cases about what is installed: a build directory's files under $PREFIX, as for /usr. Sourced
# after case.sh.

BUILD=$(realpath "$BIN/..")
STAGE=$WORK/stage
# shellcheck disable=SC2034 # for the cases
PREFIX=$STAGE/usr

install_to_stage() {
	command -v cmake >/dev/null || skip 'no cmake'
	[[ -e $BUILD/cmake_install.cmake ]] || skip "no build in $BUILD"
	cmake --install "$BUILD" --prefix "$PREFIX" >"$WORK/install.log" 2>&1 ||
		fail "cmake --install: $(<"$WORK/install.log")"
}

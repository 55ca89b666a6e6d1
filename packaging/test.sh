#!/usr/bin/env bash
# Makes this machine ready for the tests and runs them.
#   packaging/test.sh           lint, format, types, import rules, then all tests
#   packaging/test.sh ARGS      only pytest, with these arguments
# A test that fails is run once more, alone; one that passes then is listed as flaky at the end.
set -euo pipefail

# shellcheck source=packaging/setup.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"
cd "$ROOT"
export LANG=C.UTF-8 LC_ALL=C.UTF-8
# The tests start the program hundreds of times; without bytecode each start compiles it anew,
# which takes 0.8 of its 2.3 seconds of processor time.
unset PYTHONDONTWRITEBYTECODE

# A new database of PostgreSQL is 300 files: 0.04 s in memory, up to 0.4 s on a disk, and 700 tests
# want one. The tests that need a disk mount their own.
use_memory_for_files() {
    local room
    room="$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)" || return 0
    [ -w /dev/shm ] && [ "${room:-0}" -ge "$((4 * 1024 * 1024))" ] || return 0
    TMPDIR="$(mktemp -d /dev/shm/wa-desktop-tests.XXXXXX)"
    export TMPDIR
    chmod 711 "$TMPDIR" # PostgreSQL runs as another user where the tests run as root
    trap 'rm -rf -- "$TMPDIR"' EXIT
}

has_postgresql() {
    command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

# Prints the packages that the tests still want.
missing_for_tests() {
    command -v redis-server >/dev/null 2>&1 || printf 'redis-server\n'
    has_postgresql || printf 'postgresql\n'
    command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] || printf 'pgbouncer\n'
    [ "$(uname -s)" = Linux ] || return 0
    command -v Xvfb >/dev/null 2>&1 || printf 'xvfb\n'
    missing_for_windows xcb
}

step() {
    local name="$1"
    shift
    say "--- $name"
    "$@" </dev/null || die "packaging/test.sh: $name failed."
}

ensure_venv dev
packages=()
while read -r package; do packages+=("$package"); done < <(missing_for_tests)
if [ "${#packages[@]}" -gt 0 ]; then
    install_packages "The tests need some programs of the system." "${packages[@]}"
fi

if [ "$#" -eq 0 ]; then
    step "ruff check" "$PYTHON" -m ruff check .
    step "ruff format" "$PYTHON" -m ruff format --check .
    step "mypy" "$PYTHON" -m mypy
    step "import rules" "$PYTHON" -c \
        'from importlinter.cli import lint_imports_command as run; run(prog_name="lint-imports")'
    say "--- pytest"
fi
# Windows open on a virtual screen that the tests start, not on the one somebody sits at.
unset DISPLAY WAYLAND_DISPLAY
use_memory_for_files
# Many tests wait for a server or a limit: four at a time keep two cores busy.
"$PYTHON" packaging/run_tests.py -n 4 --dist worksteal "$@" </dev/null

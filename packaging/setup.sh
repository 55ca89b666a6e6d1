# shellcheck shell=bash
# What start.sh and test.sh share: finding Python, the virtual environment, system packages.
# Sourced, never run. Written for bash 3.2, which macOS has.

ROOT="$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"
PYTHON="$VENV/bin/python"
CONSTRAINTS="$ROOT/packaging/constraints.txt"

say() { printf '%s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

# Runs a command without its output; when it fails, shows the end of it.
quietly() {
    local log code=0
    log="$(mktemp)"
    "$@" >"$log" 2>&1 </dev/null || code=$?
    [ "$code" -eq 0 ] || tail -n 20 "$log" >&2
    rm -f "$log"
    return "$code"
}

# --- System packages

is_root() { [ "$(id -u)" -eq 0 ]; }

has_apt() { command -v apt-get >/dev/null 2>&1; }

may_use_apt() { has_apt && { is_root || sudo -n true >/dev/null 2>&1; }; }

apt() {
    local sudo=(sudo -n)
    ! is_root || sudo=(env)
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

# install_packages REASON PACKAGE...: installs them, or ends with the line to run.
install_packages() {
    local reason="$1"
    shift
    if ! has_apt; then
        die "$reason Install what your system calls: $*"
    elif ! may_use_apt; then
        die "$reason Run this, then start again: sudo apt-get install -y $*"
    fi
    say "Installing $* …"
    # The first try fails on a machine whose package lists are missing or old.
    apt install "$@" >/dev/null 2>&1 </dev/null && return
    quietly apt update || die "The package lists could not be fetched. Check the network and try again."
    quietly apt install "$@" || die "$reason Run this to see why apt refuses: sudo apt-get install -y $*"
}

# --- Python

is_supported() {
    "$1" -I -S -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
        >/dev/null 2>&1
}

can_make_venv() { "$1" -I -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Prints the path of the first supported Python that passes the given test.
find_python() {
    local test="$1" name path
    for name in python3.13 python3.12 python3.11 python3.14 python3; do
        path="$(command -v "$name" 2>/dev/null)" || continue
        if is_supported "$path" && "$test" "$path"; then
            printf '%s\n' "$path"
            return
        fi
    done
    return 1
}

# The packages that bring a supported Python on this system, newest known first.
python_packages() {
    local python minor
    if python="$(find_python true)"; then
        "$python" -I -S -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
        return
    fi
    ! may_use_apt || quietly apt update || true
    for minor in 13 12 11; do
        if apt-cache show "python3.$minor-venv" >/dev/null 2>&1; then
            printf 'python3.%s-venv\n' "$minor"
            return
        fi
    done
    printf 'python3-venv\n'
}

ensure_python() {
    find_python can_make_venv >/dev/null && return
    local reason="wa-desktop needs Python 3.11 or newer with its venv module."
    if ! has_apt; then
        die "$reason Install it from https://www.python.org/downloads/ or with your package manager."
    fi
    install_packages "$reason" "$(python_packages)"
    find_python can_make_venv >/dev/null || die "$reason This system's packages only have an older one."
}

# --- The virtual environment

venv_works() { [ -x "$PYTHON" ] && is_supported "$PYTHON"; }

make_venv() {
    ensure_python
    rm -rf -- "$VENV"
    quietly "$(find_python can_make_venv)" -m venv "$VENV" ||
        die "The virtual environment $VENV could not be made."
}

# What the environment was made from: it is made anew or completed when any of it changes.
fingerprint() {
    cksum <"$ROOT/pyproject.toml"
    cksum <"$CONSTRAINTS"
    sed -n 's/^version *= *//p' "$VENV/pyvenv.cfg"
    printf '%s\n' "$ROOT"
}

installed() { (cd "$VENV"/lib/python3*/site-packages && ls -d -- *.dist-info) | LC_ALL=C sort; }

# is_ready KIND: true when the environment of that kind is whole.
is_ready() {
    local stamp="$VENV/ready-$1"
    [ -f "$stamp" ] && venv_works || return 1
    [ "$(fingerprint)" = "$(cat "$stamp")" ] || return 1
    # Nothing that was installed may have gone since.
    [ -z "$(installed | LC_ALL=C comm -23 "$stamp.packages" - 2>&1)" ]
}

# Prints the requirements of KIND (run or dev) from pyproject.toml.
requirements() {
    "$PYTHON" -I - "$ROOT/pyproject.toml" "$1" <<'PYTHON'
import sys, tomllib
with open(sys.argv[1], "rb") as file:
    project = tomllib.load(file)
wanted = project["build-system"]["requires"] + project["project"]["dependencies"]
for extra in project["project"]["optional-dependencies"].values():
    wanted += extra
if sys.argv[2] == "dev":
    wanted += project["dependency-groups"]["dev"]
print("\n".join(wanted))
PYTHON
}

pip() { PIP_USER=0 "$PYTHON" -I -m pip --disable-pip-version-check --no-input "$@"; }

install_project() {
    requirements "$1" >"$VENV/requirements.txt"
    quietly pip install --quiet -c "$CONSTRAINTS" -r "$VENV/requirements.txt" ||
        die "The Python packages could not be installed. Check the network and start again."
    quietly pip install --quiet --no-deps --no-build-isolation -e "$ROOT" ||
        die "The project could not be installed into $VENV."
}

mark_ready() {
    installed >"$VENV/ready-$1.packages"
    fingerprint >"$VENV/ready-$1"
}

complete_venv() {
    venv_works || make_venv
    pip --version >/dev/null 2>&1 || quietly "$PYTHON" -I -m ensurepip || make_venv
    rm -f "$VENV"/ready-*
    install_project "$1"
    mark_ready run
    [ "$1" = run ] || mark_ready "$1"
}

# ensure_venv KIND: at once when all is there; else makes or completes the environment.
ensure_venv() {
    is_ready "$1" && return
    say "Preparing $VENV (once, a minute or two) …"
    venv_works || ensure_python
    # One start at a time; the lock ends with this shell. Python has it on every system.
    exec 9<"$CONSTRAINTS"
    "$(find_python true || printf '%s' "$PYTHON")" -I -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
    is_ready "$1" || complete_venv "$1"
    exec 9<&-
}

# --- Qt

FONT_PACKAGES=(fonts-dejavu-core fonts-noto-color-emoji)

# Prints the packages of the libraries that Qt's platform plugin (xcb, wayland) links to if one
# of them is missing. The program itself has the list.
missing_qt_packages() { "$PYTHON" -I "$ROOT/wa_desktop/commands/qt_libraries.py" "$1"; }

lacks_fonts() {
    [ -z "$(find /usr/share/fonts /usr/local/share/fonts "${HOME:-/}/.fonts" \
        "${HOME:-/}/.local/share/fonts" -name '*.[ot]t[fc]' -print -quit 2>/dev/null)" ]
}

# Prints the packages that a window on this platform still wants; nothing when all is there.
missing_for_windows() {
    [ "$(uname -s)" = Linux ] || return 0
    missing_qt_packages "$1"
    ! lacks_fonts || printf '%s\n' "${FONT_PACKAGES[@]}"
}

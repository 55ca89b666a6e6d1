#!/usr/bin/env bash
# Makes wa-desktop ready on this machine and starts it.
#   packaging/start.sh          opens the window
#   packaging/start.sh ARGS     runs `wa-desktop ARGS`, for example `packaging/start.sh demo`
# Only this script uses a .env in the working folder; the program itself does not read one there.
set -euo pipefail

script="${BASH_SOURCE[0]}"
while [ -L "$script" ]; do
    target="$(readlink -- "$script")"
    case "$target" in
        /*) script="$target" ;;
        *) script="$(dirname -- "$script")/$target" ;;
    esac
done
# shellcheck source=packaging/setup.sh
source "$(dirname -- "$script")/setup.sh"

opens_window() {
    case "${1:-}" in
        --env) shift && [ "$#" -gt 0 ] && shift ;;
        --env=*) shift ;;
    esac
    [ "${1:-window}" = window ] || return 1
    case " $* " in *" --help "*) return 1 ;; esac
}

# The platform that Qt will draw on, or the end with a clear word when there is none.
find_display() {
    if [ "$(uname -s)" != Linux ] || [ -n "${DISPLAY:-}" ]; then
        platform=xcb
    elif [ -n "${WAYLAND_DISPLAY:-}" ]; then
        platform=wayland
    else
        die "There is no display for the window (DISPLAY and WAYLAND_DISPLAY are empty)." \
            "Without one, try: packaging/start.sh demo, or: packaging/start.sh serve"
    fi
}

# Names the .env in the working folder to the program, unless the user names another file.
use_env_of_this_folder() {
    local file="$PWD/.env"
    [ -f "$file" ] && [ -z "${WA_DESKTOP_ENV:-}" ] || return 0
    case "${1:-}" in --env | --env=*) return 0 ;; esac
    if [ -O "$file" ]; then
        export WA_DESKTOP_ENV="$file"
        say "Settings from $file"
    else
        say "$file belongs to another user and is not used. To use it: --env $file"
    fi
}

use_env_of_this_folder "$@"
if opens_window "$@"; then
    find_display
    ensure_venv run
    packages=()
    while read -r package; do packages+=("$package"); done < <(missing_for_windows "$platform")
    if [ "${#packages[@]}" -gt 0 ]; then
        install_packages "The window needs some libraries of the system." "${packages[@]}"
    fi
else
    ensure_venv run
fi
# -P: files in the folder where somebody happens to be are never taken for modules.
exec "$PYTHON" -P -m wa_desktop "$@"

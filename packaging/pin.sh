#!/usr/bin/env bash
# Writes packaging/constraints.txt anew after a change of the dependencies in pyproject.toml.
#   packaging/pin.sh              keeps the versions that are pinned, adds what is missing
#   packaging/pin.sh --upgrade    takes the newest versions, but for Qt, which is moved by hand
set -euo pipefail

# shellcheck source=packaging/setup.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"
venv_works || make_venv
work="$(mktemp -d)"
trap 'rm -rf -- "$work"' EXIT

kept='^[^#]'
[ "${1:-}" != --upgrade ] || kept='^(pyside6|shiboken6)'
grep -Ei "$kept" "$CONSTRAINTS" >"$work/kept" || true
requirements dev >"$work/wanted"
pip install --quiet --dry-run --ignore-installed --report "$work/report" \
    -c "$work/kept" -r "$work/wanted"
"$PYTHON" -I - "$work/report" >"$work/constraints" <<'PYTHON'
import json, re, sys
with open(sys.argv[1], encoding="utf-8") as file:
    found = [item["metadata"] for item in json.load(file)["install"]]
print("# The version of every package, written by packaging/pin.sh.")
lines = (re.sub("[-_.]+", "-", m["name"]).lower() + "==" + m["version"] for m in found)
print("\n".join(sorted(lines)))
PYTHON
cp -- "$work/constraints" "$CONSTRAINTS"

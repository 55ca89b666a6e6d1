#!/usr/bin/env bash
# Brings the translations up to date: collects the words of the window and the sentences of the
# core that it may show, then compiles.
#   packaging/translations.sh          after a change of words; then translate what is unfinished
#   packaging/translations.sh --check  changes nothing; fails when something is out of date
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
folder=resources/translations
tools="${TOOLS:-.venv/bin}"

if [ "${1:-}" = --check ]; then
    folder="$(mktemp -d)"
    trap 'rm -rf -- "$folder"' EXIT
    cp resources/translations/*.ts "$folder"
fi
sentences=wa_desktop/window/core_sentences.py
if [ "${1:-}" = --check ]; then
    "$tools/python" packaging/core_sentences.py "$folder/core_sentences.py"
    cmp -- "$folder/core_sentences.py" "$sentences" || {
        echo "Run packaging/translations.sh and commit what changed." >&2
        exit 1
    }
    rm -- "$folder/core_sentences.py"
else
    "$tools/python" packaging/core_sentences.py "$sentences"
fi
mapfile -t sources < <(find wa_desktop/window -name '*.py' | LC_ALL=C sort)
common=(-locations none -no-obsolete -source-language en)
"$tools/pyside6-lupdate" "${sources[@]}" "${common[@]}" \
    -target-language ru -ts "$folder/wa_desktop_ru.ts" >/dev/null
# English needs its plural forms only. (In translate() lupdate sees no plurals: use tr() for them.)
"$tools/pyside6-lupdate" "${sources[@]}" "${common[@]}" -pluralonly \
    -target-language en -ts "$folder/wa_desktop_en.ts" >/dev/null
for language in en ru; do
    "$tools/pyside6-lrelease" -silent "$folder/wa_desktop_$language.ts" \
        -qm "$folder/wa_desktop_$language.qm"
done
if grep -n 'type="unfinished"' "$folder"/*.ts; then
    echo "Some words are not translated yet (see above)." >&2
    exit 1
fi
if [ "${1:-}" = --check ]; then
    for file in "$folder"/*; do
        cmp -- "$file" "resources/translations/${file##*/}" || {
            echo "Run packaging/translations.sh and commit what changed." >&2
            exit 1
        }
    done
fi

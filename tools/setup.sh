#!/bin/sh
# Make the environment: tools/setup.sh VENV run|dev
# "run" installs the studio; "dev" adds the test tools and a virtual screen.
# A stamp named after the hash of pyproject.toml makes the second call return at once.
set -eu

venv=$1
extra=$2
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"

say() { printf '%s\n' "$*" >&2; }

usable() {
    # True where $1 is a Python that can build the environment.
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
        if usable "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    say "Python 3.11 or newer with its venv module is needed and was not found."
    say "On Debian or Ubuntu: sudo apt-get install python3 python3-venv. Elsewhere: python.org. Or name one: make run PYTHON=/path/to/python3"
    exit 1
}

fingerprint() {
    # cksum is on every Unix; a checkout moved to another folder needs a new editable install.
    { cat pyproject.toml tools/setup.sh tools/system_libraries.py studio/*/*.c 2>/dev/null; pwd; } | cksum | tr -d ' '
}

stamp="$venv/.latent-studio-$extra-$(fingerprint)"
if [ -f "$stamp" ]; then
    exit 0
fi

if ! [ -x "$venv/bin/python" ]; then
    python=$(find_python)
    say "Making the environment in $venv with $("$python" --version)"
    "$python" -m venv "$venv"
fi

"$venv/bin/python" tools/system_libraries.py "$extra"

target=.
if [ "$extra" = dev ]; then
    target=".[dev]"
fi
say "Installing the studio and what it needs; the first time this takes a few minutes."
"$venv/bin/python" -m pip install --quiet --progress-bar off -e "$target"

rm -f "$venv"/.latent-studio-"$extra"-*
: > "$stamp"

#!/usr/bin/env bash
# Makes or reuses the virtual environment .venv-NAME with what REQUIREMENTS pins, and prints its python.
# usage: Tools/python-env.sh NAME REQUIREMENTS
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
venv="$root/.venv-$1"
requirements=$2
stamp=$(sha256sum "$requirements" | cut -d' ' -f1)
if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "Python 3.11 or newer is needed; $(python3 --version) was found." >&2
        exit 3
    }
    rm -rf "$venv"
    python3 -m venv "$venv" >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" >&2
    echo "$stamp" >"$venv/stamp"
fi
echo "$venv/bin/python"

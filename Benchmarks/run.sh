#!/usr/bin/env bash
# Measures cold clones, updates and memory against git, HTTP, specklepy and the floor. See bench.py. Real IFC models are
# taken from MODELS, ../shared/data unless told, when there are any.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=$("$here/../Tools/python-env.sh" bench "$here/requirements.txt")
mkdir -p "$here/.build-floor"
cc -O2 -pthread -o "$here/.build-floor/floor" "$here/floor.c" -lzstd -lcrypto
exec "$python" -W ignore "$here/bench.py" --floor "$here/.build-floor/floor" \
    --models "${MODELS:-$here/../../shared/data}" "$@"

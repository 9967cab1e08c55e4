#!/usr/bin/env bash
# Sends a building to region A, mirrors it to region B, receives it from B and compares every byte.
# usage: Demo/run.sh [MODEL.ifc]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=$("$here/../Tools/python-env.sh" demo "$here/requirements.txt")
exec "$python" -W ignore "$here/demo.py" "$@"

#!/usr/bin/env bash
# Runs regions of the program that TIEBEAM_BINARY names through CHAOS_SECONDS of chaos that CHAOS_SEED stands for.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python3 -W error "$here/test_checker.py"
python3 -W error "$here/test_proxy.py"
python=$("$here/../../Tools/python-env.sh" chaos "$here/requirements.txt")
"$python" -W ignore "$here/chaos.py" "${CHAOS_SECONDS:-600}" ${CHAOS_SEED:+"$CHAOS_SEED"}
exec python3 -W ignore "$here/edge_chaos.py" "${CHAOS_SECONDS:-600}" ${CHAOS_SEED:+"$CHAOS_SEED"}

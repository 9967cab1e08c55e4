#!/usr/bin/env bash
# Compares the sync protocol and GraphQL with independent implementations, against the programs that TIEBEAM_BINARY and
# GRAPHQL_HARNESS name.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
"$root/Tests/Conformance/sync/run.sh"
python=$("$root/Tools/python-env.sh" conformance "$root/Tests/Conformance/requirements.txt")
"$python" "$root/Tests/Conformance/graphql/compare.py" "$GRAPHQL_HARNESS"

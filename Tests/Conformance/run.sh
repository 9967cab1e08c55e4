#!/usr/bin/env bash
# Compares the sync protocol, GraphQL and the other routes with independent implementations, against the programs that
# TIEBEAM_BINARY and GRAPHQL_HARNESS name.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
"$root/Tests/Conformance/sync/run.sh"
python=$("$root/Tools/python-env.sh" conformance "$root/Tests/Conformance/requirements.txt")
"$python" "$root/Tests/Conformance/graphql/compare.py" "$GRAPHQL_HARNESS"
python=$("$root/Tools/python-env.sh" openapi "$root/Tests/Conformance/openapi/requirements.txt")
"$python" "$root/Tests/Conformance/openapi/check_api.py"

#!/usr/bin/env bash
# Compares GraphQL and the sync protocol with independent implementations.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
python=$("$root/Tools/python-env.sh" conformance "$root/Tests/Conformance/requirements.txt")
"$python" "$root/Tests/Conformance/sync/check_vectors.py"
"$python" "$root/Tests/Conformance/graphql/compare.py" "$(cd "$root" && swift build --show-bin-path)/graphql-harness"

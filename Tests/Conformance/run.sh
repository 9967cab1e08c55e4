#!/usr/bin/env bash
# Compares GraphQL and the sync protocol with independent implementations.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
python=$("$root/Tools/python-env.sh" conformance "$root/Tests/Conformance/requirements.txt")
cd "$root/Tests/Conformance/sync"
"$python" check_vectors.py
"$python" check_spec.py
"$python" test_client.py
cd ../graphql
"$python" compare.py "$(cd "$root" && swift build --show-bin-path)/graphql-harness"

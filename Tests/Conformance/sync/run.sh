#!/bin/bash
# Holds Spec/, its vectors, the second codec and its client against each other and, when TIEBEAM_BINARY names the
# program, against a real node. Stops at the first difference.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=$("$here/../../../Tools/python-env.sh" sync "$here/requirements.txt")
cd "$here"
"$python" check_vectors.py
"$python" make_example.py --check
"$python" check_spec.py
"$python" test_client.py
if [ -n "${TIEBEAM_BINARY:-}" ]; then "$python" check_node.py; fi

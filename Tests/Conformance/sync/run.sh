#!/usr/bin/env bash
# Holds Spec/, its vectors, the second codec and its client against each other and against a real node of the program
# that TIEBEAM_BINARY names. Stops at the first difference.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=$("$here/../../../Tools/python-env.sh" sync "$here/requirements.txt")
cd "$here"
"$python" check_vectors.py
"$python" make_example.py --check
"$python" check_spec.py
"$python" test_client.py
"$python" check_node.py
"$python" check_roster.py
"$python" check_joining.py
"$python" check_edges.py
"$python" check_hostile.py

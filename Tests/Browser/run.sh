#!/usr/bin/env bash
# Does on the pages of the node that TIEBEAM_BINARY names what people do, in Debian's Chromium. Pictures are in .build-pages.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=$("$here/../../Tools/python-env.sh" browser "$here/requirements.txt")
"$python" -W error "$here/test_account_pages.py"
"$python" -W error "$here/test_sign_in_elsewhere.py"

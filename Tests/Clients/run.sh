#!/usr/bin/env bash
# Runs the tests with real clients against the program that TIEBEAM_BINARY names.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python3 -W error "$here/test_http.py"
python3 -W error "$here/test_objects.py"
python3 -W error "$here/test_models.py"
python3 -W error "$here/test_graphql_http.py"
python3 -W error "$here/test_modules.py"
python3 -W error "$here/test_uploads.py"
python3 -W error "$here/test_file_imports.py"
python3 -W error "$here/test_previews.py"
python3 -W error "$here/test_subscriptions.py"
python3 -W error "$here/test_comments.py"
python3 -W error "$here/test_viewers.py"
python3 -W error "$here/test_comments_apart.py"
python3 -W error "$here/test_webhooks.py"
python3 -W error "$here/test_webhook_deliveries.py"
python3 -W error "$here/test_people.py"
python3 -W error "$here/test_apps.py"
python3 -W error "$here/test_accounts.py"
python3 -W error "$here/test_rights.py"
python3 -W error "$here/test_sync.py"
python3 -W error "$here/test_regions.py"
python3 -W error "$here/test_edges.py"
python=$("$here/../../Tools/python-env.sh" mail "$here/requirements-mail.txt")
"$python" -W error "$here/test_mail.py"
python=$("$here/../../Tools/python-env.sh" specklepy-2 "$here/requirements-2.txt")
"$python" -W ignore "$here/test_specklepy_2.py"
"$python" -W ignore "$here/test_documents.py"
for version in 3 2026; do
    python=$("$here/../../Tools/python-env.sh" "specklepy-$version" "$here/requirements-$version.txt")
    echo "With $("$python" -m pip list 2>/dev/null | grep -i '^specklepy ')"
    "$python" -W ignore "$here/test_specklepy.py"
    "$python" -W ignore "$here/test_specklepy.py" --edge
    "$python" -W ignore "$here/test_documents.py"
done
"$python" -W ignore "$here/test_bundles.py"

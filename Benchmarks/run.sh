#!/usr/bin/env bash
# Builds what a benchmark needs and runs it: run.sh bench.py, bench_sync.py, bench_replication.py, bench_api.py or
# bench_webhooks.py, then its options.
# Real IFC models are taken from MODELS, ../shared/data unless told, when there are any.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
script=$1
shift
python=$("$here/../Tools/python-env.sh" bench "$here/requirements.txt")
programs="$here/.build-programs"
mkdir -p "$programs"
cc -O2 -pthread -o "$programs/floor" "$here/floor.c" -lzstd -lcrypto
cc -O2 -pthread -o "$programs/relay" "$here/relay.c"
cc -O2 -pthread -o "$programs/wan" "$here/wan.c"
cc -O2 -o "$programs/load" "$here/load.c"
cc -O2 -pthread -o "$programs/http_floor" "$here/http_floor.c" -lzstd -lcrypto -lz
exec "$python" -W ignore "$here/$script" --programs "$programs" --data "$here/.build-data" \
    --models "${MODELS:-$here/../../shared/data}" "$@"

#!/usr/bin/env bash
# Builds the fuzz targets and runs each for FUZZ_SECONDS, or the ones that FUZZ_TARGETS names. With `replay`, runs only
# the inputs that were kept. Stops at the first input that breaks a rule, and keeps it in Fuzz/corpus.
#
# SwiftPM cannot link libFuzzer, so the sources are compiled here, with coverage and the address sanitizer. swift-crypto
# comes as it is from the release build, and with it the way in which the runtime is linked.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
release=${FUZZ_RELEASE:-$root/.build/release}
out=$root/.build-fuzz
targets=${FUZZ_TARGETS:-$(cd "$root/Fuzz/Targets" && basename -s .swift -- *.swift)}
sanitize=(-sanitize=address,fuzzer)
flags=("${sanitize[@]}" -O -g -swift-version 6 -parse-as-library -package-name tiebeam -I "$out/modules")
for feature in ExistentialAny InternalImportsByDefault MemberImportVisibility NonisolatedNonsendingByDefault; do
    flags+=(-enable-upcoming-feature "$feature")
done
mkdir -p "$out/modules"
ln -sfn "$release"/Modules/Crypto*.swift* "$out/modules/"
for library in CZstd CZlib; do flags+=(-I "$root/Sources/$library"); done

# module NAME SOURCES…
module() {
    local name=$1
    shift
    if [ -f "$out/$name.o" ] && [ -z "$(find "$@" "$root/Fuzz/run.sh" -newer "$out/$name.o" -print -quit)" ]; then return; fi
    swiftc "${flags[@]}" -wmo -module-name "$name" -emit-module -emit-module-path "$out/modules/$name.swiftmodule" \
        -emit-object -o "$out/$name.o" "$@"
}

for name in ObjectModel Compression SyncProtocol GraphQL; do
    mapfile -t sources < <(find "$root/Sources/$name" -name '*.swift' | sort)
    module "$name" "${sources[@]}"
done
mapfile -t crypto < <(find "$release"/{Crypto,CryptoBoringWrapper,CCryptoBoringSSL,CCryptoBoringSSLShims,CXKCP,CXKCPShims}.build/ -name '*.o')
[ -f "$out/libcrypto.a" ] || ar rcs "$out/libcrypto.a" "${crypto[@]}"
for target in $targets; do
    swiftc "${flags[@]}" -static-stdlib -module-name "Fuzz_$target" "$root/Fuzz/Targets/$target.swift" "$root"/Fuzz/Support/*.swift \
        "$out"/{ObjectModel,Compression,SyncProtocol,GraphQL}.o "$out/libcrypto.a" -lzstd -lz -lstdc++ -o "$out/$target"
done
[ "${1:-}" != build ] || exit 0

python3 "$root/Fuzz/seeds.py" "$out/seeds"
# Swift's own handler would hide what the sanitizer says.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}
for target in $targets; do
    kept=$root/Fuzz/corpus/$target
    mkdir -p "$kept" "$out/corpus/$target"
    if [ "${1:-}" = replay ]; then
        "$out/$target" -runs=0 "$kept" "$out/seeds/$target" 2>&1 | tail -n 2
    else
        echo "== $target"
        "$out/$target" -max_total_time="${FUZZ_SECONDS:-60}" -max_len=8192 -timeout=10 -rss_limit_mb=4096 -print_final_stats=1 \
            -verbosity="${FUZZ_VERBOSITY:-0}" -artifact_prefix="$kept/" "$out/corpus/$target" "$kept" "$out/seeds/$target"
    fi
done

#!/usr/bin/env bash
# Checks the models of this folder with spin, or those that MODELS names: each as it is meant, where there must be no
# error, and with each of its bugs, which must be found. Prints one line each: model, variant, states, result.
#
# The head of a model lists its bugs: `bug FLAG (assert)` breaks an assertion, `bug FLAG (ltl)` the formula. A search
# that is cut short is a failure.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
depth=1000000
export here work depth

# check NUMBER MODEL VARIANT PROPERTY: searches all states of one variant, or up to its first error. `assert` looks at
# the assertions, `ltl` at the formula too, under weak fairness.
check() {
    local line=$work/$1.line model=$2 variant=$3 property=$4 flags=() build=() search=() states reached said result
    mkdir "$work/$1"
    cd "$work/$1"
    cp "$here/$model.pml" .
    [ "$variant" = "$property" ] || flags=("-D$variant")
    if [ "$property" = assert ]; then
        # Models come to rest anywhere; whether that is too early, the formula says.
        build=(-DSAFETY -DNOCLAIM)
        search=(-E)
    else
        # Under fairness spin passes over a state in which nothing moves, so one process always does.
        echo 'bool idle = true; active proctype Idle() { do :: idle od }' >>"$model.pml"
        build=(-DNFAIR=3)
        search=(-a -f)
    fi
    spin "${flags[@]}" -a "$model.pml" >spin.out || { cat spin.out >&2; return 1; }
    gcc -O1 -w -DNOREDUCE -DMEMLIM=400 "${build[@]}" -o pan pan.c
    ./pan -w22 "-m$depth" "${search[@]}" >pan.out 2>&1 || true
    states=$(sed -nE 's/^ *([0-9.e+]+) states, stored.*/\1/p' pan.out)
    reached=$(sed -nE 's/.*depth reached ([0-9]+), errors.*/\1/p' pan.out)
    said=$(sed -nE '/^(pan:|error:|Warning:)/{/wrote|elapsed|rate/d;s/^pan:1: //;p}' pan.out | head -n 1)
    result="FAILED: ${said:-the bug is not found}"
    if [ "${reached:-$depth}" -ge $((depth - 1)) ]; then
        result="FAILED: the search was cut short; ${said:-too deep}"
    elif [ "$variant" = "$property" ]; then
        if [ -z "$said" ] && grep -q 'errors: 0$' pan.out; then result="no error"; fi
    else
        case $property:$said in
            assert:'assertion violated'* | ltl:'acceptance cycle'*) result="found: $said" ;;
        esac
    fi
    printf '%-10s  %-14s  %7s states  %s\n' "$model" "$variant" "${states:-0}" "$result" >"$line"
}
export -f check

for model in ${MODELS:-$(basename -s .pml -- "$here"/*.pml)}; do
    bugs=$(sed -nE 's/^ \* +bug ([A-Z_]+) \((assert|ltl)\): .*/\1 \2/p' "$here/$model.pml")
    [ -n "$bugs" ] || { echo "$model lists no bugs." >&2; exit 1; }
    printf '%s\n' "assert assert" "ltl ltl" "$bugs" | sed "s/^/$model /"
done | awk '{ printf "%03d %s\n", NR, $0 }' >"$work/checks"
xargs -P "$(nproc)" -L 1 bash -euo pipefail -c 'check "$@"' check <"$work/checks"
cat "$work"/*.line
! grep -q FAILED "$work"/*.line

#!/usr/bin/env bash
# Kills nights (SIGKILL) at random moments and compares what is left, after one that is let go on, with a lake whose only night was
# never killed.
#   scripts/kill-nights.sh [KILLS] [PATIENTS] [SEED]      VAXLOOM names the program
set -euo pipefail
kills=${1:-200} patients=${2:-6} RANDOM=${3:-1}
vaxloom=${VAXLOOM:-vaxloom}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export RUST_LOG=error

tables="patient basis hla_typing somatic_variant expression consequence peptide presentation neoantigen construct"
rows() { # of a lake, in order, without the names of runs
    local table
    for table in $tables; do
        "$vaxloom" sql --lake "$1" --format csv "SELECT * EXCEPT (run_id) FROM $table" | sort
    done
}
whole="$work/whole"
"$here/make-cohort.py" "$patients" "$whole"
printf '[run]\nbatch = 2\n' >>"$whole/vaxloom.toml"
begun=$(date +%s%N)
"$vaxloom" nightly --config "$whole/vaxloom.toml"
took=$((($(date +%s%N) - begun) / 1000000))
rows "$whole/lake" >"$work/expected"

killed=0 finished=0 lakes=0
while [ "$killed" -lt "$kills" ]; do
    lakes=$((lakes + 1))
    cohort="$work/cohort-$lakes"
    cp -r "$whole" "$cohort" && rm -r "$cohort/lake"
    # Some kills for each lake, so that early moments are as often met as late ones.
    for _ in $(seq 8); do
        [ "$killed" -lt "$kills" ] || break
        "$vaxloom" nightly --config "$cohort/vaxloom.toml" >/dev/null 2>&1 &
        night=$!
        moment=$((RANDOM * took / 32768))
        sleep "$(printf '%d.%03d' $((moment / 1000)) $((moment % 1000)))"
        kill -KILL "$night" 2>/dev/null || true
        code=0; wait "$night" 2>/dev/null || code=$?
        if [ "$code" = 137 ]; then
            killed=$((killed + 1))
        else
            # It was done before: whole, and the next lake begins.
            finished=$((finished + 1))
            break
        fi
    done
    "$vaxloom" nightly --config "$cohort/vaxloom.toml" || { echo "the night after a kill ended with $?" >&2; exit 1; }
    rows "$cohort/lake" >"$work/found"
    cmp "$work/expected" "$work/found" || { echo "another lake after kill $killed" >&2; exit 1; }
    pages=$(find "$cohort/lake/reports" -maxdepth 1 -name '*.html' | wc -l)
    [ "$pages" = "$patients" ] || { echo "$pages pages of $patients" >&2; exit 1; }
    rm -r "$cohort"
    echo "$killed killed, $lakes lakes the same" >&2
done
echo "$killed nights killed in $lakes lakes ($finished had ended before), a night takes $took ms: every lake as if none had been"

#!/usr/bin/env bash
# How long a night over an unchanged cohort takes, and one with one changed patient.
#   scripts/bench-nightly.sh [PATIENTS]      VAXLOOM names the program
set -euo pipefail
patients=${1:-1000}
vaxloom=${VAXLOOM:-vaxloom}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export RUST_LOG=error
"$here/make-cohort.py" "$patients" "$work"
night() {
    local begun
    begun=$(date +%s%N)
    "$vaxloom" nightly --config "$work/vaxloom.toml"
    printf '%-40s %8.2f s\n' "$1" "$(echo "scale=3; ($(date +%s%N) - $begun) / 1000000000" | bc)"
}
files() { find "$work/lake" -path "$work/lake/reports" -prune -o -type f -not -name '.*' -printf '%p %s %T@ %C@ %i\n' | sort; }
night "$patients new patients"
sleep 3
# The files are old enough now to be trusted by their times.
night "unchanged, every file hashed"
files >"$work/before"
night "unchanged, files trusted by their times"
night "unchanged, again"
files >"$work/after"
cmp "$work/before" "$work/after" && echo "no commit, no file of a table written"
sed -i '$d' "$work/vcf/P0500.vcf" 2>/dev/null || sed -i '$d' "$work/vcf/P0001.vcf"
night "one changed patient"

#!/usr/bin/env bash
# Scores a second of `vaxloom predict` (release build): 100,000 random 9-mers with six alleles, and the same on a GPU where
# asked for (--device cuda); beside MHCnuggets where a Python that has it is named in MHCNUGGETS_PYTHON.
set -euo pipefail
cd "$(dirname "$0")/.."
vaxloom=${VAXLOOM:-${CARGO_TARGET_DIR:-target}/release/vaxloom}
device=${1:-cpu}
peptides=${2:-100000}
alleles=HLA-A*02:01,HLA-A*24:02,HLA-B*07:02,HLA-B*44:02,HLA-C*05:01,HLA-C*07:02
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 - "$peptides" >"$work/peptides.txt" <<'PY'
import random, sys
random.seed(1)
for _ in range(int(sys.argv[1])):
    print("".join(random.choices("ACDEFGHIKLMNPQRSTVWY", k=9)))
PY
head -1 "$work/peptides.txt" >"$work/one.txt"

# run NAME COMMAND...: seconds of the best of three runs into $seconds, printed with the peak memory.
run() {
    local name=$1
    shift
    read -r seconds memory < <(python3 - "$@" <<'PY'
import resource, subprocess, sys, time
runs = []
for _ in range(3):
    begin = time.monotonic()
    subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    runs.append(time.monotonic() - begin)
print(min(runs), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
PY
    )
    printf '%-44s %8.2f s %8s MB\n' "$name" "$seconds" "$memory"
}

run "start to first score" "$vaxloom" predict --quiet --device "$device" --peptides "$work/one.txt" --alleles "$alleles"
run "$peptides 9-mers x 6 alleles" "$vaxloom" predict --quiet --device "$device" --peptides "$work/peptides.txt" \
    --alleles "$alleles" -o "$work/scores.tsv"
ours=$(python3 -c "print(6 * $peptides / $seconds)")
printf '  %.0f scores of presentation and affinity a second\n' "$ours"

if [ -n "${MHCNUGGETS_PYTHON:-}" ]; then
    # One allele of the first 10,000 peptides: MHCnuggets takes an allele at a time.
    head -10000 "$work/peptides.txt" >"$work/some.txt"
    run "MHCnuggets, 10,000 9-mers x 1 allele" "$MHCNUGGETS_PYTHON" -c "from mhcnuggets.src.predict import predict
predict(class_='I', peptides_path='$work/some.txt', mhc='HLA-A02:01', output='$work/nuggets.csv')"
    python3 -c "theirs = 10000 / $seconds; print(f'  {theirs:.0f} a second; vaxloom is {$ours / theirs:.0f} times as fast')"
else
    echo "  MHCNUGGETS_PYTHON names no Python with MHCnuggets: no comparison (pip install mhcnuggets)"
fi

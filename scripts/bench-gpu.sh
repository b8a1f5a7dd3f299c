#!/usr/bin/env bash
# Everything that needs a GPU, in one go: that it gives the scores of the CPU, and how fast it is. Release build.
set -euo pipefail
cd "$(dirname "$0")/.."
vaxloom=${VAXLOOM:-${CARGO_TARGET_DIR:-target}/release/vaxloom}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader
python3 - >"$work/peptides.txt" <<'PY'
import random
random.seed(2)
for _ in range(20000):
    print("".join(random.choices("ACDEFGHIKLMNPQRSTVWY", k=random.randint(8, 14))))
PY
for device in cpu cuda; do
    "$vaxloom" predict --quiet --device "$device" --peptides "$work/peptides.txt" \
        --alleles HLA-A*02:01,HLA-B*07:02,HLA-C*07:02 -o "$work/$device.tsv"
done
python3 - "$work/cpu.tsv" "$work/cuda.tsv" <<'PY'
import csv, sys
rows = [list(csv.DictReader(open(path), delimiter="\t")) for path in sys.argv[1:]]
assert len(rows[0]) == len(rows[1]) > 0
worst = max(abs(float(a["presentation_score"]) - float(b["presentation_score"])) for a, b in zip(*rows))
print(f"largest difference of a score between CPU and GPU: {worst:.2g} (tolerance 1e-4)")
sys.exit(worst > 1e-4)
PY
for device in cpu cuda; do
    echo "$device:"
    scripts/bench-predict.sh "$device" 1000000
done

#!/usr/bin/env bash
# Consequences from a reference (release build), a million records over the slices of bcftools csq's tests, one thread;
# beside `bcftools csq` where it is installed. And windows of HCC1395 beside pVACseq, where a folder with its programs is
# named in PVACSEQ_BIN. Both sides are measured in turns, best of five.
set -euo pipefail
cd "$(dirname "$0")/.."
vaxloom=${VAXLOOM:-${CARGO_TARGET_DIR:-target}/release/vaxloom}
cases=../shared/acceptance/variants
records=${1:-1000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

turns() { python3 scripts/turns.py "$@"; }

if [ ! -d "$cases/bcftools-csq" ]; then
    echo "consequences: ../shared is not there"
    exit 0
fi
python3 scripts/slices.py "$cases/bcftools-csq" "$records" "$work"
"$vaxloom" reference build --quiet --fasta "$work/slices.fa" --gff "$work/slices.gff3" --out "$work/reference"
ours="$vaxloom consequence --quiet --threads 1 --vcf $work/calls.vcf --reference $work/reference -o $work/ours.tsv"
if command -v bcftools >/dev/null; then
    turns "vaxloom consequence, $records records" "$ours" \
        "bcftools csq" "bcftools csq -f $work/slices.fa -g $work/slices.gff3 $work/calls.vcf -o $work/theirs.vcf"
else
    echo "bcftools is not installed: no comparison (apt-get install bcftools)"
fi
if [ -n "${PVACSEQ_BIN:-}" ]; then
    hcc=$cases/hcc1395/annotated.expression.vcf.gz
    turns "vaxloom, HCC1395 to windows" \
        "$vaxloom consequence --quiet --vcf $hcc --sample HCC1395_TUMOR_DNA -o $work/windows.fasta" \
        "pvacseq generate_protein_fasta" \
        "$PVACSEQ_BIN/pvacseq generate_protein_fasta $hcc 8 $work/pvacseq.fasta -s HCC1395_TUMOR_DNA"
else
    echo "PVACSEQ_BIN is not set: no comparison with pVACseq (pip install pvactools)"
fi

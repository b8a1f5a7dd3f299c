#!/usr/bin/env bash
# Whole-process time and memory of the release build: best of three runs each, beside pVACseq where it is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
vaxloom=${CARGO_TARGET_DIR:-target}/release/vaxloom
hcc=../shared/acceptance/variants/hcc1395/annotated.expression.vcf.gz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# measure NAME COMMAND...: seconds and peak megabytes, best of three; the seconds are left in $seconds.
measure() {
    local name=$1 line
    shift
    line=$(python3 - "$@" <<'PY'
import resource, subprocess, sys, time
runs = []
for _ in range(3):
    begin = time.monotonic()
    code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    if code not in (0, 3):
        sys.exit(f"exit code {code}: {' '.join(sys.argv[1:])}")
    runs.append(time.monotonic() - begin)
print(f"{min(runs):.2f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024}")
PY
    )
    seconds=${line% *}
    printf '%-44s %8s s %8s MB\n' "$name" "$seconds" "${line#* }"
}

fresh() { rm -rf "$work/lake"; "$vaxloom" run --quiet --samples "$1" --lake "$work/lake" "${@:2}"; }
export -f fresh
export vaxloom work

measure "sample cohort, calls to constructs" bash -c \
    'fresh data-samples/samples.csv --records data-samples/records'
measure "sample cohort, nothing changed" "$vaxloom" run --quiet --samples data-samples/samples.csv \
    --records data-samples/records --lake "$work/lake"
if [ -f "$hcc" ]; then
    hcc=$(realpath "$hcc")
    printf 'patient,sample,vcf,tumor_sample,hla\nHCC1395,tumour,%s,HCC1395_TUMOR_DNA,HLA-A*29:02;HLA-B*45:01;HLA-B*82:02\n' \
        "$hcc" >"$work/hcc1395.csv"
    measure "HCC1395, calls to constructs" bash -c 'fresh "$work/hcc1395.csv"'
    measure "HCC1395, consequences to windows" "$vaxloom" consequence --vcf "$hcc" \
        --sample HCC1395_TUMOR_DNA -o "$work/windows.fasta"
    ours=$seconds
    if command -v pvacseq >/dev/null; then
        measure "  pvacseq generate_protein_fasta" pvacseq generate_protein_fasta "$hcc" 8 "$work/pvacseq.fasta" \
            -s HCC1395_TUMOR_DNA
        python3 -c "print(f'  vaxloom is {$seconds / $ours:.0f} times as fast')"
    else
        echo "  pvacseq is not installed: no comparison (pip install pvactools)"
    fi
fi

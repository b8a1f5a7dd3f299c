#!/usr/bin/env bash
# Folding and coding sequences (release build): eGFP and a construct of 441 residues, exact, on one thread and on two; the spike
# protein; and, where a Python with ViennaRNA is named in VIENNA_PYTHON (pip install ViennaRNA), a molecule of 3,000 bases beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
vaxloom=${VAXLOOM:-${CARGO_TARGET_DIR:-target}/release/vaxloom}
cases=../shared/acceptance/mrna
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

turns() { python3 scripts/turns.py "$@"; }

if [ ! -d "$cases" ]; then
    echo "molecules: ../shared is not there"
    exit 0
fi
optimize="$vaxloom optimize --quiet --protein"
for protein in eGFP_239 beads10_bare_270; do
    turns "$protein, exact, two threads" "$optimize $cases/$protein.fa --threads 2 --lambda 4 --max-interior-loop 20" \
        "one thread" "$optimize $cases/$protein.fa --threads 1 --lambda 4 --max-interior-loop 20"
done
python3 - "$cases" "$work" <<'PY'
import json, sys
from pathlib import Path
cases, work = Path(sys.argv[1]), Path(sys.argv[2])
peptides = [line for line in (cases / "beads10.fa").read_text().split() if not line.startswith(">")]
signal, trafficking = "MRVMAPRTLILLLSGALALTETWAGS", "IVGIVAGLAVLAVVVIGAVVATVMCRRKSSGGKGGSYSQAASSDSAQGSDVSLTA"
(work / "441.fa").write_text(">441\n" + signal + "GGSGGGGSGG".join(peptides[:10]) + trafficking + "\n")
rows = [line.split("\t") for line in (cases / "viennarna_2.8.0_random50_reference.tsv").read_text().splitlines()[1:]]
(work / "3000.fa").write_text(f">3000\n{max((row[7] for row in rows), key=len)}\n")
PY
turns "441 residues, exact, two threads" "$optimize $work/441.fa --threads 2" "one thread" "$optimize $work/441.fa --threads 1"
turns "spike, exact, two threads" "$optimize $cases/SPIKE_P0DTC2_1273.fa --threads 2" \
    "spike, beam 500" "$optimize $cases/SPIKE_P0DTC2_1273.fa --threads 2 --beam 500"
if [ -n "${VIENNA_PYTHON:-}" ]; then
    cat > "$work/fold.py" <<'PY'
import RNA, sys
RNA.fold_compound(open(sys.argv[1]).read().split()[1]).mfe()
PY
    turns "vaxloom fold, 3,000 bases, one thread" "$vaxloom fold --quiet --threads 1 $work/3000.fa" \
        "ViennaRNA" "$VIENNA_PYTHON $work/fold.py $work/3000.fa"
else
    echo "VIENNA_PYTHON is not set: no comparison with ViennaRNA"
fi

#!/usr/bin/env bash
# bench-records.sh [MEGABYTES]: `vaxloom check` (release build) over an export of so many megabytes (200; `make bench` gives 1000), without a key,
# with one, and with one and --out, in turns with `jq -c .` over the same bytes; one Bundle of 200 MB; and, where a Python with Cumulus ETL is
# named in CUMULUS_PYTHON (pip install cumulus-etl), its scrubber over the same lines.
# Microsoft's anonymizer is a .NET program, which has to be built from its source first: it is not compared.
set -euo pipefail
cd "$(dirname "$0")/.."
vaxloom=${VAXLOOM:-${CARGO_TARGET_DIR:-target}/release/vaxloom}
source=../shared/acceptance/clinical/bulk-ndjson-synthea10
megabytes=${1:-200}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ! -d "$source" ]; then
    echo "records: ../shared is not there"
    exit 0
fi
python3 scripts/make-records.py "$source" "$megabytes" "$work/export"
python3 scripts/make-records.py "$source" 200 "$work/bundle.json" --bundle
cat "$work"/export/*.ndjson >"$work/all.ndjson"
"$vaxloom" key create --quiet "$work/key"
cat >"$work/cumulus.py" <<'PY'
import json, pathlib, sys, tempfile
import cumulus_fhir_support
from cumulus_etl.deid.scrubber import Scrubber
scrubber = Scrubber(cumulus_fhir_support.FsPath(tempfile.mkdtemp()))
with open(sys.argv[2], "w") as out:
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.ndjson")):
        for line in path.open():
            resource = json.loads(line)
            if scrubber.scrub_resource(resource):
                out.write(json.dumps(resource, separators=(",", ":")) + "\n")
PY

check="$vaxloom check --quiet --output $work/report.jsonl"
keyed="--key $work/key --project bench"
scrubber=()
if [ -n "${CUMULUS_PYTHON:-}" ]; then
    scrubber=("Cumulus ETL's scrubber, written" "$CUMULUS_PYTHON $work/cumulus.py $work/export $work/scrubbed.ndjson" 1)
else
    echo "CUMULUS_PYTHON is not set: no comparison with Cumulus ETL"
fi

# in_turns FILE [NAME COMMAND TIMES]...: all commands in turns, each at most so many times, and the best of each.
in_turns() {
    PYTHONPATH=scripts python3 - "$@" <<'PY'
import os, sys

from turns import run

size = os.path.getsize(sys.argv[1]) / 1e6
print(f"{size:.0f} MB")
names, commands, times = sys.argv[2::3], sys.argv[3::3], list(map(int, sys.argv[4::3]))
best = [None] * len(names)
for turn in range(max(times)):
    for at, command in enumerate(commands):
        if turn < times[at]:
            found = run(command)
            best[at] = found if best[at] is None else tuple(map(min, best[at], found))
for name, (wall, cpu, memory) in zip(names, best):
    print(f"{name:<36} {wall:8.2f} s {cpu:8.2f} CPU-s {memory:6} MB {size / cpu:8.1f} MB a CPU-s", flush=True)
PY
}

echo "NDJSON"
in_turns "$work/all.ndjson" "check" "$check $work/export" 3 "check, with a key" "$check $keyed $work/export" 3 \
    "check, with a key, written" "$check $keyed --out $work/clean $work/export" 3 "jq -c ." "jq -c . $work/all.ndjson" 2 "${scrubber[@]}"
echo "one Bundle"
in_turns "$work/bundle.json" "check" "$check $work/bundle.json" 3 "jq -c ." "jq -c . $work/bundle.json" 1

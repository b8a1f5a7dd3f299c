"""make-records.py SOURCE MEGABYTES OUT: an export of about so many megabytes, out of the resources of a small one.

Every copy of the small export has other ids, names and days; each encounter gets a few measurements, which most of a real export is made of.
With `--bundle`, one collection Bundle in a single file instead of a folder of NDJSON.
"""

import json
import pathlib
import re
import sys

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Names of the source have a number behind them; a day of the month, where it stands in a date.
NAME = re.compile(r"([A-Z][a-z]+)(\d{2,3})\b")
DAY = re.compile(r"(\d{4}-\d{2}-)(\d{2})")
SYLLABLES = "ba de fi go lu ma ne pi ro su ta ve wi xo yu za ker lan mor nis".split()
MEASURES = [
    ("8302-2", "Body Height", 171.3, "cm"),
    ("29463-7", "Body Weight", 78.1, "kg"),
    ("39156-5", "Body mass index (BMI) [Ratio]", 26.6, "kg/m2"),
    ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", 6.1, "%"),
    ("2339-0", "Glucose [Mass/volume] in Blood", 84.2, "mg/dL"),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", 13.9, "g/dL"),
]


def observations(encounter):
    """Measurements of an encounter, as Synthea writes them."""
    begin = encounter["period"]["start"]
    for place, (code, display, value, unit) in enumerate(MEASURES):
        ident = encounter["id"]
        yield {
            "resourceType": "Observation",
            "id": f"{(int(ident[:8], 16) + place * 0x1F3D5B79) & 0xFFFFFFFF:08x}{ident[8:]}",
            "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"]},
            "status": "final",
            "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory", "display": "Laboratory"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": display}], "text": display},
            "subject": {"reference": encounter["subject"]["reference"]},
            "encounter": {"reference": f"Encounter/{ident}"},
            "effectiveDateTime": begin,
            "issued": begin[:19] + ".123" + begin[19:],
            "valueQuantity": {"value": value + len(begin) + place, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
        }


def parts(line):
    """A line as literal texts and what changes between copies, in turns."""
    pieces, at = [], 0
    for found in sorted([*UUID.finditer(line), *NAME.finditer(line), *DAY.finditer(line)], key=lambda m: m.start()):
        if found.start() < at:
            continue
        pieces.append(line[at : found.start()])
        if found.re is UUID:
            number = int(found[0][:8], 16)
            pieces.append((number, found[0][8:]))
        elif found.re is NAME:
            pieces.append((found[1], int(found[2])))
        else:
            pieces.append((found[1], -int(found[2])))
        at = found.end()
    return pieces, line[at:]


def changed(part, copy):
    first, second = part
    if isinstance(first, int):
        return f"{(first + copy * 2654435761) & 0xFFFFFFFF:08x}{second}"
    if second > 0:
        n = copy * 7 + second
        return first + SYLLABLES[n % 20] + SYLLABLES[n // 20 % 20]
    return f"{first}{(copy * 5 - second) % 28 + 1:02d}"


def main():
    words = [word for word in sys.argv[1:] if word != "--bundle"]
    source, size, out = pathlib.Path(words[0]), int(float(words[1]) * 1e6), pathlib.Path(words[2])
    files = {}
    for path in sorted(source.glob("*.ndjson")):
        if path.name != "log.ndjson":
            files[path.name] = path.read_text().splitlines()
    measured = [json.dumps(o, separators=(",", ":")) for line in files.get("Encounter.000.ndjson", []) for o in observations(json.loads(line))]
    if measured:
        files["Observation.000.ndjson"] = measured
    prepared = {name: [parts(line) for line in lines] for name, lines in files.items()}
    text = lambda pieces, rest, copy: "".join(p if isinstance(p, str) else changed(p, copy) for p in pieces) + rest
    one = sum(len(line) for lines in files.values() for line in lines)
    copies = max(1, round(size / one))
    if "--bundle" in sys.argv:
        with out.open("w") as bundle:
            bundle.write('{"resourceType":"Bundle","type":"collection","entry":[')
            comma = ""
            for copy in range(copies):
                for lines in prepared.values():
                    for pieces, rest in lines:
                        bundle.write(f'{comma}{{"resource":{text(pieces, rest, copy)}}}')
                        comma = ","
            bundle.write("]}")
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, lines in prepared.items():
        with (out / name).open("w") as file:
            for copy in range(copies):
                file.writelines(text(pieces, rest, copy) + "\n" for pieces, rest in lines)


main()

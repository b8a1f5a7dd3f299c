"""make-words.py FOLDER: the words that labels of records may hold, out of published terminologies.

FOLDER holds, unpacked: from npm hl7.terminology.r4, hl7.fhir.us.mcode and hl7.fhir.uv.genomics-reporting (code systems and value sets of HL7,
and the SNOMED CT Global Patient Set); from PyPI simple-icd-10-cm (ICD-10-CM), gdcdictionary (the Genomic Data Commons), names (surnames by
their frequency, US Census 1990) and drug-named-entity-recognition (names of drugs in MedlinePlus).

A surname that terms write with a small letter as well (white, young) is a word and a surname. One that they never do (Gleason, Ewing) is an
eponym: a word only before what takes a name.
"""

import bz2
import json
import pathlib
import pickle
import re
import sys
import textwrap

# Value sets whose displays are names of places, peoples and institutions.
PLACES = re.compile(r"Tribal|Race|thnic|eligi|PH_|rovider|rgani[sz]ation|NUCC|EntityCode|hsloc|State|dentity|mvx|MVX|naics|USPS|fips|uman[Ll]anguage")
SURNAMES = 5000
COMMON = 1000
OUT = pathlib.Path(__file__).parent.parent / "pipeline/clinical/src/deid"


class Plain(pickle.Unpickler):
    """Reads dictionaries of strings, and refuses everything that could run."""

    def find_class(self, module, name):
        raise ValueError(f"not plain data: {module}.{name}")


def displays(value):
    if isinstance(value, dict):
        for key, below in value.items():
            if key == "display" and isinstance(below, str):
                yield below
            elif key in ("concept", "compose", "include"):
                yield from displays(below)
    elif isinstance(value, list):
        for below in value:
            yield from displays(below)


def terms(folder):
    for path in folder.glob("hl7.*/package/*Set-*.json"):
        if not PLACES.search(path.name):
            yield from displays(json.loads(path.read_text()))
    for path in folder.glob("hl7.*/package/CodeSystem-*.json"):
        if not PLACES.search(path.name):
            yield from displays(json.loads(path.read_text()))
    for path in folder.glob("simple_icd_10_cm*/simple_icd_10_cm/data/*.xml"):
        yield from re.findall(r"<(?:desc|note)>(.*?)</", path.read_text())
    for path in folder.glob("gdcdictionary*/gdcdictionary/schemas/*.yaml"):
        yield from re.findall(r"^\s+- ['\"]?([A-Za-z].*)$", path.read_text(), re.M)


def drugs(folder):
    for path in folder.glob("drug_named_entity_recognition*/*/*.pkl.bz2"):
        found = Plain(bz2.open(path)).load()
        data = found["drug_canonical_to_data"]
        for name, of in found["drug_variant_to_canonical"].items():
            if any("medline_plus_id" in data.get(drug, {}) for drug in of):
                yield from re.findall(r"[a-z]{4,}", name)


def write(name, head, words):
    text = textwrap.fill(" ".join(sorted(words)), 180, break_long_words=False, break_on_hyphens=False)
    (OUT / name).write_text(f"{head}\n{text}\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    words, small = set(), set()
    for term in terms(folder):
        for word in re.findall(r"[^\W\d_]{3,}", term):
            words.add(word.lower())
            if word.islower():
                small.add(word)
    medicines = set(drugs(folder))
    census = next(folder.glob("names/**/dist.all.last"))
    surnames = [line.split()[0].lower() for line in census.read_text().splitlines()]
    common = set(surnames[:SURNAMES])
    eponyms = {word for word in words if word in common and word not in small}
    given = {word for line in (OUT / "names.txt").read_text().splitlines() if line[:1] != "#" for word in line.split()}
    words = (words - eponyms - given) | {word for word in medicines if word not in common | given}
    source = "scripts/make-words.py says from which publications."
    write("words.txt", f"# Words of medicine, in lower case; {source}", words)
    write("eponyms.txt", f"# Surnames that are words only in front of a disease, test or sign; {source}", eponyms)
    write("surnames.txt", f"# The most common surnames (US Census 1990), and less common ones that are words as well; {source}", set(surnames[:COMMON]) | (common & words))


main()

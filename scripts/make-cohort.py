#!/usr/bin/env python3
"""A cohort for nights: N patients with some calls each of the sample cohort, their records in one file.

    scripts/make-cohort.py N FOLDER
"""

import pathlib
import sys

ALLELES = [
    "HLA-A*02:01;HLA-A*11:01;HLA-B*07:02;HLA-B*08:01;HLA-C*07:02;HLA-C*08:02",
    "HLA-A*03:01;HLA-A*24:02;HLA-B*07:02;HLA-B*40:01;HLA-C*03:04;HLA-C*07:02",
    "HLA-A*02:01;HLA-A*68:01;HLA-B*15:01;HLA-B*44:02;HLA-C*03:03;HLA-C*07:04",
]
CALLS = ["VX-0002", "VX-0004", "VX-0006", "VX-0008"]
VARIANTS = 4

count, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
samples = pathlib.Path(__file__).parent.parent / "data-samples" / "vcf"
for name in ["vcf", "records"]:
    (folder / name).mkdir(parents=True)
sheet, records = ["patient,sample,vcf,tumor_sample,hla"], []
for number in range(count):
    patient, name = f"P{number + 1:04}", CALLS[number % len(CALLS)]
    lines = (samples / f"{name}.vcf").read_text().splitlines()
    header = [line for line in lines if line.startswith("#")]
    calls = [line for line in lines if not line.startswith("#")]
    first = number // len(CALLS) % (len(calls) - VARIANTS)
    text = "\n".join(header + calls[first : first + VARIANTS]) + "\n"
    (folder / "vcf" / f"{patient}.vcf").write_text(text)
    sheet.append(f"{patient},{patient}-T,vcf/{patient}.vcf,{name}-T,{ALLELES[number % len(ALLELES)]}")
    sex, year = ["female", "male"][number % 2], 1951 + number % 40
    records.append(
        f'{{"resourceType":"Patient","id":"{patient}","gender":"{sex}","birthDate":"{year}"}}'
    )
(folder / "samples.csv").write_text("\n".join(sheet) + "\n")
(folder / "records" / "Patient.000.ndjson").write_text("\n".join(records) + "\n")
(folder / "vaxloom.toml").write_text(
    '[cohort]\nsamples = "samples.csv"\nrecords = "records"\n[lake]\npath = "lake"\n'
)

"""One reference and one VCF of many records out of the slices of bcftools csq's tests.

    slices.py SLICES_FOLDER RECORDS OUT_FOLDER

writes OUT_FOLDER/slices.fa (with .fai), slices.gff3 and calls.vcf: substitutions (9 in 10), insertions and deletions,
sorted, spread evenly over the bases of all slices, the same for every run.
"""
import random
import sys
from pathlib import Path


def main(folder, records, out):
    out.mkdir(parents=True, exist_ok=True)
    contigs = []
    with open(out / "slices.gff3", "w") as annotation:
        for slice_ in sorted(path for path in folder.iterdir() if path.is_dir()):
            for name, bases in read(slice_ / f"{slice_.name}.fa"):
                contig = f"{slice_.name}_{name}"
                contigs.append((contig, bases))
                annotate(slice_, name, contig, annotation)
    with open(out / "slices.fa", "w") as fasta, open(out / "slices.fa.fai", "w") as index:
        for contig, bases in contigs:
            fasta.write(f">{contig}\n")
            index.write(f"{contig}\t{len(bases)}\t{fasta.tell()}\t{len(bases)}\t{len(bases) + 1}\n")
            fasta.write(bases + "\n")
    call(contigs, records, out / "calls.vcf")


def read(path):
    name, parts = None, []
    for line in path.read_text().splitlines():
        if line.startswith(">"):
            if name:
                yield name, "".join(parts).upper()
            name, parts = line[1:].split()[0], []
        else:
            parts.append(line.strip())
    yield name, "".join(parts).upper()


def annotate(slice_, name, contig, out):
    """The slice's annotation, with identifiers that are its own."""
    for line in (slice_ / f"{slice_.name}.gff").read_text().splitlines():
        fields = line.split("\t")
        if line.startswith("#") or fields[0] != name:
            continue
        fields[0] = contig
        for kind in ("gene:", "transcript:"):
            fields[8] = fields[8].replace(kind, f"{kind}{slice_.name}_")
        out.write("\t".join(fields) + "\n")


def call(contigs, records, path):
    source = random.Random(1)
    total = sum(len(bases) for _, bases in contigs)
    with open(path, "w") as out:
        out.write("##fileformat=VCFv4.2\n")
        for contig, bases in contigs:
            out.write(f"##contig=<ID={contig},length={len(bases)}>\n")
        out.write("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        for contig, bases in contigs:
            count = min(records * len(bases) // total, len(bases) - 20)
            for position in sorted(source.sample(range(1, len(bases) - 15), max(count, 0))):
                reference, alternative = change(source, bases, position)
                if "N" not in reference:
                    out.write(f"{contig}\t{position + 1}\t.\t{reference}\t{alternative}\t.\tPASS\t.\n")


def change(source, bases, position):
    kind, base = source.random(), bases[position]
    if kind < 0.9:
        return base, source.choice([other for other in "ACGT" if other != base])
    length = source.choice([1, 1, 2, 3, 3, 6, 9])
    if kind < 0.95:
        return base, base + "".join(source.choice("ACGT") for _ in range(length))
    return bases[position : position + 1 + length], base


main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))

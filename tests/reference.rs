//! References: built of every kind of source, and the consequences that come of them.

mod broken;
mod disagreements;
mod run;
mod tp53;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::harness::{Answer, path, vaxloom};

/// A made-up gene of two exons, M A K R G H D F W, on a contig of 200 bases.
pub(crate) struct Gene {
    folder: TempDir,
}

const CODING: [(usize, &str); 2] = [(31, "ATGGCTAAACGTGGTCACGA"), (71, "TTTCTGGTAA")];

impl Gene {
    pub(crate) fn new() -> Self {
        let gene = Self { folder: tempfile::tempdir().unwrap() };
        let mut bases = b"ACCTGATTCG".repeat(20);
        for (start, text) in CODING.into_iter().chain([(51, "GTAAGT"), (65, "TTTCAG")]) {
            bases[start - 1..start - 1 + text.len()].copy_from_slice(text.as_bytes());
        }
        let bases = String::from_utf8(bases).unwrap();
        gene.write("genome.fa", &format!(">chr1 made up\n{bases}\n"));
        let (first, second) = (&bases[20..50], &bases[70..120]);
        gene.write("cdna.fa", &format!(">ENST000001.5 cdna\n{first}{second}\n"));
        gene.write("genes.gff3", &gff3());
        gene.write("genes.gtf", &gtf());
        gene.write("proteins.fa", ">P1 pep transcript:ENST000001.5\nMAKRGHDFW\n");
        gene
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// A VCF of these records: CHROM, POS, REF, ALT and INFO, parted by spaces.
    pub(crate) fn vcf(&self, name: &str, header: &str, records: &[&str]) {
        let columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
        let mut text = format!("##fileformat=VCFv4.2\n{header}{columns}");
        text.extend(records.iter().map(|record| {
            let fields: Vec<&str> = record.split(' ').collect();
            let [chrom, pos, reference, alternative, info] = fields[..] else { panic!("{record}") };
            format!("{chrom}\t{pos}\t.\t{reference}\t{alternative}\t.\tPASS\t{info}\n")
        }));
        self.write(name, &text);
    }

    /// `vaxloom reference build` with files of the folder.
    pub(crate) fn build(&self, out: &str, arguments: &[(&str, &str)]) -> Answer {
        let out = self.path(out);
        let files: Vec<_> = arguments.iter().map(|(name, file)| (*name, self.path(file))).collect();
        let mut words = vec!["reference", "build", "--out", path(&out)];
        words.extend(files.iter().flat_map(|(name, file)| [*name, path(file)]));
        vaxloom(words)
    }

    /// `vaxloom consequence` of a VCF of the folder.
    pub(crate) fn consequence(
        &self,
        reference: &str,
        vcf: &str,
        out: &str,
        more: &[&str],
    ) -> Answer {
        consequence(&self.path(reference), &self.path(vcf), &self.path(out), more)
    }
}

pub(crate) fn consequence(reference: &Path, vcf: &Path, out: &Path, more: &[&str]) -> Answer {
    let words =
        ["consequence", "--reference", path(reference), "--vcf", path(vcf), "-o", path(out)];
    vaxloom(words.iter().chain(more))
}

fn gff3() -> String {
    let line = |kind, start, end, phase, attributes: &str| {
        format!("1\tx\t{kind}\t{start}\t{end}\t.\t+\t{phase}\t{attributes}\n")
    };
    [
        "##gff-version 3\n".to_owned(),
        line("gene", 21, 120, ".", "ID=gene:G1;Name=GENE;biotype=protein_coding"),
        line(
            "mRNA",
            21,
            120,
            ".",
            "ID=transcript:ENST000001;Parent=gene:G1;biotype=protein_coding;version=5",
        ),
        line("exon", 21, 50, ".", "Parent=transcript:ENST000001"),
        line("exon", 71, 120, ".", "Parent=transcript:ENST000001"),
        line("CDS", 31, 50, "0", "ID=CDS:P1;Parent=transcript:ENST000001;protein_id=P1"),
        line("CDS", 71, 80, "1", "ID=CDS:P1;Parent=transcript:ENST000001;protein_id=P1"),
    ]
    .concat()
}

fn gtf() -> String {
    let of_transcript = "gene_id \"G1\"; transcript_id \"ENST000001\"; transcript_version \"5\"; gene_name \"GENE\"; \
                         gene_biotype \"protein_coding\"; transcript_biotype \"protein_coding\"; protein_id \"P1\";";
    let line = |kind, start, end, phase| {
        format!("1\tx\t{kind}\t{start}\t{end}\t.\t+\t{phase}\t{of_transcript}\n")
    };
    [
        line("transcript", 21, 120, "."),
        line("exon", 21, 50, "."),
        line("exon", 71, 120, "."),
        line("CDS", 31, 50, "0"),
        line("CDS", 71, 77, "1"),
        line("stop_codon", 78, 80, "0"),
    ]
    .concat()
}

/// Columns of a table, with those named.
pub(crate) fn columns(tsv: &Path, names: &[&str]) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').from_path(tsv).unwrap();
    let header = reader.headers().unwrap().clone();
    let places: Vec<usize> =
        names.iter().map(|name| header.iter().position(|found| found == *name).unwrap()).collect();
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        places.iter().map(|place| &record[*place]).collect::<Vec<_>>().join(" ")
    });
    rows.collect()
}

const CALLS: [&str; 6] =
    ["1 40 C T .", "1 43 GG G .", "1 51 G A .", "1 72 T A,<DEL> .", "1 78 T C .", "1 199 C * ."];

#[test]
fn both_annotations_and_both_kinds_of_sequence_say_the_same() {
    let gene = Gene::new();
    gene.build("gff", &[("--fasta", "genome.fa"), ("--gff", "genes.gff3")]).ended_with(0);
    gene.build("gtf", &[("--fasta", "genome.fa"), ("--gtf", "genes.gtf")]).ended_with(0);
    let cdna = [("--cdna", "cdna.fa"), ("--gtf", "genes.gtf"), ("--proteins", "proteins.fa")];
    gene.build("cdna", &cdna).ended_with(0);
    gene.build("names", &[("--fasta", "cdna.fa"), ("--gtf", "genes.gtf")]).ended_with(0);
    gene.vcf("calls.vcf", "", &CALLS);
    let alone = ["--haplotypes", "alone"];
    for name in ["gff", "gtf", "cdna", "names"] {
        let answer =
            gene.consequence(name, "calls.vcf", &format!("{name}.tsv"), &alone).ended_with(0);
        let expected = "6 records, 7 alleles, 6 told, 6 rows, 1 without allele";
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    }
    let read = |name: &str| fs::read_to_string(gene.path(&format!("{name}.tsv"))).unwrap();
    assert_eq!(read("gff"), read("gtf"));
    assert_eq!(read("cdna"), read("names"));
    let what = ["pos", "transcript", "consequence", "amino_acids", "protein_change"];
    let found = columns(&gene.path("gff.tsv"), &what);
    assert_eq!(
        found,
        [
            "40 ENST000001.5 missense_variant R/C p.R4C",
            "43 ENST000001.5 frameshift_variant GHDFW*/VTISG p.G5Vfs*11",
            "51 ENST000001.5 splice_donor_variant  ",
            "72 ENST000001.5 missense_variant&splice_region_variant F/I p.F8I",
            "72  deletion  ",
            "78 ENST000001.5 stop_lost */Q p.*10Qext*2",
        ]
    );
    // The transcript's own sequence has all but what lies in the intron.
    let coding = |found: Vec<String>| found.into_iter().filter(|row| !row.contains("splice"));
    assert_eq!(
        coding(columns(&gene.path("cdna.tsv"), &what)).collect::<Vec<_>>(),
        coding(found).collect::<Vec<_>>()
    );
}

#[test]
fn what_it_was_built_from_is_told_and_not_built_again() {
    let gene = Gene::new();
    let sources =
        [("--fasta", "genome.fa"), ("--gff", "genes.gff3"), ("--proteins", "proteins.fa")];
    gene.build("r", &sources).ended_with(0);
    let info = vaxloom(["reference", "info", path(&gene.path("r"))]).ended_with(0).stdout;
    for line in [
        "bases from      a genome",
        "source          annotation: genes.gff3",
        "transcripts     1",
        "bases           200",
        "proteins        1 different ones, from the file of proteins",
        "  compared      1, 0 differ",
    ] {
        assert!(info.contains(line), "{info}");
    }
    let manifest = || fs::read(gene.path("r/reference.json")).unwrap();
    let before = manifest();
    assert!(gene.build("r", &sources).ended_with(0).stderr.contains("is there already"));
    // Another file: refused, unless it is asked for.
    gene.write("proteins.fa", ">P1 pep transcript:ENST000001.5\nMAKRGHDFY\n");
    let answer = gene.build("r", &sources).ended_with(1);
    assert!(answer.stderr.contains("holds a reference of other sources"), "{}", answer.stderr);
    assert!(manifest() == before, "the reference is as it was");
    let mut forced: Vec<String> = ["reference", "build", "--force"].map(str::to_owned).to_vec();
    for (name, file) in sources.into_iter().chain([("--out", "r")]) {
        forced.extend([name.to_owned(), path(&gene.path(file)).to_owned()]);
    }
    let answer = vaxloom(&forced).ended_with(0);
    let expected = "ENST000001.5 translates to W at residue 9; P1 has Y";
    assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    assert_eq!(
        columns(&gene.path("r/differing-proteins.tsv"), &["transcript", "expected"]),
        ["ENST000001.5 Y"]
    );
    let left: Vec<_> = fs::read_dir(gene.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_slice_lies_where_its_name_says() {
    let gene = Gene::new();
    let genome = fs::read_to_string(gene.path("genome.fa")).unwrap();
    let bases = genome.lines().nth(1).unwrap();
    gene.write("slice.fa", &format!(">chr1:21-130\n{}\n", &bases[20..130]));
    gene.build("whole", &[("--fasta", "genome.fa"), ("--gff", "genes.gff3")]).ended_with(0);
    gene.build("slice", &[("--fasta", "slice.fa"), ("--gff", "genes.gff3")]).ended_with(0);
    gene.vcf("calls.vcf", "", &CALLS[..5]);
    for name in ["whole", "slice"] {
        gene.consequence(name, "calls.vcf", &format!("{name}.tsv"), &[]).ended_with(0);
    }
    let read = |name: &str| fs::read_to_string(gene.path(name)).unwrap();
    assert_eq!(read("whole.tsv"), read("slice.tsv"));
}

#[test]
fn rows_haplotypes_and_threads() {
    let gene = Gene::new();
    gene.build("r", &[("--fasta", "genome.fa"), ("--gff", "genes.gff3")]).ended_with(0);
    gene.vcf("calls.vcf", "", &["1 40 C T .", "1 41 G A .", "1 51 G A ."]);
    for (threads, out) in
        [("1", "one.tsv"), ("2", "two.tsv"), ("1", "one.parquet"), ("2", "two.parquet")]
    {
        gene.consequence("r", "calls.vcf", out, &["--threads", threads]).ended_with(0);
    }
    for (one, two) in [("one.tsv", "two.tsv"), ("one.parquet", "two.parquet")] {
        assert!(fs::read(gene.path(one)).unwrap() == fs::read(gene.path(two)).unwrap(), "{one}");
    }
    let what = ["pos", "amino_acids", "haplotype"];
    let together = columns(&gene.path("one.tsv"), &what);
    assert_eq!(together[0], "40 R/Y 1:40:C:T+1:41:G:A");
    assert_eq!(together.len(), 3);
    let alone = ["--haplotypes", "alone", "--rows", "changed"];
    gene.consequence("r", "calls.vcf", "alone.tsv", &alone).ended_with(0);
    assert_eq!(columns(&gene.path("alone.tsv"), &what), ["40 R/C 1:40:C:T", "41 R/H 1:41:G:A"]);
}

//! What is wrong is told with its place and what to do, and nothing is left half done.

use std::fs;

use super::Gene;
use crate::harness::{Answer, path, vaxloom};

fn says(answer: Answer, code: i32, words: &[&str]) {
    let answer = answer.ended_with(code);
    for word in words {
        assert!(answer.stderr.contains(word), "expected {word:?} in:\n{}", answer.stderr);
    }
}

#[test]
fn calls_that_do_not_fit_the_reference() {
    let gene = Gene::new();
    gene.build("r", &[("--fasta", "genome.fa"), ("--gff", "genes.gff3")]).ended_with(0);
    let check = |records: &[&str], code, words: &[&str]| {
        gene.vcf("calls.vcf", "", records);
        says(gene.consequence("r", "calls.vcf", "x.tsv", &[]), code, words);
        assert!(!gene.path("x.tsv.partial").exists());
        assert_eq!(gene.path("x.tsv").exists(), code == 3);
    };
    let unsorted = ["calls.vcf, line ", "sorted", "bcftools sort"];
    check(&["1 72 T A .", "1 40 C T ."], 1, &unsorted);
    let other_base = ["calls.vcf, line 3", "REF has A at 40; the reference has C", "bcftools norm"];
    check(&["1 40 A T .", "1 72 T A ."], 3, &other_base);
    check(&["1 500 A T ."], 3, &["line 3", "POS is 500; contig 1 ends at 200", "assembly"]);
    check(&["7 40 A T ."], 3, &["line 3", "the reference has no contig 7", "1 alleles refused"]);
    let many: Vec<String> = (1..=25).map(|pos| format!("7 {pos} A T .")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    check(&many, 3, &["line 22", "... and 5 more of rule vcf.contig"]);
}

#[test]
fn sources_that_cannot_be_used() {
    let gene = Gene::new();
    let compressed = {
        use std::io::Write;
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(&fs::read(gene.path("genome.fa")).unwrap()).unwrap();
        out.finish().unwrap()
    };
    fs::write(gene.path("cut.fa.gz"), &compressed[..compressed.len() - 6]).unwrap();
    gene.write("empty.gff", "##gff-version 3\n");
    gene.write("other.fa", ">7\nACGTACGT\n");
    gene.write("short.fa", ">1\nACGTACGT\n");
    gene.write("other_cdna.fa", ">T7\nACGTACGT\n");
    let check = |sources: &[(&str, &str)], words: &[&str]| {
        says(gene.build("r", sources), 1, words);
        assert!(!gene.path("r").exists());
    };
    let gff = ("--gff", "genes.gff3");
    check(&[("--fasta", "cut.fa.gz"), gff], &["cut.fa.gz", "truncated", "again"]);
    check(&[("--fasta", "genome.fa"), ("--gff", "empty.gff")], &["empty.gff", "GFF3 or GTF"]);
    check(&[("--fasta", "nowhere.fa"), gff], &["nowhere.fa", "check the path"]);
    let strangers = ["other.fa", "(7)", "(1)", "one assembly"];
    check(&[("--fasta", "other.fa"), gff], &strangers);
    check(&[("--fasta", "short.fa"), gff], &["short.fa", "one assembly"]);
    check(&[("--cdna", "other_cdna.fa"), gff], &["other_cdna.fa", "T7", "ENST000001.5"]);
    check(
        &[("--fasta", "genome.fa"), ("--proteome", "genome.fa"), gff],
        &["genome.fa", "nucleotides"],
    );
    vaxloom(["reference", "build", "--gff", path(&gene.path("genes.gff3")), "--out", "r"])
        .ended_with(2);
}

#[test]
fn refused_lines_are_listed_and_told_again() {
    let gene = Gene::new();
    let mut gff = fs::read_to_string(gene.path("genes.gff3")).unwrap();
    gff += "1\tx\tgene\t190\t180\t.\t+\t.\tID=gene:G2;biotype=protein_coding\n";
    gene.write("genes.gff3", &gff);
    let sources = [("--fasta", "genome.fa"), ("--gff", "genes.gff3")];
    says(gene.build("r", &sources), 3, &["genes.gff3, line 8", "refused.tsv"]);
    let listed = super::columns(&gene.path("r/refused.tsv"), &["source_file", "source_line"]);
    assert_eq!(listed, ["genes.gff3 8"]);
    says(gene.build("r", &sources), 3, &["is there already", "1 refused by rule"]);
}

#[test]
fn folders_that_are_no_reference() {
    let gene = Gene::new();
    let sources = [("--fasta", "genome.fa"), ("--gff", "genes.gff3")];
    gene.vcf("calls.vcf", "", &["1 40 C T ."]);
    let check = |words: &[&str]| says(gene.consequence("r", "calls.vcf", "x.tsv", &[]), 1, words);
    check(&["no reference here", "vaxloom reference build"]);
    gene.build("r", &sources).ended_with(0);
    let (file, manifest) = (gene.path("r/transcripts.parquet"), gene.path("r/reference.json"));
    let (content, text) = (fs::read(&file).unwrap(), fs::read_to_string(&manifest).unwrap());

    fs::write(&file, &content[..100]).unwrap();
    check(&["transcripts.parquet", "the file has 100 bytes", "build the reference again"]);
    let mut flipped = content.clone();
    flipped[content.len() / 2] ^= 1;
    fs::write(&file, &flipped).unwrap();
    check(&["transcripts.parquet", "SHA-256", "build the reference again"]);
    fs::remove_file(&file).unwrap();
    check(&["transcripts.parquet", "gone", "build the reference again"]);
    // As the message says.
    gene.build("r", &sources).ended_with(0);
    fs::write(&manifest, text.replace("\"format\": 1", "\"format\": 9")).unwrap();
    check(&["reference.json", "format version 9", "reads 1", "build the reference again"]);
    fs::write(&manifest, "{").unwrap();
    check(&["reference.json", "build the reference again"]);
    gene.build("r", &sources).ended_with(0);

    let bases = gene.path("r/sequence.parquet");
    let mut content = fs::read(&bases).unwrap();
    content[20..60].fill(0);
    fs::write(&bases, content).unwrap();
    check(&["sequence.parquet", "contig 1", "build the reference again"]);

    gene.write("r/letter.txt", "mine");
    says(gene.build("r", &sources), 1, &["holds letter.txt", "new folder"]);
    assert!(gene.path("r/letter.txt").exists());
}

#[test]
fn the_proteome_of_another_species() {
    let gene = Gene::new();
    let (mut bases, mut lines, mut proteins) = (String::new(), String::new(), String::new());
    let mut state = 1_u32;
    for number in 1..=30 {
        let start = bases.len() + 1;
        let (mut coding, mut protein) = ("ATG".to_owned(), "M".to_owned());
        for _ in 0..30 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (codon, residue) =
                [("GCT", 'A'), ("AAA", 'K'), ("GAC", 'D'), ("TTC", 'F')][(state >> 30) as usize];
            coding += codon;
            protein.push(residue);
        }
        bases.extend([&coding, "TAA", &"C".repeat(20)]);
        proteins.extend([format!(">P{number}\n{protein}\n")]);
        let of = format!(
            "gene_id \"G{number}\"; transcript_id \"T{number}\"; gene_name \"N{number}\"; gene_biotype \"protein_coding\"; transcript_biotype \"protein_coding\";"
        );
        for (kind, end, phase) in
            [("transcript", start + 95, "."), ("exon", start + 95, "."), ("CDS", start + 92, "0")]
        {
            lines.extend([format!("1\tx\t{kind}\t{start}\t{end}\t.\t+\t{phase}\t{of}\n")]);
        }
    }
    gene.write("many.fa", &format!(">1\n{bases}\n"));
    gene.write("many.gtf", &lines);
    gene.write("own.fa", &proteins);
    gene.write("other.fa", ">Q1\nMWWYYHHRRPPQQEEGGSSTTVVIILLMMNN\n");
    let build = |out, proteome| {
        gene.build(out, &[("--fasta", "many.fa"), ("--gtf", "many.gtf"), ("--proteome", proteome)])
    };
    build("own", "own.fa").ended_with(0);
    says(build("other", "other.fa"), 1, &["other.fa: 0 of 30 peptides", "of the same species"]);
    assert!(!gene.path("other").exists());
}

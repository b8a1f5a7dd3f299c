//! A dog's TP53, from a genome and from the transcripts' own sequences.

use std::fs;

use super::{columns, consequence};
use crate::harness::{path, shared, vaxloom};

const MUTANT: &str = "SGNVLGRNSFEVCVCACPGRDRRTE";

#[test]
fn a_real_call_with_and_without_a_genome() {
    let Some(data) = shared("acceptance/variants/wlos0001-tp53/data") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| path(&data.join(name)).to_owned();
    let (gtf, proteins) = (file("tp53-ensembl-98.gtf"), file("tp53-proteins-ensembl-98.fa"));
    let sources = [
        ("genome", "--fasta", file("canfam3-chr5-tp53-masked.fa.gz")),
        ("transcripts", "--cdna", file("tp53-transcripts-ensembl-98.fa")),
    ];
    let vcf = data.join("wlos0001-tp53.vcf");
    for (name, kind, sequences) in &sources {
        let out = folder.path().join(name);
        let words = ["reference", "build", "--gtf", &gtf, kind, sequences, "--proteins", &proteins];
        let answer = vaxloom(words.into_iter().chain(["--out", path(&out)])).ended_with(0);
        assert!(!answer.stderr.contains("WARN"), "{}", answer.stderr);
        for extension in ["tsv", "parquet", "fasta"] {
            let output = folder.path().join(format!("{name}.{extension}"));
            consequence(&out, &vcf, &output, &["--flank", "12"]).ended_with(0);
        }
    }
    let read = |name: String| fs::read(folder.path().join(name)).unwrap();
    for extension in ["tsv", "parquet", "fasta"] {
        let one = read(format!("genome.{extension}"));
        assert!(one == read(format!("transcripts.{extension}")), "{extension}");
    }
    let tsv = folder.path().join("genome.tsv");
    let what = ["transcript", "consequence", "protein_change", "amino_acids", "codons"];
    assert_eq!(
        columns(&tsv, &what),
        [
            "ENSCAFT00000086831.1 missense_variant p.R238C R/C Cgc/Tgc",
            "ENSCAFT00000081814.1 missense_variant p.R325C R/C Cgc/Tgc",
            "ENSCAFT00000026465.4 missense_variant p.R261C R/C Cgc/Tgc",
        ]
    );
    assert!(columns(&tsv, &["mutant_protein"]).iter().all(|protein| protein.contains(MUTANT)));
    let windows = fs::read_to_string(folder.path().join("genome.fasta")).unwrap();
    let mutants = windows.lines().filter(|line| *line == MUTANT).count();
    assert_eq!(mutants, 3, "{windows}");
}

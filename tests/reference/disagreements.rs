//! A CSQ beside the reference.

use std::fs;

use super::Gene;

const HEADER: &str = "##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequence annotations from Ensembl VEP. \
    Format: Allele|Consequence|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|HGVSp|Protein_position|Amino_acids\">\n";

#[test]
fn each_disagreement_is_listed() {
    let gene = Gene::new();
    gene.build("r", &[("--fasta", "genome.fa"), ("--gff", "genes.gff3")]).ended_with(0);
    let entry = |allele: &str, terms: &str, transcript: &str, hgvs: &str| {
        format!("{allele}|{terms}|GENE|G1|Transcript|{transcript}|protein_coding|{hgvs}|4|")
    };
    let same = entry("T", "missense_variant", "ENST000001.4", "P1:p.Arg4Cys");
    let elsewhere = entry("T", "intron_variant", "ENST000002.1", "");
    let other = entry("A", "synonymous_variant", "ENST000001.4", "P1:p.Phe8=");
    let records = [
        format!("1 40 C T CSQ={same},{elsewhere}"),
        format!("1 72 T A CSQ={other}"),
        "1 76 G C .".to_owned(),
    ];
    gene.vcf("calls.vcf", HEADER, &records.iter().map(String::as_str).collect::<Vec<_>>());
    let list = gene.path("list.tsv");
    let more = ["--disagreements", list.to_str().unwrap()];
    for more in [&more[..], &[]] {
        let answer = gene.consequence("r", "calls.vcf", "x.tsv", more).ended_with(0);
        let expected = "1 transcripts agree, 1 differ, 1 only in CSQ, 1 only from the reference";
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    }
    assert_eq!(
        fs::read_to_string(&list).unwrap(),
        "chrom\tpos\tref\talt\ttranscript\twhat\tvep\tvaxloom\n\
         1\t72\tT\tA\tENST000001.4\tconsequence\tsynonymous_variant\tmissense_variant&splice_region_variant\n\
         1\t72\tT\tA\tENST000001.4\tprotein_change\tp.F8=\tp.F8I\n"
    );
}

#[test]
fn there_must_be_something_to_compare_with() {
    let gene = Gene::new();
    gene.build("r", &[("--fasta", "genome.fa"), ("--gff", "genes.gff3")]).ended_with(0);
    gene.vcf("calls.vcf", "", &["1 40 C T ."]);
    let list = gene.path("list.tsv");
    let more = ["--disagreements", list.to_str().unwrap()];
    let answer = gene.consequence("r", "calls.vcf", "x.tsv", &more).ended_with(1);
    assert!(answer.stderr.contains("has no CSQ to compare with"), "{}", answer.stderr);
    assert!(!gene.path("x.tsv").exists());
}

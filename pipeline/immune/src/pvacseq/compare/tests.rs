#![allow(clippy::unwrap_used)]

use super::*;

const THEIRS: &str = "ID\tGene\tBest Peptide\tAllele\t%ile MT\tTier
chr1-9-10-C-G\tA\tSIINFEKLV\tHLA-A*02:01\t0.1\tPass
chr1-19-20-C-G\tB\tSIINFEKLV\tHLA-A*02:01\t0.1\tPass
chr2-29-30-C-G\tC\tSIINFEKLV\tHLA-A*02:01\t0.1\tPoor
chr2-40-42-CTG-C\tD\tSIINFEKLV\tHLA-A*02:01\tNA\tPoor
chrX-50-50-C-CTTT\tE\tSIINFEKLV\tHLA-A*02:01\t0.1\tPass
";

fn ours(variant: &str, peptide: &str, allele: &str, tier: &str, rank: usize) -> Candidate {
    let variant = VariantKey::of_vcf(variant).unwrap();
    Candidate {
        variant,
        gene: String::new(),
        peptide: peptide.to_owned(),
        allele: allele.to_owned(),
        percentile: Some(0.5),
        tier: tier.to_owned(),
        rank,
    }
}

fn lines() -> Vec<Line> {
    let ours = [
        ours("chr1:10:C:G", "SIINFEKLV", "HLA-A*02:01", "Pass", 1),
        ours("1:20:C:G", "SIINFEKLV", "HLA-B*07:02", "Poor", 5),
        ours("2:30:C:G", "IINFEKLV", "HLA-A*02:01", "Poor", 2),
        ours("2:40:CTG:C", "KLVAAAAAA", "HLA-A*02:01", "Poor", 3),
        ours("3:7:C:T", "KLVAAAAAA", "HLA-A*02:01", "Poor", 4),
        ours("3:7:C:T", "KLVAAAAAA", "HLA-A*02:01", "Poor", 9),
    ];
    let percentile = |peptide: &str, allele: &str| match (peptide, allele) {
        ("SIINFEKLV", "HLA-A*02:01") => Some(0.75),
        _ => None,
    };
    let absent = |variant: &VariantKey| {
        (variant.chromosome == "X").then(|| "it failed its filters".to_owned())
    };
    compare("a.tsv", THEIRS.as_bytes(), &ours, Known { percentile: &percentile, absent: &absent })
        .unwrap()
}

#[test]
fn variants_are_matched_by_place_and_judged_by_their_peptides() {
    let found: Vec<(Agreement, usize)> =
        lines().iter().map(|line| (line.agreement, line.shared)).collect();
    let expected = [
        (Agreement::Same, 9),
        (Agreement::OtherAllele, 9),
        (Agreement::Overlapping, 8),
        (Agreement::Different, 3),
        (Agreement::Absent, 0),
        (Agreement::Added, 0),
    ];
    assert_eq!(found, expected);
    assert_eq!(lines()[5].ours.as_ref().unwrap().rank, 4);
}

#[test]
fn each_line_says_why() {
    let found: Vec<String> = lines().into_iter().map(|line| line.why).collect();
    assert_eq!(found[0], "");
    assert!(found[1].contains(
        "ranks SIINFEKLV for HLA-B*07:02 at 0.50 % and SIINFEKLV for HLA-A*02:01 at 0.75 %"
    ));
    assert!(found[1].ends_with("; tier Poor with us, Pass with pVACseq"));
    assert!(found[3].contains("KLVAAAAAA for HLA-A*02:01 at 0.50 %"));
    assert_eq!(found[4], "it failed its filters");
    assert!(found[5].contains("does not have the variant"));
    let unscored = compare(
        "a",
        THEIRS.as_bytes(),
        &[ours("2:30:C:G", "A", "HLA-A*02:01", "Poor", 1)],
        Known::NOTHING,
    );
    let unscored = unscored.unwrap();
    assert!(unscored[2].why.contains("SIINFEKLV for HLA-A*02:01 is not among our scored peptides"));
    assert_eq!(unscored[0].why, "the variant is not among our mutations");
}

#[test]
fn lines_are_written_as_a_table() {
    let mut text = Vec::new();
    write(&lines(), &mut text).unwrap();
    let table = Aggregated::read("lines", text.as_slice()).unwrap();
    assert_eq!((table.header.len(), table.rows.len()), (13, 6));
    assert_eq!(table.rows[3][..5], ["2:40:CTG:C", "D", "different", "3", "4"]);
    assert_eq!(table.rows[5][4..8], ["NA", "NA", "NA", "NA"]);
}

#[test]
fn tables_that_are_not_pvacseqs_are_refused() {
    for (text, expected) in [
        (THEIRS.replace("Best Peptide", "Peptide"), "no column Best Peptide"),
        (THEIRS.replace("chr1-19-20-C-G", "rs1"), "line 3, column \"ID\""),
    ] {
        let error = compare("a.tsv", text.as_bytes(), &[], Known::NOTHING).unwrap_err().to_string();
        assert!(error.contains("a.tsv") && error.contains(expected), "{error}");
    }
    assert!(["1:2:C", "", "1:x:C:G"].into_iter().all(|text| VariantKey::of_vcf(text).is_none()));
    let contig = VariantKey::of_pvacseq("HLA-A-1-2-C-G").unwrap();
    assert_eq!((contig.chromosome.as_str(), contig.position), ("HLA-A", 2));
}

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;

use super::rules::Rules;
use super::*;

/// One row of scored epitopes that passes everything, with some cells changed, ranked under `pvac-7`.
fn scores(changes: &[(&str, &str)]) -> String {
    let cells = "Chromosome=1|Start=10|Stop=11|Reference=C|Variant=G|Index=1.G|Transcript=ENST1|Transcript Support Level=1\
        |Transcript Length=300|Canonical=True|MANE Select=True|Biotype=protein_coding|Transcript CDS Flags=None|Variant Type=missense\
        |Mutation=P/A|Protein Position=58|Gene Name=G|HLA Allele=HLA-A*02:01|Mutation Position=5|MT Epitope Seq=AAAAAAAAA\
        |WT Epitope Seq=AAAAPAAAA|Gene Expression=20|Tumor RNA VAF=0.5|Tumor RNA Depth=40|Tumor DNA VAF=0.4|Transcript Expression=5\
        |Median MT IC50 Score=50|Median WT IC50 Score=60|Median MT Percentile=0.5|Median WT Percentile=0.6\
        |Median MT IC50 Percentile=0.5|Median WT IC50 Percentile=0.6|Median MT Immunogenicity Percentile=0.5\
        |Median WT Immunogenicity Percentile=0.6|Median MT Presentation Percentile=0.5|Median WT Presentation Percentile=0.6";
    let cells: Vec<(&str, &str)> =
        cells.split('|').map(|cell| cell.split_once('=').unwrap()).collect();
    for (column, _) in changes {
        assert!(cells.iter().any(|(name, _)| name == column), "{column}");
    }
    let value = |(name, value): &(&str, &str)| {
        changes.iter().find(|(column, _)| column == name).map_or(*value, |(_, to)| *to).to_owned()
    };
    let header: Vec<&str> = cells.iter().map(|(name, _)| *name).collect();
    let row: Vec<String> = cells.iter().map(value).collect();
    format!("{}\n{}\n", header.join("\t"), row.join("\t"))
}

fn ranked(text: &str) -> Result<Ranked, TableError> {
    let rules = Rules::built_in("pvac-7").unwrap().unwrap();
    rank("scores.tsv", text.as_bytes(), &rules, Options::default())
}

fn check(changes: &[(&str, &str)], tier: &str, failed: &[&str]) {
    let verdict = ranked(&scores(changes)).unwrap().verdicts.remove(0);
    assert_eq!((verdict.tier.as_str(), verdict.failed.as_slice()), (tier, failed), "{changes:?}");
}

#[test]
fn unknown_evidence_passes_or_is_not_counted() {
    check(&[], "Pass", &[]);
    for column in ["Gene Expression", "Tumor RNA VAF", "Tumor RNA Depth", "Tumor DNA VAF"] {
        check(&[(column, "NA")], "Pass", &[]);
    }
    let [ic50, binding, presentation] =
        ["Median MT IC50 Score", "Median MT IC50 Percentile", "Median MT Presentation Percentile"];
    check(&[(ic50, "NA")], "Pass", &[]);
    check(&[(ic50, "NA"), (binding, "NA"), (presentation, "NA")], "Pass", &[]);
    check(&[(ic50, "NA"), (binding, "3")], "PoorBinder", &["binding_percentile"]);
    check(&[(presentation, "NA"), (ic50, "500")], "PoorBinder", &["ic50"]);
    check(&[("Transcript Support Level", "NA")], "Pass", &[]);
}

#[test]
fn the_first_failing_group_of_evidence_names_the_tier() {
    let [mane, canonical, tsl] = ["MANE Select", "Canonical", "Transcript Support Level"];
    check(&[(mane, "False"), (canonical, "False"), (tsl, "NA")], "PoorTranscript", &["transcript"]);
    check(&[(mane, "False"), (canonical, "False"), (tsl, "Not Supported")], "Pass", &[]);
    check(&[("Mutation Position", "2")], "Anchor", &["anchor"]);
    check(&[("Mutation Position", "2"), ("Median WT IC50 Score", "NA")], "Anchor", &["anchor"]);
    check(&[("Mutation Position", "2"), ("Median WT IC50 Score", "500")], "Pass", &[]);
    check(&[("Mutation Position", "1, 2, 9")], "Pass", &[]);
    check(&[("Gene Expression", "5")], "LowExpr", &["expressed"]);
    check(&[("Gene Expression", "0")], "LowExpr", &["expressed"]);
    check(&[("Gene Expression", "0"), ("Tumor RNA Depth", "10")], "NoExpr", &["expressed"]);
    check(&[("Gene Expression", "0"), ("Tumor RNA Depth", "NA")], "NoExpr", &["expressed"]);
    check(&[("Tumor RNA VAF", "0")], "NoExpr", &["expressed"]);
    check(
        &[("Median MT Presentation Percentile", "2")],
        "PoorPresentation",
        &["presentation_percentile"],
    );
    // What is written decides: 1.9996 is 2.000 there.
    check(
        &[("Median MT Presentation Percentile", "1.9996")],
        "PoorPresentation",
        &["presentation_percentile"],
    );
    check(
        &[("Median MT IC50 Score", "900"), ("Gene Expression", "5")],
        "Poor",
        &["ic50", "expressed"],
    );
}

#[test]
#[allow(clippy::float_cmp, reason = "values that are handed through")]
fn clonality_is_known_given_or_estimated() {
    let rules = Rules::built_in("pvac-7").unwrap().unwrap();
    let tier = |vaf: &str, options| {
        let text = scores(&[("Tumor DNA VAF", vaf)]);
        let mut ranked = rank("s", text.as_bytes(), &rules, options).unwrap();
        (ranked.verdicts.remove(0).tier, ranked.clonal_vaf)
    };
    let none = Options::default();
    assert_eq!(tier("0.1", none), ("Pass".to_owned(), 0.1));
    assert_eq!(["0.55", "0.9", "NA"].map(|vaf| tier(vaf, none).1), [0.5, 0.6, 0.6]);
    assert_eq!(tier("0.1", Options { purity: Some(0.8), ..none }), ("Subclonal".to_owned(), 0.4));
    let both = Options { purity: Some(0.8), clonal_vaf: Some(0.2), ..none };
    assert_eq!(tier("0.1", both), ("Pass".to_owned(), 0.2));
}

#[test]
fn anchors_of_an_allele_go_before_the_fixed_ones() {
    let rules = Rules::built_in("pvac-7").unwrap().unwrap();
    let mut weights = AnchorWeights::default();
    weights.insert("HLA-A*02:01", &[0.05, 0.4, 0.0, 0.0, 0.1, 0.05, 0.0, 0.0, 0.4]);
    assert_eq!(weights.anchors("HLA-A*02:01", 9, 0.85), Some(vec![2, 9, 5]));
    assert_eq!(weights.anchors("HLA-A*02:01", 9, 1.5), None);
    assert_eq!(weights.anchors("HLA-A*02:01", 10, 0.8), None);
    let tier = |position: &str| {
        let text = scores(&[("Mutation Position", position)]);
        let options = Options { anchors: Some(&weights), ..Options::default() };
        rank("s", text.as_bytes(), &rules, options).unwrap().verdicts.remove(0).tier
    };
    assert_eq!(["1", "2", "5", "9"].map(tier), ["Pass", "Anchor", "Anchor", "Anchor"]);

    let mut read = AnchorWeights::default();
    read.read("w.tsv", "HLA\t1\t2\t3\nA\t0.2\t0.5\t0.3\n".as_bytes()).unwrap();
    assert_eq!(read.anchors("A", 3, 0.6), Some(vec![2, 3]));
    let error = read.read("w.tsv", "HLA\t1\nA\tx\n".as_bytes()).unwrap_err().to_string();
    assert!(error.contains("w.tsv") && error.contains("line 2"), "{error}");
}

#[test]
fn gzip_is_told_by_its_content() {
    let text = scores(&[]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let rules = Rules::built_in("pvac-7").unwrap().unwrap();
    let found = rank("s", packed.finish().unwrap().as_slice(), &rules, Options::default()).unwrap();
    assert_eq!(found, ranked(&text).unwrap());
    let mut written = Vec::new();
    found.table.write(&mut written).unwrap();
    assert_eq!(Aggregated::read("s", written.as_slice()).unwrap(), found.table);
}

#[test]
fn unusable_tables_are_refused_with_their_place() {
    let text = scores(&[]);
    let header = text.lines().next().unwrap();
    for (text, expected) in [
        (
            text.replace("Median MT IC50 Percentile", "x").replace("Biotype", "y"),
            "has no column Biotype, Median MT IC50 Percentile",
        ),
        (format!("{header}\n"), "has no row"),
        (String::new(), "has no column"),
        (format!("{text}1\t2\n"), "line: 3"),
        (scores(&[("Start", "x")]), "line 2, column \"Start\": expected a whole number"),
        (
            scores(&[("Median MT IC50 Score", "much")]),
            "column \"Median MT IC50 Score\": expected a number or NA",
        ),
        (scores(&[("Canonical", "yes")]), "expected True, False or Not Run"),
        (scores(&[("Mutation Position", "5-6")]), "expected positions such as 7, 8, or NA"),
        (scores(&[("Mutation", "P58A")]), "expected a change such as P/A"),
        (scores(&[("Transcript Support Level", "best")]), "expected a level"),
    ] {
        let message = ranked(&text).unwrap_err().to_string();
        assert!(message.contains("scores.tsv") && message.contains(expected), "{message}");
        assert!(!message.contains("much") && !message.contains("AAAAA"), "{message}");
    }
}

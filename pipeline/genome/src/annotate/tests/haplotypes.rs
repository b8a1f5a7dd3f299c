//! Calls that are read together, and those that are not.

use super::super::Options;
use super::world::{annotated, vcf};

/// Rows as `place change haplotype`, places joined by commas within a haplotype.
fn check(samples: &str, body: &str, phased: Option<&str>, expected: &[&str]) {
    let phased = phased.map(|body| vcf("FORMAT S", body));
    let options = Options {
        phased_vcf: phased.as_ref().map(tempfile::NamedTempFile::path),
        ..Options::default()
    };
    let outcome = annotated(samples, body, &options);
    let rows: Vec<String> = outcome
        .rows
        .iter()
        .map(|(place, row)| {
            let haplotype = row.haplotype.as_deref().unwrap_or("-").replace('+', " + ");
            let change = row.protein_change.as_deref().unwrap_or("-");
            format!("{place} {change} {} | {haplotype}", row.unphased_neighbours.unwrap())
        })
        .collect();
    assert_eq!(rows, expected, "{body}");
}

#[test]
fn two_changes_of_a_codon() {
    // AAA>CCA: K4P; alone K4Q and K4T.
    let together =
        ["F:30:A:C p.K4P 0 | F:30:A:C + F:31:A:C", "F:31:A:C p.K4P 0 | F:30:A:C + F:31:A:C"];
    let with = |one: &str, other: &str, format: &str| {
        format!("F 30 . A C . . . {format} {one}\nF 31 . A C . . . {format} {other}")
    };
    check("", "F 30 . A C . . .\nF 31 . A C . . .", None, &together);
    check("FORMAT S", &with("0|1", "0|1", "GT"), None, &together);
    check("FORMAT S", &with("1/1", "1/1", "GT"), None, &together);
    check("FORMAT S", &with("1", "1", "GT"), None, &together);
    check("FORMAT S", &with("0|1:7", "0|1:7", "GT:PS"), None, &together);
    check("FORMAT S", &with("0/1:0|1:30_A_C", "0/1:0|1:30_A_C", "GT:PGT:PID"), None, &together);
    let apart = |neighbours| {
        [
            format!("F:30:A:C p.K4Q {neighbours} | F:30:A:C"),
            format!("F:31:A:C p.K4T {neighbours} | F:31:A:C"),
        ]
    };
    let check_apart = |body: &str, neighbours| {
        let expected = apart(neighbours);
        check("FORMAT S", body, None, &[&expected[0], &expected[1]]);
    };
    check_apart(&with("0|1", "1|0", "GT"), 0);
    check_apart(&with("0/1", "0/1", "GT"), 1);
    check_apart(&with("0|1:7", "0|1:9", "GT:PS"), 1);
    check_apart(&with("0/1:0|1:30_A_C", "0/1:1|0:30_A_C", "GT:PGT:PID"), 0);
}

#[test]
fn homozygous_changes_lie_beside_those_of_unknown_phase() {
    check(
        "FORMAT S",
        "F 30 . A C . . . GT 1/1\nF 31 . A C . . . GT 0/1",
        None,
        &["F:30:A:C p.K4Q 0 | F:30:A:C", "F:31:A:C p.K4P 0 | F:30:A:C + F:31:A:C"],
    );
}

#[test]
fn a_second_indel_restores_the_frame() {
    check(
        "FORMAT S",
        "F 29 . CA C . . . GT 0|1\nF 38 . T TG . . . GT 0|1",
        None,
        &[
            "F:29:CA:C p.K4_G6delinsNWV 0 | F:29:CA:C + F:38:T:TG",
            "F:38:T:TG p.K4_G6delinsNWV 0 | F:29:CA:C + F:38:T:TG",
        ],
    );
}

#[test]
fn nothing_is_made_behind_a_stop() {
    check(
        "FORMAT S",
        "F 30 . A T . . . GT 0|1\nF 95 . C A . . . GT 0|1",
        None,
        &["F:30:A:T p.K4* 0 | F:30:A:T", "F:95:C:A p.T12N 0 | -"],
    );
}

#[test]
fn somatic_calls_on_a_germline_background() {
    let germline =
        "F 30 . A C . PASS . GT 0|1\nF 31 . A C . PASS . GT 0|1\nF 35 . G T . PASS . GT 1|0";
    // The call's own genotype is unphased; the phased VCF has it beside the germline call of the same codon.
    check(
        "FORMAT S",
        "F 31 . A C . PASS . GT 0/1",
        Some(germline),
        &["F:31:A:C p.Q4P 0 | F:30:A:C + F:31:A:C"],
    );
    // Not known to the phased VCF: taken alone, with the two heterozygous germline calls nearby of unknown phase.
    check(
        "FORMAT S",
        "F 34 . T G . PASS . GT 0/1",
        Some(germline),
        &["F:34:T:G p.L5R 3 | F:34:T:G"],
    );
    check(
        "FORMAT S",
        "F 31 . A C . PASS . GT 0/1",
        Some("F 30 . A C . PASS . GT 1/1\nR 5 . C A . PASS . GT 0/1"),
        &["F:31:A:C p.Q4P 0 | F:30:A:C + F:31:A:C"],
    );
}

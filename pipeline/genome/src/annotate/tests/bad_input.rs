//! What cannot be used is refused with its place and a remedy.

use super::super::{AloneError, AnnotateError, Options, alone};
use super::world::{annotated, reference, reference_with, try_annotated, vcf};

#[test]
fn records_that_do_not_fit_the_reference() {
    let outcome = annotated(
        "",
        "F 29 . G A . . .
         F 30 . A C . . .
         F 9999 . A C . . .
         chrZ 5 . A C,G . . .",
        &Options::default(),
    );
    let refused: Vec<String> = outcome
        .quarantined
        .iter()
        .map(|row| format!("{} {} {}", row.source_line, row.rule, row.message))
        .collect();
    assert_eq!(
        refused,
        [
            "3 vcf.reference REF has G at 29; the reference has C",
            "5 vcf.position POS is 9999; contig F ends at 150",
            "6 vcf.contig the reference has no contig chrZ",
        ]
    );
    assert_eq!((outcome.totals.told, outcome.totals.quarantined_alleles), (1, 4));
}

#[test]
fn overlapping_records_on_one_haplotype() {
    let outcome = annotated(
        "FORMAT S",
        "F 29 . CAAA C . . . GT 0|1\nF 31 . A C . . . GT 0|1",
        &Options::default(),
    );
    let (_, second) = &outcome.rows[1];
    assert_eq!(outcome.rows[0].1.protein_change.as_deref(), Some("p.K4del"));
    assert_eq!(
        (&*second.consequence, second.note.as_deref(), second.mutant_protein.as_deref()),
        (
            "coding_sequence_variant",
            Some("overlaps an earlier call on its haplotype; not applied"),
            None
        )
    );
    assert_eq!(outcome.totals.overlapping, 1);
}

#[test]
fn more_than_two_copies() {
    let body = "F 30 . A C . . . GT 0/1/1\nF 31 . A C . . . GT 0|1|1|0";
    let outcome = annotated("FORMAT S", body, &Options::default());
    let changes: Vec<_> =
        outcome.rows.iter().map(|(_, row)| row.protein_change.as_deref().unwrap()).collect();
    assert_eq!((changes, outcome.totals.polyploid), (vec!["p.K4Q", "p.K4T"], 2));
}

#[test]
fn files_out_of_order() {
    let unsorted = vcf("", "F 31 . A C . . .\nF 30 . A C . . .");
    let error = try_annotated(unsorted.path(), &Options::default()).err().unwrap();
    // The second record's line.
    assert!(matches!(error, AnnotateError::Unsorted { line: 4, .. }), "{error:?}");
    assert!(error.to_string().contains("bcftools sort"));
    let calls = vcf("FORMAT S", "F 30 . A C . . . GT 0/1\nR 30 . A C . . . GT 0/1");
    let phased = vcf("FORMAT S", "R 5 . C A . . . GT 0|1\nF 31 . A C . . . GT 0|1");
    let options = Options { phased_vcf: Some(phased.path()), ..Options::default() };
    let error = try_annotated(calls.path(), &options).err().unwrap();
    assert!(matches!(error, AnnotateError::ContigOrder { .. }), "{error}");
}

#[test]
fn single_alleles() {
    let error = |chrom: &str, pos, old: &str, new: &str| {
        alone(&reference(), chrom, pos, old, new).err().unwrap()
    };
    assert!(error("F", 29, "G", "A").to_string().starts_with("F:29: REF has G at 29"));
    for (chrom, pos) in [("F", 0), ("F", -4), ("F", 9999), ("chrZ", 5)] {
        assert!(
            matches!(error(chrom, pos, "A", "C"), AloneError::Misplaced { .. }),
            "{chrom}:{pos}"
        );
    }
    for (old, new) in [("", "A"), ("A", ""), ("A", "<DEL>"), ("-", "A")] {
        assert!(matches!(error("F", 29, old, new), AloneError::Alleles { .. }), "{old}>{new}");
    }
}

#[test]
fn what_reaches_over_the_first_base_of_a_transcript_without_utr() {
    let bare = reference_with(|transcript| {
        for span in transcript.exons.iter_mut().chain([&mut transcript.interval]) {
            span.start = span.start.max(21);
        }
        transcript.utrs.retain(|utr| !utr.five_prime);
        transcript.coding[0].phase = Some(2);
    });
    for (old, new) in [("CTTATGGCTAGCAAACT", "AAG"), ("CTTATGG", "AAGTTTTTTTTTTT")] {
        let rows = alone(&bare, "F", 18, old, new).unwrap();
        assert!(!rows.is_empty(), "{old}>{new}");
        assert!(rows.iter().all(|row| row.mutant_protein.is_none()), "{old}>{new}: {rows:?}");
    }
}

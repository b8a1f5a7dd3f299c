#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use std::cell::Cell;

use super::*;

/// A percentile from the letters of the peptide alone, spread over 0 to 100.
pub(crate) struct ByText;

impl JunctionScorer for ByText {
    fn score(&self, peptides: &[String]) -> Result<Vec<f32>, String> {
        let percentile = |text: &String| {
            let hash = text.bytes().fold(17_u32, |hash, letter| {
                (hash ^ u32::from(letter)).wrapping_mul(0x0100_0193).rotate_left(5)
            });
            (hash % 10_000) as f32 / 100.0
        };
        Ok(peptides.iter().map(percentile).collect())
    }
}

/// Answers with what it is told to.
struct Told(Result<Vec<f32>, String>);

impl JunctionScorer for Told {
    fn score(&self, _: &[String]) -> Result<Vec<f32>, String> {
        self.0.clone()
    }
}

#[test]
fn kmers_that_span_a_joint() {
    let check = |left: &str, linker: &str, right: &str, count: usize, first: Option<&str>| {
        let found = spanning(left, linker, right, &[8, 9, 10, 11]);
        assert_eq!(found.len(), count, "{left} {linker} {right}: {found:?}");
        assert_eq!(found.first().map(String::as_str), first);
    };
    // 7 + 8 + 9 + 10 windows, and one more of each length for each residue of a linker.
    check("ACDEFGHIKL", "", "MNPQRSTVWY", 34, Some("EFGHIKLM"));
    check("ACDEFGHIKLACDEFGHIKL", "", "MNPQRSTVWYMNPQRSTVWY", 34, Some("EFGHIKLM"));
    check("ACDEFGHIKL", "GGS", "MNPQRSTVWY", 34 + 3 * 4, Some("EFGHIKLG"));
    // A bare M: one window of each length. No right side: none.
    check("M", "", "ACDEFGHIKLM", 4, Some("MACDEFGH"));
    check("ACDEFGHIKL", "", "", 0, None);
    // Every window of this joint is inside its right neighbour as well.
    check("AAAAAAAAAA", "", "AAAAAAAAAAAA", 0, None);
    // Class II: windows of 15.

    let found = spanning("ACDEFGHIKLMNPQRST", "", "WYVTSRQPNMLKIHGFE", &[15]);
    assert_eq!((found.len(), found[0].as_str()), (14, "EFGHIKLMNPQRSTW"));
}

#[test]
fn a_table_counts_binders_and_asks_once() {
    struct Counting(Cell<usize>);
    impl JunctionScorer for Counting {
        fn score(&self, peptides: &[String]) -> Result<Vec<f32>, String> {
            self.0.set(self.0.get() + 1);
            assert!(peptides.is_sorted() && !peptides.is_empty());
            let percentile = |p: &String| match p.as_str() {
                "EFGHIKLM" => 0.49,
                "EFGHIKLG" => 0.5,
                "FGHIKLMN" => 1.99,
                _ => 2.0,
            };
            Ok(peptides.iter().map(percentile).collect())
        }
    }
    let parts = Parts { head: "M", peptides: vec!["ACDEFGHIKL", "MNPQRSTVWY"], tail: "" };
    let scorer = Counting(Cell::new(0));
    let table = joints(&parts, &["", "GS"], &scorer, &|p| p == "FGHIKLMN").unwrap();
    assert_eq!(scorer.0.get(), 1);
    let tallies = |left, right| -> Vec<_> {
        table
            .options(left, right)
            .iter()
            .map(|j| (j.tally.strong, j.tally.weak, j.linker_length))
            .collect()
    };
    assert_eq!(tallies(Some(0), Some(1)), [(1, 0, 0), (0, 1, 2)]);
    assert_eq!(tallies(Some(1), Some(0)), [(0, 0, 0), (0, 0, 2)]);
    assert_eq!(tallies(None, Some(0)), [(0, 0, 0)]);
    assert_eq!(tallies(Some(0), None), [(0, 0, 0)]);
    assert_eq!(table.options(Some(0), Some(1))[0].cost().worst, 995_100);
    assert_eq!(table.options(Some(0), None)[0].tally.worst, None);
}

#[test]
fn a_bad_predictor_is_an_error() {
    let check = |answer: Result<Vec<f32>, String>, message: &str| {
        let asked = vec!["ACDEFGHI".to_owned(), "CDEFGHIK".to_owned()];
        let error = scored(asked, &Told(answer)).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    };
    check(Err("no weights".to_owned()), "the predictor failed: no weights");
    check(Ok(vec![1.0]), "1 scores for 2 peptides");
    check(Ok(vec![1.0, f32::NAN]), "gave NaN");
    check(Ok(vec![1.0, 100.5]), "gave 100.5");
}

//! The share of G and C in windows of a coding sequence, kept within limits.

use super::{Coding, CodonError, solve};
use crate::motif::Motif;
use crate::profile::GcWindow;

/// What a base on the wrong side costs more in each round, in 1e-12 nat.
const STEP: u64 = 150_000_000_000;
const ROUNDS: usize = 24;

/// [`super::optimize`] under limits on the share of G and C in every window of the coding sequence: where a window is
/// outside, its bases of the kind that is too many cost more, until none is. Near the highest adaptation possible, not
/// proved to be. Where no choice was found, what is closest to the highest adaptation is given, and the checks of the final
/// molecule fail it.
pub fn optimize_within(
    protein: &str,
    left_context: &str,
    right_context: &str,
    forbidden: &[Motif],
    limits: GcWindow,
) -> Result<Coding, CodonError> {
    let best = solve(protein, left_context, right_context, forbidden, |_, _| 0)?;
    let mut coding = best.clone();
    // For each residue, what each G or C costs more, and each A or T.
    let mut dear = vec![(0_u64, 0_u64); protein.len()];
    for _ in 0..ROUNDS {
        if !raise(&mut dear, &coding.sequence, limits) {
            return Ok(coding);
        }
        coding = solve(protein, left_context, right_context, forbidden, |at, codon| {
            let strong = codon.bytes().filter(|base| b"GC".contains(base)).count() as u64;
            strong * dear[at].0 + (3 - strong) * dear[at].1
        })?;
    }
    Ok(if raise(&mut dear, &coding.sequence, limits) { best } else { coding })
}

/// Raises the costs in the windows that are outside the limits; whether there are any.
fn raise(dear: &mut [(u64, u64)], sequence: &str, limits: GcWindow) -> bool {
    let marks = outside(sequence, dear.len(), limits);
    for (cost, &(rich, poor)) in dear.iter_mut().zip(&marks) {
        *cost = (cost.0 + STEP * u64::from(rich), cost.1 + STEP * u64::from(poor));
    }
    marks.iter().any(|&(rich, poor)| rich || poor)
}

/// For each of the `residues` that `sequence` begins with, whether it lies in a window of too much G and C, and of too little.
pub(crate) fn outside(sequence: &str, residues: usize, limits: GcWindow) -> Vec<(bool, bool)> {
    let mut marks = vec![(false, false); residues];
    for (start, window) in sequence.as_bytes().windows(limits.length).enumerate() {
        let strong = window.iter().filter(|base| b"GC".contains(base)).count();
        let percent = 100 * strong / limits.length;
        let (rich, poor) = (percent > limits.high, percent < limits.low);
        if rich || poor {
            let last = ((start + limits.length - 1) / 3).min(residues.saturating_sub(1));
            for mark in &mut marks[(start / 3).min(last)..=last] {
                *mark = (mark.0 | rich, mark.1 | poor);
            }
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::coding::optimize;

    #[test]
    fn windows_are_brought_within_the_limits() {
        let check = |protein: &str, low, high, changes: bool| {
            let limits = GcWindow { length: 50, low, high };
            let free = optimize(protein, "", "", &[]).unwrap();
            let coding = optimize_within(protein, "", "", &[], limits).unwrap();
            assert!(
                !raise(&mut vec![(0, 0); protein.len()], &coding.sequence, limits),
                "{protein}"
            );
            assert_eq!(coding.sequence != free.sequence, changes, "{protein}");
            assert!(coding.cai <= free.cai);
        };
        check(&"GAP".repeat(20), 20, 80, true);
        check(&"GAP".repeat(20), 30, 70, true);
        check(&"KNIFY".repeat(12), 30, 70, false);
        check(&"MLKSDE".repeat(12), 30, 70, false);
        check("MK", 30, 70, false);
    }

    #[test]
    fn what_cannot_be_reached_is_left_for_the_checks_to_fail() {
        // Lysine, asparagine, isoleucine, phenylalanine, tyrosine: a third at the most.
        let protein = "KNIFY".repeat(12);
        let limits = GcWindow { length: 50, low: 45, high: 70 };
        let coding = optimize_within(&protein, "", "", &[], limits).unwrap();
        assert_eq!(coding, optimize(&protein, "", "", &[]).unwrap());
    }
}

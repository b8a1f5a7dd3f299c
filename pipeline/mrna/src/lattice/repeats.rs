//! Keeping copies apart: linkers and other repeated peptides are written in different codons.
//!
//! The lattice knows no memory of what it wrote, so this is done by solving again: where a stretch of bases occurs twice, the later
//! copy's codons that agree with the earlier one are made dearer there, more so each time, until no stretch is left. The result is a
//! design without such repeats, not proved to be the best of them.

use std::collections::HashMap;

use super::sites::Molecule;
use super::{CodingDesign, CodingTask, LatticeError, solve};
use crate::fold::Rna;

/// Trials before giving up.
const TRIALS: usize = 24;

/// What the first trial adds to a codon, hundredths of kcal/mol; later ones add as much again.
const STEP: f64 = 100.0;

/// The best design found that holds no stretch of more than `longest` bases twice.
pub(super) fn solve_apart(
    task: &CodingTask<'_>,
    molecule: &mut Molecule,
    longest: usize,
) -> Result<CodingDesign, LatticeError> {
    let mut repeat = (0, 0);
    for _ in 0..TRIALS {
        let design = solve(task, molecule)?;
        let rna = Rna::parse(&design.rna).map_err(|error| task.inconsistent(error.to_string()))?;
        let coding = &rna.bases()[molecule.coding.clone()];
        let copies = copies(coding, longest + 1);
        let Some(&first) = copies.first() else {
            return Ok(design);
        };
        repeat = first;
        let mut agreeing: Vec<usize> = Vec::new();
        for (_, second) in &copies {
            agreeing.extend(second.div_ceil(3)..(second + longest + 1) / 3);
        }
        agreeing.sort_unstable();
        agreeing.dedup();
        for codon in agreeing {
            molecule.discourage(codon, &coding[3 * codon..3 * codon + 3], STEP);
        }
    }
    let (first, second) = (repeat.0 / 3 + 1, repeat.1 / 3 + 1);
    Err(LatticeError::Repeat { name: task.name.to_owned(), bases: longest + 1, first, second })
}

/// Where a stretch of `length` bases begins that has begun before, with where it did.
fn copies(bases: &[u8], length: usize) -> Vec<(usize, usize)> {
    let mut seen: HashMap<&[u8], usize> = HashMap::new();
    let windows = bases.windows(length).enumerate();
    windows
        .filter_map(|(at, window)| {
            let first = *seen.entry(window).or_insert(at);
            (first != at).then_some((first, at))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_found_with_its_original() {
        assert_eq!(copies(&[1, 2, 3, 1, 2, 3, 1], 4), [(0, 3)]);
        assert_eq!(copies(&[1, 1, 1], 2), [(0, 1)]);
        assert!(copies(&[1, 2, 3, 4], 2).is_empty());
    }
}

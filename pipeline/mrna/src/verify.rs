//! Checks of a finished molecule, by other means than those that designed it.
//!
//! Own translation table, own search for motifs on both strands, own count of junctional peptides on the whole protein,
//! own search for repeats that could pair. [`verify_shape`] goes on with the folded molecule. A check that fails makes the
//! construct unusable; notes (tolerated motifs, repeats, stability) always pass and say what they saw.

mod junctions;
mod molecule;
mod repeats;
mod shape;

pub use junctions::{Binder, binders};
pub use shape::verify_shape;

use std::fmt;

use crate::construct::Construct;
use crate::joint::JunctionScorer;
use crate::profile::Profile;

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// Whether the molecule may be used, as far as this check goes.
    pub passed: bool,
    /// What was seen.
    pub detail: String,
}

impl Check {
    fn new(name: &'static str, passed: bool, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { name, passed, detail }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = if self.passed { "passed" } else { "FAILED" };
        write!(f, "{}: {outcome} ({})", self.name, self.detail)
    }
}

/// What the count of junctional peptides needs.
pub struct Rescan<'a> {
    /// Predicts binding to the patient's own alleles.
    pub scorer: &'a dyn JunctionScorer,
    /// Whether a peptide occurs in the normal proteome.
    pub known_self: &'a dyn Fn(&str) -> bool,
}

/// Checks a construct against its profile and the antigens it was meant to hold, in order.
pub fn verify(
    construct: &Construct,
    profile: &Profile,
    expected: &[&str],
    rescan: &Rescan<'_>,
) -> Vec<Check> {
    let molecule = molecule::Molecule::new(construct, profile);
    vec![
        molecule.reading_frame(),
        molecule.translation(),
        molecule.antigens(expected),
        molecule.parts(),
        molecule.transcript(),
        molecule.motifs(),
        molecule.runs(),
        molecule.length(),
        junctions::check(construct, profile, rescan),
        molecule.gc_windows(),
        molecule.upstream_aug(),
        repeats::inverted(construct, profile),
        repeats::direct(construct),
    ]
}

#[cfg(test)]
mod planted;
#[cfg(test)]
mod tests;

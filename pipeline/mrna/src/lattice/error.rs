//! Why there is no design.

use crate::fold::RnaError;

/// Why there is no design. Positions are 1-based.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LatticeError {
    /// No protein.
    #[error("{name}: the protein is empty; give one residue or more")]
    Empty {
        /// The protein.
        name: String,
    },
    /// A letter that no codon writes.
    #[error(
        "{name}, residue {position}: found '{found}', expected one of ACDEFGHIKLMNPQRSTVWY, or '*' for the stop codon at the end"
    )]
    Residue {
        /// The protein.
        name: String,
        /// Where.
        position: usize,
        /// What.
        found: char,
    },
    /// A number that is out of its range.
    #[error("{what}: found {found}, expected {expected}")]
    Number {
        /// Which.
        what: &'static str,
        /// Its value.
        found: String,
        /// Its range.
        expected: &'static str,
    },
    /// Fixed bases that are none.
    #[error("the fixed bases {side} the coding sequence: {source}")]
    Fixed {
        /// `before` or `behind`.
        side: &'static str,
        /// What is wrong.
        source: RnaError,
    },
    /// An unknown base among the fixed ones: nothing can be said of how it folds.
    #[error(
        "the fixed bases {side} the coding sequence, position {position}: found 'N', expected a known base"
    )]
    UnknownBase {
        /// `before` or `behind`.
        side: &'static str,
        /// Where.
        position: usize,
    },
    /// A motif that is no DNA.
    #[error("motif {motif}: found '{sequence}', expected DNA letters ACGT, one or more")]
    Motif {
        /// Its name.
        motif: String,
        /// Its sequence.
        sequence: String,
    },
    /// A motif that no choice of codons can take away.
    #[error(
        "motif {motif} lies in the fixed bases {side} the coding sequence at position {position}; take another untranslated region, or list it in the motif's allowed_in"
    )]
    FixedMotif {
        /// Its name.
        motif: String,
        /// `before` or `behind`.
        side: &'static str,
        /// Where it begins there.
        position: usize,
    },
    /// Constraints that cannot be met together.
    #[error(
        "{name}: no codons for the residues up to {residue} keep all of these out: {motifs}; allow one of them, or change the protein there"
    )]
    Conflict {
        /// The protein.
        name: String,
        /// The residue past which no sequence gets.
        residue: usize,
        /// The motifs in the way.
        motifs: String,
    },
    /// A repeat that stayed.
    #[error(
        "{name}: the {bases} bases from residue {first} and from residue {second} stay the same in every trial; allow longer repeats, or change the protein there"
    )]
    Repeat {
        /// The protein.
        name: String,
        /// Length of the repeat.
        bases: usize,
        /// Residue of the first copy.
        first: usize,
        /// Residue of the second.
        second: usize,
    },
    /// The design failed its own check.
    #[error("internal error, please report: the design of {name} {what}")]
    Inconsistent {
        /// The protein.
        name: String,
        /// What disagrees.
        what: String,
    },
}

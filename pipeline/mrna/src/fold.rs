//! Folding of RNA: minimum free energy, partition function, and evaluation of a given structure.
//!
//! - [`mfe()`]: the structure of least energy (Zuker and Stiegler, Nucleic Acids Research 9:133, 1981);
//! - [`partition()`]: ensemble energy, base-pair and unpaired probabilities (McCaskill, Biopolymers 29:1105, 1990);
//! - [`beam()`]: a structure of low energy in linear time, for molecules too long for the exact one;
//! - [`evaluate()`]: the energy of a structure, loop by loop, sharing nothing with the others but the energy model;
//!
//! All stand on [`crate::energy`]; energies are in hundredths of kcal/mol. No pseudoknots; hairpins of three bases or more.

mod algebra;
pub mod beam;
pub mod evaluate;
mod interior;
pub mod mfe;
pub mod partition;
pub mod report;
pub mod rna;
pub mod structure;

pub use beam::{BEAM, LONG, beam};
pub use evaluate::evaluate;
pub use mfe::mfe;
pub use partition::{Ensemble, PartitionError, partition};
pub use report::{Folded, Method, fold};
pub use rna::{Rna, RnaError};
pub use structure::{Structure, StructureError};

use crate::energy::{Dangles, Dcal, LONGEST_INTERIOR};

/// What may be chosen in folding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldSettings {
    /// Whether unpaired neighbours of stems count.
    pub dangles: Dangles,
    /// The most unpaired bases of an interior loop or bulge, both sides together; above 30 as 30.
    pub max_interior_loop: usize,
}

impl Default for FoldSettings {
    fn default() -> Self {
        Self { dangles: Dangles::default(), max_interior_loop: LONGEST_INTERIOR }
    }
}

impl FoldSettings {
    /// The longest interior loop looked at.
    fn longest(self) -> usize {
        self.max_interior_loop.min(LONGEST_INTERIOR)
    }
}

/// A structure with its energy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Free energy against the open chain, hundredths of kcal/mol.
    pub energy: Dcal,
    /// The pairs.
    pub structure: Structure,
}

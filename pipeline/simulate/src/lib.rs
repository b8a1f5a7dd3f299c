//! Synthetic cohorts of any size, with the truth beside them: for scale, and for correctness at scale.
//!
//! A cohort is a sample sheet with the files that it names, as `vaxloom run` reads them, and tables of what was planted. Nothing
//! in it comes from a person. What is drawn from published numbers: how many mutations a tumour has ([`cancer`]), in which
//! contexts ([`signature`]), and HLA alleles by population ([`population`]); what is a choice of this project's is said where
//! it is made. The same settings give the same bytes, on any number of threads: every patient has a stream of random
//! numbers of its own.
//!
//! [`made_up`] makes a genome where no reference is given; [`gene`] takes the coding sequences of a reference; [`patient`]
//! plants mutations ([`mutation`]) in them by their contexts ([`sites`]), and says what they do ([`effect`], which shares no code
//! with `vaxloom-genome`'s consequences, since it is there to check them); [`tumour`] has purity, clones, copies and reads;
//! [`cohort`] writes it all.

pub mod cancer;
pub mod cohort;
pub mod effect;
mod error;
pub mod gene;
pub mod made_up;
pub mod mutation;
pub mod patient;
pub mod population;
mod records;
pub mod signature;
pub mod sites;
mod table;
pub mod tumour;
mod vcf;

pub use cohort::{Cohort, Written, write};
pub use error::SimulateError;
pub use gene::Genes;
pub use made_up::MadeUp;

#[cfg(test)]
mod tests;

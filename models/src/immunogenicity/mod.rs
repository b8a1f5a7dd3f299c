//! Class I immunogenicity: how likely does a T cell respond to a peptide that an allele presents?
//!
//! A logistic regression of few [`features`]: the presentation percentile of the peptide and of its wild type, and the
//! residues that face the T cell. It stands on a presentation model, which is handed in as a
//! [`Predictor`](vaxloom_immune::Predictor).
//!
//! T-cell assays are not a random sample: whole genomes of few pathogens were screened for few alleles, and single
//! epitopes of all others were reported because they were recognised. The allele alone tells positives from negatives
//! better than any model of the sequence does, and so does the base composition of the source genome. Training
//! therefore carries an intercept for each allele and the GC content of the peptide's codons as nuisance
//! ([`train`](mod@train)); neither enters a prediction.
//!
//! The order to read in: [`recipe`], [`table`], [`groups`], [`features`], [`vaxloom_immune::probability::logistic`], [`train`](mod@train), [`files`],
//! [`model`], [`evaluate`](mod@evaluate). Plain `f64` arithmetic, no tensors: the same weights on every machine.

pub mod error;
pub mod evaluate;
pub mod features;
pub mod files;
pub mod groups;
pub mod model;
pub mod recipe;
pub mod table;
pub mod train;

pub use error::ImmunogenicityError;
pub use evaluate::{ImmunogenicityEvaluation, evaluate_immunogenicity};
pub use model::{Explanation, Immunogenicity};
pub use train::{ImmunogenicityReport, train_immunogenicity};

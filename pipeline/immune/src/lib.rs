//! What the immune system could see: HLA names, predictors, features, ranking rules.
//!
//! The path, in the order of the modules:
//! [`hla`] brings reported alleles into one normal form, [`typing_files`] reads them from the files of HLA typers,
//! [`molecule`] pairs the chains of class II, [`predictor`] is the seam between pairs of peptide and allele and whatever
//! scores them, [`encoding`] turns peptides and pseudo-sequences into index bytes, [`percentile`] turns scores into ranks,
//! [`metrics`] judges a predictor and [`bootstrap`] how sure that is, [`features`] describes a peptide and its gene,
//! [`policy`] holds the tiers of the ranking as data, [`pvacseq`] ranks pVACseq's tables by rules of that kind,
//! [`probability`] is a small model of features that explains itself, [`motif`] is a predictor for tests of the pipeline,
//! without weights.
//!
//! Plain types and pure functions: no tables, no engine, no tensor library. Positions are 1-based.

pub mod bootstrap;
pub mod encoding;
pub mod features;
pub mod hla;
pub mod metrics;
pub mod molecule;
pub mod motif;
pub mod percentile;
pub mod policy;
pub mod predictor;
pub mod probability;
pub mod pvacseq;
pub mod typing_files;

pub use predictor::{Affinity, AlleleMatch, PredictError, Predictor, Presentation, Unscorable};

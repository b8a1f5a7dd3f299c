//! Predictors on libtorch.
//!
//! Class I presentation so far: which peptides of 8 to 11 residues cells with a given HLA-A, -B or
//! -C allele show on their surface. The order to read in:
//!
//! - [`encoding`], [`alleles`]: peptides and alleles as bytes
//! - [`architecture`]: the network
//! - [`predictor`]: a trained model behind [`vaxloom_immune::Predictor`]
//! - [`weights`], [`calibrate`]: a trained model's files
//! - [`recipe`], [`data`], [`sampling`], [`train`](mod@train): how a model is trained
//! - [`evaluate`](mod@evaluate): how good it is, beside other tools
//! - [`device`]: CPU or GPU
//!
//! This is the only crate that knows tensors. The rest of the program needs the names that are
//! re-exported here, and of tch at most the device that [`choose_device`] names.

pub mod alleles;
pub mod architecture;
pub mod calibrate;
mod checkpoint;
pub mod data;
mod dataset;
pub mod device;
pub mod encoding;
mod epochs;
mod error;
pub mod evaluate;
pub mod figures;
mod optimiser;
pub mod predictor;
pub mod recipe;
mod rows;
pub mod sampling;
mod tensors;
pub mod train;
pub mod weights;
mod workers;

pub use checkpoint::CheckpointError;
pub use device::{choose_device, set_threads};
pub use error::ModelError;
pub use evaluate::{EvaluateError, evaluate};
pub use figures::Evaluation;
pub use predictor::Mhc1Presentation;
pub use tensors::TensorFileError;
pub use train::{TrainError, TrainReport, train};

//! Predictors on libtorch.
//!
//! Which peptides do cells with given HLA molecules show on their surface, and how strongly are they bound? Class I
//! (HLA-A, -B, -C: presentation and affinity) and class II (HLA-DR, -DQ, -DP: presentation). The order to read in:
//!
//! - [`encoding`], [`molecules`]: peptides and molecules as bytes
//! - [`architecture`]: the network
//! - [`predictor`]: a trained model behind [`vaxloom_immune::Predictor`]
//! - [`weights`], [`calibrate`]: a trained model's files
//! - [`recipe`], [`data`], [`excluded`], [`sampling`], [`train`](mod@train): how a model is trained
//! - [`evaluate`](mod@evaluate), [`card`]: how good it is, beside other tools
//! - [`immunogenicity`]: whether a T cell responds to what is presented
//! - [`device`]: CPU or GPU
//!
//! This is the only crate that knows tensors. The rest of the program needs the names that are
//! re-exported here, and of tch at most the device that [`choose_device`] names.

pub mod architecture;
mod batch;
mod built_in;
pub mod calibrate;
pub mod card;
mod checkpoint;
pub mod data;
mod dataset;
pub mod device;
mod dropout;
pub mod encoding;
mod epochs;
mod error;
pub mod evaluate;
pub mod excluded;
pub mod figures;
mod finish;
mod forward;
pub mod immunogenicity;
mod loss;
pub mod molecules;
mod optimiser;
pub mod predictor;
pub mod pseudosequences;
pub mod recipe;
mod rows;
pub mod sampling;
mod speed;
mod tables;
mod tensors;
pub mod train;
pub mod weights;
mod workers;

pub use built_in::Task;
pub use card::{CardError, coverage_part, training_part, update_card};
pub use checkpoint::CheckpointError;
pub use device::{choose_device, set_threads};
pub use error::ModelError;
pub use evaluate::{EvaluateError, evaluate};
pub use figures::Evaluation;
pub use immunogenicity::{
    Immunogenicity, ImmunogenicityError, evaluate_immunogenicity, train_immunogenicity,
};
pub use predictor::{MhcPredictor, Site};
pub use recipe::recipe_task;
pub use tensors::TensorFileError;
pub use train::{TrainError, TrainReport, train};

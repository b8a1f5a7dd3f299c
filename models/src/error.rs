//! Why a model cannot be used.

use crate::tensors::TensorFileError;
use crate::weights::{CALIBRATION, FORMAT, WEIGHTS};
use std::path::PathBuf;
use tch::TchError;

/// Loading a model, or the device that it is wanted on.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file of the model folder cannot be read.
    #[error(
        "{path}: {source}; \
         a model folder holds config.json, weights.safetensors and calibration.safetensors"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of the model folder cannot be written.
    #[error("{path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The configuration cannot be parsed.
    #[error("config.json: {source}")]
    Config {
        /// Line, column and cause.
        source: serde_json::Error,
    },
    /// Written by another version of the program.
    #[error(
        "config.json: format {found}, this program reads format {FORMAT}; \
         train the model again or use the program that wrote it"
    )]
    Format {
        /// In the file.
        found: u32,
    },
    /// A file is not the one that the configuration was written with.
    #[error(
        "{file}: SHA-256 is {found}, config.json says {expected}; \
         the file is truncated, altered or of another model: fetch the model folder again"
    )]
    Checksum {
        /// Name in the model folder.
        file: &'static str,
        /// Of the file.
        found: String,
        /// Of the configuration.
        expected: String,
    },
    /// The content of a file is not a model's.
    #[error("{file}: {source}")]
    Tensors {
        /// Name in the model folder.
        file: &'static str,
        /// What is wrong.
        source: TensorFileError,
    },
    /// The device does not exist or cannot be used.
    #[error("device {asked}: {reason}")]
    Device {
        /// As it was asked for.
        asked: String,
        /// Why not.
        reason: String,
    },
    /// Scoring failed.
    #[error(transparent)]
    Predict(#[from] vaxloom_immune::PredictError),
    /// libtorch failed.
    #[error("libtorch: {0}")]
    Torch(#[from] TchError),
}

impl ModelError {
    pub(crate) fn weights(source: TensorFileError) -> Self {
        Self::Tensors { file: WEIGHTS, source }
    }

    pub(crate) fn calibration(source: TensorFileError) -> Self {
        Self::Tensors { file: CALIBRATION, source }
    }
}

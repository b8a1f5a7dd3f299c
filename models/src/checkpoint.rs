//! The state of a training run between two epochs, in one file.
//!
//! No random number generator is saved: an epoch's draws are a stream of the seed
//! (`dataset::stream`).

use crate::architecture::Architecture;
use crate::optimiser::Adam;
use crate::tensors::{Entry, TensorFileError, read_floats, serialize};
use crate::weights::HeldOutFigures;
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tch::{Kind, Tensor};

/// Where the run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// SHA-256 of the recipe file.
    pub(crate) recipe_sha256: String,
    /// Epochs done.
    pub(crate) epochs: u64,
    /// Figures on what is held out, after each.
    pub(crate) held_out: Vec<HeldOutFigures>,
    /// Seconds of training so far.
    pub(crate) seconds: f64,
}

impl Standing {
    /// The epoch (1-based) with the best held-out figure, the first of equals.
    pub(crate) fn best(&self) -> Option<(u64, f64)> {
        let means: Vec<f64> = self.held_out.iter().map(HeldOutFigures::mean).collect();
        let best = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let at = means.iter().position(|&mean| mean >= best)?;
        Some((at as u64 + 1, best))
    }
}

/// Tensors and standing of a run.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    pub(crate) standing: Standing,
    pub(crate) parameters: Vec<Tensor>,
    pub(crate) best: Vec<Tensor>,
    pub(crate) adam: Adam,
}

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It cannot be read or written.
    #[error("checkpoint {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is broken.
    #[error("checkpoint {path}: {source}; remove it to train from the start")]
    Tensors {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: TensorFileError,
    },
    /// It belongs to another recipe, or its standing cannot be read.
    #[error("checkpoint {path} is not of this recipe; remove it to train from the start")]
    OtherRecipe {
        /// The file.
        path: PathBuf,
    },
}

const STANDING: &str = "standing";
const GROUPS: [&str; 4] = ["parameter", "best", "moment1", "moment2"];

impl Checkpoint {
    /// Writes beside the file and renames, so that a kill leaves the old or the new one whole.
    pub(crate) fn save(
        path: &Path,
        architecture: &Architecture,
        standing: &Standing,
        adam: &Adam,
        parameters: &[Tensor],
        best: &[Tensor],
    ) -> Result<(), CheckpointError> {
        let tensors =
            |source: TensorFileError| CheckpointError::Tensors { path: path.to_owned(), source };
        let io = |source| CheckpointError::Io { path: path.to_owned(), source };
        let mut entries = Vec::new();
        for (group, group_tensors) in
            GROUPS.iter().zip([parameters, best, &adam.first, &adam.second])
        {
            for ((name, _), tensor) in architecture.shapes().iter().zip(group_tensors) {
                let entry = Entry::floats(&format!("{group}.{name}"), tensor, Kind::Float);
                entries.push(entry.map_err(|e| tensors(e.into()))?);
            }
        }
        let steps = adam.steps.to_string();
        let standing = serde_json::to_string(standing).map_err(|e| io(e.into()))?;
        let metadata =
            HashMap::from([(STANDING.to_owned(), standing), ("steps".to_owned(), steps)]);
        let bytes = serialize(&entries, Some(metadata)).map_err(tensors)?;
        let part = path.with_extension("part.tmp");
        std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path)).map_err(io)
    }

    /// Reads the checkpoint of this recipe; `None` where there is no file.
    pub(crate) fn load(
        path: &Path,
        architecture: &Architecture,
        recipe_sha256: &str,
    ) -> Result<Option<Self>, CheckpointError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(CheckpointError::Io { path: path.to_owned(), source });
            }
        };
        let tensors =
            |source: TensorFileError| CheckpointError::Tensors { path: path.to_owned(), source };
        let other = || CheckpointError::OtherRecipe { path: path.to_owned() };
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| tensors(e.into()))?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let standing: Standing = metadata
            .get(STANDING)
            .and_then(|text| serde_json::from_str(text).ok())
            .filter(|s: &Standing| s.recipe_sha256 == recipe_sha256)
            .ok_or_else(other)?;
        let steps = metadata.get("steps").and_then(|s| s.parse().ok()).ok_or_else(other)?;
        let file = SafeTensors::deserialize(&bytes).map_err(|e| tensors(e.into()))?;
        let group = |group: &str| {
            let shapes = architecture.shapes();
            let read = shapes
                .iter()
                .map(|(name, shape)| read_floats(&file, &format!("{group}.{name}"), shape));
            read.collect::<Result<Vec<_>, _>>().map_err(tensors)
        };
        let [parameters, best, first, second] = GROUPS.map(group);
        let adam = Adam { first: first?, second: second?, steps };
        Ok(Some(Self { standing, parameters: parameters?, best: best?, adam }))
    }
}

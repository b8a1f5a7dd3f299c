//! The models that the program carries.

use crate::ModelError;
use crate::predictor::MhcPredictor;
use crate::weights::ModelFiles;

/// What the program predicts without being given a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Class I presentation and affinity.
    Mhc1Presentation,
    /// Class II presentation.
    Mhc2Presentation,
}

macro_rules! model_files {
    ($folder:literal) => {
        ModelFiles {
            config: include_bytes!(concat!("../", $folder, "/config.json")).as_slice().into(),
            weights: include_bytes!(concat!("../", $folder, "/weights.safetensors"))
                .as_slice()
                .into(),
            calibration: include_bytes!(concat!("../", $folder, "/calibration.safetensors"))
                .as_slice()
                .into(),
        }
    };
}

impl MhcPredictor {
    /// The model that the program carries for a task, onto the CPU.
    pub fn built_in(task: Task) -> Result<Self, ModelError> {
        Self::from_files(&match task {
            Task::Mhc1Presentation => model_files!("mhc1-presentation/base"),
            Task::Mhc2Presentation => model_files!("mhc2-presentation/base"),
        })
    }
}

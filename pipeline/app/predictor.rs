//! Which predictors the program uses.

use std::path::Path;
use std::sync::Arc;

use vaxloom_immune::Predictor;
use vaxloom_models::{MhcPredictor, Task};

use crate::args;

/// The built-in class I predictor on a device (`auto`, `cpu`, `cuda`, `cuda:N`), for the lake.
pub(crate) fn built_in(device: &str, threads: usize) -> anyhow::Result<Arc<dyn Predictor>> {
    Ok(load(Task::Mhc1Presentation, None, device, threads)?)
}

/// The predictor of a folder, or the task's built-in one.
pub(crate) fn load(
    task: Task,
    folder: Option<&Path>,
    device: &str,
    threads: usize,
) -> anyhow::Result<Arc<MhcPredictor>> {
    vaxloom_models::set_threads(threads);
    let model = match folder {
        Some(folder) => MhcPredictor::load(folder)?,
        None => MhcPredictor::built_in(task)?,
    };
    let (model, why) = model.on_device(device)?;
    tracing::debug!("device {why}");
    Ok(Arc::new(model))
}

impl From<args::Task> for Task {
    fn from(task: args::Task) -> Self {
        match task {
            args::Task::Mhc1Presentation => Self::Mhc1Presentation,
            args::Task::Mhc2Presentation => Self::Mhc2Presentation,
        }
    }
}

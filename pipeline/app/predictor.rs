//! Which predictor the program injects into the lake.

use std::path::Path;
use std::sync::Arc;

use vaxloom_immune::Predictor;
use vaxloom_models::Mhc1Presentation;

/// The built-in class I presentation predictor on a device (`auto`, `cpu`, `cuda`, `cuda:N`).
pub(crate) fn built_in(device: &str, threads: usize) -> anyhow::Result<Arc<dyn Predictor>> {
    Ok(Arc::new(mhc1_presentation(None, device, threads)?))
}

/// The class I presentation predictor of a folder, or the built-in one.
pub(crate) fn mhc1_presentation(
    folder: Option<&Path>,
    device: &str,
    threads: usize,
) -> anyhow::Result<Mhc1Presentation> {
    vaxloom_models::set_threads(threads);
    let model = match folder {
        Some(folder) => Mhc1Presentation::load(folder)?,
        None => Mhc1Presentation::built_in()?,
    };
    let (model, why) = model.on_device(device)?;
    tracing::debug!("device {why}");
    Ok(model)
}

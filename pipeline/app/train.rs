//! `vaxloom train` and `vaxloom evaluate`.

use crate::args::{EvaluateArgs, TrainArgs};
use crate::exit::Exit;
use crate::predictor;

/// Trains a predictor from its recipe; goes on from the last checkpoint where there is one.
pub(crate) fn train(args: &TrainArgs, threads: usize) -> anyhow::Result<Exit> {
    vaxloom_models::set_threads(threads);
    let mut progress = |line: &str| tracing::info!("{line}");
    let report = vaxloom_models::train(
        &args.recipe,
        &args.data,
        args.output.as_deref(),
        &args.device,
        &mut progress,
    )?;
    tracing::info!("{}", report.device);
    say(&format!("{} {}", report.folder.display(), report.version));
    Ok(Exit::Done)
}

/// Prints the table of the model beside its peers on the same rows.
pub(crate) fn evaluate(args: &EvaluateArgs, threads: usize) -> anyhow::Result<Exit> {
    let model = predictor::mhc1_presentation(args.model.as_deref(), &args.device, threads)?;
    let evaluation = vaxloom_models::evaluate(&model, &args.benchmark, &args.data)?;
    say(&format!("{evaluation}"));
    Ok(Exit::Done)
}

#[allow(clippy::print_stdout, reason = "data goes to standard output")]
fn say(text: &str) {
    println!("{text}");
}

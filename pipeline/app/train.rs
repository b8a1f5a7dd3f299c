//! `vaxloom train` and `vaxloom evaluate`.

use crate::args::{EvaluateArgs, TrainArgs};
use crate::exit::Exit;
use crate::predictor;
use std::path::Path;
use vaxloom_models::{
    Immunogenicity, coverage_part, evaluate_immunogenicity, recipe_task, train_immunogenicity,
    training_part, update_card,
};

/// Trains a predictor from its recipe; goes on from the last checkpoint where there is one.
pub(crate) fn train(args: &TrainArgs, threads: usize) -> anyhow::Result<Exit> {
    vaxloom_models::set_threads(threads);
    let mut progress = |line: &str| tracing::info!("{line}");
    if recipe_task(&args.recipe)? == "immunogenicity" {
        let presentation = predictor::built_in(&args.device, threads)?;
        let out = args.output.as_deref().or(args.recipe.parent()).unwrap_or(Path::new("."));
        let report = train_immunogenicity(
            &args.recipe,
            &args.data,
            out,
            presentation.as_ref(),
            &mut progress,
        )?;
        say(&format!("{} {}", report.folder.display(), report.config.version));
        return Ok(Exit::Done);
    }
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

/// Prints the tables of the model beside its peers on the same rows, and puts them into the model's card where one is
/// named.
pub(crate) fn evaluate(args: &EvaluateArgs, threads: usize) -> anyhow::Result<Exit> {
    let Some(benchmark) = &args.benchmark else {
        return immunogenicity(args, threads);
    };
    let model = predictor::load(args.task.into(), args.model.as_deref(), &args.device, threads)?;
    let evaluation = vaxloom_models::evaluate(&model, benchmark, &args.data)?;
    say(&format!("{evaluation}"));
    if let Some(card) = &args.card {
        let parts = [
            ("training", training_part(model.config())),
            ("coverage", coverage_part(model.molecules())),
            (evaluation.benchmark, evaluation.to_string()),
        ];
        update_card(card, &parts)?;
    }
    Ok(Exit::Done)
}

fn immunogenicity(args: &EvaluateArgs, threads: usize) -> anyhow::Result<Exit> {
    let presentation = predictor::built_in(&args.device, threads)?;
    let model = match &args.model {
        Some(folder) => Immunogenicity::load(folder)?,
        None => Immunogenicity::built_in()?,
    };
    let recipe = args.immunogenicity.as_deref().unwrap_or(Path::new("recipe.toml"));
    let evaluations = evaluate_immunogenicity(&model, recipe, &args.data, presentation.as_ref())?;
    let text: String = evaluations.iter().map(ToString::to_string).collect();
    say(&text);
    if let Some(card) = &args.card {
        update_card(card, &[("immunogenicity", text)])?;
    }
    Ok(Exit::Done)
}

#[allow(clippy::print_stdout, reason = "data goes to standard output")]
fn say(text: &str) {
    println!("{text}");
}

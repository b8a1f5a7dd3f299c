#![allow(clippy::unwrap_used)]

use super::*;
use crate::dataset::tests::{dataset, tables};

fn run<'a>(recipe: &'a Recipe, data: &'a Dataset, folder: &Path) -> Run<'a> {
    Run::start(recipe, data, "recipe".to_owned(), folder, Device::Cpu).unwrap()
}

#[test]
fn held_out_rows_have_the_figures_that_are_defined() {
    let (folder, recipe) = tables();
    // All affinities of the table are 500 nM: they have no correlation.
    let data = dataset(|_| ());
    let figures = run(&recipe, &data, folder.path()).held_out_figures().unwrap();
    assert!((0.0..=1.0).contains(&figures.average_precision.unwrap()));
    assert_eq!(figures.correlation, None);
}

#[test]
fn scores_that_are_no_numbers_end_the_run() {
    let (folder, recipe) = tables();
    let data = dataset(|_| ());
    let run = run(&recipe, &data, folder.path());
    let _guard = no_grad(|| run.network.parameters()[5].shallow_clone().fill_(f64::NAN));
    let error = run.held_out_figures().unwrap_err().to_string();
    assert!(error.contains("the loss of epoch 1 is not finite"), "{error}");
}

#[test]
fn an_epoch_changes_every_parameter_and_lowers_the_loss() {
    let (folder, mut recipe) = tables();
    recipe.optimiser.epochs = 30;
    let data = dataset(|_| ());
    let mut run = run(&recipe, &data, folder.path());
    let before = copies(run.network.parameters()).unwrap();
    let first = run.epoch(&mut |_| ()).unwrap();
    for (before, after) in before.iter().zip(run.network.parameters()) {
        let moved = (before - after).abs().max().double_value(&[]);
        assert!(moved > 0.0 && moved < 1.0, "{:?} moved by {moved}", after.size());
    }
    // The same draws again, so that only the weights differ.
    let mut last = first;
    for _ in 0..8 {
        last = run.epoch(&mut |_| ()).unwrap();
    }
    assert!(last < first, "{first} then {last}");
}

#[test]
fn patience_and_epochs_end_a_run() {
    let (folder, mut recipe) = tables();
    (recipe.optimiser.epochs, recipe.optimiser.patience) = (5, 2);
    let data = dataset(|_| ());
    let figures = |mean| HeldOutFigures { average_precision: Some(mean), correlation: None };
    for (means, over) in [
        (&[][..], false),
        (&[0.5], false),
        (&[0.5, 0.4], false),
        (&[0.5, 0.4, 0.5], true),
        (&[0.5, 0.4, 0.6], false),
        (&[0.1, 0.2, 0.3, 0.4, 0.5], true),
    ] {
        let mut run = run(&recipe, &data, folder.path());
        run.standing.held_out = means.iter().map(|&mean| figures(mean)).collect();
        run.standing.epochs = means.len() as u64;
        assert_eq!(run.is_over(), over, "{means:?}");
    }
}

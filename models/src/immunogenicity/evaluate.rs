//! How good the model is: on training rows outside the fold, and on test sets, beside the presentation percentile alone and
//! what other tools gave each row.
//!
//! Pooled over alleles, a figure also says which alleles had their positives reported and which were screened. Within
//! alleles it does not: the mean over the alleles with enough rows is the one to believe.

use super::ImmunogenicityError;
use super::model::Immunogenicity;
use super::recipe::{Recipe, Table};
use super::table::{Assay, read_assays};
use super::train::{Rows, candidates, check_predictor, fit_rows, folds, read_rows};
use crate::evaluate::{Scored, ranked_part};
use crate::figures::{Evaluation, Part};
use std::path::Path;
use vaxloom_immune::Predictor;
use vaxloom_immune::probability::logistic::probability;

/// What the model is measured beside everywhere.
const BASELINE: &str = "presentation percentile alone";

/// Figures of the model on its training table, cross-validated, and on each of the recipe's test sets, in one
/// [`Evaluation`] each: their tools differ.
pub type ImmunogenicityEvaluation = Vec<Evaluation>;

/// Computes the figures. The model is the one that the recipe gives with this predictor.
pub fn evaluate_immunogenicity(
    model: &Immunogenicity,
    recipe_path: &Path,
    data_root: &Path,
    predictor: &dyn Predictor,
) -> Result<ImmunogenicityEvaluation, ImmunogenicityError> {
    let (recipe, sha256) = Recipe::read(recipe_path)?;
    check_predictor(&recipe, recipe_path, predictor)?;
    let config = model.config();
    let trained_by = format!("{} {}", config.training.recipe_sha256, config.presentation_version);
    let found = format!("{sha256} {}", predictor.version());
    if found != trained_by {
        let (path, expected) = (recipe_path.to_owned(), trained_by);
        return Err(ImmunogenicityError::OtherRecipe { path, found, expected });
    }
    let mut evaluations = vec![cross_validated(model, &recipe, data_root, predictor)?];
    for table in &recipe.excluded {
        evaluations.push(test_set(model, table, data_root, predictor)?);
    }
    Ok(evaluations)
}

fn cross_validated(
    model: &Immunogenicity,
    recipe: &Recipe,
    root: &Path,
    predictor: &dyn Predictor,
) -> Result<Evaluation, ImmunogenicityError> {
    let rows = read_rows(recipe, root, predictor)?;
    let folds = folds(recipe, &rows);
    let mut logits = vec![0.0; rows.assays.len()];
    for fold in 0..recipe.regression.folds {
        let (out, within): (Vec<usize>, Vec<usize>) =
            (0..folds.len()).partition(|&row| folds[row] == fold);
        let fitted = fit_rows(recipe, &rows, &within, model.config().training.penalty)?;
        for &row in &out {
            logits[row] = fitted.logit(&rows.features[row]);
        }
    }
    let scored = |name: &str, kept: &[usize]| Scored {
        path: recipe.assays.path.clone(),
        name: name.to_owned(),
        positive: kept.iter().map(|&row| rows.positive[row]).collect(),
        scores: vec![
            kept.iter().map(|&row| logits[row]).collect(),
            // The first feature is the logarithm of the percentile, lower being stronger.
            kept.iter().map(|&row| -rows.features[row].0[0].unwrap_or_default()).collect(),
        ],
    };
    let all: Vec<usize> = (0..folds.len()).collect();
    let within: Vec<Scored> = large_alleles(&rows, recipe.regression.fewest)
        .iter()
        .map(|(name, kept)| scored(name, kept))
        .collect();
    let mut parts = vec![part(
        &format!("{}, outside the fold, pooled", recipe.assays.title),
        &[scored("all", &all)],
    )?];
    if !within.is_empty() {
        parts.push(part(
            &format!("{}, outside the fold, within alleles", recipe.assays.title),
            &within,
        )?);
    }
    Ok(Evaluation {
        benchmark: "immunogenicity",
        tools: tools(model, &[]),
        parts,
        published: vec![],
    })
}

/// Alleles with enough rows of both classes, and their rows.
fn large_alleles(rows: &Rows, fewest: usize) -> Vec<(String, Vec<usize>)> {
    let of_allele = |(place, name): (usize, &String)| {
        let kept: Vec<usize> =
            (0..rows.allele.len()).filter(|&row| rows.allele[row] == place).collect();
        let positives = kept.iter().filter(|&&row| rows.positive[row]).count();
        let enough = positives >= fewest && kept.len() - positives >= fewest;
        enough.then(|| (name.clone(), kept))
    };
    rows.alleles.iter().enumerate().filter_map(of_allele).collect()
}

fn test_set(
    model: &Immunogenicity,
    table: &Table,
    root: &Path,
    predictor: &dyn Predictor,
) -> Result<Evaluation, ImmunogenicityError> {
    let assays = read_assays(root, table)?;
    let explained = model.explain(predictor, &candidates(&assays))?;
    let pairs: Vec<(&str, &str)> =
        assays.iter().map(|assay| (assay.peptide.as_str(), assay.allele.as_str())).collect();
    let presented = predictor.predict(&pairs)?;
    let mut scored = Scored {
        path: table.path.clone(),
        name: table.title.clone(),
        positive: vec![],
        scores: vec![vec![]; 2 + table.tools.len()],
    };
    for ((assay, explained), presented) in assays.iter().zip(explained).zip(presented) {
        // What cannot be scored is left out for every tool.
        if let (Ok(explained), Ok(presented)) = (explained, presented) {
            push(&mut scored, assay, explained.logit, -f64::from(presented.percentile));
        }
    }
    let title = format!("{} ({} of {} rows)", table.title, scored.positive.len(), assays.len());
    if scored.positive.iter().all(|&positive| positive) {
        return Ok(only_positive(model, &title, &scored));
    }
    let others: Vec<&str> = table.tools.iter().map(|tool| tool.name.as_str()).collect();
    Ok(Evaluation {
        benchmark: "immunogenicity",
        tools: tools(model, &others),
        parts: vec![part(&title, &[scored])?],
        published: vec![],
    })
}

/// Of a set without negatives nothing can be said but how high it is scored.
fn only_positive(model: &Immunogenicity, title: &str, scored: &Scored) -> Evaluation {
    let training = &model.config().training;
    let above =
        scored.scores[0].iter().filter(|&&logit| probability(logit) > training.share()).count();
    let line = format!(
        "{title}: all with a response, so nothing tells them from others; {above} are scored above {:.3}, the share of responses \
         in training.",
        training.share()
    );
    Evaluation { benchmark: "immunogenicity", tools: vec![], parts: vec![], published: vec![line] }
}

fn push(scored: &mut Scored, assay: &Assay, logit: f64, percentile: f64) {
    scored.positive.push(assay.positive);
    let scores = [logit, percentile].into_iter().chain(assay.tools.iter().copied());
    scored.scores.iter_mut().zip(scores).for_each(|(column, score)| column.push(score));
}

fn tools(model: &Immunogenicity, others: &[&str]) -> Vec<String> {
    let own = format!("{} {}", model.model(), model.version());
    [own, BASELINE.to_owned()]
        .into_iter()
        .chain(others.iter().map(|&tool| tool.to_owned()))
        .collect()
}

fn part(title: &str, scored: &[Scored]) -> Result<Part, ImmunogenicityError> {
    ranked_part(title, scored).map_err(|error| ImmunogenicityError::Figures {
        title: title.to_owned(),
        reason: error.to_string(),
    })
}

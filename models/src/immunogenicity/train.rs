//! From a recipe and a presentation model to a trained model.
//!
//! The regression has, beside the features, an intercept for each allele and the codons' GC content of the whole
//! peptide. These carry how the table came about (who tested whole genomes of which pathogen with which allele) and are
//! left out of the prediction, whose intercept is then set so that its mean over the training rows is their share of
//! positives. The penalty is the one with the least log loss on rows outside the fold, allele and GC content given.

use super::ImmunogenicityError;
use super::features::{AGRETOPICITY, FEATURES, Features, codon_gc, names};
use super::files::{Config, FORMAT, ImmunogenicityFiles, Training, Weights};
use super::groups::groups;
use super::model::{Candidate, features_of};
use super::recipe::Recipe;
use super::table::{Assay, read_assays};
use crate::data::sha256;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use vaxloom_immune::Predictor;
use vaxloom_immune::probability::logistic::{Design, Fit, fit, log_loss, probability};

/// Columns of a fit: the features and the codons' GC content.
const COLUMNS: usize = FEATURES + 1;

/// What training gave.
#[derive(Debug, Clone, PartialEq)]
pub struct ImmunogenicityReport {
    /// Where the model is.
    pub folder: PathBuf,
    /// What was written beside the weights.
    pub config: Config,
}

/// The rows that can be trained on.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) assays: Vec<Assay>,
    pub(crate) features: Vec<Features>,
    pub(crate) codon_gc: Vec<f64>,
    pub(crate) positive: Vec<bool>,
    /// Place of each row's allele among `alleles`.
    pub(crate) allele: Vec<usize>,
    pub(crate) alleles: Vec<String>,
    /// Group of close peptides of each row.
    pub(crate) group: Vec<usize>,
    pub(crate) removed: BTreeMap<String, usize>,
}

/// A fit with the scales of its training rows.
pub(crate) struct Fitted {
    pub(crate) weights: Weights,
    gc_mean: f64,
    gc_scale: f64,
    fit: Fit,
}

/// Trains a model and writes it to `out`. `progress` is told a line a step.
pub fn train_immunogenicity(
    recipe_path: &Path,
    data_root: &Path,
    out: &Path,
    predictor: &dyn Predictor,
    progress: &mut dyn FnMut(&str),
) -> Result<ImmunogenicityReport, ImmunogenicityError> {
    let (recipe, recipe_sha256) = Recipe::read(recipe_path)?;
    check_predictor(&recipe, recipe_path, predictor)?;
    let rows = read_rows(&recipe, data_root, predictor)?;
    progress(&format!("{} rows, {} alleles", rows.assays.len(), rows.alleles.len()));
    let folds = folds(&recipe, &rows);
    let mut losses = Vec::new();
    for &penalty in &recipe.regression.penalties {
        let loss = cross_validated_loss(&recipe, &rows, &folds, penalty)?;
        progress(&format!("penalty {penalty}: log loss {loss:.5}"));
        losses.push((penalty, loss));
    }
    let best = losses.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    let penalty = best.map_or(0.0, |best| best.0);
    let all: Vec<usize> = (0..rows.assays.len()).collect();
    let fitted = fit_rows(&recipe, &rows, &all, penalty)?;
    let weights = fitted.weights.serialize()?;
    let mut version = sha256(&weights);
    let weights_sha256 = version.clone();
    version.truncate(12);
    let config = Config {
        format: FORMAT,
        task: recipe.task.clone(),
        name: recipe.name.clone(),
        version,
        presentation: predictor.model().to_owned(),
        presentation_version: predictor.version().to_owned(),
        features: names(),
        weights_sha256,
        training: Training {
            recipe_sha256,
            rows: rows.assays.len(),
            positives: rows.positive.iter().filter(|positive| **positive).count(),
            with_wild_type: rows.features.iter().filter(|f| f.0[AGRETOPICITY].is_some()).count(),
            alleles: rows.alleles.len(),
            groups: rows.group.iter().collect::<BTreeSet<_>>().len(),
            removed: rows.removed,
            log_loss: losses,
            penalty,
            codon_gc: fitted.fit.coefficients[FEATURES],
            assays: recipe.assays,
            excluded: recipe.excluded,
        },
    };
    let json = serde_json::to_vec_pretty(&config)
        .map_err(|source| ImmunogenicityError::Config { source })?;
    ImmunogenicityFiles { config: json.into(), weights: weights.into() }.write(out)?;
    Ok(ImmunogenicityReport { folder: out.to_owned(), config })
}

pub(crate) fn check_predictor(
    recipe: &Recipe,
    path: &Path,
    predictor: &dyn Predictor,
) -> Result<(), ImmunogenicityError> {
    if recipe.presentation == predictor.model() {
        return Ok(());
    }
    Err(ImmunogenicityError::Value {
        path: path.to_owned(),
        field: "presentation",
        found: format!("{}, but {} was handed in", recipe.presentation, predictor.model()),
        expected: "the model that is handed in",
    })
}

/// The rows of the recipe's table that can be scored and are close to no test peptide.
pub(crate) fn read_rows(
    recipe: &Recipe,
    root: &Path,
    predictor: &dyn Predictor,
) -> Result<Rows, ImmunogenicityError> {
    let all = read_assays(root, &recipe.assays)?;
    let mut tested = BTreeSet::new();
    for table in &recipe.excluded {
        tested.extend(read_assays(root, table)?.into_iter().map(|assay| assay.peptide));
    }
    // Training and test peptides are grouped together: what is close to a test peptide is in its group.
    let peptides: Vec<&str> =
        tested.iter().chain(all.iter().map(|assay| &assay.peptide)).map(String::as_str).collect();
    let group = groups(&peptides, recipe.regression.shared);
    let (of_tests, of_rows) = group.split_at(tested.len());
    let of_tests: BTreeSet<usize> = of_tests.iter().copied().collect();
    let features = features_of(predictor, &candidates(&all))?;
    let mut removed = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for ((assay, features), &group) in all.iter().zip(features).zip(of_rows) {
        let reason = match &features {
            Err(_) => "cannot be scored",
            _ if assay.contradictory => "negative with responders",
            _ if tested.contains(&assay.peptide) => "peptide of a test set",
            _ if of_tests.contains(&group) => "close to a peptide of a test set",
            _ if !seen.insert((&assay.peptide, &assay.allele)) => "same pair twice",
            _ => "",
        };
        match features {
            Ok(features) if reason.is_empty() => kept.push((assay.clone(), features, group)),
            _ => *removed.entry(reason.to_owned()).or_default() += 1,
        }
    }
    assemble(recipe, kept, removed)
}

pub(crate) fn candidates(assays: &[Assay]) -> Vec<Candidate<'_>> {
    let candidate = |assay| {
        let Assay { peptide, wild_type, allele, .. }: &Assay = assay;
        (peptide.as_str(), wild_type.as_deref(), allele.as_str())
    };
    assays.iter().map(candidate).collect()
}

fn assemble(
    recipe: &Recipe,
    kept: Vec<(Assay, Features, usize)>,
    removed: BTreeMap<String, usize>,
) -> Result<Rows, ImmunogenicityError> {
    let positive: Vec<bool> = kept.iter().map(|(assay, ..)| assay.positive).collect();
    let positives = positive.iter().filter(|positive| **positive).count();
    let (negatives, expected) = (positive.len() - positives, recipe.regression.folds);
    if positives.min(negatives) < expected {
        let path = recipe.assays.path.clone();
        return Err(ImmunogenicityError::Classes { path, positives, negatives, expected });
    }
    let alleles: BTreeSet<String> = kept.iter().map(|(assay, ..)| assay.allele.clone()).collect();
    let alleles: Vec<String> = alleles.into_iter().collect();
    let place = |assay: &Assay| alleles.partition_point(|name| *name < assay.allele);
    let allele = kept.iter().map(|(assay, ..)| place(assay)).collect();
    // All of them can be scored, so all have codons.
    let gc = kept.iter().map(|(assay, ..)| codon_gc(&assay.peptide).unwrap_or_default()).collect();
    let group = kept.iter().map(|(.., group)| *group).collect();
    let (assays, features) = kept.into_iter().map(|(assay, features, _)| (assay, features)).unzip();
    Ok(Rows { assays, features, codon_gc: gc, positive, allele, alleles, group, removed })
}

/// The fold of each row; close peptides share one.
pub(crate) fn folds(recipe: &Recipe, rows: &Rows) -> Vec<usize> {
    let groups: BTreeSet<usize> = rows.group.iter().copied().collect();
    let mut groups: Vec<usize> = groups.into_iter().collect();
    groups.shuffle(&mut ChaCha8Rng::seed_from_u64(recipe.seed));
    let fold = |(place, &group)| (group, place % recipe.regression.folds);
    let folds: BTreeMap<usize, usize> = groups.iter().enumerate().map(fold).collect();
    rows.group.iter().map(|group| folds.get(group).copied().unwrap_or_default()).collect()
}

fn cross_validated_loss(
    recipe: &Recipe,
    rows: &Rows,
    folds: &[usize],
    penalty: f64,
) -> Result<f64, ImmunogenicityError> {
    let mut sum = 0.0;
    for fold in 0..recipe.regression.folds {
        let (out, within): (Vec<usize>, Vec<usize>) =
            (0..folds.len()).partition(|&row| folds[row] == fold);
        let fitted = fit_rows(recipe, rows, &within, penalty)?;
        sum += out.iter().map(|&row| fitted.conditional_loss(rows, row)).sum::<f64>();
    }
    Ok(sum / folds.len() as f64)
}

/// Fits the chosen rows.
pub(crate) fn fit_rows(
    recipe: &Recipe,
    rows: &Rows,
    chosen: &[usize],
    penalty: f64,
) -> Result<Fitted, ImmunogenicityError> {
    let mut weights = Weights {
        means: [0.0; FEATURES],
        scales: [1.0; FEATURES],
        weights: [0.0; FEATURES],
        intercept: 0.0,
    };
    for feature in 0..FEATURES {
        let values = chosen.iter().filter_map(|&row| rows.features[row].0[feature]);
        (weights.means[feature], weights.scales[feature]) = mean_and_scale(values);
    }
    let (gc_mean, gc_scale) = mean_and_scale(chosen.iter().map(|&row| rows.codon_gc[row]));
    let mut values = Vec::with_capacity(chosen.len() * COLUMNS);
    for &row in chosen {
        values.extend(weights.standardise(&rows.features[row]));
        values.push((rows.codon_gc[row] - gc_mean) / gc_scale);
    }
    let group: Vec<usize> = chosen.iter().map(|&row| rows.allele[row]).collect();
    let positive: Vec<bool> = chosen.iter().map(|&row| rows.positive[row]).collect();
    let mut penalties = [penalty; COLUMNS];
    penalties[FEATURES] = recipe.regression.nuisance_penalty;
    let fit = fit(&Design {
        values: &values,
        group: &group,
        groups: rows.alleles.len(),
        positive: &positive,
        penalties: &penalties,
        group_penalty: recipe.regression.nuisance_penalty,
    })?;
    weights.weights.copy_from_slice(&fit.coefficients[..FEATURES]);
    weights.intercept = marginal_intercept(&weights, &values, &positive);
    Ok(Fitted { weights, gc_mean, gc_scale, fit })
}

/// Mean and standard deviation; 0 and 1 of no values, and scale 1 where all are the same.
fn mean_and_scale(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count();
    if count == 0 {
        return (0.0, 1.0);
    }
    let mean = values.clone().sum::<f64>() / count as f64;
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / count as f64;
    (mean, if variance > 1e-18 { variance.sqrt() } else { 1.0 })
}

/// The intercept with which the mean probability is the share of positives, by bisection: the mean rises with it.
fn marginal_intercept(weights: &Weights, values: &[f64], positive: &[bool]) -> f64 {
    let logits: Vec<f64> = values
        .chunks_exact(COLUMNS)
        .map(|row| weights.weights.iter().zip(row).map(|(weight, value)| weight * value).sum())
        .collect();
    let share = positive.iter().filter(|positive| **positive).count() as f64;
    let (mut low, mut high) = (-50.0, 50.0);
    for _ in 0..80 {
        let middle: f64 = f64::midpoint(low, high);
        let expected: f64 = logits.iter().map(|logit| probability(middle + logit)).sum();
        if expected < share { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

impl Fitted {
    /// Log loss of a row, its allele and codons being given.
    fn conditional_loss(&self, rows: &Rows, row: usize) -> f64 {
        let mut values = self.weights.standardise(&rows.features[row]).to_vec();
        values.push((rows.codon_gc[row] - self.gc_mean) / self.gc_scale);
        let logit = self.fit.logit(&values) + self.fit.groups[rows.allele[row]];
        log_loss(logit, rows.positive[row])
    }

    /// Logit of a row as a prediction gives it.
    pub(crate) fn logit(&self, features: &Features) -> f64 {
        let standard = self.weights.standardise(features);
        let weighed = self.weights.weights.iter().zip(standard).map(|(weight, x)| weight * x);
        self.weights.intercept + weighed.sum::<f64>()
    }
}

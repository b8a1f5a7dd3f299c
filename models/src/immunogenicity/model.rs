//! A trained model.

use super::ImmunogenicityError;
use super::features::{FEATURES, Features};
use super::files::{Config, ImmunogenicityFiles, Weights};
use std::path::Path;
use vaxloom_immune::probability::logistic::probability;
use vaxloom_immune::{PredictError, Predictor, Presentation, Unscorable};

/// A peptide, what it was before the mutation where that is known, and an allele in normal form (`HLA-A*02:01`).
pub type Candidate<'a> = (&'a str, Option<&'a str>, &'a str);

/// Probability that a T cell responds to a peptide that an allele presents.
///
/// Higher is likelier, and candidates may be ranked by it. It is a probability among assays like those of the training
/// table, of which 45 % had a response; among mutations of a tumour far fewer have one.
#[derive(Debug, Clone)]
pub struct Immunogenicity {
    config: Config,
    weights: Weights,
}

/// A score and what it comes of.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// 0 to 1.
    pub probability: f32,
    /// Of the probability: [`Explanation::intercept`] and the contributions add up to it.
    pub logit: f64,
    /// Logit of a peptide whose features are all at their training means.
    pub intercept: f64,
    /// What each feature adds, in the order of [`Immunogenicity::features`]; 0 for what is not known.
    pub contributions: [f64; FEATURES],
}

impl Immunogenicity {
    /// The model in a folder.
    pub fn load(folder: &Path) -> Result<Self, ImmunogenicityError> {
        Self::from_files(&ImmunogenicityFiles::read(folder)?)
    }

    /// The model that the program carries.
    pub fn built_in() -> Result<Self, ImmunogenicityError> {
        Self::from_files(&ImmunogenicityFiles {
            config: include_bytes!("../../immunogenicity/base/config.json").as_slice().into(),
            weights: include_bytes!("../../immunogenicity/base/weights.safetensors")
                .as_slice()
                .into(),
        })
    }

    /// The model of these files, which are checked.
    pub fn from_files(files: &ImmunogenicityFiles) -> Result<Self, ImmunogenicityError> {
        let (config, weights) = files.parse()?;
        Ok(Self { config, weights })
    }

    /// Task and name, such as `immunogenicity/base`.
    pub fn model(&self) -> String {
        format!("{}/{}", self.config.task, self.config.name)
    }

    /// Version of the weights. A score also depends on the presentation model's.
    pub fn version(&self) -> &str {
        &self.config.version
    }

    /// How the model came about.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Names of the features.
    pub fn features(&self) -> &[String] {
        &self.config.features
    }

    /// Whether this is the presentation model that the weights were fitted to, in the same version. Another one gives
    /// percentiles too, but nobody has measured how good the scores are on them.
    pub fn was_trained_on(&self, predictor: &dyn Predictor) -> bool {
        let Config { presentation, presentation_version, .. } = &self.config;
        predictor.model() == presentation && predictor.version() == presentation_version
    }

    /// The probability of a peptide whose presentation, and its wild type's, is known already.
    pub fn probability(
        &self,
        peptide: &str,
        presentation: &Presentation,
        wild_type: Option<&Presentation>,
    ) -> Result<f32, Unscorable> {
        let wild_type = wild_type.map(|presentation| presentation.percentile);
        let features = Features::new(peptide, presentation.percentile, wild_type)?;
        Ok(self.explanation(&features).probability)
    }

    /// The probability of each candidate, in order. A wild type that cannot be scored is taken for unknown.
    pub fn predict(
        &self,
        predictor: &dyn Predictor,
        rows: &[Candidate<'_>],
    ) -> Result<Vec<Result<f32, Unscorable>>, PredictError> {
        let explained = self.explain(predictor, rows)?;
        Ok(explained.into_iter().map(|row| row.map(|row| row.probability)).collect())
    }

    /// Like [`Immunogenicity::predict`], with what each feature adds to the logit.
    pub fn explain(
        &self,
        predictor: &dyn Predictor,
        rows: &[Candidate<'_>],
    ) -> Result<Vec<Result<Explanation, Unscorable>>, PredictError> {
        let features = features_of(predictor, rows)?;
        Ok(features.into_iter().map(|row| row.map(|row| self.explanation(&row))).collect())
    }

    pub(crate) fn explanation(&self, features: &Features) -> Explanation {
        let standard = self.weights.standardise(features);
        let mut contributions = self.weights.weights;
        contributions.iter_mut().zip(standard).for_each(|(weight, value)| *weight *= value);
        let intercept = self.weights.intercept;
        let logit = intercept + contributions.iter().sum::<f64>();
        Explanation { probability: probability(logit) as f32, logit, intercept, contributions }
    }
}

impl Weights {
    /// Features with mean 0 and variance 1 over the training rows; those without a value are at the mean.
    pub fn standardise(&self, features: &Features) -> [f64; FEATURES] {
        std::array::from_fn(|place| {
            features.0[place].map_or(0.0, |value| (value - self.means[place]) / self.scales[place])
        })
    }
}

/// The features of each candidate, in order.
pub(crate) fn features_of(
    predictor: &dyn Predictor,
    rows: &[Candidate<'_>],
) -> Result<Vec<Result<Features, Unscorable>>, PredictError> {
    let mutants: Vec<(&str, &str)> =
        rows.iter().map(|&(peptide, _, allele)| (peptide, allele)).collect();
    let known: Vec<(usize, (&str, &str))> = rows
        .iter()
        .enumerate()
        .filter_map(|(row, &(_, wild_type, allele))| {
            wild_type.map(|peptide| (row, (peptide, allele)))
        })
        .collect();
    let mut wild_types = vec![None; rows.len()];
    let pairs: Vec<(&str, &str)> = known.iter().map(|(_, pair)| *pair).collect();
    for ((row, _), answer) in known.iter().zip(predictor.predict(&pairs)?) {
        wild_types[*row] = answer.ok().map(|presentation| presentation.percentile);
    }
    let answers = predictor.predict(&mutants)?.into_iter().zip(&mutants).zip(wild_types);
    let features = answers.map(|((answer, (peptide, _)), wild_type)| {
        Features::new(peptide, answer?.percentile, wild_type)
    });
    Ok(features.collect())
}

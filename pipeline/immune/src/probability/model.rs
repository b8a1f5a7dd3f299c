//! A model and its file.

use serde::{Deserialize, Serialize};

use super::explanation::{Contribution, Explanation};

/// One feature of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Name of the column.
    pub name: String,
    /// What it measures, for readers.
    pub meaning: String,
    /// What one unit adds to the logit.
    pub coefficient: f64,
    /// Mean of the training rows.
    pub mean: f64,
    /// Variance of the training rows.
    pub variance: f64,
}

/// A logistic model around the means of its training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Name and version.
    pub name: String,
    /// At least one.
    pub features: Vec<Feature>,
    /// Logit of a row with the means of all features.
    pub intercept: f64,
    /// Covariance of intercept and coefficients, in that order.
    pub covariance: Vec<Vec<f64>>,
    /// Share of positive rows that the intercept stands for.
    pub base_rate: f64,
}

/// What is known of a feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// The value.
    pub value: f64,
    /// Variance of its measurement: over the members of an ensemble, of a share of reads; 0 where it is exact.
    pub variance: f64,
}

impl Value {
    /// A value that is exact.
    pub fn exact(value: f64) -> Self {
        Self { value, variance: 0.0 }
    }

    /// Mean and variance over the members of an ensemble; `None` for an empty one, variance 0 for one member.
    pub fn of_ensemble(members: &[f64]) -> Option<Self> {
        let n = members.len() as f64;
        let mean = members.iter().sum::<f64>() / n;
        let squares: f64 = members.iter().map(|value| (value - mean).powi(2)).sum();
        let variance = if members.len() > 1 { squares / (n - 1.0) } else { 0.0 };
        (!members.is_empty()).then_some(Self { value: mean, variance })
    }

    /// A value with its 95 % interval, taken for normal around the value.
    pub fn with_interval(value: f64, lower: f64, upper: f64) -> Self {
        Self { value, variance: ((upper - lower) / (2.0 * 1.959_963_984_540_054)).powi(2) }
    }
}

/// Why a model or a row cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Not JSON, or fields that are missing or unknown.
    #[error("model {file}: {message}")]
    Json {
        /// The file.
        file: String,
        /// What was found, and what was expected.
        message: String,
    },
    /// Numbers that cannot be those of a model.
    #[error("model {file}: {what}")]
    Numbers {
        /// The file.
        file: String,
        /// What is wrong.
        what: &'static str,
    },
    /// Another number of values than of features.
    #[error("{found} values for a model of {expected} features")]
    Values {
        /// Values given.
        found: usize,
        /// Features of the model.
        expected: usize,
    },
    /// A value that is not finite, or a variance below 0.
    #[error(
        "feature {feature}: expected a finite value and a variance of 0 or more, or None where it is missing"
    )]
    NotFinite {
        /// Name of the feature.
        feature: String,
    },
}

/// Percentile ranks below are taken for it: presentation models do not tell them apart.
pub const LOWEST_PERCENTILE: f64 = 0.01;

/// Feature `log10_percentile` of the built-in model, from the percentile ranks that the members of an ensemble give (or the one
/// rank of a single predictor); `None` where there is none, or one is not a rank from 0 to 100.
pub fn log10_percentile(members: &[f64]) -> Option<Value> {
    let ranks = members.iter().all(|rank| (0.0..=100.0).contains(rank));
    let logarithms: Vec<f64> =
        members.iter().map(|rank| rank.max(LOWEST_PERCENTILE).log10()).collect();
    Value::of_ensemble(&logarithms).filter(|_| ranks)
}

impl Model {
    /// The model that comes with the program: one feature, [`log10_percentile`]. `weights/response.md` says what it was trained on
    /// and what it is worth.
    pub fn built_in() -> Result<Self, ModelError> {
        Self::parse("weights/response.json", include_str!("../../weights/response.json"))
    }

    /// Reads a model's JSON; `file` is its name in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, ModelError> {
        let model: Self = serde_json::from_str(text).map_err(|error| ModelError::Json {
            file: file.to_owned(),
            message: error.to_string(),
        })?;
        match model.fault() {
            None => Ok(model),
            Some(what) => Err(ModelError::Numbers { file: file.to_owned(), what }),
        }
    }

    fn fault(&self) -> Option<&'static str> {
        let size = self.features.len() + 1;
        let finite = |feature: &Feature| {
            [feature.coefficient, feature.mean, feature.variance].iter().all(|x| x.is_finite())
                && feature.variance >= 0.0
        };
        let square = self.covariance.len() == size
            && self
                .covariance
                .iter()
                .all(|row| row.len() == size && row.iter().all(|x| x.is_finite()));
        if self.features.is_empty() {
            return Some("it has no feature");
        }
        if !self.intercept.is_finite() || !self.features.iter().all(finite) {
            return Some("a number is not finite, or a variance is below 0");
        }
        if !square {
            return Some("the covariance is not a square of intercept and features");
        }
        (!(self.base_rate > 0.0 && self.base_rate < 1.0))
            .then_some("the base rate is not between 0 and 1")
    }

    /// The same model where another share of rows is positive (Saerens et al. 2002, Neural Computation 14:21): assays of
    /// single reported epitopes are nearly half positive, candidates of a tumour some percent (37 of 608 in TESLA, Wells et
    /// al. 2020, Cell 183:818). The order of peptides stays. `None` for a rate that is not between 0 and 1.
    pub fn with_base_rate(&self, rate: f64) -> Option<Self> {
        let logit = |p: f64| (p / (1.0 - p)).ln();
        let possible = rate > 0.0 && rate < 1.0;
        possible.then(|| Self {
            intercept: self.intercept + logit(rate) - logit(self.base_rate),
            base_rate: rate,
            ..self.clone()
        })
    }

    /// What the model says of a row, one value a feature.
    pub fn explain(&self, values: &[Option<Value>]) -> Result<Explanation, ModelError> {
        if values.len() != self.features.len() {
            return Err(ModelError::Values { found: values.len(), expected: self.features.len() });
        }
        let parts = self.features.iter().zip(values);
        let contributions: Vec<Contribution> = parts
            .map(|(feature, value)| contribution(feature, *value))
            .collect::<Result<_, _>>()?;
        let logit = self.intercept + contributions.iter().map(|part| part.logit).sum::<f64>();
        let distances: Vec<f64> = std::iter::once(1.0)
            .chain(
                contributions.iter().map(|part| part.value.map_or(0.0, |value| value - part.mean)),
            )
            .collect();
        let of_coefficients: f64 = self
            .covariance
            .iter()
            .zip(&distances)
            .map(|(row, x)| x * row.iter().zip(&distances).map(|(c, y)| c * y).sum::<f64>())
            .sum();
        let of_values: f64 = contributions.iter().map(|part| part.variance).sum();
        let variance = of_coefficients.max(0.0) + of_values;
        Ok(Explanation { intercept: self.intercept, contributions, logit, variance })
    }
}

fn contribution(feature: &Feature, value: Option<Value>) -> Result<Contribution, ModelError> {
    let usable =
        value.is_none_or(|v| v.value.is_finite() && v.variance.is_finite() && v.variance >= 0.0);
    if !usable {
        return Err(ModelError::NotFinite { feature: feature.name.clone() });
    }
    let distance = value.map_or(0.0, |value| value.value - feature.mean);
    let variance = value.map_or(feature.variance, |value| value.variance);
    Ok(Contribution {
        feature: feature.name.clone(),
        meaning: feature.meaning.clone(),
        value: value.map(|value| value.value),
        mean: feature.mean,
        logit: feature.coefficient * distance,
        variance: feature.coefficient.powi(2) * variance,
    })
}

#[cfg(test)]
mod tests;

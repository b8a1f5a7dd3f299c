//! From labelled rows to a model, and how it does on rows that it has not seen.
//!
//! Rows carry a study (a publication, or a cluster of close peptides where studies are not named): a study is never on both
//! sides of a split. They carry a stratum as well, such as the allele, whose own rate of positives says how assays were chosen
//! and nothing of peptides: each has an intercept in training, which no prediction uses.

use std::collections::BTreeMap;

use super::logistic::{Design, FitError, fit, log_loss, probability};
use super::model::{Feature, Model, ModelError, Value};

/// One assay.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// One a feature; `None`: missing.
    pub values: Vec<Option<f64>>,
    /// Whether a response was seen.
    pub positive: bool,
    /// Below the number of studies.
    pub study: usize,
    /// Below the number of strata.
    pub stratum: usize,
}

/// What the model should be like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings<'a> {
    /// Name and version of the model.
    pub name: &'a str,
    /// Name and meaning of each feature.
    pub features: &'a [(&'a str, &'a str)],
    /// L2 penalty of a coefficient, its feature being scaled to a variance of 1.
    pub penalty: f64,
    /// L2 penalty of the strata's intercepts.
    pub stratum_penalty: f64,
}

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// No row, or all of one class.
    #[error("{positive} of {rows} rows are positive: expected rows of both classes")]
    OneClass {
        /// Rows given.
        rows: usize,
        /// Positive ones.
        positive: usize,
    },
    /// A feature that no row has, or that is the same in all.
    #[error("feature {feature} tells no rows apart: leave it out")]
    Constant {
        /// Its name.
        feature: String,
    },
    /// The regression.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The rows.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Fits a model. A missing value is at its feature's mean, where it moves nothing.
pub fn train(settings: Settings<'_>, rows: &[Row]) -> Result<Model, TrainError> {
    let positive = rows.iter().filter(|row| row.positive).count();
    if positive == 0 || positive == rows.len() {
        return Err(TrainError::OneClass { rows: rows.len(), positive });
    }
    let expected = settings.features.len();
    if let Some(row) = rows.iter().find(|row| row.values.len() != expected) {
        return Err(ModelError::Values { found: row.values.len(), expected }.into());
    }
    let moments: Vec<(f64, f64)> = (0..expected)
        .map(|place| moments(settings.features[place].0, rows, place))
        .collect::<Result<_, _>>()?;
    let scaled = |row: &Row| -> Vec<f64> {
        let values = row.values.iter().zip(&moments);
        values
            .map(|(value, (mean, variance))| value.map_or(0.0, |x| (x - mean) / variance.sqrt()))
            .collect()
    };
    let values: Vec<f64> = rows.iter().flat_map(scaled).collect();
    let strata: Vec<usize> = rows.iter().map(|row| row.stratum).collect();
    let labels: Vec<bool> = rows.iter().map(|row| row.positive).collect();
    let fitted = fit(&Design {
        values: &values,
        group: &strata,
        groups: strata.iter().max().map_or(0, |most| most + 1),
        positive: &labels,
        penalties: &vec![settings.penalty; expected],
        group_penalty: settings.stratum_penalty,
    })?;
    let scales: Vec<f64> =
        std::iter::once(1.0).chain(moments.iter().map(|(_, variance)| variance.sqrt())).collect();
    let covariance = fitted
        .covariance
        .iter()
        .zip(&scales)
        .map(|(row, x)| row.iter().zip(&scales).map(|(c, y)| c / (x * y)).collect());
    let features = settings.features.iter().zip(&moments).zip(&fitted.coefficients);
    let features = features.map(|(((name, meaning), (mean, variance)), coefficient)| Feature {
        name: (*name).to_owned(),
        meaning: (*meaning).to_owned(),
        coefficient: coefficient / variance.sqrt(),
        mean: *mean,
        variance: *variance,
    });
    let base_rate = positive as f64 / rows.len() as f64;
    let mut model = Model {
        name: settings.name.to_owned(),
        features: features.collect(),
        intercept: fitted.intercept,
        covariance: covariance.collect(),
        base_rate,
    };
    model.intercept += calibration_in_the_large(&model, rows)?;
    Ok(model)
}

/// Mean and variance of the known values of a feature.
fn moments(name: &str, rows: &[Row], place: usize) -> Result<(f64, f64), TrainError> {
    let known: Vec<f64> = rows.iter().filter_map(|row| row.values[place]).collect();
    let constant = || TrainError::Constant { feature: name.to_owned() };
    if known.iter().any(|value| !value.is_finite()) {
        return Err(ModelError::NotFinite { feature: name.to_owned() }.into());
    }
    let n = known.len() as f64;
    let mean = known.iter().sum::<f64>() / n;
    let variance = known.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
    if variance > 0.0 { Ok((mean, variance)) } else { Err(constant()) }
}

/// What must be added to all logits, without strata, so that their mean probability is the share of positive rows.
fn calibration_in_the_large(model: &Model, rows: &[Row]) -> Result<f64, TrainError> {
    let logits: Vec<f64> = rows.iter().map(|row| logit(model, row)).collect::<Result<_, _>>()?;
    Ok(shift_to(&logits, model.base_rate))
}

/// The shift of logits that gives them a mean probability, by bisection: the mean rises with it.
fn shift_to(logits: &[f64], rate: f64) -> f64 {
    let mean = |shift: f64| {
        logits.iter().map(|logit| probability(logit + shift)).sum::<f64>() / logits.len() as f64
    };
    let (mut low, mut high) = (-50.0, 50.0);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if mean(middle) < rate {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Logits with each stratum's own rate of positives taken up, as training takes it up: what is left to judge is how rows of a
/// stratum are told apart, not how its assays were chosen. Strata of one class are left out: places of the others, and their logits.
pub fn within_strata(logits: &[f64], rows: &[Row]) -> (Vec<usize>, Vec<f64>) {
    let mut strata: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        strata.entry(row.stratum).or_default().push(place);
    }
    let mut shifted = Vec::new();
    for places in strata.into_values() {
        let positive = places.iter().filter(|&&place| rows[place].positive).count();
        if positive == 0 || positive == places.len() {
            continue;
        }
        let own: Vec<f64> = places.iter().map(|&place| logits[place]).collect();
        let shift = shift_to(&own, positive as f64 / places.len() as f64);
        shifted.extend(places.into_iter().zip(own.into_iter().map(|logit| logit + shift)));
    }
    shifted.sort_by_key(|(place, _)| *place);
    shifted.into_iter().unzip()
}

fn logit(model: &Model, row: &Row) -> Result<f64, ModelError> {
    let values: Vec<Option<Value>> =
        row.values.iter().map(|value| value.map(Value::exact)).collect();
    Ok(model.explain(&values)?.logit)
}

/// The logit of each row under a model that was trained without the row's fold; studies are dealt to `folds` folds by their
/// number, so as many folds as studies leave one study out at a time.
pub fn out_of_fold(
    settings: Settings<'_>,
    rows: &[Row],
    folds: usize,
) -> Result<Vec<f64>, TrainError> {
    let folds = folds.max(2);
    let mut logits = vec![0.0; rows.len()];
    for fold in 0..folds {
        let (held, kept): (Vec<usize>, Vec<usize>) =
            (0..rows.len()).partition(|&row| rows[row].study % folds == fold);
        if held.is_empty() {
            continue;
        }
        let kept: Vec<Row> = kept.into_iter().map(|row| rows[row].clone()).collect();
        let model = train(settings, &kept)?;
        for row in held {
            logits[row] = logit(&model, &rows[row])?;
        }
    }
    Ok(logits)
}

/// One bin of a calibration curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Rows in it.
    pub rows: usize,
    /// Mean of their predicted probabilities.
    pub predicted: f64,
    /// Share of them that is positive.
    pub observed: f64,
}

/// How well probabilities fit what was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Equal numbers of rows, from the least to the greatest probability.
    pub bins: Vec<Bin>,
    /// Mean distance of predicted and observed over the bins, by their rows.
    pub error: f64,
    /// Mean log loss in nats.
    pub log_loss: f64,
    /// Mean squared distance of probability and label (Brier 1950).
    pub brier: f64,
}

/// Calibration of logits; `bins` is lowered to the number of rows. Empty without a row.
pub fn calibration(logits: &[f64], positive: &[bool], bins: usize) -> Calibration {
    let mut rows: Vec<(f64, bool)> = logits.iter().copied().zip(positive.iter().copied()).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let n = rows.len().max(1) as f64;
    let count = bins.clamp(1, rows.len().max(1));
    let bin = |place: usize| {
        let part = &rows[place * rows.len() / count..(place + 1) * rows.len() / count];
        let of = |sum: f64| sum / part.len().max(1) as f64;
        Bin {
            rows: part.len(),
            predicted: of(part.iter().map(|(logit, _)| probability(*logit)).sum()),
            observed: of(part.iter().map(|(_, label)| f64::from(*label)).sum()),
        }
    };
    let bins: Vec<Bin> = if rows.is_empty() { Vec::new() } else { (0..count).map(bin).collect() };
    let error =
        bins.iter().map(|bin| bin.rows as f64 * (bin.predicted - bin.observed).abs()).sum::<f64>()
            / n;
    let brier = rows
        .iter()
        .map(|(logit, label)| (probability(*logit) - f64::from(*label)).powi(2))
        .sum::<f64>()
        / n;
    let log_loss = rows.iter().map(|(logit, label)| log_loss(*logit, *label)).sum::<f64>() / n;
    Calibration { bins, error, log_loss, brier }
}

#[cfg(test)]
mod tests;

//! What a model says of one peptide.

use std::fmt::Write;

use super::logistic::probability;

/// What one feature adds to the logit.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// Name of the feature.
    pub feature: String,
    /// What it measures, for readers.
    pub meaning: String,
    /// Its value; `None`: missing, averaged over.
    pub value: Option<f64>,
    /// Mean of the training rows, from which the contribution is counted.
    pub mean: f64,
    /// What it adds; 0 where it is missing.
    pub logit: f64,
    /// Variance of what it adds: of its measurement, or of all it could have been where it is missing.
    pub variance: f64,
}

/// A probability with its reasons: `logit` is `intercept` plus all contributions.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Logit of a peptide with the means of the training rows, at the base rate of the model.
    pub intercept: f64,
    /// In the order of the model's features.
    pub contributions: Vec<Contribution>,
    /// Their sum with the intercept.
    pub logit: f64,
    /// Variance of the logit: of the model's coefficients, of measurements, of what is missing.
    pub variance: f64,
}

/// Half the width of a 95 % interval of a normal distribution, in standard deviations.
const Z: f64 = 1.959_963_984_540_054;

impl Explanation {
    /// Probability of the logit.
    pub fn probability(&self) -> f64 {
        probability(self.logit)
    }

    /// Mean of the probability over the logit's uncertainty, by the approximation of MacKay 1992 (Neural Computation 4:720).
    /// The less is known, the nearer to one half: take it where probabilities are added up.
    pub fn expected_probability(&self) -> f64 {
        probability(self.logit / (1.0 + std::f64::consts::PI * self.variance / 8.0).sqrt())
    }

    /// 95 % interval of the probability.
    pub fn interval(&self) -> (f64, f64) {
        let half = Z * self.variance.sqrt();
        (probability(self.logit - half), probability(self.logit + half))
    }

    /// One sentence for readers: the probability, what raises and lowers it most, and what is not known.
    pub fn words(&self) -> String {
        let (lower, upper) = self.interval();
        let percent = |p: f64| format!("{:.1} %", 100.0 * p);
        let mut text = format!(
            "Chance of a T-cell response {} (95 % interval {} to {})",
            percent(self.probability()),
            percent(lower),
            percent(upper)
        );
        let mut known: Vec<&Contribution> = self
            .contributions
            .iter()
            .filter(|part| part.value.is_some() && part.logit != 0.0)
            .collect();
        known.sort_by(|a, b| {
            b.logit.abs().total_cmp(&a.logit.abs()).then(a.feature.cmp(&b.feature))
        });
        for (up, verb) in [(true, "raised"), (false, "lowered")] {
            let parts: Vec<String> = known
                .iter()
                .filter(|part| (part.logit > 0.0) == up)
                .map(|part| format!("{} ({:+.2})", part.meaning, part.logit))
                .collect();
            if !parts.is_empty() {
                // Writing to a text cannot fail.
                let _ = write!(text, "; {verb} by {}", parts.join(", "));
            }
        }
        let missing: Vec<&str> = self
            .contributions
            .iter()
            .filter(|part| part.value.is_none())
            .map(|part| part.meaning.as_str())
            .collect();
        if !missing.is_empty() {
            let _ = write!(text, "; not known: {}", missing.join(", "));
        }
        text.push('.');
        text
    }
}

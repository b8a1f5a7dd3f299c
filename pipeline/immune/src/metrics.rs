//! How well scores separate positives from negatives, and how well they follow measured values.
//!
//! Higher scores are predicted positives. Equal scores are never put in an order: every measure is what it is on
//! average over all orders of a tie (AUROC, PPVn), or takes a tie as one step (average precision), so that the order of
//! the input does not matter. Each sorts once: O(n log n). [`crate::bootstrap`] gives their intervals.

mod correlation;

use std::cmp::Ordering;

pub(crate) use correlation::Pairs;
pub use correlation::{pearson, spearman};

/// Why a measure is not defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MetricError {
    /// Scores and labels do not belong together.
    #[error("{scores} scores and {labels} labels: expected one label a score")]
    Lengths {
        /// Scores given.
        scores: usize,
        /// Labels given.
        labels: usize,
    },
    /// One class is missing.
    #[error("{positives} positives and {negatives} negatives: expected at least one of each")]
    OneClass {
        /// Positives given.
        positives: usize,
        /// Negatives given.
        negatives: usize,
    },
    /// A score that has no place in an order.
    #[error("score {index} is not a number")]
    NotANumber {
        /// 0-based place of the score.
        index: usize,
    },
    /// The two variables of a correlation do not belong together.
    #[error("{x} values of x and {y} of y: expected one y for each x")]
    Unpaired {
        /// Values of x given.
        x: usize,
        /// Values of y given.
        y: usize,
    },
    /// Too little for a correlation.
    #[error("{rows} rows: expected at least two for a correlation")]
    TooFewRows {
        /// Rows given.
        rows: usize,
    },
    /// A value without a place on the line (or, for ranks, in the order).
    #[error("value {index} of {variable} is not a number, or not finite: leave its row out")]
    NoValue {
        /// `x` or `y`.
        variable: &'static str,
        /// 0-based place of the value.
        index: usize,
    },
    /// All values are the same.
    #[error("all values of {variable} are the same: a correlation needs values that differ")]
    NoVariance {
        /// `x` or `y`.
        variable: &'static str,
    },
}

/// Area under the receiver operating characteristic: the chance that a positive scores above a negative, a tie
/// counting half (Hanley and McNeil 1982, Radiology 143:29).
pub fn auroc<S: Copy + Into<f64>>(scores: &[S], labels: &[bool]) -> Result<f64, MetricError> {
    let [auroc, ..] = figures(scores, labels)?;
    Ok(auroc)
}

/// Average precision: the precision at each distinct score, weighted by the recall that it adds, without interpolation.
pub fn average_precision<S: Copy + Into<f64>>(
    scores: &[S],
    labels: &[bool],
) -> Result<f64, MetricError> {
    let [_, average_precision, _] = figures(scores, labels)?;
    Ok(average_precision)
}

/// PPVn: the precision among the n best scores, n being the number of positives. Of a tie that reaches over place n,
/// each member has the same share in the places left.
pub fn ppv_at_n<S: Copy + Into<f64>>(scores: &[S], labels: &[bool]) -> Result<f64, MetricError> {
    let [.., ppv_n] = figures(scores, labels)?;
    Ok(ppv_n)
}

/// AUROC, average precision and PPVn.
fn figures<S: Copy + Into<f64>>(scores: &[S], labels: &[bool]) -> Result<[f64; 3], MetricError> {
    let rows = sorted(scores, labels)?;
    let mut sweep = Sweep::new(labels.iter().filter(|&&label| label).count() as f64);
    for group in rows.chunk_by(SortedRow::ties) {
        let positives = group.iter().filter(|row| row.label).count();
        sweep.step(positives as f64, (group.len() - positives) as f64);
    }
    Ok(sweep.figures())
}

/// A row in the order of the scores, best first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SortedRow {
    score: f64,
    /// Whether the row is a positive.
    pub(crate) label: bool,
    /// 0-based place in the input.
    pub(crate) row: usize,
}

impl SortedRow {
    /// Whether two rows have one score. Compared as numbers: -0 and 0 are one score.
    pub(crate) fn ties(&self, other: &Self) -> bool {
        self.score.partial_cmp(&other.score).is_some_and(Ordering::is_eq)
    }
}

/// The rows, best first; there is at least one of each class.
pub(crate) fn sorted<S: Copy + Into<f64>>(
    scores: &[S],
    labels: &[bool],
) -> Result<Vec<SortedRow>, MetricError> {
    if scores.len() != labels.len() {
        return Err(MetricError::Lengths { scores: scores.len(), labels: labels.len() });
    }
    let pairs = scores.iter().zip(labels).enumerate();
    let mut rows: Vec<SortedRow> = pairs
        .map(|(row, (&score, &label))| SortedRow { score: score.into(), label, row })
        .collect();
    if let Some(index) = rows.iter().position(|row| row.score.is_nan()) {
        return Err(MetricError::NotANumber { index });
    }
    let positives = labels.iter().filter(|&&label| label).count();
    let negatives = labels.len() - positives;
    if positives == 0 || negatives == 0 {
        return Err(MetricError::OneClass { positives, negatives });
    }
    rows.sort_unstable_by(|a, b| b.score.total_cmp(&a.score));
    Ok(rows)
}

/// The three measures, gathered in one walk over the distinct scores, best first.
///
/// Counts are whole numbers held as `f64`: a row may be there several times.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sweep {
    positives: f64,
    /// Positives and negatives walked past.
    hits: f64,
    misses: f64,
    /// Pairs of a positive above a negative; a tie is half a pair.
    won: f64,
    precisions: f64,
    /// Of the n best places: those left, and positives on those taken.
    places: f64,
    placed: f64,
}

impl Sweep {
    /// A walk over rows of which so many are positives.
    pub(crate) fn new(positives: f64) -> Self {
        let (hits, misses, won, precisions, placed) = (0.0, 0.0, 0.0, 0.0, 0.0);
        Self { positives, hits, misses, won, precisions, places: positives, placed }
    }

    /// Positives and negatives of the next distinct score; of none of both, nothing happens.
    pub(crate) fn step(&mut self, positives: f64, negatives: f64) {
        let rows = positives + negatives;
        if rows <= 0.0 {
            return;
        }
        self.won += negatives * (self.hits + positives / 2.0);
        self.hits += positives;
        self.misses += negatives;
        self.precisions += positives * self.hits / (self.hits + self.misses);
        let share = (self.places / rows).min(1.0);
        self.placed += positives * share;
        self.places -= rows * share;
    }

    /// AUROC, average precision and PPVn; not numbers where a class is missing.
    pub(crate) fn figures(&self) -> [f64; 3] {
        let auroc = self.won / (self.positives * self.misses);
        [auroc, self.precisions / self.positives, self.placed / self.positives]
    }
}

#[cfg(test)]
mod tests;

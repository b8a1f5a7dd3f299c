//! Figures of rows that count several times, made ready so that each resample takes O(rows).

use crate::metrics::{MetricError, Pairs, SortedRow, Sweep, sorted};

/// K figures of a tool on a set of rows.
pub trait Statistic<const K: usize>: Sync {
    /// Number of rows.
    fn rows(&self) -> usize;

    /// The figures with row i counting `weights[i]` times, `weights` having as many values as there are rows; `None`
    /// where they are not defined.
    fn figures(&self, weights: &[u32]) -> Option<[f64; K]>;
}

/// Scores in order, for AUROC, average precision and PPVn as [`crate::metrics`] defines them.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// The rows, best score first.
    order: Vec<Place>,
    positives: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    row: usize,
    label: bool,
    /// Whether the next row has a lower score.
    ends_tie: bool,
}

impl Ranked {
    /// One label a score; at least one of each class.
    pub fn new<T: Copy + Into<f64>>(scores: &[T], labels: &[bool]) -> Result<Self, MetricError> {
        let rows = sorted(scores, labels)?;
        let place = |(rank, sorted): (usize, &SortedRow)| Place {
            row: sorted.row,
            label: sorted.label,
            ends_tie: rows.get(rank + 1).is_none_or(|next| !sorted.ties(next)),
        };
        Ok(Self {
            order: rows.iter().enumerate().map(place).collect(),
            positives: (0..labels.len()).filter(|&row| labels[row]).collect(),
        })
    }
}

impl Statistic<3> for Ranked {
    fn rows(&self) -> usize {
        self.order.len()
    }

    /// AUROC, average precision and PPVn; `None` where a class is missing.
    fn figures(&self, weights: &[u32]) -> Option<[f64; 3]> {
        let positives: u64 = self.positives.iter().map(|&row| u64::from(weights[row])).sum();
        let mut sweep = Sweep::new(positives as f64);
        // Positives and all rows of the tie so far.
        let (mut hits, mut all) = (0, 0);
        for place in &self.order {
            let weight = u64::from(weights[place.row]);
            all += weight;
            hits += weight * u64::from(place.label);
            if place.ends_tie {
                sweep.step(hits as f64, (all - hits) as f64);
                (hits, all) = (0, 0);
            }
        }
        let figures = sweep.figures();
        figures.iter().all(|figure| figure.is_finite()).then_some(figures)
    }
}

/// Predictions beside measured values, for Pearson's correlation.
#[derive(Debug, Clone)]
pub struct Correlated {
    pairs: Pairs,
}

impl Correlated {
    /// One measured value a prediction; at least two rows, and values that differ.
    pub fn new<X: Copy + Into<f64>, Y: Copy + Into<f64>>(
        predicted: &[X],
        measured: &[Y],
    ) -> Result<Self, MetricError> {
        Ok(Self { pairs: Pairs::new(predicted, measured)? })
    }
}

impl Statistic<1> for Correlated {
    fn rows(&self) -> usize {
        self.pairs.len()
    }

    /// Pearson's correlation; `None` where all values of a variable are the same.
    fn figures(&self, weights: &[u32]) -> Option<[f64; 1]> {
        let correlation = self.pairs.correlation(|row| f64::from(weights[row]));
        correlation.ok().map(|correlation| [correlation])
    }
}

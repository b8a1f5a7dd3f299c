//! Rows that are resampled together, and the tools that are judged on them.

use super::{BootstrapError, Correlated, Ranked, Statistic};
use rand::{Rng, RngExt};

/// From where the rows of a resample are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// From all rows: how many are positives varies too.
    AllRows,
    /// Positives from positives and negatives from negatives, each as many as there are, so that no class vanishes.
    EachClass,
}

/// Rows, and tools that each gave all of them a score.
#[derive(Debug, Clone)]
pub struct Sample<S> {
    rows: usize,
    /// Rows that are drawn from one another.
    strata: Vec<Vec<usize>>,
    tools: Vec<S>,
}

impl Sample<Ranked> {
    /// Tools by how they separate positives from negatives; `scores` has a column for each tool.
    pub fn ranked<T: Copy + Into<f64>>(
        scores: &[impl AsRef<[T]>],
        labels: &[bool],
        draw: Draw,
    ) -> Result<Self, BootstrapError> {
        let tools = scores.iter().enumerate().map(|(tool, scores)| {
            Ranked::new(scores.as_ref(), labels)
                .map_err(|source| BootstrapError::Tool { tool, source })
        });
        let sample = Self::new(tools.collect::<Result<_, _>>()?)?;
        if draw == Draw::AllRows {
            return Ok(sample);
        }
        let (positives, negatives) = (0..labels.len()).partition(|&row| labels[row]);
        Ok(Self { strata: vec![positives, negatives], ..sample })
    }
}

impl Sample<Correlated> {
    /// Tools by how their predictions follow the measured values; `predicted` has a column for each tool.
    pub fn correlated<X: Copy + Into<f64>, Y: Copy + Into<f64>>(
        predicted: &[impl AsRef<[X]>],
        measured: &[Y],
    ) -> Result<Self, BootstrapError> {
        let tools = predicted.iter().enumerate().map(|(tool, predicted)| {
            Correlated::new(predicted.as_ref(), measured)
                .map_err(|source| BootstrapError::Tool { tool, source })
        });
        Self::new(tools.collect::<Result<_, _>>()?)
    }
}

impl<S> Sample<S> {
    /// Tools on the same rows; rows are drawn from all rows.
    pub fn new<const K: usize>(tools: Vec<S>) -> Result<Self, BootstrapError>
    where
        S: Statistic<K>,
    {
        let rows = tools.first().map_or(0, Statistic::rows);
        if rows == 0 {
            return Err(BootstrapError::Empty);
        }
        if let Some(tool) = tools.iter().position(|tool| tool.rows() != rows) {
            let found = tools[tool].rows();
            return Err(BootstrapError::Rows { tool, found, expected: rows });
        }
        Ok(Self { rows, strata: vec![(0..rows).collect()], tools })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The tools, in the order that they were given.
    pub fn tools(&self) -> &[S] {
        &self.tools
    }

    /// How often each row is in a resample.
    pub(super) fn draw(&self, rng: &mut impl Rng, weights: &mut Vec<u32>) {
        weights.clear();
        weights.resize(self.rows, 0);
        for stratum in &self.strata {
            for _ in stratum {
                weights[stratum[rng.random_range(0..stratum.len())]] += 1;
            }
        }
    }
}

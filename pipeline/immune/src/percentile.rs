//! Percentile ranks: where a score stands among those of a background, such as random human peptides.
//!
//! A rank of 0.5 means that half a percent of the background scores as high or higher; lower is stronger.

/// Scores of a background at fixed ranks: `scores` ascend while `levels`, the percentile ranks, descend.
#[derive(Debug, Clone, PartialEq)]
pub struct PercentileTable {
    scores: Vec<f32>,
    levels: Vec<f32>,
}

/// Why a table of scores and ranks cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PercentileError {
    /// The columns differ in length, or hold less than two rows.
    #[error("{scores} scores at {levels} levels: expected the same number, at least two")]
    Lengths {
        /// Scores given.
        scores: usize,
        /// Levels given.
        levels: usize,
    },
    /// Scores do not ascend, or are not numbers.
    #[error("score {row} is below the one before, or no number: expected ascending scores")]
    Scores {
        /// 0-based row.
        row: usize,
    },
    /// Levels do not descend, or leave 0..=100.
    #[error(
        "level {row} is not below the one before, or outside 0 to 100: expected descending percentile ranks"
    )]
    Levels {
        /// 0-based row.
        row: usize,
    },
}

impl PercentileTable {
    /// A table of `scores`, ascending (ties allowed), at percentile ranks `levels`, strictly descending within 0..=100.
    pub fn new(scores: Vec<f32>, levels: Vec<f32>) -> Result<Self, PercentileError> {
        if scores.len() != levels.len() || scores.len() < 2 {
            return Err(PercentileError::Lengths { scores: scores.len(), levels: levels.len() });
        }
        for row in 0..scores.len() {
            let before = row.checked_sub(1);
            if scores[row].is_nan() || before.is_some_and(|before| scores[row] < scores[before]) {
                return Err(PercentileError::Scores { row });
            }
            if !(0.0..=100.0).contains(&levels[row])
                || before.is_some_and(|before| levels[row] >= levels[before])
            {
                return Err(PercentileError::Levels { row });
            }
        }
        Ok(Self { scores, levels })
    }

    /// The full table of a background: the k-th best of n scores stands at rank 100 k / n.
    pub fn from_background(mut scores: Vec<f32>) -> Result<Self, PercentileError> {
        scores.sort_unstable_by(f32::total_cmp);
        let n = scores.len() as f32;
        let levels = (1..=scores.len()).rev().map(|k| 100.0 * k as f32 / n).collect();
        Self::new(scores, levels)
    }

    /// Percentile rank of a score, linear between two rows; never rises with the score. Scores beyond the table get
    /// its end; a score that several rows share gets the weakest of their ranks; one that is no number the weakest of all.
    pub fn percentile(&self, score: f32) -> f32 {
        let above = self.scores.partition_point(|&s| s < score);
        let Some(&next) = self.scores.get(above) else {
            return self.levels[self.levels.len() - 1];
        };
        if above == 0 || next <= score {
            return self.levels[above];
        }
        let below = self.scores[above - 1];
        let part = (score - below) / (next - below);
        self.levels[above - 1] + part * (self.levels[above] - self.levels[above - 1])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn table() -> PercentileTable {
        PercentileTable::new(vec![0.0, 0.2, 0.2, 0.6, 1.0], vec![100.0, 40.0, 20.0, 2.0, 0.01])
            .unwrap()
    }

    #[test]
    fn ranks_between_and_beyond_the_rows() {
        for (score, expected) in [
            (-1.0, 100.0),
            (0.0, 100.0),
            (0.1, 70.0),
            (0.2, 40.0),
            (0.4, 11.0),
            (0.6, 2.0),
            (0.8, 1.005),
            (1.0, 0.01),
            (7.0, 0.01),
            (f32::NAN, 100.0),
        ] {
            let found = table().percentile(score);
            assert!((found - expected).abs() < 1e-4, "{score}: {found}, not {expected}");
        }
    }

    #[test]
    fn ranks_never_rise_with_the_score() {
        let table = table();
        let ranks: Vec<f32> =
            (-50..=150).map(|step| table.percentile(step as f32 / 100.0)).collect();
        assert!(ranks.windows(2).all(|pair| pair[1] <= pair[0]));
        assert!(ranks.iter().all(|rank| (0.0..=100.0).contains(rank)));
    }

    #[test]
    fn a_background_ranks_its_own_members() {
        let table = PercentileTable::from_background(vec![0.4, 0.1, 0.3, 0.3]).unwrap();
        for (score, expected) in [(0.4, 25.0), (0.3, 75.0), (0.1, 100.0), (0.9, 25.0)] {
            assert!((table.percentile(score) - expected).abs() < 1e-4, "{score}");
        }
    }

    #[test]
    fn unusable_tables_are_refused() {
        let lengths = PercentileError::Lengths { scores: 1, levels: 1 };
        for (scores, levels, expected) in [
            (vec![0.0], vec![50.0], lengths),
            (vec![0.0, 1.0], vec![50.0], PercentileError::Lengths { scores: 2, levels: 1 }),
            (vec![1.0, 0.0], vec![50.0, 2.0], PercentileError::Scores { row: 1 }),
            (vec![0.0, f32::NAN], vec![50.0, 2.0], PercentileError::Scores { row: 1 }),
            (vec![0.0, 1.0], vec![50.0, 50.0], PercentileError::Levels { row: 1 }),
            (vec![0.0, 1.0], vec![101.0, 50.0], PercentileError::Levels { row: 0 }),
        ] {
            assert_eq!(PercentileTable::new(scores, levels), Err(expected));
        }
    }
}

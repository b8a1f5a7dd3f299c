//! How well scores separate positives from negatives.
//!
//! Higher scores are predicted positives. Equal scores are never put in an order: every measure is what it is on
//! average over all orders of a tie (AUROC, PPVn), or takes a tie as one step (average precision), so that the order of
//! the input does not matter. Each sorts once: O(n log n).

use std::cmp::Ordering;

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
}

/// Area under the receiver operating characteristic: the chance that a positive scores above a negative, a tie
/// counting half (Hanley and McNeil 1982, Radiology 143:29).
pub fn auroc<S: Copy + Into<f64>>(scores: &[S], labels: &[bool]) -> Result<f64, MetricError> {
    let ties = Ties::sort(scores, labels)?;
    let mut positives_above = 0.0;
    let mut won = 0.0;
    for &(positives, negatives) in &ties.groups {
        won += negatives * (positives_above + positives / 2.0);
        positives_above += positives;
    }
    Ok(won / (ties.positives * ties.negatives))
}

/// Average precision: the precision at each distinct score, weighted by the recall that it adds, without interpolation.
pub fn average_precision<S: Copy + Into<f64>>(
    scores: &[S],
    labels: &[bool],
) -> Result<f64, MetricError> {
    let ties = Ties::sort(scores, labels)?;
    let (mut hits, mut taken, mut sum) = (0.0, 0.0, 0.0);
    for &(positives, negatives) in &ties.groups {
        hits += positives;
        taken += positives + negatives;
        sum += positives * hits / taken;
    }
    Ok(sum / ties.positives)
}

/// PPVn: the precision among the n best scores, n being the number of positives. Of a tie that reaches over place n,
/// each member has the same share in the places left.
pub fn ppv_at_n<S: Copy + Into<f64>>(scores: &[S], labels: &[bool]) -> Result<f64, MetricError> {
    let ties = Ties::sort(scores, labels)?;
    let (mut places, mut hits) = (ties.positives, 0.0);
    for &(positives, negatives) in &ties.groups {
        let share = (places / (positives + negatives)).min(1.0);
        hits += positives * share;
        places -= (positives + negatives) * share;
    }
    Ok(hits / ties.positives)
}

/// Counts of positives and negatives at each distinct score, best first.
struct Ties {
    groups: Vec<(f64, f64)>,
    positives: f64,
    negatives: f64,
}

impl Ties {
    fn sort<S: Copy + Into<f64>>(scores: &[S], labels: &[bool]) -> Result<Self, MetricError> {
        if scores.len() != labels.len() {
            return Err(MetricError::Lengths { scores: scores.len(), labels: labels.len() });
        }
        let scores: Vec<f64> = scores.iter().map(|&score| score.into()).collect();
        if let Some(index) = scores.iter().position(|score| score.is_nan()) {
            return Err(MetricError::NotANumber { index });
        }
        let positives = labels.iter().filter(|&&label| label).count();
        let negatives = labels.len() - positives;
        if positives == 0 || negatives == 0 {
            return Err(MetricError::OneClass { positives, negatives });
        }
        let groups = groups(scores.into_iter().zip(labels.iter().copied()).collect());
        Ok(Self { groups, positives: positives as f64, negatives: negatives as f64 })
    }
}

fn groups(mut pairs: Vec<(f64, bool)>) -> Vec<(f64, f64)> {
    pairs.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    // Compared as numbers: -0 and 0 are one score.
    let tied = pairs.chunk_by(|a, b| a.0.partial_cmp(&b.0).is_some_and(Ordering::is_eq));
    tied.map(|group| {
        let positives = group.iter().filter(|(_, label)| *label).count();
        (positives as f64, (group.len() - positives) as f64)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    /// Expected values are worked out by hand.
    #[test]
    fn small_tables() {
        let (p, n) = (true, false);
        for (scores, labels, expected) in [
            (vec![0.9, 0.8, 0.2, 0.1], vec![p, p, n, n], [1.0, 1.0, 1.0]),
            (vec![0.1, 0.2, 0.8, 0.9], vec![p, p, n, n], [0.0, 5.0 / 12.0, 0.0]),
            (vec![0.9, 0.8, 0.7, 0.6], vec![p, n, p, n], [0.75, 5.0 / 6.0, 0.5]),
            // All tied: chance.
            (vec![0.5; 4], vec![p, n, n, n], [0.5, 0.25, 0.25]),
            // A tie of one positive and two negatives reaches over place 2.
            (vec![0.9, 0.5, 0.5, 0.5, 0.1], vec![p, p, n, n, n], [5.0 / 6.0, 0.75, 2.0 / 3.0]),
            (vec![0.0, -0.0], vec![p, n], [0.5, 0.5, 0.5]),
            (vec![f64::INFINITY, 1.0, f64::NEG_INFINITY], vec![p, n, p], [0.5, 5.0 / 6.0, 0.5]),
        ] {
            let found = [
                auroc(&scores, &labels),
                average_precision(&scores, &labels),
                ppv_at_n(&scores, &labels),
            ];
            for (found, expected) in found.into_iter().zip(expected) {
                assert!(
                    (found.unwrap() - expected).abs() < 1e-12,
                    "{scores:?} {labels:?}: {found:?}, not {expected}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_defined_is_refused() {
        let lengths = MetricError::Lengths { scores: 1, labels: 2 };
        assert_eq!(auroc(&[1.0], &[true, false]), Err(lengths));
        let one_class = MetricError::OneClass { positives: 2, negatives: 0 };
        assert_eq!(ppv_at_n(&[1.0, 2.0], &[true, true]), Err(one_class));
        let nan = MetricError::NotANumber { index: 1 };
        assert_eq!(average_precision(&[1.0, f32::NAN], &[true, false]), Err(nan));
    }

    /// A fixed sequence of scores on a coarse grid, so that ties are frequent.
    fn table(rows: usize) -> (Vec<f64>, Vec<bool>) {
        let mut state = 7_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % 100
        };
        (0..rows).map(|_| (next() as f64 / 10.0, next() < 30)).unzip()
    }

    /// The definition, over all pairs.
    fn auroc_by_pairs(scores: &[f64], labels: &[bool]) -> f64 {
        let of =
            |class| scores.iter().zip(labels).filter(move |(_, l)| **l == class).map(|(s, _)| *s);
        let (mut won, mut pairs) = (0.0, 0.0);
        for positive in of(true) {
            for negative in of(false) {
                pairs += 1.0;
                won += if positive > negative {
                    1.0
                } else if positive < negative {
                    0.0
                } else {
                    0.5
                };
            }
        }
        won / pairs
    }

    #[test]
    fn properties_of_auroc() {
        let (scores, labels) = table(500);
        let value = auroc(&scores, &labels).unwrap();
        assert!((value - auroc_by_pairs(&scores, &labels)).abs() < 1e-12);
        let stretched: Vec<f64> = scores.iter().map(|s| (s / 3.0).exp()).collect();
        assert!(
            (auroc(&stretched, &labels).unwrap() - value).abs() < 1e-12,
            "a rising change of scale changes nothing"
        );
        let turned: Vec<f64> = scores.iter().map(|s| -s).collect();
        assert!((auroc(&turned, &labels).unwrap() + value - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_order_of_rows_does_not_matter() {
        let (mut scores, mut labels) = table(500);
        let measure =
            |s: &[f64], l: &[bool]| (auroc(s, l), average_precision(s, l), ppv_at_n(s, l));
        let before = measure(&scores, &labels);
        scores.reverse();
        labels.reverse();
        assert_eq!(measure(&scores, &labels), before);
    }
}

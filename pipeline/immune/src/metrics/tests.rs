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
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % 100
    };
    (0..rows).map(|_| (next() as f64 / 10.0, next() < 30)).unzip()
}

/// The definition, over all pairs.
fn auroc_by_pairs(scores: &[f64], labels: &[bool]) -> f64 {
    let of = |class| scores.iter().zip(labels).filter(move |(_, l)| **l == class).map(|(s, _)| *s);
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
    let measure = |s: &[f64], l: &[bool]| (auroc(s, l), average_precision(s, l), ppv_at_n(s, l));
    let before = measure(&scores, &labels);
    scores.reverse();
    labels.reverse();
    assert_eq!(measure(&scores, &labels), before);
}

#![allow(clippy::unwrap_used)]

use super::*;
use crate::metrics::auroc;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SETTINGS: Settings<'_> = Settings {
    name: "test",
    features: &[("rank", "its rank"), ("noise", "noise")],
    penalty: 1.0,
    stratum_penalty: 0.1,
};

/// Rows whose logit is -0.5 - 1.2 rank, plus a stratum's own; a tenth of the ranks is missing.
fn rows(count: usize) -> Vec<Row> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    (0..count)
        .map(|row| {
            let mut uniform = || random.random::<f64>();
            let (rank, noise) = (4.0 * uniform() - 1.0, uniform());
            let stratum = row % 5;
            let logit = -0.5 - 1.2 * (rank - 1.0) + stratum as f64 - 2.0;
            let positive = uniform() < 1.0 / (1.0 + (-logit).exp());
            let rank = (uniform() > 0.1).then_some(rank);
            Row { values: vec![rank, Some(noise)], positive, study: row % 7, stratum }
        })
        .collect()
}

#[test]
fn coefficients_are_found_and_noise_is_not() {
    let rows = rows(4000);
    let model = train(SETTINGS, &rows).unwrap();
    let (rank, noise) = (&model.features[0], &model.features[1]);
    let error = model.covariance[1][1].sqrt();
    assert!(
        (rank.coefficient + 1.2).abs() < 4.0 * error && error < 0.1,
        "{} ± {error}",
        rank.coefficient
    );
    assert!(noise.coefficient.abs() < 4.0 * model.covariance[2][2].sqrt());
    assert!((rank.mean - 1.0).abs() < 0.1 && (rank.variance - 16.0 / 12.0).abs() < 0.1);
    let mean = rows
        .iter()
        .map(|row| super::super::logistic::probability(logit(&model, row).unwrap()))
        .sum::<f64>();
    assert!((mean / 4000.0 - model.base_rate).abs() < 1e-9, "calibrated in the large");
}

#[test]
fn a_large_penalty_leaves_the_base_rate() {
    let model = train(Settings { penalty: 1e9, ..SETTINGS }, &rows(500)).unwrap();
    let found = model.explain(&[Some(Value::exact(-1.0)), Some(Value::exact(0.0))]).unwrap();
    assert!((found.probability() - model.base_rate).abs() < 1e-3);
}

#[test]
fn no_study_is_on_both_sides() {
    let mut rows = rows(700);
    let held = out_of_fold(SETTINGS, &rows, 7).unwrap();
    // What study 3 says has no part in its own logits.
    for row in rows.iter_mut().filter(|row| row.study == 3) {
        row.positive = !row.positive;
    }
    let again = out_of_fold(SETTINGS, &rows, 7).unwrap();
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(held[place].to_bits() == again[place].to_bits(), row.study == 3, "{place}");
    }
}

#[test]
fn held_out_rows_are_told_apart_and_calibrated() {
    let rows: Vec<Row> = rows(4000).into_iter().filter(|row| row.stratum == 2).collect();
    let logits = out_of_fold(SETTINGS, &rows, 7).unwrap();
    let labels: Vec<bool> = rows.iter().map(|row| row.positive).collect();
    assert!(auroc(&logits.iter().map(|l| *l as f32).collect::<Vec<_>>(), &labels).unwrap() > 0.7);
    let curve = calibration(&logits, &labels, 5);
    assert_eq!(curve.bins.iter().map(|bin| bin.rows).sum::<usize>(), rows.len());
    assert!(curve.bins.windows(2).all(|pair| pair[0].predicted < pair[1].predicted));
    assert!(curve.error < 0.08 && curve.brier < 0.25 && curve.log_loss < 0.65, "{curve:?}");
}

#[test]
fn calibration_of_few_rows_is_by_hand() {
    let logits = [0.0, 0.0, 100.0, -100.0];
    let found = calibration(&logits, &[true, false, true, true], 2);
    assert_eq!(found.bins.len(), 2);
    assert!(
        (found.bins[0].predicted - 0.25).abs() < 1e-12
            && (found.bins[0].observed - 0.5).abs() < 1e-12
    );
    assert!((found.brier - (0.25 + 0.25 + 0.0 + 1.0) / 4.0).abs() < 1e-12);
    assert!((found.log_loss - (2.0 * std::f64::consts::LN_2 + 100.0) / 4.0).abs() < 1e-9);
    assert!(calibration(&[], &[], 10).bins.is_empty());
}

#[test]
fn unusable_rows_are_refused() {
    let all: Vec<Row> = rows(50).into_iter().map(|row| Row { positive: true, ..row }).collect();
    assert!(matches!(train(SETTINGS, &all), Err(TrainError::OneClass { rows: 50, positive: 50 })));
    let same: Vec<Row> = rows(50)
        .into_iter()
        .map(|row| Row { values: vec![Some(1.0), row.values[1]], ..row })
        .collect();
    assert!(train(SETTINGS, &same).unwrap_err().to_string().contains("feature rank"));
    let missing: Vec<Row> =
        rows(50).into_iter().map(|row| Row { values: vec![None, row.values[1]], ..row }).collect();
    assert!(matches!(train(SETTINGS, &missing), Err(TrainError::Constant { .. })));
    let short: Vec<Row> =
        rows(50).into_iter().map(|row| Row { values: vec![None], ..row }).collect();
    assert!(matches!(
        train(SETTINGS, &short),
        Err(TrainError::Model(ModelError::Values { found: 1, expected: 2 }))
    ));
}

#[test]
fn strata_are_judged_at_their_own_rates() {
    let row = |stratum, positive| Row { values: Vec::new(), positive, study: 0, stratum };
    let rows =
        [row(0, true), row(1, true), row(0, false), row(0, false), row(2, false), row(1, false)];
    let (places, logits) = within_strata(&[5.0, -3.0, 5.0, 5.0, 0.0, -5.0], &rows);
    assert_eq!(places, [0, 1, 2, 3, 5]);
    let p: Vec<f64> = logits.iter().map(|logit| probability(*logit)).collect();
    assert!((p[0] - 1.0 / 3.0).abs() < 1e-9 && (p[1] + p[4] - 1.0).abs() < 1e-9);
    assert!((logits[1] - logits[4] - 2.0).abs() < 1e-9, "the order within a stratum stays");
}

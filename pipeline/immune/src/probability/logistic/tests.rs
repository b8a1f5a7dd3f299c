#![allow(clippy::unwrap_used)]

use super::*;

const VALUES: [f64; 12] = [0.5, -1.0, 1.5, 0.3, -0.7, 2.0, 1.1, 0.2, -1.4, -0.6, 0.9, 1.3];
const POSITIVE: [bool; 6] = [true, true, false, true, false, false];

fn design(penalties: &[f64]) -> Design<'_> {
    Design {
        values: &VALUES,
        group: &[0, 0, 0, 1, 1, 1],
        groups: 2,
        positive: &POSITIVE,
        penalties,
        group_penalty: 0.5,
    }
}

/// At the optimum every partial derivative of the loss is nought, here by differences.
#[test]
fn the_fit_is_where_the_loss_is_least() {
    let design = design(&[1.0, 2.0]);
    let best = fit(&design).unwrap();
    for parameter in 0..5 {
        let shifted = |by: f64| {
            let mut fit = best.clone();
            match parameter {
                0 => fit.intercept += by,
                1 | 2 => fit.coefficients[parameter - 1] += by,
                _ => fit.groups[parameter - 3] += by,
            }
            penalised_loss(&design, &fit)
        };
        let slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
        assert!(slope.abs() < 1e-8, "{parameter}: {slope}");
    }
}

#[test]
fn a_large_penalty_leaves_the_share_of_positives() {
    let best = fit(&Design { group_penalty: 1e9, ..design(&[1e9, 1e9]) }).unwrap();
    assert!(best.coefficients.iter().chain(&best.groups).all(|b| b.abs() < 1e-6));
    assert!((probability(best.intercept) - 0.5).abs() < 1e-6);
}

#[test]
fn classes_that_can_be_told_apart_have_a_fit() {
    let positive = [true, false, true, true, false, false];
    let best = fit(&Design { positive: &positive, ..design(&[1e-3, 1e-3]) }).unwrap();
    assert!(best.coefficients.iter().all(|b| b.is_finite()));
}

#[test]
fn losses_of_large_logits_are_exact() {
    for (logit, positive, expected) in
        [(0.0, true, std::f64::consts::LN_2), (1000.0, true, 0.0), (1000.0, false, 1000.0)]
    {
        assert!((log_loss(logit, positive) - expected).abs() < 1e-12);
    }
}

/// The inverse Hessian, by differences of the gradient of the loss, of a design whose groups cannot move.
#[test]
fn the_covariance_is_the_inverse_of_the_hessian() {
    let design = Design { group_penalty: 1e12, ..design(&[1.0, 2.0]) };
    let best = fit(&design).unwrap();
    let loss = |by: [f64; 3]| {
        let mut fit = best.clone();
        fit.intercept += by[0];
        fit.coefficients[0] += by[1];
        fit.coefficients[1] += by[2];
        penalised_loss(&design, &fit)
    };
    let h = 1e-4;
    let at = |i: usize, x: f64, j: usize, y: f64| {
        let mut by = [0.0; 3];
        by[i] += x;
        by[j] += y;
        loss(by)
    };
    for i in 0..3 {
        for j in 0..3 {
            let identity: f64 = (0..3)
                .map(|k| {
                    let second =
                        at(i, h, k, h) - at(i, h, k, -h) - at(i, -h, k, h) + at(i, -h, k, -h);
                    second / (4.0 * h * h) * best.covariance[k][j]
                })
                .sum();
            assert!((identity - f64::from(i == j)).abs() < 1e-4, "{i} {j}: {identity}");
        }
    }
}

#[test]
fn designs_that_do_not_fit_are_refused() {
    let short = Design { values: &VALUES[..11], ..design(&[1.0, 2.0]) };
    assert!(matches!(fit(&short), Err(FitError::Shape { rows: 6, columns: 2, values: 11, .. })));
    let outside = Design { groups: 1, ..design(&[1.0, 2.0]) };
    assert!(matches!(fit(&outside), Err(FitError::Shape { .. })));
    let same = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 0.0, 0.0, -1.0, -1.0, 4.0, 4.0];
    assert_eq!(fit(&Design { values: &same, ..design(&[0.0, 0.0]) }), Err(FitError::Singular));
}

#![allow(clippy::unwrap_used)]

use super::*;
use crate::probability::logistic::probability;

fn feature(name: &str, coefficient: f64, mean: f64, variance: f64) -> Feature {
    Feature { name: name.to_owned(), meaning: format!("the {name}"), coefficient, mean, variance }
}

fn model() -> Model {
    Model {
        name: "test 1".to_owned(),
        features: vec![
            feature("rank", -0.7, 0.2, 0.5),
            feature("expression", 0.4, 1.5, 2.0),
            feature("foreignness", 1.3, 0.1, 0.04),
        ],
        intercept: -1.1,
        covariance: vec![
            vec![0.01, 0.0, 0.0, 0.0],
            vec![0.0, 0.04, 0.01, 0.0],
            vec![0.0, 0.01, 0.09, 0.0],
            vec![0.0, 0.0, 0.0, 0.16],
        ],
        base_rate: 0.3,
    }
}

const ROW: [Option<Value>; 3] = [
    Some(Value { value: -1.0, variance: 0.1 }),
    Some(Value { value: 2.25, variance: 0.0 }),
    Some(Value { value: 0.9, variance: 0.0 }),
];

#[test]
fn contributions_sum_to_the_logit() {
    let rows = [ROW, [None; 3], [ROW[0], None, ROW[2]], [None, ROW[1], None]];
    for row in rows {
        let found = model().explain(&row).unwrap();
        let sum = found.intercept + found.contributions.iter().map(|part| part.logit).sum::<f64>();
        assert!((sum - found.logit).abs() < 1e-6);
        assert!((probability(sum) - found.probability()).abs() < 1e-12);
    }
    let parts: Vec<f64> =
        model().explain(&ROW).unwrap().contributions.iter().map(|part| part.logit).collect();
    for (found, expected) in parts.iter().zip([0.84, 0.3, 1.04]) {
        assert!((found - expected).abs() < 1e-12, "{found}");
    }
}

/// Taking one feature away changes the logit by just what the explanation says that it contributes.
#[test]
fn a_feature_taken_away_takes_its_contribution_with_it() {
    let whole = model().explain(&ROW).unwrap();
    for place in 0..ROW.len() {
        let mut row = ROW;
        row[place] = None;
        let without = model().explain(&row).unwrap();
        let stated = whole.contributions[place].logit;
        assert!((whole.logit - without.logit - stated).abs() < 1e-6, "{place}");
        assert!(stated.abs() > 0.1 && without.variance > whole.variance - 0.3, "{place}");
    }
}

/// What is missing is averaged over: the mean over many values of the feature gives the same logit, and its spread the variance.
#[test]
fn a_missing_feature_is_its_average() {
    let missing = model().explain(&[ROW[0], None, ROW[2]]).unwrap();
    let (mean, spread) = (1.5, 2.0_f64.sqrt());
    let logits: Vec<f64> = (0..2001)
        .map(|step| mean + spread * 3.0_f64.sqrt() * (f64::from(step) / 1000.0 - 1.0))
        .map(|value| model().explain(&[ROW[0], Some(Value::exact(value)), ROW[2]]).unwrap().logit)
        .collect();
    let average = logits.iter().sum::<f64>() / logits.len() as f64;
    let variance = logits.iter().map(|x| (x - average).powi(2)).sum::<f64>() / logits.len() as f64;
    assert!((average - missing.logit).abs() < 1e-9);
    assert!((variance - missing.contributions[1].variance).abs() < 1e-3, "{variance}");
    let zero = model().explain(&[ROW[0], Some(Value::exact(0.0)), ROW[2]]).unwrap();
    assert!((zero.logit - missing.logit).abs() > 0.5, "missing is not zero");
}

#[test]
fn uncertainty_is_of_coefficients_values_and_what_is_missing() {
    let found = model().explain(&ROW).unwrap();
    // 0.01 + 0.04 * 1.44 + 2 * 0.01 * -1.2 * 0.75 + 0.09 * 0.5625 + 0.16 * 0.64, and 0.49 * 0.1 of the first value.
    assert!((found.variance - (0.01 + 0.0576 - 0.018 + 0.050_625 + 0.1024 + 0.049)).abs() < 1e-12);
    let (lower, upper) = found.interval();
    assert!(lower < found.probability() && found.probability() < upper);
    let (p, expected) = (found.probability(), found.expected_probability());
    assert!(p > 0.5 && expected < p && expected > 0.5);
    let nothing = model().explain(&[None; 3]).unwrap();
    assert!((nothing.logit - model().intercept).abs() < 1e-12 && nothing.variance > found.variance);
}

#[test]
fn values_come_of_ensembles_and_intervals() {
    let value = Value::of_ensemble(&[1.0, 2.0, 3.0]).unwrap();
    assert!((value.value - 2.0).abs() < 1e-12 && (value.variance - 1.0).abs() < 1e-12);
    assert_eq!(Value::of_ensemble(&[4.0]), Some(Value::exact(4.0)));
    assert_eq!(Value::of_ensemble(&[]), None);
    let value = Value::with_interval(0.5, 0.5 - 1.959_963_984_540_054, 0.5 + 1.959_963_984_540_054);
    assert!((value.variance - 1.0).abs() < 1e-12);
}

#[test]
fn another_base_rate_moves_all_alike() {
    let rare = model().with_base_rate(0.06).unwrap();
    let shift = (0.06_f64 / 0.94).ln() - (0.3_f64 / 0.7).ln();
    for row in [ROW, [None; 3]] {
        let moved = rare.explain(&row).unwrap().logit - model().explain(&row).unwrap().logit;
        assert!((moved - shift).abs() < 1e-12);
    }
    assert!(
        [0.0, 1.0, -0.5, f64::NAN].into_iter().all(|rate| model().with_base_rate(rate).is_none())
    );
}

#[test]
fn words_say_what_counts_most_and_what_is_missing() {
    let words = model().explain(&[Some(Value::exact(1.0)), None, ROW[2]]).unwrap().words();
    assert!(words.starts_with("Chance of a T-cell response 35.0 % (95 % interval"), "{words}");
    assert!(words.contains("raised by the foreignness (+1.04)"), "{words}");
    assert!(
        words.ends_with("; lowered by the rank (-0.56); not known: the expression."),
        "{words}"
    );
}

#[test]
fn models_survive_their_file_and_bad_ones_are_refused() {
    let text = serde_json::to_string(&model()).unwrap();
    assert_eq!(Model::parse("m.json", &text).unwrap(), model());
    for (from, to, expected) in [
        ("\"intercept\":-1.1", "\"intercept\":\"much\"", "invalid type"),
        ("\"base_rate\":0.3", "\"base_rate\":1.0", "base rate"),
        ("\"variance\":0.5", "\"variance\":-0.5", "below 0"),
        ("[0.0,0.0,0.0,0.16]", "[0.0,0.0,0.16]", "not a square"),
        ("\"name\":\"test 1\"", "\"title\":\"test 1\"", "title"),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        let message = Model::parse("m.json", &text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(message.contains("m.json") && message.contains(expected), "{message}");
    }
    assert!(
        model().explain(&ROW[..2]).unwrap_err().to_string().contains("2 values for a model of 3")
    );
    let row = [ROW[0], Some(Value::exact(f64::NAN)), ROW[2]];
    assert!(model().explain(&row).unwrap_err().to_string().contains("feature expression"));
}

#[test]
fn the_built_in_model_falls_with_the_rank_and_says_so() {
    let model = Model::built_in().unwrap();
    let at = |rank: f64| model.explain(&[log10_percentile(&[rank])]).unwrap();
    let chances: Vec<f64> =
        [0.0, 0.02, 0.5, 2.0, 50.0, 100.0].into_iter().map(|rank| at(rank).probability()).collect();
    assert!(chances.windows(2).all(|pair| pair[0] > pair[1]), "{chances:?}");
    assert!(at(0.02).words().contains("raised by percentile rank of presentation"));
    let unsure = model.explain(&[log10_percentile(&[0.01, 1.0])]).unwrap();
    assert!(unsure.variance > at(0.1).variance, "members that disagree make it less sure");
    assert!((unsure.logit - at(0.1).logit).abs() < 1e-9);
    let rare = model.with_base_rate(0.06).unwrap().explain(&[log10_percentile(&[0.5])]).unwrap();
    assert!(rare.probability() < 0.1 && rare.probability() > 0.03);
    assert!(
        [&[][..], &[-1.0], &[101.0], &[f64::NAN]]
            .into_iter()
            .all(|ranks| log10_percentile(ranks).is_none())
    );
}

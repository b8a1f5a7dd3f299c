#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::metrics::{auroc, average_precision, pearson, ppv_at_n};
use rand::RngExt;

const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 1000, seed: 7 };

/// A standard normal number (Box and Muller 1958).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (radius, turn): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
}

/// Scores of `positives` rows about `shift`, then of as many negatives about 0, rounded so that ties are frequent.
fn table(seed: u64, positives: usize, shift: f64) -> (Vec<f64>, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let labels: Vec<bool> = (0..2 * positives).map(|row| row < positives).collect();
    let score = |&label: &bool| {
        let score = normal(&mut rng) + if label { shift } else { 0.0 };
        (score * 20.0).round() / 20.0
    };
    (labels.iter().map(score).collect(), labels)
}

fn measures(scores: &[f64], labels: &[bool]) -> [f64; 3] {
    [auroc(scores, labels), average_precision(scores, labels), ppv_at_n(scores, labels)]
        .map(Result::unwrap)
}

/// Expected values are worked out by hand.
#[test]
fn figures_of_weighted_rows() {
    let ranked = Ranked::new(&[0.9, 0.8, 0.7, 0.6], &[true, false, true, false]).unwrap();
    for (weights, expected) in [
        ([1, 1, 1, 1], Some([0.75, 5.0 / 6.0, 0.5])),
        ([2, 1, 0, 1], Some([1.0, 1.0, 1.0])),
        ([0, 2, 1, 1], Some([1.0 / 3.0, 1.0 / 3.0, 0.0])),
        ([1, 0, 3, 0], None),
        ([0, 2, 0, 2], None),
        ([0, 0, 0, 0], None),
    ] {
        let found = ranked.figures(&weights);
        assert_eq!(found.is_some(), expected.is_some(), "{weights:?}");
        for (found, expected) in found.into_iter().flatten().zip(expected.into_iter().flatten()) {
            assert!((found - expected).abs() < 1e-12, "{weights:?}: {found}, not {expected}");
        }
    }
}

/// A row that counts twice is the same as the row written twice, ties included.
#[test]
fn weighted_figures_are_those_of_repeated_rows() {
    let (scores, labels) = table(1, 150, 0.8);
    let ranked = Ranked::new(&scores, &labels).unwrap();
    assert_eq!(ranked.figures(&[1; 300]), Some(measures(&scores, &labels)), "not a bit differs");
    let sample = Sample::ranked(&[&scores], &labels, Draw::AllRows).unwrap();
    let (mut rng, mut weights) = (ChaCha8Rng::seed_from_u64(2), Vec::new());
    for _ in 0..20 {
        sample.draw(&mut rng, &mut weights);
        assert_eq!(weights.iter().sum::<u32>(), 300);
        let rows = || (0..300).flat_map(|row| vec![row; weights[row] as usize]);
        let often: (Vec<f64>, Vec<bool>) = rows().map(|row| (scores[row], labels[row])).unzip();
        assert_eq!(ranked.figures(&weights), Some(measures(&often.0, &often.1)));
    }
}

/// Positives at 3 and 1, negatives at 2 and 0. Of 16 equal resamples of each class, 9 have AUROC 0.75 or less: one has 0
/// (both positives at 1, both negatives at 2), and so does the 2.5th percentile.
#[test]
fn a_distribution_known_by_hand() {
    let (scores, labels) = ([3.0, 2.0, 1.0, 0.0], [true, false, true, false]);
    let sample = Sample::ranked(&[scores], &labels, Draw::EachClass).unwrap();
    let replicates = Bootstrap { resamples: 16_000, seed: 1 }.run(&[sample]).unwrap();
    let [auroc, ..] = replicates.interval(0);
    assert_eq!(auroc, Interval { estimate: 0.75, low: 0.0, high: 1.0 });
    for (value, sixteenths) in [(0.0, 1.0), (0.5, 4.0), (0.75, 4.0), (1.0, 7.0)] {
        let seen =
            replicates.replicates.iter().filter(|r| f64::abs(r[0][0] - value) < 1e-12).count();
        let (seen, expected) = (seen as f64 / 1000.0, sixteenths);
        assert!((seen - expected).abs() < 0.3, "{value}: {seen} sixteenths, not {expected}");
    }
}

#[test]
fn one_row_of_each_class_leaves_nothing_to_chance() {
    let tools = [[1.0, 0.0], [0.0, 1.0]];
    let exact = |value| Interval { estimate: value, low: value, high: value };
    let sample = |labels: [bool; 2]| Sample::ranked(&tools, &labels, Draw::EachClass).unwrap();
    // The second sample has it the other way round: means over samples.
    let samples = [sample([true, false]), sample([false, true]), sample([true, false])];
    let one = BOOTSTRAP.run(&samples[..1]).unwrap();
    assert_eq!((one.interval(0)[0], one.interval(1)[0]), (exact(1.0), exact(0.0)));
    assert_eq!(one.difference(1, 0)[0], exact(-1.0));
    let mean = BOOTSTRAP.run(&samples).unwrap();
    assert_eq!((mean.interval(0)[0], mean.interval(1)[0]), (exact(2.0 / 3.0), exact(1.0 / 3.0)));
    assert_eq!((mean.tools(), mean.defined()), (2, 1000));
}

#[test]
fn a_seed_fixes_everything_but_not_more() {
    let (scores, labels) = table(3, 60, 1.0);
    let sample = || Sample::ranked(&[&scores], &labels, Draw::AllRows).unwrap();
    let run = |seed| Bootstrap { resamples: 100, seed }.run(&[sample(), sample()]).unwrap();
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let more = Bootstrap { resamples: 150, seed: 1 }.run(&[sample(), sample()]).unwrap();
    // Each resample has its own stream: those of a shorter run, on other threads, begin a longer one.
    assert_eq!(more.replicates[..100], run(1).replicates);
    // Two samples alike are drawn differently: their mean varies less than one of them.
    let one = Bootstrap { resamples: 100, seed: 1 }.run(&[sample()]).unwrap();
    let width = |replicates: &Replicates<3>| replicates.interval(0).map(|i| i.high - i.low)[0];
    assert!(width(&run(1)) < 0.9 * width(&one), "{} {}", width(&run(1)), width(&one));
}

#[test]
fn differences_are_paired() {
    let (scores, labels) = table(4, 200, 1.0);
    let stretched: Vec<f64> = scores.iter().map(|score| score.exp()).collect();
    let turned: Vec<f64> = scores.iter().map(|score| -score).collect();
    let other = table(5, 200, 1.0).0;
    let tools = [&scores, &stretched, &turned, &other];
    let sample = Sample::ranked(&tools, &labels, Draw::EachClass).unwrap();
    let replicates = BOOTSTRAP.run(&[sample]).unwrap();
    let none = Interval { estimate: 0.0, low: 0.0, high: 0.0 };
    assert_eq!(replicates.difference(0, 1), [none; 3], "the same order is the same tool");
    let ([own, ..], [gain, ..]) = (replicates.interval(0), replicates.difference(0, 2));
    // Turned AUROC is 1 - AUROC: were the resamples not shared, the difference would be narrower.
    assert!((gain.low - (2.0 * own.low - 1.0)).abs() < 1e-12, "{gain:?} {own:?}");
    assert!((gain.high - (2.0 * own.high - 1.0)).abs() < 1e-12, "{gain:?} {own:?}");
    let [chance, ..] = replicates.difference(0, 3);
    assert!(chance.low < 0.0 && chance.high > 0.0, "as good as one another: {chance:?}");
}

/// AUROC of two normals 1 apart is the normal distribution at 1 / sqrt(2): 0.760250. Of 200 intervals of 95 %, some 190
/// hold it; ten fewer are three standard deviations, and percentile intervals are known to be a little narrow.
#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    for draw in [Draw::AllRows, Draw::EachClass] {
        let held = (0..200).filter(|&seed| {
            let (scores, labels) = table(100 + seed, 50, 1.0);
            let sample = Sample::ranked(&[scores], &labels, draw).unwrap();
            let replicates = Bootstrap { resamples: 200, seed }.run(&[sample]).unwrap();
            let [auroc, ..] = replicates.interval(0);
            auroc.low <= 0.760_250 && 0.760_250 <= auroc.high
        });
        let held = held.count();
        assert!((178..=198).contains(&held), "{draw:?}: {held} of 200");
    }
}

/// Beside the interval of Fisher 1921 (Metron 1:3): z is normal with standard deviation 1 / sqrt(n - 3).
#[test]
fn correlations_agree_with_fisher() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let rows = 400;
    let measured: Vec<f64> = (0..rows).map(|_| normal(&mut rng)).collect();
    let predicted: Vec<f64> = measured.iter().map(|y| 0.75 * y + normal(&mut rng)).collect();
    let sample = Sample::correlated(&[&predicted], &measured).unwrap();
    let [found] = BOOTSTRAP.run(&[sample]).unwrap().interval(0);
    let r = pearson(&predicted, &measured).unwrap();
    assert_eq!(found.estimate.to_bits(), r.to_bits());
    let z = |turn: f64| (r.atanh() + turn * 1.96 / (f64::from(rows) - 3.0).sqrt()).tanh();
    let expected = (z(-1.0), z(1.0));
    assert!(
        (found.low - expected.0).abs() < 0.02 && (found.high - expected.1).abs() < 0.02,
        "{found:?}, not {expected:?}"
    );
}

#[test]
fn quantiles_lie_between_values() {
    let values = [0.0, 1.0, 2.0, 10.0];
    for (share, expected) in [(0.0, 0.0), (0.5, 1.5), (0.75, 4.0), (1.0, 10.0)] {
        assert!((quantile(&values, share) - expected).abs() < 1e-12, "{share}");
    }
    assert!((quantile(&[3.0], 0.975) - 3.0).abs() < 1e-12);
}

#[test]
fn what_cannot_be_resampled_is_refused() {
    let labels = [true, false];
    let ranked = |tools: &[[f64; 2]]| Sample::ranked(tools, &labels, Draw::EachClass);
    let nan = BootstrapError::Tool { tool: 1, source: MetricError::NotANumber { index: 0 } };
    assert_eq!(ranked(&[[1.0, 0.0], [f64::NAN, 0.0]]).unwrap_err(), nan);
    assert_eq!(ranked(&[]).unwrap_err(), BootstrapError::Empty);
    assert_eq!(BOOTSTRAP.run::<Ranked, 3>(&[]).unwrap_err(), BootstrapError::Empty);
    let (one, two) = (ranked(&[[1.0, 0.0]]).unwrap(), ranked(&[[1.0, 0.0]; 2]).unwrap());
    let tools = BootstrapError::Tools { sample: 1, found: 2, expected: 1 };
    assert_eq!(BOOTSTRAP.run(&[one.clone(), two]).unwrap_err(), tools);
    let few = Bootstrap { resamples: 39, seed: 1 };
    assert_eq!(few.run(&[one]).unwrap_err(), BootstrapError::Resamples { found: 39 });
    let rows = [
        Ranked::new(&[1.0, 0.0], &labels).unwrap(),
        Ranked::new(&[1.0, 0.0, 0.0], &[true, false, false]).unwrap(),
    ];
    let rows = Sample::new(rows.to_vec()).unwrap_err();
    assert_eq!(rows, BootstrapError::Rows { tool: 1, found: 3, expected: 2 });
}

/// Of two rows, drawn from all, half the resamples lack a class; three samples of that kind are rarely whole.
#[test]
fn resamples_without_figures_are_left_out_or_refused() {
    let sample = || Sample::ranked(&[[1.0, 0.0]], &[true, false], Draw::AllRows).unwrap();
    let error = BOOTSTRAP.run(&[sample(), sample(), sample()]).unwrap_err();
    let BootstrapError::Undefined { defined, resamples: 1000 } = error else {
        panic!("{error}");
    };
    assert!((90..=160).contains(&defined), "{defined}, not about 125");
    // One positive of five is missing in a third.
    let labels = [true, false, false, false, false];
    let sample = Sample::ranked(&[[4.0, 3.0, 2.0, 1.0, 0.0]], &labels, Draw::AllRows).unwrap();
    let replicates = BOOTSTRAP.run(&[sample]).unwrap();
    assert!((620..=720).contains(&replicates.defined()), "{}", replicates.defined());
    assert_eq!(replicates.interval(0)[0], Interval { estimate: 1.0, low: 1.0, high: 1.0 });
}

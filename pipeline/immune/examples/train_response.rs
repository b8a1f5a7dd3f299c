//! Trains a model of T-cell responses and judges it on rows that it has not seen:
//! `cargo run --release --example train_response -- rows.tsv features.tsv NAME model.json [test.tsv]`.
//!
//! `rows.tsv` has the columns `study`, `stratum`, `positive` (0 or 1) and one a feature (empty: missing); `features.tsv` a line a
//! feature: name, tab, meaning. Figures go to standard output. The first feature alone is the tool to beat.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

use vaxloom_immune::bootstrap::{Bootstrap, Draw, Sample};
use vaxloom_immune::probability::train::{
    Calibration, Row, Settings, calibration, out_of_fold, train, within_strata,
};
use vaxloom_immune::probability::{Model, Value};

type Outcome<T> = Result<T, Box<dyn Error>>;

const FOLDS: usize = 10;
const PENALTIES: [f64; 5] = [1.0, 10.0, 100.0, 1000.0, 10_000.0];

#[allow(clippy::print_stdout, reason = "figures are its output")]
fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rows, features, name, output, test @ ..] = &arguments[..] else {
        return Err("expected rows.tsv features.tsv NAME model.json [test.tsv]".into());
    };
    let features = fs::read_to_string(features)?;
    let features: Vec<(&str, &str)> =
        features.lines().filter_map(|line| line.split_once('\t')).collect();
    let rows = read(rows, &features)?;
    let labels: Vec<bool> = rows.iter().map(|row| row.positive).collect();
    let settings = |penalty| Settings { name, features: &features, penalty, stratum_penalty: 1.0 };

    let mut best = (f64::INFINITY, PENALTIES[0], Vec::new());
    for penalty in PENALTIES {
        let logits = out_of_fold(settings(penalty), &rows, FOLDS)?;
        let loss = judged(&logits, &rows).log_loss;
        println!("penalty {penalty}: log loss {loss:.5}");
        if loss < best.0 {
            best = (loss, penalty, logits);
        }
    }
    let (_, penalty, logits) = best;
    println!("penalty {penalty}");
    compare("outside the fold", &rows, &logits, &labels)?;
    let curve = judged(&logits, &rows);
    println!(
        "at the strata's own rates: calibration error {:.4}, Brier {:.4}, log loss {:.4}",
        curve.error, curve.brier, curve.log_loss
    );
    for bin in &curve.bins {
        println!(
            "  {} rows: predicted {:.3}, observed {:.3}",
            bin.rows, bin.predicted, bin.observed
        );
    }
    let model = train(settings(penalty), &rows)?;
    for feature in &model.features {
        println!("{}: {:+.4} a unit, mean {:.3}", feature.name, feature.coefficient, feature.mean);
    }
    for file in test {
        let rows = read(file, &features)?;
        let labels: Vec<bool> = rows.iter().map(|row| row.positive).collect();
        let logits: Vec<f64> = rows.iter().map(|row| logit(&model, row)).collect::<Outcome<_>>()?;
        compare(file, &rows, &logits, &labels)?;
    }
    fs::write(output, serde_json::to_string_pretty(&model)? + "\n")?;
    Ok(())
}

/// At the strata's own rates, which say nothing of peptides.
fn judged(logits: &[f64], rows: &[Row]) -> Calibration {
    let (places, logits) = within_strata(logits, rows);
    let labels: Vec<bool> = places.into_iter().map(|place| rows[place].positive).collect();
    calibration(&logits, &labels, 10)
}

fn logit(model: &Model, row: &Row) -> Outcome<f64> {
    let values: Vec<Option<Value>> =
        row.values.iter().map(|value| value.map(Value::exact)).collect();
    Ok(model.explain(&values)?.logit)
}

/// Figures of the model and of its first feature, pooled and as the mean over strata with 20 rows of each class.
#[allow(clippy::print_stdout, reason = "figures are its output")]
fn compare(title: &str, rows: &[Row], logits: &[f64], labels: &[bool]) -> Outcome<()> {
    let first: Vec<f64> = rows.iter().map(|row| -row.values[0].unwrap_or(0.0)).collect();
    let sample = |kept: &[usize]| {
        let pick = |scores: &[f64]| kept.iter().map(|&row| scores[row]).collect::<Vec<f64>>();
        let labels: Vec<bool> = kept.iter().map(|&row| labels[row]).collect();
        Sample::ranked(&[pick(logits), pick(&first)], &labels, Draw::EachClass)
    };
    let all: Vec<usize> = (0..rows.len()).collect();
    let mut strata: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        strata.entry(row.stratum).or_default().push(place);
    }
    let large = strata.values().filter(|kept| {
        let positive = kept.iter().filter(|&&row| labels[row]).count();
        positive >= 20 && kept.len() - positive >= 20
    });
    let within: Vec<_> = large.map(|kept| sample(kept)).collect::<Result<_, _>>()?;
    let bootstrap = Bootstrap { resamples: 1000, seed: 1 };
    for (kind, samples) in [("pooled", vec![sample(&all)?]), ("within strata", within)] {
        if samples.is_empty() {
            continue;
        }
        let found = bootstrap.run(&samples)?;
        let [[auroc, ..], [alone, ..]] = [found.interval(0), found.interval(1)];
        let [gain, ..] = found.difference(0, 1);
        println!(
            "{title}, {kind}: AUROC {:.4} ({:.4} to {:.4}); first feature alone {:.4}; difference {:+.4} ({:+.4} to {:+.4})",
            auroc.estimate,
            auroc.low,
            auroc.high,
            alone.estimate,
            gain.estimate,
            gain.low,
            gain.high
        );
    }
    Ok(())
}

fn read(file: &str, features: &[(&str, &str)]) -> Outcome<Vec<Row>> {
    let mut table = csv::ReaderBuilder::new().delimiter(b'\t').from_path(file)?;
    let header = table.headers()?.clone();
    let place = |name: &str| {
        header
            .iter()
            .position(|column| column == name)
            .ok_or_else(|| format!("{file} has no column {name}"))
    };
    let [study, stratum, positive] = [place("study")?, place("stratum")?, place("positive")?];
    let values: Vec<usize> =
        features.iter().map(|(name, _)| place(name)).collect::<Result<_, _>>()?;
    let mut numbers: [BTreeMap<String, usize>; 2] = Default::default();
    let mut number = |kind: usize, text: &str| {
        let next = numbers[kind].len();
        *numbers[kind].entry(text.to_owned()).or_insert(next)
    };
    let mut rows = Vec::new();
    for record in table.records() {
        let record = record?;
        let value = |place: &usize| match &record[*place] {
            "" => Ok(None),
            text => text.parse().map(Some),
        };
        rows.push(Row {
            values: values.iter().map(value).collect::<Result<_, _>>()?,
            positive: &record[positive] == "1",
            study: number(0, &record[study]),
            stratum: number(1, &record[stratum]),
        });
    }
    Ok(rows)
}

//! Class I affinity on the blind set of Kim et al. 2014 (BMC Bioinformatics 15:241): measured IC50 values with what other
//! tools predicted for each, in one file for each tool, allele and length. A binder has an IC50 of 500 nM or less; Pearson's
//! correlation is that of the logarithms.

use super::{BOOTSTRAP, EvaluateError, Scored, TableRows, tool_names, tools, training_peptides};
use crate::data::{DataError, read};
use crate::encoding::{Class, Peptide};
use crate::figures::{Evaluation, Part, ToolFigures};
use crate::molecules::normal_form;
use crate::predictor::MhcPredictor;
use crate::rows::{Column, for_each_row};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use vaxloom_immune::Predictor;
use vaxloom_immune::bootstrap::{BootstrapError, Draw, Replicates, Sample};
use vaxloom_immune::metrics::{auroc, pearson};

/// The folder of the tools' predictions in a benchmark folder.
pub(super) const PREDICTIONS: &str = "predictions";
/// Folders and names of the tools; the first one's files say which rows there are.
const TOOLS: [(&str, &str); 3] =
    [("netmhcpan", "NetMHCpan"), ("netmhc", "NetMHC"), ("smmpmbec_cpp", "SMMPMBEC")];
/// Logarithm to base 10 of the IC50 in nM up to which a peptide is a binder.
const BINDER: f64 = 2.698_970_004_336_019;

/// An allele's peptides of one length.
struct Set {
    /// Its `scores` are negative logarithms of the predicted IC50: higher for a stronger binder.
    scored: Scored,
    peptides: Vec<Peptide>,
    /// Negative logarithms of the measured IC50.
    measured: Vec<f64>,
}

pub(super) fn evaluate(
    model: &MhcPredictor,
    benchmark: &Path,
    training_tables: &Path,
) -> Result<Evaluation, EvaluateError> {
    let trained = training_peptides(model, training_tables, TableRows::Used)?;
    let sets = read_sets(model, &benchmark.join(PREDICTIONS))?;
    let unseen = |set: &Set, row: usize| !trained.contains(&set.peptides[row]);
    Ok(Evaluation {
        benchmark: "affinity",
        tools: tool_names(model, &TOOLS.map(|(_, name)| name)),
        parts: vec![
            pooled("all rows, pooled", benchmark, &sets, |_, _| true)?,
            pooled("peptides that no training row has, pooled", benchmark, &sets, unseen)?,
            by_set(&sets)?,
        ],
        published: vec![],
    })
}

/// The sets of human alleles, in the order of the first tool's file names.
fn read_sets(model: &MhcPredictor, predictions: &Path) -> Result<Vec<Set>, EvaluateError> {
    let folder = predictions.join(TOOLS[0].0);
    let listed = std::fs::read_dir(&folder)
        .and_then(|files| files.map(|f| Ok(f?.file_name())).collect::<Result<Vec<_>, _>>())
        .map_err(|source| DataError::Read { path: folder, source })?;
    let mut names: Vec<String> =
        listed.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    let mut sets = Vec::new();
    for name in names {
        // pred.netmhcpan.blind.HLA-A-0101-10.xls
        let stem = name.trim_end_matches(".xls").rsplit('.').next().unwrap_or_default();
        let allele =
            stem.rsplit_once('-').and_then(|(allele, _)| normal_form(allele, Class::One, None));
        // The other sets are those of other species.
        if let Some(allele) = allele {
            sets.push(read_set(model, predictions, stem, &allele)?);
        }
    }
    Ok(sets)
}

fn read_set(
    model: &MhcPredictor,
    predictions: &Path,
    stem: &str,
    allele: &str,
) -> Result<Set, EvaluateError> {
    // The first tool's name comes before `blind`, another's after it.
    let path = |tool: &str| {
        let folder = predictions.join(tool);
        let names =
            [format!("pred.{tool}.blind.{stem}.xls"), format!("pred.blind.{tool}.{stem}.xls")];
        let paths = names.map(|name| folder.join(name));
        if paths[1].exists() { paths[1].clone() } else { paths[0].clone() }
    };
    let first = read_predictions(&path(TOOLS[0].0))?;
    let texts: Vec<&str> = first.iter().map(|row| row.peptide.as_str()).collect();
    let measured: Vec<f64> = first.iter().map(|row| row.measured).collect();
    let mut scores = vec![vec![], first.iter().map(|row| row.predicted).collect()];
    for (tool, _) in &TOOLS[1..] {
        let rows = read_predictions(&path(tool))?;
        let by_peptide: HashMap<&str, f64> =
            rows.iter().map(|row| (row.peptide.as_str(), row.predicted)).collect();
        let missing = || DataError::Line {
            path: path(tool),
            line: rows.len(),
            expected: "the peptides of the first tool's file".to_owned(),
        };
        let column = texts.iter().map(|text| by_peptide.get(text).copied().ok_or_else(missing));
        scores.push(column.collect::<Result<Vec<f64>, _>>()?);
    }
    let pairs: Vec<(&str, &str)> = texts.iter().map(|text| (*text, allele)).collect();
    let mut peptides = Vec::new();
    for ((text, row), scored) in texts.iter().zip(0..).zip(model.predict(&pairs)?) {
        let cannot = |reason: String| DataError::Line {
            path: path(TOOLS[0].0),
            line: row + 2,
            expected: format!("a row that can be scored ({reason})"),
        };
        peptides.push(Peptide::parse(text, Class::One).map_err(|e| cannot(e.to_string()))?);
        let scored = scored.map_err(|e| cannot(e.to_string()))?;
        let affinity =
            scored.affinity.ok_or_else(|| cannot("the model has no affinity".to_owned()))?;
        scores[0].push(-f64::from(affinity.nanomolar).log10());
    }
    let positive = measured.iter().map(|value| *value >= -BINDER).collect();
    let scored = Scored { path: path(TOOLS[0].0), name: stem.to_owned(), positive, scores };
    Ok(Set { scored, peptides, measured })
}

/// One row of a tool's file, its values as negative logarithms to base 10 of an IC50 in nM.
struct Prediction {
    peptide: String,
    measured: f64,
    predicted: f64,
}

fn read_predictions(path: &Path) -> Result<Vec<Prediction>, DataError> {
    let columns = ["sequence", "meas", "pred"].map(Column::Needed);
    let mut rows = Vec::new();
    for_each_row(path, &table(&read(path)?), b'\t', &columns, |line, fields| {
        let number = |text: &str| {
            let wrong = |_| DataError::Line {
                path: path.to_owned(),
                line,
                expected: "a number".to_owned(),
            };
            text.parse::<f64>().map_err(wrong)
        };
        let (measured, predicted) = (-number(fields[1])?, -number(fields[2])?);
        rows.push(Prediction { peptide: fields[0].to_owned(), measured, predicted });
        Ok(())
    })?;
    Ok(rows)
}

/// With empty lines in place of the summary of the set that may come before the header: they are passed over, and lines
/// keep their numbers.
fn table(bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.split_inclusive(|&b| b == b'\n');
    let blank = |line| if <[u8]>::starts_with(line, b"BENCHMARK") { b"\n" } else { line };
    lines.flat_map(blank).copied().collect()
}

/// AUROC and Pearson's correlation of all sets' rows together.
fn pooled(
    title: &str,
    benchmark: &Path,
    sets: &[Set],
    keep: impl Fn(&Set, usize) -> bool,
) -> Result<Part, EvaluateError> {
    let mut measured = vec![];
    let mut all = Scored {
        path: PathBuf::from(benchmark),
        name: title.to_owned(),
        positive: vec![],
        scores: vec![vec![]; 1 + TOOLS.len()],
    };
    for set in sets {
        let kept = set.scored.only(|row| keep(set, row));
        all.positive.extend(kept.positive);
        for (all, kept) in all.scores.iter_mut().zip(kept.scores) {
            all.extend(kept);
        }
        let rows = (0..set.measured.len()).filter(|&row| keep(set, row));
        measured.extend(rows.map(|row| set.measured[row]));
    }
    let failed = all.failed();
    let ranked = Sample::ranked(&all.scores, &all.positive, Draw::EachClass).map_err(&failed)?;
    let ranked: Replicates<3> = BOOTSTRAP.run(&[ranked]).map_err(&failed)?;
    let correlated = Sample::correlated(&all.scores, &measured).map_err(&failed)?;
    let correlated: Replicates<1> = BOOTSTRAP.run(&[correlated]).map_err(&failed)?;
    let joined = tools(&ranked).into_iter().zip(tools(&correlated)).map(|(ranked, correlated)| {
        let join = |a: &[_], b: &[_]| vec![a[0], b[0]];
        ToolFigures {
            means: join(&ranked.means, &correlated.means),
            differences: join(&ranked.differences, &correlated.differences),
        }
    });
    let joined: Vec<ToolFigures> = joined.collect();
    let figures = joined.iter().map(|t| t.means.iter().map(|m| m.estimate).collect()).collect();
    Ok(Part {
        title: title.to_owned(),
        figures: vec!["AUROC", "PCC"],
        samples: vec![all.figures(figures)],
        tools: joined,
    })
}

/// Both figures as means over the sets that have binders and others.
fn by_set(sets: &[Set]) -> Result<Part, EvaluateError> {
    let both = |set: &&Set| {
        let classes: HashSet<bool> = set.scored.positive.iter().copied().collect();
        classes.len() == 2 && set.measured.len() > 2
    };
    let sets: Vec<&Set> = sets.iter().filter(both).collect();
    let (mut ranked, mut correlated, mut samples) = (vec![], vec![], vec![]);
    for set in &sets {
        let scored = &set.scored;
        let failed = scored.failed();
        ranked.push(
            Sample::ranked(&scored.scores, &scored.positive, Draw::EachClass).map_err(&failed)?,
        );
        correlated.push(Sample::correlated(&scored.scores, &set.measured).map_err(&failed)?);
        let figures = scored.scores.iter().enumerate().map(|(tool, scores)| {
            let undefined = |source| failed(BootstrapError::Tool { tool, source });
            Ok(vec![
                auroc(scores, &scored.positive).map_err(undefined)?,
                pearson(scores, &set.measured).map_err(undefined)?,
            ])
        });
        samples.push(scored.figures(figures.collect::<Result<_, EvaluateError>>()?));
    }
    let failed = |source| EvaluateError::Figures { path: PathBuf::from(PREDICTIONS), source };
    let ranked: Replicates<3> = BOOTSTRAP.run(&ranked).map_err(failed)?;
    let correlated: Replicates<1> = BOOTSTRAP.run(&correlated).map_err(failed)?;
    let joined = tools(&ranked).into_iter().zip(tools(&correlated)).map(|(ranked, correlated)| {
        ToolFigures {
            means: vec![ranked.means[0], correlated.means[0]],
            differences: vec![ranked.differences[0], correlated.differences[0]],
        }
    });
    Ok(Part {
        title: "by allele and length, sets with binders and others".to_owned(),
        figures: vec!["AUROC", "PCC"],
        samples,
        tools: joined.collect(),
    })
}

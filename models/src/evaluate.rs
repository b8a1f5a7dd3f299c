//! How good a model is, beside the tools that people use today.
//!
//! Every tool's figures are computed here, on the same rows as the model's, with 95 % bootstrap intervals of the figures and
//! of the differences. A benchmark decides nothing about a model: it is read after training only.

mod affinity;
mod class_two;
mod presentation;

use crate::architecture::Head;
use crate::data::{DataError, Measured, Row, read_rows};
use crate::encoding::{Class, Peptide};
use crate::excluded::Excluded;
use crate::figures::{Evaluation, Part, SampleFigures, ToolFigures};
use crate::predictor::MhcPredictor;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use vaxloom_immune::PredictError;
use vaxloom_immune::bootstrap::{Bootstrap, BootstrapError, Draw, Replicates, Sample};

/// Seed and number of the resamples behind every interval.
const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 1000, seed: 20_261_124 };

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A table of the benchmark or of the training data cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The model failed.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// The figures of a sample are not defined.
    #[error("{path}: {source}")]
    Figures {
        /// The sample's file.
        path: PathBuf,
        /// What is missing.
        source: BootstrapError,
    },
    /// The folder is none of the benchmarks that are known, or not one for the model.
    #[error("{path}: expected a benchmark of {task}: {expected}")]
    Benchmark {
        /// The folder.
        path: PathBuf,
        /// The model's task.
        task: String,
        /// Files that such a folder holds.
        expected: &'static str,
    },
}

/// Computes the figures of a model on the benchmark in a folder. `training_tables` is the data root that the model's
/// recipe names its tables from: rows of peptides that a training table holds are also left out, in a part of their own.
pub fn evaluate(
    model: &MhcPredictor,
    benchmark: &Path,
    training_tables: &Path,
) -> Result<Evaluation, EvaluateError> {
    let architecture = &model.config().architecture;
    let holds = |name: &str| benchmark.join(name).exists();
    let has = |head| architecture.head(head).is_some();
    match architecture.class {
        Class::Two if holds(class_two::ROWS) => {
            class_two::evaluate(model, benchmark, training_tables)
        }
        Class::One if holds(presentation::GENOTYPES) && has(Head::Presentation) => {
            presentation::evaluate(model, benchmark, training_tables)
        }
        Class::One if holds(affinity::PREDICTIONS) && has(Head::Affinity) => {
            affinity::evaluate(model, benchmark, training_tables)
        }
        class => Err(EvaluateError::Benchmark {
            path: benchmark.to_owned(),
            task: model.config().task.clone(),
            expected: match class {
                Class::One => "alleles_by_file.tsv beside the samples, or a folder predictions",
                Class::Two => "test_data.csv",
            },
        }),
    }
}

/// Peptides of the model's training tables: of the rows that were trained on or held out, or of all rows.
fn training_peptides(
    model: &MhcPredictor,
    root: &Path,
    rows: TableRows,
) -> Result<HashSet<Peptide>, DataError> {
    let config = model.config();
    let class = config.architecture.class;
    let excluded = Excluded::read(root, &config.training.excluded, class)?;
    let mut peptides = HashSet::new();
    for table in &config.training.tables {
        let used = |row: &Row| match rows {
            TableRows::Ligands => row.measured == Measured::Ligand,
            TableRows::Used => excluded.reason(row).is_none(),
        };
        let rows = read_rows(root, table, class)?.rows;
        peptides.extend(rows.iter().filter(|row| used(row)).map(|row| row.peptide));
    }
    Ok(peptides)
}

/// Which rows of a training table count.
#[derive(Clone, Copy)]
enum TableRows {
    /// All ligands, also those that were removed as rows of a test set.
    Ligands,
    /// What no test set removed.
    Used,
}

/// Rows that belong together, with every tool's scores, higher for a likelier positive; the model's first.
pub(crate) struct Scored {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) positive: Vec<bool>,
    pub(crate) scores: Vec<Vec<f64>>,
}

impl Scored {
    /// The rows that are kept.
    fn only(&self, keep: impl Fn(usize) -> bool) -> Self {
        let rows: Vec<usize> = (0..self.positive.len()).filter(|&row| keep(row)).collect();
        let pick = |scores: &Vec<f64>| rows.iter().map(|&row| scores[row]).collect();
        Self {
            path: self.path.clone(),
            name: self.name.clone(),
            positive: rows.iter().map(|&row| self.positive[row]).collect(),
            scores: self.scores.iter().map(pick).collect(),
        }
    }

    fn failed(&self) -> impl Fn(BootstrapError) -> EvaluateError {
        |source| EvaluateError::Figures { path: self.path.clone(), source }
    }

    fn figures(&self, tools: Vec<Vec<f64>>) -> SampleFigures {
        let positives = self.positive.iter().filter(|&&positive| positive).count();
        let negatives = self.positive.len() - positives;
        SampleFigures { sample: self.name.clone(), positives, negatives, tools }
    }
}

/// AUROC, average precision and PPVn, sample by sample and as means over the samples.
pub(crate) fn ranked_part(title: &str, samples: &[Scored]) -> Result<Part, EvaluateError> {
    let mut drawn = Vec::new();
    let mut figures = Vec::new();
    for scored in samples {
        let sample = Sample::ranked(&scored.scores, &scored.positive, Draw::EachClass)
            .map_err(scored.failed())?;
        figures.push(scored.figures(plain_figures(scored)?));
        drawn.push(sample);
    }
    let failed = |source| EvaluateError::Figures { path: PathBuf::from(title), source };
    let replicates: Replicates<3> = BOOTSTRAP.run(&drawn).map_err(failed)?;
    Ok(Part {
        title: title.to_owned(),
        figures: vec!["AUROC", "AP", "PPVn"],
        samples: figures,
        tools: tools(&replicates),
    })
}

/// AUROC, average precision and PPVn of each tool on one sample.
fn plain_figures(scored: &Scored) -> Result<Vec<Vec<f64>>, EvaluateError> {
    use vaxloom_immune::metrics::{auroc, average_precision, ppv_at_n};
    let of_tool = |(tool, scores): (usize, &Vec<f64>)| {
        let failed = |source| scored.failed()(BootstrapError::Tool { tool, source });
        Ok(vec![
            auroc(scores, &scored.positive).map_err(failed)?,
            average_precision(scores, &scored.positive).map_err(failed)?,
            ppv_at_n(scores, &scored.positive).map_err(failed)?,
        ])
    };
    scored.scores.iter().enumerate().map(of_tool).collect()
}

/// Every tool's means, and the first tool's lead over it.
fn tools<const K: usize>(replicates: &Replicates<K>) -> Vec<ToolFigures> {
    let tool = |tool| ToolFigures {
        means: replicates.interval(tool).to_vec(),
        differences: replicates.difference(0, tool).to_vec(),
    };
    (0..replicates.tools()).map(tool).collect()
}

/// The model with its version, then the others.
fn tool_names(model: &MhcPredictor, others: &[&str]) -> Vec<String> {
    let config = model.config();
    let own = format!("{}/{} {}", config.task, config.name, config.version);
    std::iter::once(own).chain(others.iter().map(|&tool| tool.to_owned())).collect()
}

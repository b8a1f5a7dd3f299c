//! How good a class I presentation model is, beside the tools that people use today.
//!
//! The benchmark is a folder of samples from tissues with up to six alleles (table S3 of Gfeller et
//! al. 2023, Cell Systems 14:72): eluted ligands, four random human decoys for each, and the
//! percentile rank that other tools gave each row. A peptide's score for a sample is its best over
//! the sample's alleles. Every tool's figures are computed here, on the same rows. The benchmark
//! decides nothing about a model: it is read after training only.

use crate::alleles::normal_form;
use crate::data::{DataError, read_ligands};
use crate::encoding::Peptide;
use crate::figures::{Evaluation, Figures, Part, SampleFigures, mean};
use crate::predictor::Mhc1Presentation;
use crate::recipe::Table;
use crate::rows::for_each_row;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use vaxloom_immune::metrics::{MetricError, auroc, average_precision, ppv_at_n};
use vaxloom_immune::{PredictError, Predictor};

/// The table of genotypes in a benchmark folder.
const GENOTYPES: &str = "alleles_by_file.tsv";
/// Columns of other tools, all percentile ranks.
const TOOLS: [&str; 5] =
    ["MixMHCpred2.2", "MixMHCpred2.0.2", "NetMHCpan4.1", "MHCflurry2.0", "HLAthena"];

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A table of the benchmark or of the training data cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The model failed.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// A sample has no ligands or no decoys.
    #[error("{path}: {source}")]
    Metric {
        /// The sample's file.
        path: PathBuf,
        /// What is missing.
        source: MetricError,
    },
}

/// One sample as it was published, with the model's scores as the first tool.
struct Sample {
    path: PathBuf,
    unseen: Vec<bool>,
    ligand: Vec<bool>,
    scores: Vec<Vec<f64>>,
}

/// Computes the figures. `training_tables` is the data root that the model's recipe names its
/// tables from.
pub fn evaluate(
    model: &Mhc1Presentation,
    benchmark: &Path,
    training_tables: &Path,
) -> Result<Evaluation, EvaluateError> {
    let trained = training_peptides(&model.config().training.tables, training_tables)?;
    let samples = genotypes(benchmark)?
        .iter()
        .map(|(path, alleles)| read_sample(model, path, alleles, &trained))
        .collect::<Result<Vec<_>, _>>()?;
    let own = format!("{} {}", model.model(), model.version());
    Ok(Evaluation {
        tools: std::iter::once(own).chain(TOOLS.map(str::to_owned)).collect(),
        all: part("all rows", &samples, |_, _| true)?,
        unseen: part(
            "ligands that no training table holds, all decoys",
            &samples,
            |sample, row| !sample.ligand[row] || sample.unseen[row],
        )?,
    })
}

fn training_peptides(tables: &[Table], root: &Path) -> Result<HashSet<Peptide>, DataError> {
    let mut peptides = HashSet::new();
    for table in tables {
        peptides.extend(read_ligands(root, table)?.rows.into_iter().map(|r| r.peptide));
    }
    Ok(peptides)
}

/// Sample files with their alleles in normal form.
fn genotypes(benchmark: &Path) -> Result<Vec<(PathBuf, Vec<String>)>, DataError> {
    let path = benchmark.join(GENOTYPES);
    let mut samples = Vec::new();
    for_each_row(&path, &read(&path)?, b'\t', &["Filename", "HLAs"], |line, fields| {
        let [file, alleles] = fields else {
            return Ok(());
        };
        let alleles: Option<Vec<String>> = alleles.split(',').map(normal_form).collect();
        let alleles = alleles.ok_or_else(|| DataError::Line {
            path: path.clone(),
            line,
            expected: "class I alleles such as A0201, separated by commas".to_owned(),
        })?;
        samples.push((benchmark.join(file), alleles));
        Ok(())
    })?;
    Ok(samples)
}

fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    std::fs::read(path).map_err(|source| DataError::Read { path: path.to_owned(), source })
}

fn read_sample(
    model: &Mhc1Presentation,
    path: &Path,
    alleles: &[String],
    trained: &HashSet<Peptide>,
) -> Result<Sample, EvaluateError> {
    let mut columns = vec!["Sequence", "Ligand"];
    columns.extend(TOOLS);
    let (mut peptides, mut ligand, mut unseen) = (vec![], vec![], vec![]);
    let mut scores = vec![vec![]; 1 + TOOLS.len()];
    for_each_row(path, &read(path)?, b',', &columns, |line, fields| {
        let expected = |expected: &str| DataError::Line {
            path: path.to_owned(),
            line,
            expected: expected.to_owned(),
        };
        let peptide = Peptide::parse(fields[0])
            .map_err(|e| expected(&format!("a peptide that can be scored ({e})")))?;
        peptides.push(fields[0].to_owned());
        unseen.push(!trained.contains(&peptide));
        ligand.push(match fields[1] {
            "1" => true,
            "0" => false,
            _ => return Err(expected("0 or 1 in column Ligand")),
        });
        for (rank, scores) in fields[2..].iter().zip(&mut scores[1..]) {
            let rank: f64 =
                rank.parse().map_err(|_| expected("a number in every tool's column"))?;
            // Ranks are best when low.
            scores.push(-rank);
        }
        Ok(())
    })?;
    scores[0] = best_scores(model, path, &peptides, alleles)?;
    Ok(Sample { path: path.to_owned(), unseen, ligand, scores })
}

/// Each peptide's best score over the alleles.
fn best_scores(
    model: &Mhc1Presentation,
    path: &Path,
    peptides: &[String],
    alleles: &[String],
) -> Result<Vec<f64>, EvaluateError> {
    let mut best = vec![f64::NEG_INFINITY; peptides.len()];
    for allele in alleles {
        let pairs: Vec<(&str, &str)> =
            peptides.iter().map(|p| (p.as_str(), allele.as_str())).collect();
        for (best, scored) in best.iter_mut().zip(model.predict(&pairs)?) {
            let scored = scored.map_err(|reason| DataError::Line {
                path: path.to_owned(),
                line: 1,
                expected: format!("a sample that can be scored ({reason})"),
            })?;
            *best = best.max(f64::from(scored.score));
        }
    }
    Ok(best)
}

fn part(
    title: &'static str,
    samples: &[Sample],
    keep: impl Fn(&Sample, usize) -> bool,
) -> Result<Part, EvaluateError> {
    let samples = samples
        .iter()
        .map(|sample| {
            let rows: Vec<usize> =
                (0..sample.ligand.len()).filter(|&row| keep(sample, row)).collect();
            sample_figures(sample, &rows)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mean = (0..=TOOLS.len()).map(|tool| mean(samples.iter().map(|s| s.tools[tool]))).collect();
    Ok(Part { title, samples, mean })
}

fn sample_figures(sample: &Sample, rows: &[usize]) -> Result<SampleFigures, EvaluateError> {
    let labels: Vec<bool> = rows.iter().map(|&row| sample.ligand[row]).collect();
    let figures = |scores: &Vec<f64>| {
        let scores: Vec<f64> = rows.iter().map(|&row| scores[row]).collect();
        Ok(Figures {
            auroc: auroc(&scores, &labels)?,
            average_precision: average_precision(&scores, &labels)?,
            ppv_n: ppv_at_n(&scores, &labels)?,
        })
    };
    let tools: Result<_, MetricError> = sample.scores.iter().map(figures).collect();
    let ligands = labels.iter().filter(|&&l| l).count();
    Ok(SampleFigures {
        sample: sample.path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        ligands,
        decoys: labels.len() - ligands,
        tools: tools
            .map_err(|source| EvaluateError::Metric { path: sample.path.clone(), source })?,
    })
}

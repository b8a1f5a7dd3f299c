//! Class II presentation on a table of peptides, molecules and labels. It carries no other tool's scores; the figures that
//! were published with it are shown beside.

use super::{EvaluateError, Scored, TableRows, ranked_part, tool_names, training_peptides};
use crate::data::{DataError, expected_name, read};
use crate::encoding::{Class, Peptide};
use crate::figures::Evaluation;
use crate::molecules::normal_form;
use crate::predictor::MhcPredictor;
use crate::rows::{Column, for_each_row};
use std::path::Path;
use vaxloom_immune::Predictor;

/// The rows in a benchmark folder.
pub(super) const ROWS: &str = "test_data.csv";
/// Figures of other tools in a benchmark folder: `tool:(AUROC, ..., AUPR)`.
const PUBLISHED: &str = "baseline_testset1_metrics_1000.txt";

pub(super) fn evaluate(
    model: &MhcPredictor,
    benchmark: &Path,
    training_tables: &Path,
) -> Result<Evaluation, EvaluateError> {
    let trained = training_peptides(model, training_tables, TableRows::Used)?;
    let path = benchmark.join(ROWS);
    let (mut texts, mut peptides, mut positive) = (vec![], vec![], vec![]);
    let columns = ["peptide", "HLA", "label"].map(Column::Needed);
    for_each_row(&path, &read(&path)?, b',', &columns, |line, fields| {
        let wrong = |expected: String| DataError::Line { path: path.clone(), line, expected };
        let molecule = normal_form(fields[1], Class::Two, None);
        let molecule = molecule.ok_or_else(|| wrong(expected_name(Class::Two)))?;
        peptides.push(Peptide::parse(fields[0], Class::Two).ok());
        texts.push((fields[0].to_owned(), molecule));
        positive.push(match fields[2] {
            "1" => true,
            "0" => false,
            _ => return Err(wrong("0 or 1 in column label".to_owned())),
        });
        Ok(())
    })?;
    let pairs: Vec<(&str, &str)> = texts.iter().map(|(p, m)| (p.as_str(), m.as_str())).collect();
    let scored = model.predict(&pairs)?;
    let unscored = scored.iter().filter(|scored| scored.is_err()).count();
    // A row without a score is taken as the least likely, not left out: the published figures have it.
    let score = |scored: Result<vaxloom_immune::Presentation, _>| {
        scored.map_or(-1.0, |p| f64::from(p.score))
    };
    let scores = vec![scored.into_iter().map(score).collect()];
    let name = "all".to_owned();
    let all = Scored { path, name, positive, scores };
    let unseen = all.only(|row| peptides[row].is_none_or(|peptide| !trained.contains(&peptide)));
    let title = format!("all rows, pooled ({unscored} without a score)");
    Ok(Evaluation {
        benchmark: "class-two",
        tools: tool_names(model, &[]),
        parts: vec![
            ranked_part(&title, &[all])?,
            ranked_part("peptides that no training row has, pooled", &[unseen])?,
        ],
        published: published(&benchmark.join(PUBLISHED)),
    })
}

/// The published figures as lines; none where the file is not there.
fn published(path: &Path) -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(path) else {
        return vec![];
    };
    let line = |line: &str| {
        let (tool, figures) = line.split_once(":(")?;
        let figures: Vec<&str> = figures.trim_end_matches(')').split(',').map(str::trim).collect();
        let number = |text: Option<&&str>| text?.parse::<f64>().ok();
        let (auroc, aupr) = (number(figures.first())?, number(figures.last())?);
        Some(format!("| {tool} | {auroc:.4} | {aupr:.4} |"))
    };
    let header = "### as published with the table\n\n| tool | AUROC | area under precision and recall |\n|---|---|---|";
    std::iter::once(header.to_owned()).chain(text.lines().filter_map(line)).collect()
}

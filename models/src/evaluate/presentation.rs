//! Class I presentation on samples of tissues with up to six alleles (table S3 of Gfeller et al. 2023, Cell Systems
//! 14:72): eluted ligands, four random human decoys for each, and the percentile rank that other tools gave each row. A
//! peptide's score for a sample is its best over the sample's alleles.

use super::{EvaluateError, Scored, TableRows, ranked_part, tool_names, training_peptides};
use crate::data::{DataError, read};
use crate::encoding::{Class, Peptide};
use crate::excluded::genotypes_of;
use crate::figures::Evaluation;
use crate::predictor::{MhcPredictor, Site};
use crate::rows::{Column, for_each_row};
use std::path::Path;

/// The table of genotypes in a benchmark folder.
pub(super) const GENOTYPES: &str = "alleles_by_file.tsv";
/// Columns of other tools, all percentile ranks.
const TOOLS: [&str; 5] =
    ["MixMHCpred2.2", "MixMHCpred2.0.2", "NetMHCpan4.1", "MHCflurry2.0", "HLAthena"];

pub(super) fn evaluate(
    model: &MhcPredictor,
    benchmark: &Path,
    training_tables: &Path,
) -> Result<Evaluation, EvaluateError> {
    let trained = training_peptides(model, training_tables, TableRows::Ligands)?;
    let (mut all, mut unseen) = (vec![], vec![]);
    for (path, alleles) in genotypes_of(&benchmark.join(GENOTYPES))? {
        let (sample, peptides) = read_sample(model, &path, &alleles)?;
        unseen.push(sample.only(|row| !sample.positive[row] || !trained.contains(&peptides[row])));
        all.push(sample);
    }
    Ok(Evaluation {
        benchmark: "presentation",
        tools: tool_names(model, &TOOLS),
        parts: vec![
            ranked_part("all rows", &all)?,
            ranked_part("ligands that no training table holds, all decoys", &unseen)?,
        ],
        published: vec![],
    })
}

fn read_sample(
    model: &MhcPredictor,
    path: &Path,
    alleles: &[String],
) -> Result<(Scored, Vec<Peptide>), EvaluateError> {
    let mut columns = vec![Column::Needed("Sequence"), Column::Needed("Ligand")];
    columns.extend(TOOLS.map(Column::Needed));
    let (mut texts, mut peptides, mut positive) = (vec![], vec![], vec![]);
    let mut scores = vec![vec![]; 1 + TOOLS.len()];
    for_each_row(path, &read(path)?, b',', &columns, |line, fields| {
        let expected = |expected: &str| {
            let expected = expected.to_owned();
            DataError::Line { path: path.to_owned(), line, expected }
        };
        let peptide = Peptide::parse(fields[0], Class::One)
            .map_err(|e| expected(&format!("a peptide that can be scored ({e})")))?;
        peptides.push(peptide);
        texts.push(fields[0].to_owned());
        positive.push(match fields[1] {
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
    scores[0] = best_scores(model, path, &texts, alleles)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((Scored { path: path.to_owned(), name, positive, scores }, peptides))
}

/// Each peptide's best score over the alleles.
fn best_scores(
    model: &MhcPredictor,
    path: &Path,
    peptides: &[String],
    alleles: &[String],
) -> Result<Vec<f64>, EvaluateError> {
    let sites: Vec<Site<'_>> =
        peptides.iter().map(|peptide| Site { peptide, flanks: None }).collect();
    let alleles: Vec<&str> = alleles.iter().map(String::as_str).collect();
    let mut best = vec![f64::NEG_INFINITY; peptides.len()];
    for (place, scored) in model.predict_grid(&sites, &alleles)?.into_iter().enumerate() {
        let scored = scored.map_err(|reason| DataError::Line {
            path: path.to_owned(),
            line: 2 + place / alleles.len(),
            expected: format!("a row that can be scored ({reason})"),
        })?;
        let best = &mut best[place / alleles.len()];
        *best = best.max(f64::from(scored.score));
    }
    Ok(best)
}

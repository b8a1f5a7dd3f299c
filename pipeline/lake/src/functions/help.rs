//! `class_two_help(...)`: a class II peptide over the same change.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, Fields, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use serde::Serialize;
use vaxloom_immune::Predictor;
use vaxloom_immune::features::help::{Span, class_two_help as best};
use vaxloom_immune::hla::HlaAllele;
use vaxloom_immune::molecule::ClassTwoMolecule;

use super::documented::{Doc, documented};
use super::{external, function, structs, text, text_at, texts};

const CLASS_TWO_HELP: Doc = Doc {
    description: "The class II peptide of 15 residues that helps a class I peptide best: it holds a changed residue of the mutant protein, shares residues with the class I peptide, and has the lowest percentile rank under 10 for one of the molecules that the alleles form: peptide, allele, percentile, overlap (residues in common). Places are 1-based in the mutant protein. NULL where there is none.",
    syntax: "class_two_help(mutant_protein, change_start, change_end, peptide_start, peptide_end, alleles)",
};

/// Residues of a class II window: the length that most ligands have.
const LENGTH: usize = 15;

/// Percentile rank under which a class II peptide is taken for a binder, as in NetMHCIIpan (Reynisson et al. 2020).
const BINDER: f64 = 10.0;

#[derive(Debug, thiserror::Error)]
#[error("class_two_help needs a predictor of class II presentation; vaxloom run has one")]
struct NoPredictor;

#[derive(Default, Serialize)]
struct Helper {
    peptide: String,
    allele: String,
    percentile: f64,
    overlap: i32,
}

/// What one row asks.
struct Asked<'a> {
    class_one: Span,
    change: Span,
    windows: Vec<(Span, &'a str)>,
    molecules: Vec<String>,
}

pub(super) fn class_two_help(predictor: Option<&Arc<dyn Predictor>>) -> ScalarUDF {
    let predictor = predictor.cloned();
    let fields = Fields::from(vec![
        Field::new("peptide", DataType::Utf8, true),
        Field::new("allele", DataType::Utf8, true),
        Field::new("percentile", DataType::Float64, true),
        Field::new("overlap", DataType::Int32, true),
    ]);
    let returns = DataType::Struct(fields.clone());
    let mut types = vec![DataType::Utf8];
    types.extend(std::iter::repeat_n(DataType::Int64, 4));
    types.push(DataType::new_list(DataType::Utf8, true));
    let help = function("class_two_help", types, returns, move |arguments| {
        let predictor = predictor.as_ref().ok_or_else(|| external(NoPredictor))?;
        let molecules = |row: usize| {
            let list = arguments[5].as_list::<i32>();
            let alleles = if list.is_valid(row) { texts(&list.value(row)) } else { Vec::new() };
            known_molecules(predictor, &alleles)
        };
        let rows: Vec<Option<Asked<'_>>> =
            (0..arguments[0].len()).map(|row| asked(arguments, row, molecules(row))).collect();
        let ranks = ranks(predictor, &rows)?;
        structs(&fields, rows.iter().map(|row| helper(row.as_ref()?, &ranks)).collect())
    });
    documented(help, &CLASS_TWO_HELP)
}

/// Those of the genotype's molecules that the predictor knows. A molecule that it does not know gives no help that could be
/// told.
pub(super) fn known_molecules(predictor: &Arc<dyn Predictor>, alleles: &[String]) -> Vec<String> {
    let alleles: Vec<HlaAllele> =
        alleles.iter().filter_map(|allele| HlaAllele::parse(allele).ok()).collect();
    let molecules = ClassTwoMolecule::of_genotype(&alleles).into_iter();
    let names = molecules.map(|molecule| molecule.to_string());
    names.filter(|name| predictor.resolve(name).is_ok()).collect()
}

fn asked(arguments: &[ArrayRef], row: usize, molecules: Vec<String>) -> Option<Asked<'_>> {
    let place = |at: usize| {
        let numbers = arguments[at].as_primitive::<Int64Type>();
        numbers.is_valid(row).then(|| usize::try_from(numbers.value(row)).ok())?
    };
    let protein = text_at(text(arguments, 0), row).filter(|protein| protein.is_ascii())?;
    let change = Span { start: place(1)?, end: place(2)? };
    let class_one = Span { start: place(3)?, end: place(4)? };
    let first = change.start.max(class_one.start).saturating_sub(LENGTH - 1).max(1);
    let last = change.end.min(class_one.end).max(first);
    let window = |start: usize| {
        let span = Span { start, end: start + LENGTH - 1 };
        Some((span, protein.get(start - 1..span.end)?))
    };
    Some(Asked {
        class_one,
        change,
        windows: (first..=last).filter_map(window).collect(),
        molecules,
    })
}

/// The rank of every pair that is asked for, each predicted once.
fn ranks<'a>(
    predictor: &Arc<dyn Predictor>,
    rows: &'a [Option<Asked<'a>>],
) -> Result<HashMap<(&'a str, &'a str), f64>> {
    let mut pairs: Vec<(&str, &str)> = rows
        .iter()
        .flatten()
        .flat_map(|row| row.windows.iter().map(move |(_, window)| (row, *window)))
        .flat_map(|(row, window)| row.molecules.iter().map(move |name| (window, name.as_str())))
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let answers = predictor.predict(&pairs).map_err(external)?;
    // A residue that the model does not know has no rank.
    let known = pairs.into_iter().zip(answers);
    Ok(known
        .filter_map(|(pair, answer)| Some((pair, f64::from(answer.ok()?.percentile))))
        .collect())
}

fn helper(row: &Asked<'_>, ranks: &HashMap<(&str, &str), f64>) -> Option<Helper> {
    let mut all: Vec<(&str, &str)> = Vec::new();
    let mut peptides: Vec<(Span, f64)> = Vec::new();
    for (span, window) in &row.windows {
        for name in &row.molecules {
            if let Some(&rank) = ranks.get(&(*window, name.as_str())) {
                all.push((*window, name));
                peptides.push((*span, rank));
            }
        }
    }
    let found = best(row.class_one, row.change, &peptides, BINDER)?;
    let (peptide, allele) = all[found.peptide];
    Some(Helper {
        peptide: peptide.to_owned(),
        allele: allele.to_owned(),
        percentile: found.percentile,
        overlap: found.overlap as i32,
    })
}

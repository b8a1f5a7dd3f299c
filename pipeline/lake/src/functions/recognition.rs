//! How like a peptide is to known epitopes, and how unlike to the normal proteome.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, Float64Array};
use arrow::datatypes::{DataType, Field, Fields, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use rayon::prelude::*;
use serde::Serialize;
use vaxloom_genome::Proteome;
use vaxloom_immune::features::recognition;

use super::documented::{Doc, documented};
use super::proteome::given;
use super::{external, function, structs, text};
use crate::session::Resources;

const FOREIGNNESS: Doc = Doc {
    description: "How like a peptide is to epitopes that T cells are known to answer, 0 to 1 (Łuksza et al. 2017), over the epitopes that were given (vaxloom run --epitopes).",
    syntax: "foreignness(peptide)",
};

const DISSIMILARITY: Doc = Doc {
    description: "How unlike a peptide is to every protein of the proteome that was given (vaxloom sql --proteome), 0 to 1 (Richman et al. 2019).",
    syntax: "dissimilarity(peptide)",
};

const NEAREST_SELF: Doc = Doc {
    description: "The peptide of the proteome that was given (vaxloom sql --proteome) from which a peptide differs in the fewest residues, three at the most: peptide, gene, mismatches. NULL where all differ more.",
    syntax: "nearest_self(peptide)",
};

const SELF_MATCH: Doc = Doc {
    description: "Whether eight residues in a row of a peptide, changed ones (change_start to change_end, 1-based) among them, occur in the proteome that was given (vaxloom sql --proteome): T cells that would answer may know it as self.",
    syntax: "self_match(peptide, change_start, change_end)",
};

/// Residues of a stretch that a match needs: pVACseq's for class I.
const STRETCH: usize = 8;

/// Differences beyond which a peptide of the proteome is no neighbour.
const MISMATCHES: usize = 3;

#[derive(Debug, thiserror::Error)]
#[error("foreignness needs known epitopes; give them, as in: vaxloom run --epitopes epitopes.txt")]
struct NoEpitopes;

/// `foreignness`, `dissimilarity`, `nearest_self`, `self_match`.
pub(super) fn functions(resources: &Resources) -> Vec<ScalarUDF> {
    let proteome = resources.proteome.as_ref();
    vec![
        documented(foreignness(resources.epitopes.clone()), &FOREIGNNESS),
        documented(dissimilarity(proteome.cloned()), &DISSIMILARITY),
        documented(nearest_self(proteome.cloned()), &NEAREST_SELF),
        documented(self_match(proteome.cloned()), &SELF_MATCH),
    ]
}

fn foreignness(epitopes: Option<Arc<Vec<String>>>) -> ScalarUDF {
    likeness("foreignness", move |peptides| {
        let epitopes = epitopes.as_ref().ok_or_else(|| external(NoEpitopes))?;
        let of =
            |peptide: &str| recognition::foreignness(peptide, epitopes.iter().map(String::as_str));
        Ok(peptides.par_iter().map(|peptide| peptide.map(of)).collect())
    })
}

fn dissimilarity(proteome: Option<Arc<Proteome>>) -> ScalarUDF {
    let name = "dissimilarity";
    likeness(name, move |peptides| {
        let proteome = given(proteome.as_ref(), name)?;
        let of = |peptide: &str| recognition::dissimilarity(peptide, proteome.sequences());
        Ok(peptides.par_iter().map(|peptide| peptide.map(of)).collect())
    })
}

/// A number of each peptide.
fn likeness(
    name: &str,
    numbers: impl Fn(&[Option<&str>]) -> Result<Vec<Option<f64>>> + Send + Sync + 'static,
) -> ScalarUDF {
    function(name, vec![DataType::Utf8], DataType::Float64, move |arguments| {
        let peptides: Vec<Option<&str>> = text(arguments, 0).iter().collect();
        Ok(Arc::new(Float64Array::from(numbers(&peptides)?)))
    })
}

#[derive(Default, Serialize)]
struct Nearest {
    peptide: String,
    gene: Option<String>,
    mismatches: i32,
}

fn nearest_self(proteome: Option<Arc<Proteome>>) -> ScalarUDF {
    let name = "nearest_self";
    let fields = Fields::from(vec![
        Field::new("peptide", DataType::Utf8, true),
        Field::new("gene", DataType::Utf8, true),
        Field::new("mismatches", DataType::Int32, true),
    ]);
    let returns = DataType::Struct(fields.clone());
    function(name, vec![DataType::Utf8], returns, move |arguments| {
        let proteome = given(proteome.as_ref(), name)?;
        let nearest = |peptide: &str| {
            // The fewest mismatches are looked for first: a near one is found much sooner.
            let found = (0..=MISMATCHES)
                .find_map(|most| proteome.nearest(peptide, most).into_iter().next())?;
            Some(Nearest {
                peptide: found.residues.to_owned(),
                gene: found.occurrence.gene.map(str::to_owned),
                mismatches: found.mismatches as i32,
            })
        };
        let peptides: Vec<Option<&str>> = text(arguments, 0).iter().collect();
        structs(&fields, peptides.par_iter().map(|peptide| peptide.and_then(nearest)).collect())
    })
}

fn self_match(proteome: Option<Arc<Proteome>>) -> ScalarUDF {
    let name = "self_match";
    let types = vec![DataType::Utf8, DataType::Int64, DataType::Int64];
    function(name, types, DataType::Boolean, move |arguments| {
        let proteome = given(proteome.as_ref(), name)?;
        let [starts, ends] = [1, 2].map(|at: usize| arguments[at].as_primitive::<Int64Type>());
        let matches = |row: usize, peptide: &str| -> Option<bool> {
            let place = |number: i64| usize::try_from(number).ok();
            let [start, end] = [place(starts.value(row))?, place(ends.value(row))?];
            // From the first stretch that reaches the change to the last that still holds a residue of it.
            let first = start.saturating_sub(STRETCH);
            let mut stretches = (first..end).filter_map(|at| peptide.get(at..at + STRETCH));
            Some(stretches.any(|stretch| proteome.contains(stretch)))
        };
        let peptides = text(arguments, 0);
        let known =
            |row: usize| peptides.is_valid(row) && starts.is_valid(row) && ends.is_valid(row);
        let answers = (0..peptides.len())
            .map(|row| known(row).then(|| matches(row, peptides.value(row))).flatten());
        Ok(Arc::new(answers.collect::<BooleanArray>()))
    })
}

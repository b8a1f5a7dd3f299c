//! What the proteins of a normal cell have as well.

use std::sync::Arc;

use arrow::array::BooleanArray;
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use serde::Serialize;
use vaxloom_genome::Proteome;

use super::documented::{Doc, documented};
use super::{external, function, lists, text};

const IN_PROTEOME: Doc = Doc {
    description: "Whether the peptide occurs in a protein of the proteome that was given (vaxloom sql --proteome), at any length. Letters are compared as they are: I is not L, and X only matches X.",
    syntax: "in_proteome(peptide)",
};

const OCCURRENCES: Doc = Doc {
    description: "Where the peptide occurs in the proteome that was given (vaxloom sql --proteome): protein, gene, and the 1-based place of its first residue, for each name of each protein.",
    syntax: "proteome_occurrences(peptide)",
};

#[derive(Debug, thiserror::Error)]
#[error(
    "{function} needs a proteome; give one, as in: vaxloom sql --proteome proteins.fa.gz \"SELECT ...\""
)]
struct NoProteome {
    function: &'static str,
}

/// `in_proteome`, `proteome_occurrences`; without a proteome, calling one is an error.
pub(super) fn functions(proteome: Option<&Arc<Proteome>>) -> Vec<ScalarUDF> {
    vec![in_proteome(proteome.cloned()), occurrences(proteome.cloned())]
}

fn in_proteome(proteome: Option<Arc<Proteome>>) -> ScalarUDF {
    let name = "in_proteome";
    let found = function(name, vec![DataType::Utf8], DataType::Boolean, move |arguments| {
        let proteome = given(proteome.as_ref(), name)?;
        let peptides = text(arguments, 0);
        let known: Vec<&str> = peptides.iter().flatten().collect();
        let mut found = proteome.contains_all(&known).into_iter();
        let answers = peptides.iter().map(|peptide| peptide.and_then(|_| found.next()));
        Ok(Arc::new(answers.collect::<BooleanArray>()))
    });
    documented(found, &IN_PROTEOME)
}

/// A place in a protein.
#[derive(Serialize)]
struct Occurrence<'a> {
    protein: &'a str,
    gene: Option<&'a str>,
    start: u32,
}

fn occurrences(proteome: Option<Arc<Proteome>>) -> ScalarUDF {
    let name = "proteome_occurrences";
    let fields = Fields::from(vec![
        Field::new("protein", DataType::Utf8, false),
        Field::new("gene", DataType::Utf8, true),
        Field::new("start", DataType::Int64, false),
    ]);
    let returns = vaxloom_tables::struct_type(&fields);
    let places = function(name, vec![DataType::Utf8], returns, move |arguments| {
        let proteome = given(proteome.as_ref(), name)?;
        let places = |peptide: &str| -> Vec<_> {
            let all = proteome.occurrences(peptide);
            all.map(|o| Occurrence { protein: o.protein, gene: o.gene, start: o.start }).collect()
        };
        let peptides = text(arguments, 0);
        let rows: Vec<_> = peptides.iter().map(|p| p.map_or_else(Vec::new, places)).collect();
        lists(&fields, &rows)
    });
    documented(places, &OCCURRENCES)
}

pub(super) fn given<'p>(
    proteome: Option<&'p Arc<Proteome>>,
    function: &'static str,
) -> Result<&'p Proteome> {
    proteome.map(AsRef::as_ref).ok_or_else(|| external(NoProteome { function }))
}

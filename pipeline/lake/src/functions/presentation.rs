//! `mhc1_presentation(peptide, allele)` and its kin.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float32Array, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use vaxloom_immune::{Predictor, Presentation, Unscorable};

use super::documented::{Doc, documented};
use super::{external, function, text, text_at};

const PRESENTATION: Doc = Doc {
    description: "How likely a peptide is presented by a class I allele, 0 to 1. NULL where the model cannot score the peptide (its length, an unknown residue); an allele that does not exist is an error.",
    syntax: "mhc1_presentation(peptide, allele)",
};

const PERCENTILE: Doc = Doc {
    description: "The percentile rank of the presentation score among random human peptides for the allele, 0 to 100; lower is stronger.",
    syntax: "mhc1_presentation_percentile(peptide, allele)",
};

const AFFINITY: Doc = Doc {
    description: "The predicted IC50 of a peptide and a class I allele in nM; lower is stronger.",
    syntax: "mhc1_affinity(peptide, allele)",
};

const AFFINITY_PERCENTILE: Doc = Doc {
    description: "The percentile rank of the affinity among random human peptides for the allele, 0 to 100; lower is stronger.",
    syntax: "mhc1_affinity_percentile(peptide, allele)",
};

const WHOLE: Doc = Doc {
    description: "Score, percentile, affinity_nm, affinity_percentile and scored_as, the allele whose pseudo-sequence was used: all that is predicted of a peptide and a class I allele, scored once.",
    syntax: "mhc1_presentation_of(peptide, allele)",
};

/// `mhc1_presentation`, `mhc1_presentation_percentile`, `mhc1_affinity`, `mhc1_affinity_percentile`, `mhc1_presentation_of`.
///
/// An allele that does not exist is an error, since nobody asks for one on purpose.
pub(super) fn functions(predictor: &Arc<dyn Predictor>) -> Vec<ScalarUDF> {
    let pair = || vec![DataType::Utf8, DataType::Utf8];
    let number = |name: &str, pick: Pick, doc: &Doc| {
        let predictor = Arc::clone(predictor);
        let scored = function(name, pair(), DataType::Float32, move |arguments| {
            let scores = score(&predictor, text(arguments, 0), text(arguments, 1))?;
            Ok(numbers(&scores, pick))
        });
        documented(scored, doc)
    };
    let predictor = Arc::clone(predictor);
    let whole = DataType::Struct(fields());
    let whole = function("mhc1_presentation_of", pair(), whole, move |arguments| {
        structs(&score(&predictor, text(arguments, 0), text(arguments, 1))?)
    });
    vec![
        number("mhc1_presentation", |p| Some(p.score), &PRESENTATION),
        number("mhc1_presentation_percentile", |p| Some(p.percentile), &PERCENTILE),
        number("mhc1_affinity", affinity, &AFFINITY),
        number("mhc1_affinity_percentile", affinity_percentile, &AFFINITY_PERCENTILE),
        documented(whole, &WHOLE),
    ]
}

/// A number of a pair; `None` where the model does not predict it.
type Pick = fn(&Presentation) -> Option<f32>;

fn affinity(presentation: &Presentation) -> Option<f32> {
    presentation.affinity.map(|affinity| affinity.nanomolar)
}

fn affinity_percentile(presentation: &Presentation) -> Option<f32> {
    presentation.affinity.map(|affinity| affinity.percentile)
}

fn numbers(scores: &[Option<Scored>], pick: Pick) -> ArrayRef {
    let numbers = scores.iter().map(|s| s.as_ref().and_then(|s| pick(&s.presentation)));
    Arc::new(numbers.collect::<Float32Array>())
}

struct Scored {
    presentation: Presentation,
    scored_as: Arc<str>,
}

fn score(
    predictor: &Arc<dyn Predictor>,
    peptides: &StringArray,
    alleles: &StringArray,
) -> Result<Vec<Option<Scored>>> {
    let rows = peptides.len();
    let asked = |row| Some((row, text_at(peptides, row)?, text_at(alleles, row)?));
    let asked: Vec<(usize, &str, &str)> = (0..rows).filter_map(asked).collect();
    // Few alleles are asked for, each many times.
    let mut known: HashMap<&str, Allele> = HashMap::new();
    for (_, _, allele) in &asked {
        if !known.contains_key(allele) {
            known.insert(allele, Allele::of(predictor, allele)?);
        }
    }
    let pairs: Vec<(&str, &str)> =
        asked.iter().map(|(_, peptide, allele)| (*peptide, known[allele].name.as_str())).collect();
    let mut scores: Vec<Option<Scored>> = (0..rows).map(|_| None).collect();
    let answers = predictor.predict(&pairs).map_err(external)?;
    for ((row, _, allele), answer) in asked.iter().zip(answers) {
        scores[*row] = match answer {
            Ok(presentation) => {
                Some(Scored { presentation, scored_as: Arc::clone(&known[allele].scored_as) })
            }
            Err(unknown @ Unscorable::Allele { .. }) => return Err(external(unknown)),
            Err(Unscorable::Length { .. } | Unscorable::Residue { .. }) => None,
        };
    }
    Ok(scores)
}

/// An allele as it is asked for: `A0201` and `HLA-A*02:01:01` are as often as the normal form.
struct Allele {
    name: String,
    scored_as: Arc<str>,
}

impl Allele {
    fn of(predictor: &Arc<dyn Predictor>, asked: &str) -> Result<Self> {
        let name = vaxloom_immune::hla::HlaAllele::parse(asked).map_err(external)?.two_field();
        let scored_as = predictor.resolve(&name).map_err(external)?.scored_as.into();
        Ok(Self { name, scored_as })
    }
}

fn fields() -> Fields {
    Fields::from(vec![
        Field::new("score", DataType::Float32, true),
        Field::new("percentile", DataType::Float32, true),
        Field::new("spread", DataType::Float32, true),
        Field::new("affinity_nm", DataType::Float32, true),
        Field::new("affinity_percentile", DataType::Float32, true),
        Field::new("scored_as", DataType::Utf8, true),
    ])
}

fn structs(scores: &[Option<Scored>]) -> Result<ArrayRef> {
    let alleles = scores.iter().map(|s| s.as_ref().map(|s| &*s.scored_as));
    let columns: Vec<ArrayRef> = vec![
        numbers(scores, |p| Some(p.score)),
        numbers(scores, |p| Some(p.percentile)),
        numbers(scores, |p| p.spread),
        numbers(scores, affinity),
        numbers(scores, affinity_percentile),
        Arc::new(alleles.collect::<StringArray>()),
    ];
    Ok(Arc::new(StructArray::try_new(fields(), columns, None)?))
}

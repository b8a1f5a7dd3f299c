//! `mhc1_presentation(peptide, allele)` and its kin.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float32Array, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use vaxloom_immune::{Predictor, Presentation, Unscorable};

use super::{external, function, text, text_at};

/// - `mhc1_presentation(peptide, allele)`: score, 0 to 1;
/// - `mhc1_presentation_percentile(peptide, allele)`: percentile rank, 0 to 100, lower is stronger;
/// - `mhc1_affinity(peptide, allele)`: predicted IC50 in nM, lower is stronger;
/// - `mhc1_affinity_percentile(peptide, allele)`: its percentile rank, 0 to 100, lower is stronger;
/// - `mhc1_presentation_of(peptide, allele)`: all of them, and the allele that was scored.
///
/// A peptide that the model cannot score (its length, an unknown residue) gives NULL. An allele that
/// does not exist is an error, since nobody asks for one on purpose.
pub(super) fn functions(predictor: &Arc<dyn Predictor>) -> Vec<ScalarUDF> {
    let pair = || vec![DataType::Utf8, DataType::Utf8];
    let number = |name: &str, pick: Pick| {
        let predictor = Arc::clone(predictor);
        function(name, pair(), DataType::Float32, move |arguments| {
            let scores = score(&predictor, text(arguments, 0), text(arguments, 1))?;
            Ok(numbers(&scores, pick))
        })
    };
    let whole = Arc::clone(predictor);
    vec![
        number("mhc1_presentation", |p| Some(p.score)),
        number("mhc1_presentation_percentile", |p| Some(p.percentile)),
        number("mhc1_affinity", affinity),
        number("mhc1_affinity_percentile", affinity_percentile),
        function("mhc1_presentation_of", pair(), DataType::Struct(fields()), move |arguments| {
            structs(&score(&whole, text(arguments, 0), text(arguments, 1))?)
        }),
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
    scored_as: String,
}

fn score(
    predictor: &Arc<dyn Predictor>,
    peptides: &StringArray,
    alleles: &StringArray,
) -> Result<Vec<Option<Scored>>> {
    let rows = peptides.len();
    let (mut places, mut pairs) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    for row in 0..rows {
        if let (Some(peptide), Some(allele)) = (text_at(peptides, row), text_at(alleles, row)) {
            places.push(row);
            pairs.push((peptide, normal(allele)?));
        }
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(p, a)| (*p, a.as_str())).collect();
    let mut scores: Vec<Option<Scored>> = (0..rows).map(|_| None).collect();
    let answers = predictor.predict(&pairs).map_err(external)?;
    for ((row, (_, allele)), answer) in places.into_iter().zip(&pairs).zip(answers) {
        scores[row] = match answer {
            Ok(presentation) => {
                let scored_as = predictor.resolve(allele).map_err(external)?.scored_as;
                Some(Scored { presentation, scored_as })
            }
            Err(unknown @ Unscorable::Allele { .. }) => return Err(external(unknown)),
            Err(Unscorable::Length { .. } | Unscorable::Residue { .. }) => None,
        };
    }
    Ok(scores)
}

/// `A0201` and `HLA-A*02:01:01` are asked for as often as the normal form.
fn normal(allele: &str) -> Result<String> {
    Ok(vaxloom_immune::hla::HlaAllele::parse(allele).map_err(external)?.two_field())
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
    let alleles = scores.iter().map(|s| s.as_ref().map(|s| s.scored_as.as_str()));
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

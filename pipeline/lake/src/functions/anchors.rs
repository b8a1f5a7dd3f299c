//! `predicted_anchors(...)`: which positions an allele holds a peptide by.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Field, Fields, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use serde::Serialize;
use vaxloom_immune::Predictor;
use vaxloom_immune::features::anchors::{AnchorError, anchor_weights, heaviest};

use super::documented::{Doc, documented};
use super::{external, function, structs, text, text_at};

const PREDICTED_ANCHORS: Doc = Doc {
    description: "The positions by which an allele holds a peptide: every residue is changed to every other, and the positions whose changes move the predicted percentile rank most, up to half of all that is moved, are its anchors: positions ('2,9', 1-based) and whether all changed residues (change_start to change_end) are among them. NULL for what the model cannot score.",
    syntax: "predicted_anchors(peptide, allele, change_start, change_end)",
};

/// Share of the weights that anchors have together. pVACseq takes 0.8 of weights that it makes less even before.
const SHARE: f64 = 0.5;

#[derive(Default, Serialize)]
struct Anchors {
    positions: String,
    holds_change: bool,
}

pub(super) fn predicted_anchors(predictor: &Arc<dyn Predictor>) -> ScalarUDF {
    let predictor = Arc::clone(predictor);
    let fields = Fields::from(vec![
        Field::new("positions", DataType::Utf8, true),
        Field::new("holds_change", DataType::Boolean, true),
    ]);
    let returns = DataType::Struct(fields.clone());
    let types = vec![DataType::Utf8, DataType::Utf8, DataType::Int64, DataType::Int64];
    let anchors = function("predicted_anchors", types, returns, move |arguments| {
        let [starts, ends] = [2, 3].map(|at: usize| arguments[at].as_primitive::<Int64Type>());
        let row = |row: usize| -> Result<Option<Anchors>> {
            let (peptide, allele) =
                (text_at(text(arguments, 0), row), text_at(text(arguments, 1), row));
            let (Some(peptide), Some(allele)) = (peptide, allele) else { return Ok(None) };
            let weights = match anchor_weights(predictor.as_ref(), allele, &[peptide]) {
                Ok(weights) => weights,
                Err(AnchorError::Predictor(error)) => return Err(external(error)),
                Err(_) => return Ok(None),
            };
            let positions = heaviest(&weights, SHARE);
            let changed = starts.value(row)..=ends.value(row);
            let known = starts.is_valid(row) && ends.is_valid(row);
            let held = |place: i64| positions.iter().any(|&position| position as i64 == place);
            let texts: Vec<String> = positions.iter().map(ToString::to_string).collect();
            let holds_change = known && changed.into_iter().all(held);
            Ok(Some(Anchors { positions: texts.join(","), holds_change }))
        };
        structs(&fields, (0..arguments[0].len()).map(row).collect::<Result<_>>()?)
    });
    documented(anchors, &PREDICTED_ANCHORS)
}

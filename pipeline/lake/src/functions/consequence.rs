//! `consequence(chrom, pos, ref, alt)`: what one allele alone does to each transcript of a reference.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::ScalarUDF;
use vaxloom_genome::Consequence;
use vaxloom_genome::annotate::{AloneError, alone};
use vaxloom_genome::reference::Reference;

use super::documented::{Doc, documented};
use super::{Answer, consequence_fields, external, function, lists, text, text_at};

const CONSEQUENCE: Doc = Doc {
    description: "What one allele, as a VCF spells it, does to each transcript of the reference that was given (vaxloom sql --reference), with no other variant beside it: the columns of the table consequence, or rule, message and remedy where the allele does not fit the reference.",
    syntax: "consequence(chrom, pos, ref, alt)",
};

#[derive(Debug, thiserror::Error)]
#[error(
    "consequence needs a reference; give one that vaxloom reference build made, as in: vaxloom sql --reference DIR \"SELECT ...\""
)]
struct NoReference;

/// Without a reference, calling it is an error.
pub(super) fn consequence(reference: Option<&Arc<Reference>>) -> ScalarUDF {
    let reference = reference.cloned();
    let fields = consequence_fields();
    let returns = vaxloom_tables::struct_type(&fields);
    let types = vec![DataType::Utf8, DataType::Int64, DataType::Utf8, DataType::Utf8];
    let told = function("consequence", types, returns, move |arguments| {
        let reference = reference.as_deref().ok_or_else(|| external(NoReference))?;
        let positions = arguments[1].as_primitive::<Int64Type>();
        let of_row = |row: usize| -> Result<Vec<_>, DataFusionError> {
            let [chrom, before, after] = [0, 2, 3].map(|at| text_at(text(arguments, at), row));
            let pos = positions.is_valid(row).then(|| positions.value(row));
            let (Some(chrom), Some(pos), Some(before), Some(after)) = (chrom, pos, before, after)
            else {
                return Ok(Vec::new());
            };
            answers(alone(reference, chrom, pos, before, after))
        };
        let rows = (0..positions.len()).map(of_row).collect::<Result<Vec<_>, _>>()?;
        lists(&fields, &rows)
    });
    documented(told, &CONSEQUENCE)
}

/// An allele that does not fit the reference is refused alone; a reference that cannot be read ends the query.
fn answers(
    told: Result<Vec<Consequence<'static>>, AloneError>,
) -> Result<Vec<Answer<Consequence<'static>>>, DataFusionError> {
    match told {
        Ok(consequences) => Ok(consequences.into_iter().map(Answer::row).collect()),
        Err(error @ AloneError::Sequence { .. }) => Err(external(error)),
        Err(AloneError::Misplaced { message, remedy, .. }) => {
            Ok(vec![Answer::refused("consequence.reference", message, remedy)])
        }
        Err(AloneError::Alleles { .. }) => Ok(vec![Answer::refused(
            "consequence.alleles",
            "an allele has other letters than A, C, G, T and N".to_owned(),
            "give both as in a VCF, indels with the base before them",
        )]),
    }
}

//! What a variant does, computed from a reference.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::logical_expr::ScalarUDF;
use vaxloom_genome::annotate;
use vaxloom_genome::reference::Reference;

use super::documented::{Doc, documented};
use super::{answer_fields, external, function, lists, text, text_at};

const CONSEQUENCE: Doc = Doc {
    description: "What every transcript of the reference that was given (vaxloom sql --reference) makes of one allele by itself, written as in a VCF: a list with the columns of the table consequence; one row says intergenic_variant where there is no transcript.",
    syntax: "consequence(chrom, pos, ref, alt)",
};

#[derive(Debug, thiserror::Error)]
#[error(
    "consequence needs a reference; build one (vaxloom reference build) and give it, as in: vaxloom sql --reference grch38 \"SELECT ...\""
)]
struct NoReference;

/// `consequence`; without a reference, calling it is an error.
pub(super) fn consequence(reference: Option<Arc<Reference>>) -> ScalarUDF {
    let elsewhere = ["patient_id", "sample_id", "variant_id", "chosen", "run_id"];
    let fields = answer_fields("consequence", &elsewhere, false);
    let returns = vaxloom_tables::struct_type(&fields);
    let types = vec![DataType::Utf8, DataType::Int64, DataType::Utf8, DataType::Utf8];
    let told = function("consequence", types, returns, move |arguments| {
        let reference = reference.as_ref().ok_or_else(|| external(NoReference))?;
        let positions = arguments[1].as_primitive::<Int64Type>();
        let rows = (0..positions.len()).map(|row| {
            let value = |place| text_at(text(arguments, place), row);
            match (value(0), positions.is_valid(row), value(2), value(3)) {
                (Some(chrom), true, Some(old), Some(new)) => {
                    annotate::alone(reference, chrom, positions.value(row), old, new)
                        .map_err(external)
                }
                _ => Ok(Vec::new()),
            }
        });
        lists(&fields, &rows.collect::<Result<Vec<_>, _>>()?)
    });
    documented(told, &CONSEQUENCE)
}

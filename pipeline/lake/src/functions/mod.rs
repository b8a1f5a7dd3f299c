//! The science as SQL functions: scalar functions over Arrow arrays, `UNNEST` for one-to-many.

mod anchors;
mod consequence;
mod construct;
mod documented;
mod features;
mod fold;
mod help;
mod hla;
mod machinery;
pub(crate) mod presentation;
mod proteome;
mod recognition;
mod response;
mod sequence;
mod variants;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use vaxloom_immune::Predictor;

use crate::session::Resources;

/// Every function of vaxloom but those of [`Resources`]; those that score do so with `predictor`.
pub(crate) fn all(predictor: &Arc<dyn Predictor>) -> Vec<ScalarUDF> {
    let mut functions = variants::functions();
    functions.extend(presentation::functions(predictor));
    functions.push(hla::normalize(predictor));
    functions.push(construct::construct_elements());
    functions.push(anchors::predicted_anchors(predictor));
    functions.extend(sequence::functions());
    functions.extend(fold::functions());
    functions.extend(features::functions());
    functions.push(machinery::presentation_machinery());
    functions.push(response::t_cell_response());
    functions
}

/// The functions that ask for more than the predictor of class I; where what they ask is missing, calling one is an error, or
/// (`design_constructs`) goes without it.
pub(crate) fn of_resources(
    predictor: &Arc<dyn Predictor>,
    resources: &Resources,
) -> Vec<ScalarUDF> {
    let mut functions = proteome::functions(resources.proteome.as_ref());
    functions.push(consequence::consequence(resources.reference.as_ref()));
    functions.extend(recognition::functions(resources));
    functions.push(construct::design_constructs(predictor, resources));
    functions.push(help::class_two_help(resources.class_two.as_ref()));
    functions
}

/// How many rows of a function are worth a task elsewhere, some seconds of work; none of those that are cheap. What is asked of a
/// patient as a whole is worth more a row than what is asked of a mutation, and that more than a peptide.
pub(crate) fn rows_a_task(function: &str) -> Option<usize> {
    match function {
        "design_constructs" => Some(2),
        "peptides_in_proteins" => Some(8),
        "class_two_help" | "dissimilarity" | "foreignness" | "nearest_self"
        | "predicted_anchors" => Some(50),
        "self_match" => Some(500),
        "mhc1_presentation_of" => Some(10_000),
        "in_proteome" => Some(100_000),
        _ => None,
    }
}

/// A function of its arguments alone. `body` gets them as arrays of one length and answers with one
/// array of that length.
fn function(
    name: &str,
    arguments: Vec<DataType>,
    returns: DataType,
    body: impl Fn(&[ArrayRef]) -> Result<ArrayRef> + Send + Sync + 'static,
) -> ScalarUDF {
    let implementation = move |arguments: &[ColumnarValue]| {
        let constant = arguments.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let result = body(&ColumnarValue::values_to_arrays(arguments)?)?;
        Ok(if constant {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?)
        } else {
            ColumnarValue::Array(result)
        })
    };
    create_udf(name, arguments, returns, Volatility::Immutable, Arc::new(implementation))
}

/// An argument of text, by its place.
fn text(arguments: &[ArrayRef], place: usize) -> &StringArray {
    arguments[place].as_string::<i32>()
}

/// The text of a row, or none where it is missing.
fn text_at(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

/// The texts of a list.
fn texts(list: &ArrayRef) -> Vec<String> {
    list.as_string::<i32>().iter().flatten().map(str::to_owned).collect()
}

/// Columns of a schema file as the fields of a function's answer, and what it says of a row that it
/// refuses: either may be missing.
///
/// # Panics
/// If there is no such schema file: the files are compiled in, and every function names its own.
#[allow(clippy::panic, reason = "the schema files are compiled in")]
fn answer_fields(table: &str, without: &[&str], refuses: bool) -> Fields {
    let Some(table) = vaxloom_tables::table(table) else {
        panic!("no schema file for table {table}")
    };
    let columns = table.columns.iter().filter(|c| !without.contains(&c.name.as_str()));
    let columns = columns.map(|c| Field::new(&c.name, c.data_type.clone(), true));
    let refusal = ["rule", "message", "remedy"].map(|name| Field::new(name, DataType::Utf8, true));
    columns.chain(refusal.into_iter().filter(|_| refuses)).collect()
}

/// What is told of a variant's effect on a transcript, or why nothing is.
pub(crate) fn consequence_fields() -> Fields {
    let elsewhere = ["patient_id", "sample_id", "variant_id", "chosen", "run_id"];
    answer_fields("consequence", &elsewhere, true)
}

/// An answer, or why there is none; the fields of both side by side.
#[derive(serde::Serialize)]
struct Answer<T> {
    #[serde(flatten)]
    row: Option<T>,
    #[serde(flatten)]
    refusal: Option<Refusal>,
}

#[derive(serde::Serialize)]
struct Refusal {
    rule: String,
    message: String,
    remedy: String,
}

impl<T> Answer<T> {
    fn row(row: T) -> Self {
        Self { row: Some(row), refusal: None }
    }

    fn refused(rule: &str, message: String, remedy: &str) -> Self {
        let refusal = Refusal { rule: rule.to_owned(), message, remedy: remedy.to_owned() };
        Self { row: None, refusal: Some(refusal) }
    }
}

/// One list of structs a row.
fn lists<T: serde::Serialize>(fields: &Fields, rows: &[Vec<T>]) -> Result<ArrayRef> {
    vaxloom_tables::struct_list(fields, rows).map_err(external)
}

/// One struct a row, or none.
fn structs<T: serde::Serialize + Default>(
    fields: &Fields,
    rows: Vec<Option<T>>,
) -> Result<ArrayRef> {
    vaxloom_tables::structs(fields, rows).map_err(external)
}

pub(crate) fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

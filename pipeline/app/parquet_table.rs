//! Parquet files as tables of text, for the readers of records.

use std::fs::File;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use vaxloom_clinical::ReadError;
use vaxloom_clinical::tabular::ClinicalTable;

/// Reads a Parquet file; the line of a row is its number from 1.
pub(crate) fn read(path: &Path) -> Result<ClinicalTable, ReadError> {
    // The errors of the reader speak of the format only.
    let fault = |error: &dyn std::error::Error| ReadError::Table {
        path: path.to_owned(),
        message: error.to_string(),
    };
    let file = File::open(path).map_err(|error| fault(&error))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| fault(&error))?;
    let schema = builder.schema().clone();
    let ids: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let mut rows = Vec::new();
    for batch in builder.build().map_err(|error| fault(&error))? {
        let batch = batch.map_err(|error| fault(&error))?;
        rows.extend(texts(&batch).map_err(|error| fault(&error))?);
    }
    Ok(ClinicalTable::from_rows(&ids, rows))
}

fn texts(batch: &RecordBatch) -> Result<Vec<Vec<Option<String>>>, arrow::error::ArrowError> {
    let options = FormatOptions::default().with_display_error(false);
    let columns: Vec<_> = batch.columns().iter().map(AsRef::as_ref).collect();
    let formatters = columns
        .iter()
        .map(|column| ArrayFormatter::try_new(*column, &options))
        .collect::<Result<Vec<_>, _>>()?;
    let cell = |place: usize, row: usize| {
        let null = columns[place].is_null(row);
        if null { Ok(None) } else { formatters[place].value(row).try_to_string().map(Some) }
    };
    (0..batch.num_rows())
        .map(|row| (0..columns.len()).map(|place| cell(place, row)).collect())
        .collect()
}

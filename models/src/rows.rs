//! Delimited text, row by row.

use crate::data::DataError;
use std::path::Path;

/// A column by its name in the header.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Column {
    /// A table without it is refused.
    Needed(&'static str),
    /// Its field is empty in a table without it.
    Optional(&'static str),
}

/// Calls `each` with the 1-based line and the named columns of every row.
pub(crate) fn for_each_row(
    path: &Path,
    bytes: &[u8],
    separator: u8,
    columns: &[Column],
    mut each: impl FnMut(usize, &[&str]) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let wrong =
        |line: usize, expected: String| DataError::Line { path: path.to_owned(), line, expected };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|e| wrong(1, e.to_string()))?.clone();
    let place = |name: &str| header.iter().position(|found| found == name);
    let places: Vec<Option<usize>> = columns
        .iter()
        .map(|column| match column {
            Column::Needed(name) => {
                place(name).map(Some).ok_or_else(|| wrong(1, format!("a column {name}")))
            }
            Column::Optional(name) => Ok(place(name)),
        })
        .collect::<Result<_, _>>()?;
    for record in reader.records() {
        let record = record.map_err(|e| {
            wrong(
                e.position().map_or(0, |p| p.line() as usize),
                format!("as many fields as the header has ({e})"),
            )
        })?;
        let line = record.position().map_or(0, |p| p.line() as usize);
        let field = |place: &Option<usize>| place.and_then(|p| record.get(p)).unwrap_or_default();
        let fields: Vec<&str> = places.iter().map(field).collect();
        each(line, &fields)?;
    }
    Ok(())
}

//! Delimited text, row by row.

use crate::data::DataError;
use std::path::Path;

/// Calls `each` with the 1-based line and the named columns of every row.
pub(crate) fn for_each_row(
    path: &Path,
    bytes: &[u8],
    separator: u8,
    columns: &[&str],
    mut each: impl FnMut(usize, &[&str]) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let wrong =
        |line: usize, expected: String| DataError::Line { path: path.to_owned(), line, expected };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|e| wrong(1, e.to_string()))?.clone();
    let places: Vec<usize> = columns
        .iter()
        .map(|column| {
            let place = header.iter().position(|name| name == *column);
            place.ok_or_else(|| wrong(1, format!("a column {column}")))
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
        let fields: Vec<&str> = places.iter().filter_map(|&place| record.get(place)).collect();
        each(line, &fields)?;
    }
    Ok(())
}

//! What is wrong with a query, shown in it, and the name that was likely meant.

use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::prelude::SessionContext;

use crate::LakeError;
use crate::error::root_cause;

/// The error with its place in the query, and the nearest name.
pub(super) fn shown(session: &SessionContext, sql: &str, error: &DataFusionError) -> LakeError {
    let mut message = root_cause(error);
    if let Some((line, column)) = place(error, &message) {
        message = format!("{message}\n{}", pointed(sql, line, column));
    }
    let likely = match unknown_column(error) {
        Some((name, columns)) => nearest(&name, columns),
        None => match unknown_table(&message) {
            Some(name) => nearest(&name, tables(session)),
            None => None,
        },
    };
    if let Some(likely) = likely {
        message = format!("{message}\ndid you mean {likely}?");
    }
    LakeError::Sql { message }
}

/// Line and column, 1-based: DataFusion's own, or those in the words of the parser.
fn place(error: &DataFusionError, message: &str) -> Option<(usize, usize)> {
    if let Some(span) = error.diagnostic().and_then(|told| told.span) {
        return Some((span.start.line as usize, span.start.column as usize));
    }
    let (_, rest) = message.rsplit_once("Line: ")?;
    let (line, column) = rest.split_once(", Column: ")?;
    let digits: String = column.chars().take_while(char::is_ascii_digit).collect();
    Some((line.parse().ok()?, digits.parse().ok()?))
}

/// The line, and a caret under the column.
fn pointed(sql: &str, line: usize, column: usize) -> String {
    let text = sql.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let before = text.chars().take(column.saturating_sub(1));
    let blank: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    format!("line {line}: {text}\n{}{blank}^", " ".repeat(format!("line {line}: ").len()))
}

fn unknown_column(error: &DataFusionError) -> Option<(String, Vec<String>)> {
    let DataFusionError::SchemaError(told, _) = error.find_root() else { return None };
    let SchemaError::FieldNotFound { field, valid_fields } = told.as_ref() else { return None };
    let names = valid_fields.iter().map(|Column { name, .. }| name.clone()).collect();
    Some((field.name.clone(), names))
}

/// `table 'datafusion.public.neoantigens' not found`.
fn unknown_table(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("table '")?;
    let (name, rest) = rest.split_once('\'')?;
    rest.trim_start()
        .starts_with("not found")
        .then(|| name.rsplit('.').next().map(str::to_owned))?
}

fn tables(session: &SessionContext) -> Vec<String> {
    let public = session.catalog("datafusion").and_then(|catalog| catalog.schema("public"));
    public.map_or_else(Vec::new, |public| public.table_names())
}

/// The name that differs least, if by no more than half of it.
fn nearest(name: &str, names: Vec<String>) -> Option<String> {
    let far = |other: &str| edits(&name.to_lowercase(), &other.to_lowercase());
    let nearest = names.into_iter().map(|other| (far(&other), other)).min()?;
    (nearest.0 <= name.chars().count().div_ceil(2)).then_some(nearest.1)
}

/// Letters to exchange, insert or leave out (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let exchanged = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_one_that_could_have_been_meant() {
        let names = ["percentile", "peptide", "patient_id"].map(str::to_owned).to_vec();
        let cases = [
            ("percentil", Some("percentile")),
            ("Pepide", Some("peptide")),
            ("patient", Some("patient_id")),
            ("zzz", None),
        ];
        for (name, expected) in cases {
            assert_eq!(nearest(name, names.clone()).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn the_place_is_pointed_at() {
        assert_eq!(pointed("SELECT a,\n\tb FROM t", 2, 2), "line 2: \tb FROM t\n        \t^");
    }
}

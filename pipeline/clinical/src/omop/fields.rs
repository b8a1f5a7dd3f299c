//! The field list, and tables checked against it.

use std::{fmt, path::Path};

use crate::{
    deid::{Column, rules},
    read::ReadError,
    tabular::ClinicalTable,
};

const FIELDS: &str = include_str!("fields.txt");

/// One field of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) datatype: &'static str,
    pub(crate) required: bool,
}

/// Fields of a table; none for a table that is not on the list.
pub(crate) fn fields(table: &str) -> Vec<Field> {
    let lines = FIELDS
        .lines()
        .skip_while(|line| *line != table)
        .skip(1)
        .take_while(|line| line.starts_with(' '));
    lines
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(name, datatype)| Field {
            name,
            datatype: datatype.trim_end_matches('!'),
            required: datatype.ends_with('!'),
        })
        .collect()
}

/// What the gate does to a column of a table: source values are what the source had, and go.
pub(crate) fn column(table: &str, id: &str) -> Option<Column> {
    let known = fields(table).into_iter().find(|field| field.name.eq_ignore_ascii_case(id))?;
    let name = known.name;
    Some(match known.datatype {
        _ if name == "person_id" => Column::Person,
        _ if name == "year_of_birth" => Column::Birth,
        _ if ["month_of_birth", "day_of_birth", "birth_datetime"].contains(&name) => {
            Column::Remove(&rules::DATE)
        }
        "integer" if name.ends_with("_id") => Column::Id,
        "integer" | "float" => Column::Number,
        "date" | "datetime" => Column::Date,
        _ if ["value_as_string", "stop_reason"].contains(&name) => Column::Label,
        _ if name.starts_with("unique_device") || name == "lot_number" => {
            Column::Remove(&rules::DEVICE)
        }
        _ if name.ends_with("_source_value")
            || name == "production_id"
            || name == "specimen_source_id" =>
        {
            Column::Remove(&rules::IDENTIFIER)
        }
        _ => Column::Remove(&rules::NOTE),
    })
}

/// What is wrong with a table. No value of it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct TableFault {
    /// 1-based line; 0 for the whole table.
    pub line: i64,
    /// Field.
    pub field: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for TableFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, {}: {}", self.line, self.field, self.what)
    }
}

/// Checks a CSV file against the fields of an OMOP table: which columns there are, how many cells, required values, data types.
pub fn validate_file(path: &Path, table: &str) -> Result<Vec<TableFault>, ReadError> {
    let data = ClinicalTable::read(path)?;
    let fields = fields(table);
    let mut faults = Vec::new();
    let mut fault = |line: i64, field: &str, what: &str| {
        faults.push(TableFault { line, field: field.to_owned(), what: what.to_owned() });
    };
    if fields.is_empty() {
        fault(0, table, "not a table of OMOP CDM 5.4 that is known here");
    }
    for attribute in &data.attributes {
        if !fields.iter().any(|field| field.name.eq_ignore_ascii_case(&attribute.id)) {
            fault(0, "header", "a column that the table does not have");
        }
    }
    for (line, _) in data.kept_out() {
        fault(line, "row", "a number of cells that is not that of the columns, or not UTF-8");
    }
    for field in &fields {
        let Some(column) = data.column(&[field.name]) else {
            fault(
                0,
                field.name,
                if field.required {
                    "a required column is missing"
                } else {
                    "the column is missing"
                },
            );
            continue;
        };
        for row in &data.rows {
            match row.get(Some(column)) {
                None if field.required => {
                    fault(row.line, field.name, "a required value is missing");
                }
                Some(value) if !fits(field.datatype, value) => {
                    fault(row.line, field.name, &format!("not of type {}", field.datatype));
                }
                _ => {}
            }
        }
    }
    Ok(faults)
}

fn fits(datatype: &str, value: &str) -> bool {
    let date = |text: &str| crate::view::fhirpath::is_date(text);
    match datatype {
        "integer" => value.parse::<i64>().is_ok(),
        "float" => value.parse::<f64>().is_ok(),
        "date" => date(value),
        "datetime" => value.get(..10).is_some_and(date) && value.len() >= 10,
        _ => {
            let limit = datatype
                .strip_prefix("varchar(")
                .and_then(|rest| rest.strip_suffix(')'))
                .and_then(|limit| limit.parse().ok());
            limit.is_none_or(|limit: usize| value.chars().count() <= limit)
        }
    }
}

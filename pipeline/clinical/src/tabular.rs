//! Clinical tables as text: tab or comma between the cells, with or without the header of cBioPortal.
//!
//! cBioPortal's files begin with four lines that start with `#`: names, descriptions, data types and priorities of the columns; then
//! come their ids. Other tables have their ids in the first line. A row with another number of cells than there are columns is kept
//! out, with its line; the rest is read.
//!
//! Source: cBioPortal's file formats ("Clinical Data"), checked on its example study; GDC's clinical TSV.

use std::path::Path;

use crate::{
    read::ReadError,
    rule::{Finding, Rule},
};

pub(crate) const COLUMNS: Rule = Rule {
    id: "format.columns",
    message: "a row with more or fewer cells than the table has columns",
    remedy: "export the table again, with a separator for every empty cell",
};

pub(crate) const UTF8_ROW: Rule =
    Rule { id: "format.utf8", message: "not valid UTF-8", remedy: "save the file as UTF-8" };

/// Cells that say that there is no value.
const NULLS: [&str; 14] = [
    "",
    "NA",
    "N/A",
    "na",
    "NaN",
    "null",
    "'--",
    "--",
    ".",
    "[Not Available]",
    "[Not Applicable]",
    "[Unknown]",
    "[Discrepancy]",
    "Not Reported",
];

/// One column.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Attribute {
    /// Id: the name in the header line, in capitals or not as it stands there.
    pub id: String,
    /// Name to show, where the file has one.
    pub name: Option<String>,
    /// What it says.
    pub description: Option<String>,
    /// STRING, NUMBER or BOOLEAN, where the file says.
    pub datatype: Option<String>,
}

/// A row and its line.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRow {
    /// 1-based line of the file.
    pub line: i64,
    /// One cell a column; `None` for what stands for no value.
    pub cells: Vec<Option<String>>,
}

/// A table that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClinicalTable {
    /// Columns.
    pub attributes: Vec<Attribute>,
    /// Rows with the right number of cells.
    pub rows: Vec<TableRow>,
    /// Rows that were kept out: line and rule.
    pub(crate) faults: Vec<(i64, Finding)>,
}

impl ClinicalTable {
    /// Reads a table; a name that ends in `.csv` has commas between its cells, any other tabs.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let comma = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let mut builder = csv::ReaderBuilder::new();
        builder
            .delimiter(if comma { b',' } else { b'\t' })
            .quoting(comma)
            .has_headers(false)
            .flexible(true);
        let bytes = std::fs::read(path).map_err(ReadError::io(path))?;
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let mut table = Self::default();
        let mut header: Vec<Vec<String>> = Vec::new();
        for record in builder.from_reader(text).into_byte_records() {
            let Ok(record) = record else { break };
            let line = record.position().map_or(0, |position| position.line() as i64);
            let cells: Option<Vec<String>> = record
                .iter()
                .map(|cell| str::from_utf8(cell).ok().map(|cell| cell.trim().to_owned()))
                .collect();
            match cells {
                None => table.faults.push((line, Finding::new("row", &UTF8_ROW))),
                Some(cells) if cells.iter().all(String::is_empty) => {}
                Some(cells) if table.attributes.is_empty() && cells[0].starts_with('#') => {
                    header.push(cells);
                }
                Some(cells) if table.attributes.is_empty() => {
                    table.attributes = attributes(&cells, &header);
                }
                Some(cells) if cells.len() != table.attributes.len() => {
                    table.faults.push((line, Finding::new("row", &COLUMNS)));
                }
                Some(cells) => {
                    let value =
                        |cell: String| Some(cell).filter(|cell| !NULLS.contains(&cell.as_str()));
                    table
                        .rows
                        .push(TableRow { line, cells: cells.into_iter().map(value).collect() });
                }
            }
        }
        Ok(table)
    }

    /// Rows read, those that were kept out included.
    pub fn rows_read(&self) -> usize {
        self.rows.len() + self.faults.len()
    }

    /// Rows that were kept out: line and rule.
    pub fn kept_out(&self) -> impl Iterator<Item = (i64, &'static str)> {
        self.faults.iter().map(|(line, finding)| (*line, finding.rule.id))
    }

    /// Place of the first column that has one of these ids, whatever their case; of `a.b` the `b` counts too.
    pub(crate) fn column(&self, ids: &[&str]) -> Option<usize> {
        let is = |attribute: &Attribute, id: &str| {
            let own = attribute.id.as_str();
            own.eq_ignore_ascii_case(id)
                || own.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(id))
        };
        ids.iter().find_map(|id| self.attributes.iter().position(|attribute| is(attribute, id)))
    }
}

impl TableRow {
    /// The cell of a column that the table may have.
    pub(crate) fn get(&self, column: Option<usize>) -> Option<&str> {
        self.cells.get(column?)?.as_deref()
    }
}

fn attributes(ids: &[String], header: &[Vec<String>]) -> Vec<Attribute> {
    let cell = |row: usize, column: usize| {
        let text = header.get(row)?.get(column)?.trim_start_matches('#').trim();
        Some(text.to_owned()).filter(|text| !text.is_empty())
    };
    // Fewer lines than four are a comment such as `#version 2.4`.
    let described = header.len() >= 4;
    ids.iter()
        .enumerate()
        .map(|(column, id)| Attribute {
            id: id.clone(),
            name: cell(0, column).filter(|_| described),
            description: cell(1, column).filter(|_| described),
            datatype: cell(2, column).filter(|_| described),
        })
        .collect()
}

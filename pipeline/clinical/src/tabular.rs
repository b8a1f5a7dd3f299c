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

/// Opens a table that is no text, such as a Parquet file.
pub type OpenTable<'a> = dyn Fn(&Path) -> Result<ClinicalTable, ReadError> + 'a;

/// For those who have no reader of Parquet.
pub fn no_parquet(path: &Path) -> Result<ClinicalTable, ReadError> {
    Err(ReadError::Table {
        path: path.to_owned(),
        message: "Parquet is not read here; give CSV".to_owned(),
    })
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
    /// Reads a table; what stands between the cells is told by its header.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let bytes = std::fs::read(path).map_err(ReadError::io(path))?;
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let between = delimiter(text);
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(between).quoting(between != b'\t').has_headers(false).flexible(true);
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

    /// A table of columns and cells, whose lines are the numbers of its rows from 1; empty cells, and those that stand for no value, are
    /// none.
    pub fn from_rows(ids: &[&str], rows: impl IntoIterator<Item = Vec<Option<String>>>) -> Self {
        let value = |cell: Option<String>| cell.filter(|cell| !NULLS.contains(&cell.as_str()));
        let attributes =
            ids.iter().map(|id| Attribute { id: (*id).to_owned(), ..Attribute::default() });
        let rows = rows
            .into_iter()
            .zip(1..)
            .map(|(cells, line)| TableRow { line, cells: cells.into_iter().map(value).collect() });
        Self { attributes: attributes.collect(), rows: rows.collect(), faults: Vec::new() }
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

/// The ids of the columns in the beginning of a file, as far as it looks like a table.
pub(crate) fn header(start: &[u8]) -> Vec<String> {
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let Some(line) = header_line(text) else { return Vec::new() };
    let between = char::from(delimiter(text));
    let line = String::from_utf8_lossy(line);
    line.split(between).map(|cell| cell.trim().trim_matches('"').to_owned()).collect()
}

/// Tab, or else comma, semicolon or bar: what the header line has most of.
fn delimiter(text: &[u8]) -> u8 {
    let line = header_line(text).unwrap_or_default();
    let count = |wanted: &u8| line.split(|byte| byte == wanted).count() - 1;
    if line.contains(&b'\t') {
        return b'\t';
    }
    b",;|".iter().copied().rev().max_by_key(count).filter(|best| count(best) > 0).unwrap_or(b'\t')
}

/// The first line that is no comment.
fn header_line(text: &[u8]) -> Option<&[u8]> {
    let mut lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    lines.find(|line| !line.is_empty() && !line.starts_with(b"#"))
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

//! Tab-separated tables, gzip or not, a row at a time, with columns found by name.

use std::io::{BufRead, BufReader, Read};

use csv::ByteRecord;
use flate2::bufread::MultiGzDecoder;

/// Why a table cannot be used. Messages hold no value of the table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file cannot be read, or is not what it says it is.
    #[error("table {file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// What failed.
        source: csv::Error,
    },
    /// The file's beginning cannot be read.
    #[error("table {file}: {source}")]
    Open {
        /// The file.
        file: String,
        /// What failed.
        source: std::io::Error,
    },
    /// Columns that the rules ask for.
    #[error(
        "table {file} has no column {missing}: expected pVACseq's all_epitopes.tsv or all_epitopes.aggregated.tsv of a version that the policy fits"
    )]
    Columns {
        /// The file.
        file: String,
        /// Their names.
        missing: String,
    },
    /// A cell that does not hold what its column should.
    #[error("table {file}, line {line}, column {column:?}: expected {expected}")]
    Cell {
        /// The file.
        file: String,
        /// 1-based line.
        line: u64,
        /// Name of the column.
        column: String,
        /// What should be there.
        expected: &'static str,
    },
    /// A header and nothing else.
    #[error("table {file} has no row: expected at least one")]
    NoRow {
        /// The file.
        file: String,
    },
    /// Rules ask for anchors of each allele.
    #[error("table {file}: line {line}: {message}")]
    Weights {
        /// The file.
        file: String,
        /// 1-based line.
        line: u64,
        /// What was found, and what was expected.
        message: String,
    },
}

/// A table that is being read.
pub(super) struct Table<'a> {
    pub(super) file: &'a str,
    pub(super) header: Vec<String>,
    reader: csv::Reader<Box<dyn Read + 'a>>,
}

impl<'a> Table<'a> {
    /// Reads the header; gzip is told by its first two bytes.
    pub(super) fn open(file: &'a str, input: impl Read + 'a) -> Result<Self, TableError> {
        let mut input = BufReader::with_capacity(1 << 16, input);
        let start = input.fill_buf();
        let start = start.map_err(|source| TableError::Open { file: file.to_owned(), source })?;
        let plain: Box<dyn Read + 'a> = if start.starts_with(&[0x1f, 0x8b]) {
            Box::new(MultiGzDecoder::new(input))
        } else {
            Box::new(input)
        };
        let mut reader =
            csv::ReaderBuilder::new().delimiter(b'\t').buffer_capacity(1 << 16).from_reader(plain);
        let header = reader.headers();
        let header = header.map_err(|source| TableError::Read { file: file.to_owned(), source })?;
        let header = header.iter().map(str::to_owned).collect();
        Ok(Self { file, header, reader })
    }

    /// Places of columns; those of `names` that the header lacks are refused together.
    pub(super) fn places(&self, names: &[String]) -> Result<Vec<usize>, TableError> {
        let places: Vec<Option<usize>> = names.iter().map(|name| self.place(name)).collect();
        let missing: Vec<&str> = names
            .iter()
            .zip(&places)
            .filter(|(_, place)| place.is_none())
            .map(|(name, _)| name.as_str())
            .collect();
        if missing.is_empty() {
            return Ok(places.into_iter().flatten().collect());
        }
        Err(TableError::Columns { file: self.file.to_owned(), missing: missing.join(", ") })
    }

    /// Place of a column.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// The next row into `record`, with its line; `None` at the end.
    pub(super) fn next(&mut self, record: &mut ByteRecord) -> Result<Option<u64>, TableError> {
        let more = self.reader.read_byte_record(record);
        let more =
            more.map_err(|source| TableError::Read { file: self.file.to_owned(), source })?;
        Ok(more.then(|| record.position().map_or(0, csv::Position::line)))
    }

    pub(super) fn cell_error(&self, line: u64, place: usize, expected: &'static str) -> TableError {
        let column = self.header.get(place).cloned().unwrap_or_default();
        TableError::Cell { file: self.file.to_owned(), line, column, expected }
    }
}

/// Whether a cell holds nothing.
pub(super) fn is_unknown(cell: &[u8]) -> bool {
    cell.is_empty() || cell == b"NA"
}

/// A number, or NaN for an unknown one; `None` for anything else.
pub(super) fn number(cell: &[u8]) -> Option<f64> {
    if is_unknown(cell) {
        return Some(f64::NAN);
    }
    std::str::from_utf8(cell).ok()?.parse().ok().filter(|value: &f64| value.is_finite())
}

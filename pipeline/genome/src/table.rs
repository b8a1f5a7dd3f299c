//! What the readers of tab-separated tables share: lines, columns, missing values, refusals, and the errors of a file.

use std::io::{self, BufRead};
use std::path::Path;

use thiserror::Error;

use crate::{Quarantined, text};

/// Why a table as a whole cannot be used.
#[derive(Debug, Error)]
pub enum TableError {
    /// No such file.
    #[error(
        "{file}: there is no such file; check the path (paths in a sample sheet are relative to the sheet)"
    )]
    Missing {
        /// Name of the file.
        file: String,
    },
    /// The file ends within its compressed data.
    #[error("{file}: the compressed file is truncated after line {line}; copy or write it again")]
    Truncated {
        /// Name of the file.
        file: String,
        /// Whole lines read before that.
        line: i64,
    },
    /// Reading failed.
    #[error("{file}: cannot be read near line {line}: {source}")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// The line that was being read.
        line: i64,
        /// What the system said.
        source: io::Error,
    },
    /// There is no header, or it is of no known table.
    #[error(
        "{file}: not a table that is known here; expected {expected}; give the file as the program wrote it, header included"
    )]
    Unknown {
        /// Name of the file.
        file: String,
        /// The tables that are known.
        expected: &'static str,
    },
    /// The header lacks columns.
    #[error(
        "{file}, line {line}: the header has no column {columns}; expected {expected}; add what is missing, or export the table again"
    )]
    NoColumns {
        /// Name of the file.
        file: String,
        /// Line of the header.
        line: i64,
        /// Names of the missing columns.
        columns: String,
        /// What the table is.
        expected: &'static str,
    },
    /// The header names a column twice.
    #[error(
        "{file}, line {line}: the header has the column {column} twice; keep one of them, so that it is known which is meant"
    )]
    TwoColumns {
        /// Name of the file.
        file: String,
        /// Line of the header.
        line: i64,
        /// Name of the column.
        column: &'static str,
    },
    /// The table is of more than one sample.
    #[error(
        "{file}, line {line}: the table has rows of another sample than before; give a file a sample"
    )]
    SeveralSamples {
        /// Name of the file.
        file: String,
        /// First line of another sample.
        line: i64,
    },
}

impl TableError {
    /// `line` is the one that was being read.
    pub(crate) fn from_io(file: &str, line: i64, source: io::Error) -> Self {
        let file = file.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { file },
            io::ErrorKind::UnexpectedEof => Self::Truncated { file, line: line - 1 },
            _ => Self::Unreadable { file, line, source },
        }
    }
}

/// The lines of a text file: `\n`, `\r\n`, or `\r` alone as old spreadsheets write. A byte order mark is skipped.
pub(crate) struct Lines<'a> {
    input: Box<dyn BufRead + Send>,
    name: &'a str,
    /// Ends in `\r` alone.
    carriage_returns: bool,
    /// 1-based number of the line last read.
    pub(crate) line: i64,
}

impl<'a> Lines<'a> {
    /// Opens the file at `path`, which messages call `name`.
    pub(crate) fn open(path: &Path, name: &'a str) -> Result<Self, TableError> {
        let failed = |source| TableError::from_io(name, 1, source);
        let mut input = text::open(path).map_err(failed)?;
        let head = input.fill_buf().map_err(failed)?;
        // The first line's end decides; `\r` as the last byte at hand may belong to `\r\n`.
        let end = head.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let carriage_returns = end.is_some_and(|at| {
            head[at] == b'\r' && head.get(at + 1).is_some_and(|&next| next != b'\n')
        });
        Ok(Self { input, name, carriage_returns, line: 0 })
    }

    /// The next line without its end, `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<String>, TableError> {
        let bytes = if self.carriage_returns {
            let mut bytes = Vec::new();
            let read = self.input.read_until(b'\r', &mut bytes);
            read.map(|read| {
                (read > 0).then(|| bytes.strip_suffix(b"\r").unwrap_or(&bytes).to_vec())
            })
        } else {
            text::next_line(&mut *self.input)
        };
        let bytes =
            bytes.map_err(|source| TableError::from_io(self.name, self.line + 1, source))?;
        self.line += 1;
        Ok(bytes.map(|bytes| {
            let text = String::from_utf8_lossy(&bytes);
            let text = if self.line == 1 { text.trim_start_matches('\u{feff}') } else { &text };
            text.to_owned()
        }))
    }

    /// The first line that is neither empty nor begins with `comment`.
    pub(crate) fn header(&mut self, comment: &str) -> Result<Option<String>, TableError> {
        while let Some(line) = self.next()? {
            if !line.trim().is_empty() && !line.starts_with(comment) {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }
}

/// The names of a table's columns.
pub(crate) struct Header<'a> {
    pub(crate) names: Vec<&'a str>,
    file: &'a str,
    line: i64,
}

impl<'a> Header<'a> {
    pub(crate) fn new(text: &'a str, separator: char, file: &'a str, line: i64) -> Self {
        let names = text.split(separator).map(|name| name.trim().trim_matches('"')).collect();
        Self { names, file, line }
    }

    /// Whether there is a column of exactly this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// Where the first of `names` is that the table has: as it is written, else whatever the case.
    pub(crate) fn find(&self, names: &[&'static str]) -> Result<Option<usize>, TableError> {
        for name in names {
            let alike = |same: fn(&str, &str) -> bool| {
                let all = self.names.iter().enumerate();
                all.filter(|(_, found)| same(found, name)).map(|(at, _)| at).collect::<Vec<_>>()
            };
            let exact = alike(|a, b| a == b);
            let found = if exact.is_empty() { alike(str::eq_ignore_ascii_case) } else { exact };
            match found[..] {
                [] => {}
                [at] => return Ok(Some(at)),
                _ => {
                    let (file, line) = (self.file.to_owned(), self.line);
                    return Err(TableError::TwoColumns { file, line, column: name });
                }
            }
        }
        Ok(None)
    }

    /// Like [`Self::find`], where the table is none without the column.
    pub(crate) fn require(
        &self,
        names: &[&'static str],
        expected: &'static str,
    ) -> Result<usize, TableError> {
        self.find(names)?.ok_or_else(|| TableError::NoColumns {
            file: self.file.to_owned(),
            line: self.line,
            columns: names.join(" or "),
            expected,
        })
    }
}

/// The value of a cell, `None` where it stands for a missing one.
pub(crate) fn present(cell: &str) -> Option<&str> {
    let cell = cell.trim();
    let missing = matches!(cell, "" | "." | "--")
        || ["NA", "N/A", "NaN", "[Not Available]", "[Not Applicable]", "[Unknown]", "null"]
            .iter()
            .any(|word| word.eq_ignore_ascii_case(cell));
    (!missing).then_some(cell)
}

/// Why a row goes to quarantine, and which column shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) path: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) message: &'static str,
    pub(crate) remedy: &'static str,
}

impl Refusal {
    /// The row of the quarantine.
    pub(crate) fn of(self, stage: &str, file: &str, line: i64) -> Quarantined {
        Quarantined {
            stage: stage.to_owned(),
            patient_id: None,
            source_file: file.to_owned(),
            source_line: line,
            path: self.path.to_owned(),
            rule: self.rule.to_owned(),
            message: self.message.to_owned(),
            remedy: self.remedy.to_owned(),
        }
    }
}

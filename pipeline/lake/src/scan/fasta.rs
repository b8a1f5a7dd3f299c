//! `fasta_scan(path)`: a row for each sequence of a FASTA file of bases or residues.

use arrow::datatypes::Int64Type;
use vaxloom_genome::reference::{Alphabet, FastaError, read_records};

use super::{Column, Format, Request, Sink, Stop};

pub(super) struct Fasta;

/// One sequence.
pub(super) struct Row {
    /// First word of the header, as `samtools faidx` names sequences.
    id: String,
    /// The rest of the header; none where there is none.
    description: Option<String>,
    /// Upper case; letters, and `*` for a stop.
    sequence: String,
    line: u64,
}

/// Letters after which the rows so far are handed on.
const LETTERS_AT_ONCE: usize = 1 << 23;

/// Most letters of a text in Arrow.
const LONGEST: usize = i32::MAX as usize - LETTERS_AT_ONCE;

impl Format for Fasta {
    const NAME: &'static str = "fasta";
    const OPTIONS: &'static [&'static str] = &[];
    const REFUSES: bool = false;
    type Row = Row;

    fn columns() -> Vec<Column<Row>> {
        vec![
            Column::text("id", |row: &Row| Some((&row.id).into())).always(),
            Column::text("description", |row: &Row| Some(row.description.as_deref()?.into())),
            Column::text("sequence", |row: &Row| Some((&row.sequence).into())).always(),
            Column::number::<Int64Type>("length", |row: &Row| Some(row.sequence.len() as i64))
                .always(),
            Column::number::<Int64Type>("line", |row: &Row| Some(row.line as i64)).always(),
        ]
    }

    fn read(request: &Request, sink: &mut Sink<Row>) -> Result<(), Stop> {
        let file = &request.name;
        let (mut rows, mut letters) = (Vec::new(), 0);
        read_records(&request.path, file, Alphabet::Residues, |header, line, sequence| {
            let row = row(file, header, line, sequence)?;
            letters += row.sequence.len() + row.id.len();
            rows.push(row);
            if letters >= LETTERS_AT_ONCE {
                sink.add(&rows)?;
                rows.clear();
                letters = 0;
            }
            Ok::<_, Stop>(())
        })?;
        sink.add(&rows)
    }
}

fn row(file: &str, header: &str, line: u64, sequence: Vec<u8>) -> Result<Row, FastaError> {
    let refused = |found| FastaError::Line {
        file: file.to_owned(),
        line,
        found,
        expected: "sequences that fit a column of text (less than 2,139,095,039 letters); cut it with `samtools faidx`",
    };
    let (id, description) = header.split_once(char::is_whitespace).unwrap_or((header, ""));
    if sequence.len() > LONGEST {
        return Err(refused(format!("{id} has {} letters", sequence.len())));
    }
    // Letters of the alphabet are ASCII.
    let sequence = String::from_utf8(sequence)
        .map_err(|_| refused(format!("{id} has bytes that are no letters")))?;
    let description = description.trim();
    let description = (!description.is_empty()).then(|| description.to_owned());
    Ok(Row { id: id.to_owned(), description, sequence, line })
}

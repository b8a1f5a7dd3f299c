//! Peptides from whatever holds them, told apart by content.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, bail};
use arrow::array::{Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

/// Residues beside a window of a FASTA record that are kept.
const FLANK: usize = 15;
/// Columns that a table may have; `peptide` it must.
const COLUMNS: [&str; 8] =
    ["peptide", "allele", "alleles", "n_flank", "c_flank", "wildtype", "name", "sample_name"];

/// One peptide of the input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// Name of the FASTA record.
    pub(super) sequence: Option<String>,
    /// Where the peptide starts in it, 1-based.
    pub(super) position: Option<u64>,
    /// The user's own name of the row.
    pub(super) name: Option<String>,
    pub(super) peptide: String,
    /// Residues before and after it.
    pub(super) flanks: Option<(String, String)>,
    /// The peptide without the mutation.
    pub(super) wildtype: Option<String>,
    /// One allele, or a genotype, as written.
    pub(super) alleles: Option<String>,
}

/// An input on its way.
pub(super) struct Source {
    name: String,
    kind: Kind,
    columns: Vec<String>,
}

enum Kind {
    List(Box<dyn BufRead>),
    Fasta(Fasta),
    Table(Box<csv::Reader<Box<dyn BufRead>>>),
    Parquet { reader: ParquetRecordBatchReader, left: Vec<Row> },
}

/// Windows of one record after the other.
struct Fasta {
    lines: Box<dyn BufRead>,
    lengths: [usize; 2],
    /// Header of the record that comes next.
    header: Option<String>,
    record: Vec<u8>,
    record_name: String,
    /// Length and start of the next window.
    next: (usize, usize),
}

impl Source {
    /// Opens a file, or standard input for `-`. `lengths` are those of FASTA windows.
    pub(super) fn open(path: &Path, lengths: [usize; 2]) -> anyhow::Result<Self> {
        let (name, mut reader): (String, Box<dyn BufRead>) = if path == Path::new("-") {
            ("standard input".to_owned(), Box::new(BufReader::new(io::stdin())))
        } else {
            let name = path.display().to_string();
            let file = File::open(path).with_context(|| name.clone())?;
            (name, Box::new(BufReader::with_capacity(1 << 16, file)))
        };
        let start = reader.fill_buf().with_context(|| name.clone())?.to_vec();
        if start.starts_with(b"PAR1") {
            return Self::parquet(path, name);
        }
        if start.starts_with(&[0x1f, 0x8b]) {
            bail!(
                "{name} is compressed: decompress it first, such as with zcat {name} | vaxloom predict --peptides - ..."
            );
        }
        if start.trim_ascii_start().starts_with(b">") {
            let kind = Kind::Fasta(Fasta {
                lines: reader,
                lengths,
                header: None,
                record: vec![],
                record_name: String::new(),
                next: (lengths[0], 0),
            });
            return Ok(Self { name, kind, columns: vec![] });
        }
        let first = start.split(|&b| b == b'\n').next().unwrap_or_default();
        let separator = [b'\t', b','].into_iter().find(|separator| first.contains(separator));
        let is_header = first.trim_ascii().eq_ignore_ascii_case(b"peptide");
        if separator.is_none() && !is_header {
            return Ok(Self { name, kind: Kind::List(reader), columns: vec![] });
        }
        Self::table(reader, separator.unwrap_or(b','), name)
    }

    fn table(reader: Box<dyn BufRead>, separator: u8, name: String) -> anyhow::Result<Self> {
        let mut reader =
            csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).from_reader(reader);
        let header = reader.headers().with_context(|| name.clone())?;
        let columns: Vec<String> = header.iter().map(str::to_ascii_lowercase).collect();
        check_columns(&name, &columns)?;
        Ok(Self { name, kind: Kind::Table(Box::new(reader)), columns })
    }

    fn parquet(path: &Path, name: String) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            bail!("Parquet cannot be read from standard input: name the file");
        }
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)
            .with_context(|| format!("{name}: not a whole Parquet file"))?;
        let columns: Vec<String> =
            builder.schema().fields().iter().map(|f| f.name().to_ascii_lowercase()).collect();
        check_columns(&name, &columns)?;
        let reader = builder.build().with_context(|| name.clone())?;
        Ok(Self { name, kind: Kind::Parquet { reader, left: vec![] }, columns })
    }

    /// The file, for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether rows say which alleles they are for.
    pub(super) fn names_alleles(&self) -> bool {
        self.has("allele") || self.has("alleles")
    }

    /// Whether rows know what lies beside the peptides.
    pub(super) fn has_flanks(&self) -> bool {
        self.is_fasta() || self.has("n_flank") || self.has("c_flank")
    }

    /// Whether rows have wild-type partners.
    pub(super) fn has_wildtype(&self) -> bool {
        self.has("wildtype")
    }

    /// Whether rows have names of the user's.
    pub(super) fn has_name(&self) -> bool {
        self.has("name") || self.has("sample_name")
    }

    /// Whether rows are windows of sequences.
    pub(super) fn is_fasta(&self) -> bool {
        matches!(self.kind, Kind::Fasta(_))
    }

    fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// The next rows, at most so many; `None` after the last.
    pub(super) fn next_batch(&mut self, most: usize) -> anyhow::Result<Option<Vec<Row>>> {
        let mut rows = Vec::new();
        while rows.len() < most {
            let Some(row) = self.next_row().with_context(|| self.name.clone())? else {
                break;
            };
            rows.push(row);
        }
        Ok((!rows.is_empty()).then_some(rows))
    }

    fn next_row(&mut self) -> anyhow::Result<Option<Row>> {
        match &mut self.kind {
            Kind::List(lines) => next_line(lines),
            Kind::Fasta(fasta) => fasta.next(),
            Kind::Table(reader) => {
                let mut record = csv::StringRecord::new();
                let more = reader.read_record(&mut record)?;
                Ok(more.then(|| row_of(&self.columns, |place| record.get(place))))
            }
            Kind::Parquet { reader, left } => loop {
                if let Some(row) = left.pop() {
                    return Ok(Some(row));
                }
                let Some(batch) = reader.next() else {
                    return Ok(None);
                };
                *left = rows_of(&batch?, &self.columns)?;
                left.reverse();
            },
        }
    }
}

fn check_columns(name: &str, columns: &[String]) -> anyhow::Result<()> {
    if columns.iter().any(|column| column == COLUMNS[0]) {
        return Ok(());
    }
    bail!(
        "{name}: no column peptide among {}; expected a list with one peptide a line, FASTA, or a table with the columns {}",
        columns.join(", "),
        COLUMNS.join(", ")
    )
}

/// The next peptide of a list; blank lines are none.
fn next_line(lines: &mut Box<dyn BufRead>) -> anyhow::Result<Option<Row>> {
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        let peptide = line.trim();
        if !peptide.is_empty() {
            return Ok(Some(Row { peptide: peptide.to_uppercase(), ..Row::default() }));
        }
        line.clear();
    }
    Ok(None)
}

/// A row of named fields; an empty field is none.
fn row_of<'a>(columns: &[String], field: impl Fn(usize) -> Option<&'a str>) -> Row {
    let get = |name: &str| {
        let place = columns.iter().position(|column| column == name)?;
        field(place).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let flanks = (get("n_flank"), get("c_flank"));
    let known = flanks.0.is_some() || flanks.1.is_some();
    Row {
        name: get("name").or_else(|| get("sample_name")),
        peptide: get("peptide").unwrap_or_default().to_uppercase(),
        flanks: known.then(|| (flanks.0.unwrap_or_default(), flanks.1.unwrap_or_default())),
        wildtype: get("wildtype").map(|text| text.to_uppercase()),
        alleles: get("allele").or_else(|| get("alleles")),
        ..Row::default()
    }
}

fn rows_of(batch: &RecordBatch, columns: &[String]) -> anyhow::Result<Vec<Row>> {
    let texts = batch.columns().iter().zip(columns).map(|(array, name)| {
        if !COLUMNS.contains(&name.as_str()) {
            return Ok(None);
        }
        let text = cast(array, &DataType::Utf8).with_context(|| format!("column {name}"))?;
        Ok(text.as_any().downcast_ref::<StringArray>().cloned())
    });
    let texts = texts.collect::<anyhow::Result<Vec<_>>>()?;
    let field = |row: usize, place: usize| {
        let array = texts[place].as_ref()?;
        array.is_valid(row).then(|| array.value(row))
    };
    Ok((0..batch.num_rows()).map(|row| row_of(columns, |place| field(row, place))).collect())
}

impl Fasta {
    /// The next window: of each record the shortest first, from its first residue on.
    fn next(&mut self) -> anyhow::Result<Option<Row>> {
        loop {
            let (length, start) = self.next;
            if start + length <= self.record.len() {
                self.next.1 += 1;
                return Ok(Some(self.window(start, length)));
            }
            if length < self.lengths[1] {
                self.next = (length + 1, 0);
            } else if !self.read_record()? {
                return Ok(None);
            }
        }
    }

    fn window(&self, start: usize, length: usize) -> Row {
        let text = |range: std::ops::Range<usize>| {
            String::from_utf8_lossy(&self.record[range]).into_owned()
        };
        let end = start + length;
        let before = text(start.saturating_sub(FLANK)..start);
        let after = text(end..(end + FLANK).min(self.record.len()));
        Row {
            sequence: Some(self.record_name.clone()),
            position: Some(start as u64 + 1),
            peptide: text(start..end),
            flanks: Some((before, after)),
            ..Row::default()
        }
    }

    /// `false` after the last record.
    fn read_record(&mut self) -> anyhow::Result<bool> {
        self.record.clear();
        let mut line = String::new();
        let mut name = self.header.take();
        while self.lines.read_line(&mut line)? > 0 {
            if let Some(header) = line.strip_prefix('>') {
                let header = header.split_whitespace().next().unwrap_or_default().to_owned();
                if name.is_some() {
                    self.header = Some(header);
                    break;
                }
                name = Some(header);
            } else {
                self.record.extend(line.trim().bytes().map(|b| b.to_ascii_uppercase()));
            }
            line.clear();
        }
        // A stop at the end of a protein is no residue of it.
        while self.record.last() == Some(&b'*') {
            self.record.pop();
        }
        self.next = (self.lengths[0], 0);
        let found = name.is_some();
        self.record_name = name.unwrap_or_default();
        Ok(found)
    }
}

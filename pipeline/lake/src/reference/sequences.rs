//! `sequence.parquet` and `contigs.parquet`: the bases in pieces of 256 kb, a contig's rows one after the other, so that a
//! contig is read without the rest.

use std::collections::HashMap;
use std::fmt::Display;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringBuilder, UInt32Builder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use flate2::Crc;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
    RowSelector,
};
use parquet::file::properties::EnabledStatistics;
use parquet::schema::types::ColumnPath;
use serde::{Deserialize, Serialize};
use vaxloom_genome::reference::{ContigSequence, SequenceSource};

use super::{ReferenceError, properties};

/// Bases in a row.
const CHUNK: usize = 1 << 18;
/// Bases, and rows, in a row group: what the writer holds, and the least that a reader decodes.
const GROUP: usize = 1 << 24;
const GROUP_ROWS: u64 = 1 << 14;
/// Contigs that a reader keeps.
const KEPT: usize = 2;

/// A row of `contigs.parquet`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contig {
    pub(super) name: String,
    /// Number of bases, where it is known.
    pub(super) length: Option<u32>,
    /// Number of known bases.
    pub(super) known: u64,
    /// Its first row in `sequence.parquet`, 0-based.
    pub(super) first_row: u64,
    pub(super) rows: u64,
    /// CRC-32 of the known bases.
    pub(super) crc32: u32,
}

/// Writes contigs as they come; no more than a row group is in memory besides the contig.
pub(super) struct SequenceWriter {
    path: PathBuf,
    writer: ArrowWriter<File>,
    open: Rows,
    rows: u64,
    contigs: Vec<Contig>,
}

/// The rows of the next row group.
#[derive(Default)]
struct Rows {
    contig: StringBuilder,
    start: UInt32Builder,
    bases: StringBuilder,
    letters: usize,
    count: u64,
}

impl SequenceWriter {
    pub(super) fn create(path: &Path) -> Result<Self, ReferenceError> {
        let file = File::create(path).map_err(ReferenceError::unwritable(path))?;
        let bases = ColumnPath::from("bases");
        let properties = properties()
            .set_column_dictionary_enabled(bases.clone(), false)
            .set_column_statistics_enabled(bases, EnabledStatistics::None)
            .build();
        let writer = ArrowWriter::try_new(file, sequence_schema(), Some(properties))
            .map_err(ReferenceError::not_written(path))?;
        let (open, contigs) = (Rows::default(), Vec::new());
        Ok(Self { path: path.to_owned(), writer, open, rows: 0, contigs })
    }

    pub(super) fn add(
        &mut self,
        name: &str,
        sequence: &ContigSequence,
    ) -> Result<(), ReferenceError> {
        let (first_row, mut known, mut crc) = (self.rows, 0, Crc::new());
        for (start, bases) in sequence.pieces() {
            for (place, chunk) in bases.chunks(CHUNK).enumerate() {
                self.open.contig.append_value(name);
                self.open.start.append_value(start + (place * CHUNK) as u32);
                self.open.bases.append_value(String::from_utf8_lossy(chunk));
                self.open.letters += chunk.len();
                self.open.count += 1;
                self.rows += 1;
                if self.open.letters >= GROUP || self.open.count >= GROUP_ROWS {
                    self.close_group()?;
                }
            }
            known += bases.len() as u64;
            crc.update(bases);
        }
        self.contigs.push(Contig {
            name: name.to_owned(),
            length: sequence.length(),
            known,
            first_row,
            rows: self.rows - first_row,
            crc32: crc.sum(),
        });
        Ok(())
    }

    /// The contigs, once all their bases are on the disk.
    pub(super) fn finish(mut self) -> Result<Vec<Contig>, ReferenceError> {
        self.close_group()?;
        self.writer.close().map_err(ReferenceError::not_written(&self.path))?;
        Ok(self.contigs)
    }

    fn close_group(&mut self) -> Result<(), ReferenceError> {
        let Rows { mut contig, mut start, mut bases, .. } = std::mem::take(&mut self.open);
        let columns: Vec<ArrayRef> =
            vec![Arc::new(contig.finish()), Arc::new(start.finish()), Arc::new(bases.finish())];
        let batch = RecordBatch::try_new(sequence_schema(), columns)
            .map_err(ReferenceError::not_written(&self.path))?;
        self.writer.write(&batch).map_err(ReferenceError::not_written(&self.path))?;
        self.writer.flush().map_err(ReferenceError::not_written(&self.path))
    }
}

/// Reads contigs on demand, and keeps the last two.
pub(super) struct StoredSequences {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    contigs: HashMap<String, Contig>,
    /// The latest last.
    kept: Mutex<Vec<(String, Arc<ContigSequence>)>>,
}

impl StoredSequences {
    pub(super) fn open(path: &Path, contigs: &[Contig]) -> Result<Self, ReferenceError> {
        let file = File::open(path).map_err(ReferenceError::unreadable(path))?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default())
            .map_err(|error| ReferenceError::damaged(path, &error))?;
        let contigs = contigs.iter().map(|contig| (contig.name.clone(), contig.clone())).collect();
        Ok(Self { path: path.to_owned(), metadata, contigs, kept: Mutex::default() })
    }

    fn read(&self, contig: &Contig) -> io::Result<ContigSequence> {
        let (groups, skipped) = self.groups(contig);
        let rows =
            vec![RowSelector::skip(skipped as usize), RowSelector::select(contig.rows as usize)];
        let file = File::open(&self.path)?;
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_row_groups(groups)
                .with_row_selection(RowSelection::from(rows))
                .with_batch_size(64)
                .build()
                .map_err(|error| self.damaged(&error))?;
        let mut pieces: Vec<(u32, Vec<u8>)> = Vec::new();
        let mut crc = Crc::new();
        for batch in reader {
            let batch = batch.map_err(|error| self.damaged(&error))?;
            let starts = batch.column(1).as_primitive::<UInt32Type>();
            let bases = batch.column(2).as_string::<i32>();
            for (start, bases) in starts.values().iter().zip(bases.iter()) {
                let bases = bases.unwrap_or_default().as_bytes();
                crc.update(bases);
                append(&mut pieces, *start, bases, contig);
            }
        }
        if crc.sum() != contig.crc32 {
            return Err(self.damaged(&format!(
                "CRC-32 of contig {} is {:08x}; expected {:08x}",
                contig.name,
                crc.sum(),
                contig.crc32
            )));
        }
        Ok(match <[_; 1]>::try_from(pieces) {
            Ok([(1, bases)]) if contig.length == Some(bases.len() as u32) => {
                ContigSequence::whole(bases)
            }
            Ok([piece]) => ContigSequence::from_pieces(contig.length, vec![piece]),
            Err(pieces) => ContigSequence::from_pieces(contig.length, pieces),
        })
    }

    fn damaged(&self, what: &dyn Display) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {what}", self.path.display()))
    }

    /// The row groups that hold the contig, and the rows of theirs that come before it.
    fn groups(&self, contig: &Contig) -> (Vec<usize>, u64) {
        let (mut groups, mut skipped) = (Vec::new(), 0);
        let mut first = 0;
        for (place, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let after = first + group.num_rows() as u64;
            if first < contig.first_row + contig.rows && contig.first_row < after {
                if groups.is_empty() {
                    skipped = contig.first_row - first;
                }
                groups.push(place);
            }
            first = after;
        }
        (groups, skipped)
    }
}

/// Adds a chunk to the piece that it continues.
fn append(pieces: &mut Vec<(u32, Vec<u8>)>, start: u32, bases: &[u8], contig: &Contig) {
    match pieces.last_mut() {
        Some((first, last)) if u64::from(*first) + last.len() as u64 == u64::from(start) => {
            last.extend_from_slice(bases);
        }
        _ => {
            let whole = bases.len() == CHUNK;
            let mut piece = Vec::with_capacity(if whole { contig.known as usize } else { 0 });
            piece.extend_from_slice(bases);
            pieces.push((start, piece));
        }
    }
}

impl SequenceSource for StoredSequences {
    fn contig(&self, name: &str) -> io::Result<Option<Arc<ContigSequence>>> {
        let Some(contig) = self.contigs.get(name) else { return Ok(None) };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = if let Some(place) = kept.iter().position(|(known, _)| known == name) {
            kept.remove(place)
        } else {
            let over = kept.len().saturating_sub(KEPT - 1);
            kept.drain(..over);
            (name.to_owned(), Arc::new(self.read(contig)?))
        };
        let sequence = Arc::clone(&found.1);
        kept.push(found);
        Ok(Some(sequence))
    }
}

/// Writes `contigs.parquet`.
pub(super) fn write_contigs(path: &Path, contigs: &[Contig]) -> Result<(), ReferenceError> {
    let batch = vaxloom_tables::batch(&contig_schema(), contigs)
        .map_err(ReferenceError::not_written(path))?;
    super::write_batch(path, &batch)
}

/// Reads it.
pub(super) fn read_contigs(path: &Path) -> Result<Vec<Contig>, ReferenceError> {
    super::read_rows(path)
}

fn sequence_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("contig", DataType::Utf8, false),
        Field::new("start", DataType::UInt32, false),
        Field::new("bases", DataType::Utf8, false),
    ]))
}

fn contig_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("name", DataType::Utf8, false),
        Field::new("length", DataType::UInt32, true),
        Field::new("known", DataType::UInt64, false),
        Field::new("first_row", DataType::UInt64, false),
        Field::new("rows", DataType::UInt64, false),
        Field::new("crc32", DataType::UInt32, false),
    ]))
}

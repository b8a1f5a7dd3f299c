//! A reference on disk: built once of an annotation and sequences, opened by everything that computes consequences.
//!
//! A folder of Parquet files beside its manifest `reference.json`. [`build()`] makes one, [`open`] gives the transcripts at
//! once and the bases a contig at a time, [`open_proteome`] the index of normal peptides.

mod bases;
mod build;
mod error;
mod folder;
mod manifest;
mod proteins;
mod proteome;
mod sequences;
mod transcripts;

use std::fmt::Display;
use std::fs::File;
use std::path::Path;

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use serde::de::DeserializeOwned;
use vaxloom_genome::Proteome;
use vaxloom_genome::reference::Reference;

pub use build::{Built, Sources, build};
pub use error::ReferenceError;
pub use manifest::{Counts, FORMAT, Manifest, Mode, ProteomeOrigin, Source, StoredFile};
use sequences::StoredSequences;

const TRANSCRIPTS: &str = "transcripts.parquet";
const CONTIGS: &str = "contigs.parquet";
const SEQUENCE: &str = "sequence.parquet";
const PROTEOME: &str = "proteome.parquet";
const SUFFIXES: &str = "suffixes.parquet";
/// Lines, transcripts and proteins that were refused.
const REFUSED: &str = "refused.tsv";
/// Transcripts that translate to another protein than the file of proteins has.
const DIFFERING: &str = "differing-proteins.tsv";

/// Every file of a reference but its manifest; the lists are there where they have rows.
const FILES: [&str; 7] = [TRANSCRIPTS, CONTIGS, SEQUENCE, PROTEOME, SUFFIXES, REFUSED, DIFFERING];

/// Opens the reference in `dir`. Bases are read when their contig is first asked for, and checked then.
pub fn open(dir: &Path) -> Result<Reference, ReferenceError> {
    let manifest = Manifest::read(dir)?;
    for name in [TRANSCRIPTS, CONTIGS] {
        manifest.verify(dir, name)?;
    }
    let transcripts = transcripts::read(&dir.join(TRANSCRIPTS))?;
    let contigs = sequences::read_contigs(&dir.join(CONTIGS))?;
    let stored = StoredSequences::open(&dir.join(SEQUENCE), &contigs)?;
    let names = contigs.into_iter().map(|contig| (contig.name, contig.length)).collect();
    Ok(Reference::new(transcripts, names, Box::new(stored)))
}

/// Opens the index of the normal proteome in `dir`.
pub fn open_proteome(dir: &Path) -> Result<Proteome, ReferenceError> {
    let manifest = Manifest::read(dir)?;
    proteome::read(dir, manifest.proteome_checksum)
}

/// How every file is written.
fn properties() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()))
}

fn write_batch(path: &Path, batch: &RecordBatch) -> Result<(), ReferenceError> {
    let file = File::create(path).map_err(ReferenceError::unwritable(path))?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties().build()))
        .map_err(ReferenceError::not_written(path))?;
    writer.write(batch).map_err(ReferenceError::not_written(path))?;
    writer.close().map_err(ReferenceError::not_written(path))?;
    Ok(())
}

fn read_rows<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, ReferenceError> {
    let damaged = |error: &dyn Display| ReferenceError::damaged(path, error);
    let file = File::open(path).map_err(ReferenceError::unreadable(path))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| damaged(&error))?;
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|error| damaged(&error))?;
        rows.extend(vaxloom_tables::rows::<T>(&batch).map_err(|error| damaged(&error))?);
    }
    Ok(rows)
}

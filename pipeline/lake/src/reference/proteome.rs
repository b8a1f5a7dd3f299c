//! `proteome.parquet` (a row a name of a protein, with its residues at its first name) and `suffixes.parquet`, the sorted
//! positions that peptides are looked up in.

use std::fmt::Display;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use serde::{Deserialize, Serialize};
use vaxloom_genome::Proteome;
use vaxloom_genome::proteome::{ProteinName, ProteomeParts};

use super::{PROTEOME, ReferenceError, SUFFIXES, properties};

/// Positions that are written together.
const ROWS: usize = 1 << 20;

/// A row of `proteome.parquet`.
#[derive(Serialize, Deserialize)]
struct Named {
    protein: u32,
    identifier: String,
    gene: Option<String>,
    /// Stops within are `*`; only at the first name of each protein.
    residues: Option<String>,
}

pub(super) fn write(dir: &Path, proteome: &Proteome) -> Result<(), ReferenceError> {
    let parts = proteome.parts();
    let path = dir.join(PROTEOME);
    let batch = vaxloom_tables::batch(&schema(), &named(parts))
        .map_err(ReferenceError::not_written(&path))?;
    super::write_batch(&path, &batch)?;
    write_suffixes(&dir.join(SUFFIXES), &parts.suffixes)
}

pub(super) fn read(dir: &Path, checksum: u32) -> Result<Proteome, ReferenceError> {
    let mut parts = ProteomeParts::default();
    for row in super::read_rows::<Named>(&dir.join(PROTEOME))? {
        if let Some(residues) = row.residues {
            parts.starts.push(parts.residues.len() as u32);
            parts.residues += &residues;
            parts.residues.push('*');
        }
        let Named { protein, identifier, gene, .. } = row;
        parts.names.push(ProteinName { protein, identifier, gene });
    }
    parts.suffixes = read_suffixes(&dir.join(SUFFIXES))?;
    Proteome::from_parts(parts, checksum)
        .map_err(|source| ReferenceError::Proteome { dir: dir.to_owned(), source })
}

fn named(parts: &ProteomeParts) -> Vec<Named> {
    let mut last = None;
    let rows = parts.names.iter().map(|name| {
        let first = last.replace(name.protein) != Some(name.protein);
        let start = parts.starts[name.protein as usize] as usize;
        let end = parts.starts.get(name.protein as usize + 1).copied();
        // Without the stop that ends it.
        let end = end.map_or(parts.residues.len(), |end| end as usize) - 1;
        Named {
            protein: name.protein,
            identifier: name.identifier.clone(),
            gene: name.gene.clone(),
            residues: first.then(|| parts.residues[start..end].to_owned()),
        }
    });
    rows.collect()
}

/// As they are: sorted suffixes do not compress.
fn write_suffixes(path: &Path, suffixes: &[u32]) -> Result<(), ReferenceError> {
    let schema: SchemaRef =
        Arc::new(Schema::new(vec![Field::new("position", DataType::UInt32, false)]));
    let properties =
        properties().set_compression(Compression::UNCOMPRESSED).set_dictionary_enabled(false);
    let file = File::create(path).map_err(ReferenceError::unwritable(path))?;
    let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties.build()))
        .map_err(ReferenceError::not_written(path))?;
    for rows in suffixes.chunks(ROWS) {
        let column: ArrayRef = Arc::new(UInt32Array::from(rows.to_vec()));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![column])
            .map_err(ReferenceError::not_written(path))?;
        writer.write(&batch).map_err(ReferenceError::not_written(path))?;
    }
    writer.close().map_err(ReferenceError::not_written(path))?;
    Ok(())
}

fn read_suffixes(path: &Path) -> Result<Vec<u32>, ReferenceError> {
    let damaged = |error: &dyn Display| ReferenceError::damaged(path, error);
    let file = File::open(path).map_err(ReferenceError::unreadable(path))?;
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| damaged(&error))?;
    let rows = builder.metadata().file_metadata().num_rows() as usize;
    let reader = builder.with_batch_size(ROWS).build().map_err(|error| damaged(&error))?;
    let mut suffixes = Vec::with_capacity(rows);
    for batch in reader {
        let batch = batch.map_err(|error| damaged(&error))?;
        suffixes.extend_from_slice(batch.column(0).as_primitive::<UInt32Type>().values());
    }
    Ok(suffixes)
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("protein", DataType::UInt32, false),
        Field::new("identifier", DataType::Utf8, false),
        Field::new("gene", DataType::Utf8, true),
        Field::new("residues", DataType::Utf8, true),
    ]))
}

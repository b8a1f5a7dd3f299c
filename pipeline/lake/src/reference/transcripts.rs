//! `transcripts.parquet`: a row a transcript, read at once when a reference is opened.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use rayon::prelude::*;
use vaxloom_genome::reference::Transcript;

use super::{ReferenceError, properties};

/// Rows that are decoded together.
const ROWS: usize = 1 << 14;

/// Writes the transcripts in the order given.
pub(super) fn write(path: &Path, transcripts: &[Transcript]) -> Result<(), ReferenceError> {
    let file = File::create(path).map_err(ReferenceError::unwritable(path))?;
    let schema = schema();
    let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties().build()))
        .map_err(ReferenceError::not_written(path))?;
    for rows in transcripts.chunks(ROWS) {
        let batch =
            vaxloom_tables::batch(&schema, rows).map_err(ReferenceError::not_written(path))?;
        writer.write(&batch).map_err(ReferenceError::not_written(path))?;
        writer.flush().map_err(ReferenceError::not_written(path))?;
    }
    writer.close().map_err(ReferenceError::not_written(path))?;
    Ok(())
}

/// Reads them, a row group on each thread.
pub(super) fn read(path: &Path) -> Result<Vec<Transcript>, ReferenceError> {
    let file = File::open(path).map_err(ReferenceError::unreadable(path))?;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default())
        .map_err(|error| ReferenceError::damaged(path, &error))?;
    let groups = metadata.metadata().num_row_groups();
    let read: Result<Vec<Vec<Transcript>>, ReferenceError> = (0..groups)
        .into_par_iter()
        .map(|group| {
            let file = File::open(path).map_err(ReferenceError::unreadable(path))?;
            group_rows(file, metadata.clone(), group)
                .map_err(|error| ReferenceError::damaged(path, &error))
        })
        .collect();
    Ok(read?.into_iter().flatten().collect())
}

fn group_rows(
    file: File,
    metadata: ArrowReaderMetadata,
    group: usize,
) -> Result<Vec<Transcript>, Box<dyn std::error::Error>> {
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
        .with_row_groups(vec![group])
        .with_batch_size(ROWS)
        .build()?;
    let mut rows = Vec::new();
    for batch in reader {
        rows.extend(vaxloom_tables::rows::<Transcript>(&batch?)?);
    }
    Ok(rows)
}

/// The fields of [`Transcript`], with its names.
fn schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    let flag = |name: &str| Field::new(name, DataType::Boolean, false);
    let interval = || DataType::Struct(Fields::from(vec![position("start"), position("end")]));
    let part = |more: Vec<Field>| {
        let fields = [vec![Field::new("interval", interval(), false)], more].concat();
        DataType::Struct(Fields::from(fields))
    };
    let list = |name: &str, item| Field::new(name, DataType::new_list(item, false), false);
    Arc::new(Schema::new(vec![
        text("id", false),
        text("version", true),
        text("gene_id", false),
        text("gene", false),
        text("biotype", false),
        text("contig", false),
        text("strand", false),
        Field::new("interval", interval(), false),
        list("exons", interval()),
        list("coding", part(vec![Field::new("phase", DataType::UInt8, true)])),
        list("utrs", part(vec![flag("five_prime"), flag("derived")])),
        text("protein_id", true),
        flag("mane_select"),
        flag("mane_plus_clinical"),
        flag("canonical"),
        Field::new("tsl", DataType::Int32, true),
        text("appris", true),
        flag("cds_start_not_found"),
        flag("cds_end_not_found"),
        list("selenocysteines", DataType::UInt32),
        flag("mitochondrial"),
    ]))
}

fn position(name: &str) -> Field {
    Field::new(name, DataType::UInt32, false)
}

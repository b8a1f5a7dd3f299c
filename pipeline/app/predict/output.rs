//! Rows out: text or Parquet, by the name of the file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, bail};
use arrow::csv::{Writer as TextWriter, WriterBuilder};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;

/// Where batches go.
pub(super) enum Writer {
    Text(Box<TextWriter<Box<dyn Write + Send>>>),
    Parquet(Box<ArrowWriter<File>>),
}

impl Writer {
    /// A file whose name ends in .tsv, .csv or .parquet; TSV on standard output without one.
    pub(super) fn create(path: Option<&Path>, schema: &SchemaRef) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self::text(Box::new(BufWriter::new(io::stdout())), b'\t', schema)?);
        };
        let create =
            || File::create(path).with_context(|| format!("{}: cannot be written", path.display()));
        let buffered =
            || -> anyhow::Result<Box<dyn Write + Send>> { Ok(Box::new(BufWriter::new(create()?))) };
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("tsv" | "txt") => Ok(Self::text(buffered()?, b'\t', schema)?),
            Some("csv") => Ok(Self::text(buffered()?, b',', schema)?),
            Some("parquet") => {
                let writer = ArrowWriter::try_new(create()?, schema.clone(), None)?;
                Ok(Self::Parquet(Box::new(writer)))
            }
            _ => bail!("{}: expected a name that ends in .tsv, .csv or .parquet", path.display()),
        }
    }

    fn text(
        out: Box<dyn Write + Send>,
        separator: u8,
        schema: &SchemaRef,
    ) -> Result<Self, arrow::error::ArrowError> {
        let mut writer = WriterBuilder::new().with_delimiter(separator).build(out);
        // The header is there whatever follows.
        writer.write(&RecordBatch::new_empty(schema.clone()))?;
        Ok(Self::Text(Box::new(writer)))
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        match self {
            Self::Text(writer) => writer.write(batch)?,
            Self::Parquet(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    /// Writes what is left.
    pub(super) fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Text(writer) => writer.into_inner().flush()?,
            Self::Parquet(writer) => {
                writer.close()?;
            }
        }
        Ok(())
    }
}

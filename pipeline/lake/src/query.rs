//! One query, and its answer as a table, CSV, JSON or Parquet.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder;
use arrow::datatypes::SchemaRef;
use arrow::json::LineDelimitedWriter;
use arrow::util::pretty::pretty_format_batches_with_schema;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SQLOptions, SessionContext};
use parquet::arrow::ArrowWriter;

use crate::LakeError;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Columns drawn with lines, for people.
    Table,
    /// RFC 4180 with a header; lists in brackets.
    Csv,
    /// The same with tabs.
    Tsv,
    /// One JSON object a line.
    Json,
    /// One Parquet file.
    Parquet,
}

/// An answer: its columns, and its rows.
#[derive(Debug)]
pub struct Answer {
    /// Columns, also where there are no rows.
    pub schema: SchemaRef,
    /// Rows.
    pub batches: Vec<RecordBatch>,
}

/// Runs a read-only query.
pub async fn query(session: &SessionContext, sql: &str) -> Result<Answer, LakeError> {
    let read_only =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = session.sql_with_options(sql, read_only).await?;
    let schema = SchemaRef::clone(frame.schema().inner());
    let explains =
        matches!(frame.logical_plan(), LogicalPlan::Explain(_) | LogicalPlan::Analyze(_));
    let batches = frame.collect().await?;
    let schema = batches.first().filter(|_| explains).map_or(schema, RecordBatch::schema);
    Ok(Answer { schema, batches })
}

/// Writes an answer.
pub fn write(answer: &Answer, format: Format, mut out: impl Write + Send) -> Result<(), LakeError> {
    match format {
        Format::Table => {
            let table = pretty_format_batches_with_schema(
                SchemaRef::clone(&answer.schema),
                &answer.batches,
            )?;
            writeln!(out, "{table}")
                .map_err(|e| arrow::error::ArrowError::IoError(e.to_string(), e))?;
        }
        Format::Csv => delimited(answer, b',', out)?,
        Format::Tsv => delimited(answer, b'\t', out)?,
        Format::Json => {
            let mut writer = LineDelimitedWriter::new(out);
            for batch in &answer.batches {
                writer.write(batch)?;
            }
            writer.finish()?;
        }
        Format::Parquet => parquet(answer, out)?,
    }
    Ok(())
}

/// CSV has no lists: they are written as text.
fn delimited(answer: &Answer, delimiter: u8, out: impl Write) -> Result<(), LakeError> {
    let mut writer = WriterBuilder::new().with_header(true).with_delimiter(delimiter).build(out);
    let empty = [RecordBatch::new_empty(SchemaRef::clone(&answer.schema))];
    let batches = if answer.batches.is_empty() { &empty[..] } else { &answer.batches };
    for batch in batches {
        writer.write(&flat(batch)?)?;
    }
    Ok(())
}

fn flat(batch: &RecordBatch) -> Result<RecordBatch, LakeError> {
    use arrow::array::{Array, ArrayRef, StringArray};
    use arrow::util::display::{ArrayFormatter, FormatOptions};

    let options = FormatOptions::default();
    let column = |array: &ArrayRef| -> Result<ArrayRef, LakeError> {
        if !array.data_type().is_nested() {
            return Ok(ArrayRef::clone(array));
        }
        let formatter = ArrayFormatter::try_new(array, &options)?;
        let texts = (0..array.len())
            .map(|row| array.is_valid(row).then(|| formatter.value(row).to_string()));
        Ok(std::sync::Arc::new(texts.collect::<StringArray>()))
    };
    let columns = batch.columns().iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let schema = batch.schema();
    let named = schema.fields().iter().map(|f| f.name().clone()).zip(columns);
    Ok(RecordBatch::try_from_iter_with_nullable(named.map(|(name, array)| (name, array, true)))?)
}

fn parquet(answer: &Answer, out: impl Write + Send) -> Result<(), LakeError> {
    let failed = |e: parquet::errors::ParquetError| arrow::error::ArrowError::from(e);
    let mut writer =
        ArrowWriter::try_new(out, SchemaRef::clone(&answer.schema), None).map_err(failed)?;
    for batch in &answer.batches {
        writer.write(batch).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}

//! One query, and its answer as a table, CSV, JSON, Parquet or Arrow.

use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use arrow::json::LineDelimitedWriter;
use arrow::util::pretty::pretty_format_batches_with_schema;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{DataFrame, SessionContext};
use futures::TryStreamExt;
use parquet::arrow::ArrowWriter;

use crate::LakeError;
pub use crate::sql::{corrupt::named as damage_named, plan, words};

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
    /// One Arrow IPC file (Feather).
    Arrow,
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
    let frame = plan(session, sql).await?;
    let (schema, explains) = (SchemaRef::clone(frame.schema().inner()), explains(&frame));
    let mut answers = Answers::of(frame).await?;
    let mut batches = Vec::new();
    while let Some(batch) = answers.next().await? {
        batches.push(batch);
    }
    let schema = batches.first().filter(|_| explains).map_or(schema, RecordBatch::schema);
    Ok(Answer { schema, batches })
}

/// The batches of a plan that is run.
struct Answers {
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    batches: SendableRecordBatchStream,
}

impl Answers {
    async fn of(frame: DataFrame) -> Result<Self, LakeError> {
        let context = Arc::new(frame.task_ctx());
        let plan = frame.create_physical_plan().await?;
        let batches = execute_stream(Arc::clone(&plan), Arc::clone(&context))?;
        Ok(Self { plan, context, batches })
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        match self.batches.try_next().await {
            Ok(batch) => Ok(batch),
            Err(error) => Err(damage_named(&self.plan, &self.context, error).await),
        }
    }
}

/// What an explanation's plan says of its columns is not what comes.
fn explains(frame: &DataFrame) -> bool {
    matches!(frame.logical_plan(), LogicalPlan::Explain(_) | LogicalPlan::Analyze(_))
}

/// Runs a read-only query and writes its answer while it comes, but for a table of lines, whose width every row has a say in.
/// Answers with the number of rows.
pub async fn write_query(
    session: &SessionContext,
    sql: &str,
    format: Format,
    out: impl Write + Send,
) -> Result<usize, LakeError> {
    let frame = plan(session, sql).await?;
    if format == Format::Table || explains(&frame) {
        let answer = query(session, sql).await?;
        write(&answer, format, out)?;
        return Ok(answer.batches.iter().map(RecordBatch::num_rows).sum());
    }
    let mut sink = Sink::new(format, &SchemaRef::clone(frame.schema().inner()), out)?;
    let mut answers = Answers::of(frame).await?;
    let mut rows = 0;
    while let Some(batch) = answers.next().await? {
        rows += batch.num_rows();
        sink.write(&batch)?;
    }
    sink.finish()?;
    Ok(rows)
}

/// Writes an answer.
pub fn write(answer: &Answer, format: Format, mut out: impl Write + Send) -> Result<(), LakeError> {
    if format == Format::Table {
        let table =
            pretty_format_batches_with_schema(SchemaRef::clone(&answer.schema), &answer.batches)?;
        writeln!(out, "{table}").map_err(|e| ArrowError::IoError(e.to_string(), e))?;
        return Ok(());
    }
    let mut sink = Sink::new(format, &answer.schema, out)?;
    for batch in &answer.batches {
        sink.write(batch)?;
    }
    sink.finish()
}

/// Where the batches of an answer go.
enum Sink<W: Write + Send> {
    /// CSV has no lists: they are written as text. The header comes with the first batch, or with none.
    Delimited(arrow::csv::Writer<W>, Option<RecordBatch>),
    Json(LineDelimitedWriter<W>),
    Parquet(Box<ArrowWriter<W>>),
    Arrow(FileWriter<W>),
}

impl<W: Write + Send> Sink<W> {
    fn new(format: Format, schema: &SchemaRef, out: W) -> Result<Self, LakeError> {
        let delimited = |delimiter, out| {
            let empty = RecordBatch::new_empty(SchemaRef::clone(schema));
            let writer = WriterBuilder::new().with_header(true).with_delimiter(delimiter);
            Self::Delimited(writer.build(out), Some(empty))
        };
        Ok(match format {
            Format::Table | Format::Csv => delimited(b',', out),
            Format::Tsv => delimited(b'\t', out),
            Format::Json => Self::Json(LineDelimitedWriter::new(out)),
            Format::Parquet => {
                let writer = ArrowWriter::try_new(out, SchemaRef::clone(schema), None);
                Self::Parquet(Box::new(writer.map_err(ArrowError::from)?))
            }
            Format::Arrow => Self::Arrow(FileWriter::try_new(out, schema)?),
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        match self {
            Self::Delimited(writer, empty) => {
                *empty = None;
                writer.write(&flat(batch)?)?;
            }
            Self::Json(writer) => writer.write(batch)?,
            Self::Parquet(writer) => writer.write(batch).map_err(ArrowError::from)?,
            Self::Arrow(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    fn finish(self) -> Result<(), LakeError> {
        match self {
            Self::Delimited(mut writer, Some(empty)) => writer.write(&flat(&empty)?)?,
            Self::Delimited(_, None) => {}
            Self::Json(mut writer) => writer.finish()?,
            Self::Parquet(writer) => drop(writer.close().map_err(ArrowError::from)?),
            Self::Arrow(mut writer) => writer.finish()?,
        }
        Ok(())
    }
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

//! FHIR resources as tables: `SELECT * FROM fhir_view('patient.json', 'export/')`.
//!
//! The view, a ViewDefinition of SQL on FHIR v2, says what the columns are, so that these are no [`Format`](super::Format).
//! `fhir_view_refused(view, records)` gives the lines and resources that gave no row.
//!
//! Records go through the gate of `safe-harbor`, unless a third argument names another profile or says `none`: who asks a question in
//! SQL should not meet a name without having asked for it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBuilder, Float64Array, Float64Builder, Int64Array, Int64Builder,
    ListBuilder, RecordBatch, RecordBatchOptions, StringArray, StringBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{DataFusionError, Result, plan_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::prelude::SessionContext;
use tokio::sync::mpsc::Sender;
use vaxloom_clinical::deid::{Gate, Profile};
use vaxloom_clinical::view::{Cell, Column, ColumnType, Output, ViewDefinition};

use super::table::text;
use crate::functions::external;

/// Profile of the gate where none is named.
const DEFAULT: &str = "safe-harbor";
/// Instead of a profile: no gate.
const UNGATED: &str = "none";
/// Batches that are read ahead.
const AHEAD: usize = 2;
/// Seconds of a mean Gregorian year.
const YEAR: u64 = 31_556_952;

/// Adds the functions to a session.
pub(super) fn register(session: &SessionContext) {
    session.register_udtf("fhir_view", Arc::new(Function { refused: false }));
    session.register_udtf("fhir_view_refused", Arc::new(Function { refused: true }));
}

#[derive(Debug)]
struct Function {
    refused: bool,
}

impl TableFunctionImpl for Function {
    fn call_with_args(
        &self,
        arguments: TableFunctionArgs<'_, '_>,
    ) -> Result<Arc<dyn TableProvider>> {
        let texts: std::result::Result<Vec<_>, _> = arguments.exprs().iter().map(text).collect();
        let (view, records, profile) = match texts.as_deref() {
            Ok([Some(view), Some(records)]) => (view, records, DEFAULT),
            Ok([Some(view), Some(records), Some(profile)]) => (view, records, profile.as_str()),
            _ => {
                return plan_err!(
                    "fhir_view(view, records [, profile]) takes text, as in: SELECT * FROM fhir_view('patient.json', 'export/', 'limited-dataset'); without a profile the gate is that of {DEFAULT}, and with '{UNGATED}' there is no gate"
                );
            }
        };
        let (view, records) = (PathBuf::from(view), PathBuf::from(records));
        let view = ViewDefinition::read(&view).map_err(external)?;
        let profile = match profile {
            UNGATED => None,
            name => Some(Profile::named(name).map_err(external)?),
        };
        let schema = if self.refused { refused_schema() } else { schema(view.columns()) };
        let table =
            Table { view, records, profile, refused: self.refused, schema, projection: None };
        Ok(Arc::new(table))
    }
}

/// Rows of a folder by a view, or what gave none.
#[derive(Clone)]
struct Table {
    view: ViewDefinition,
    records: PathBuf,
    /// Gate that resources go through first; `None` where the query does without.
    profile: Option<Profile>,
    refused: bool,
    /// Of the columns in `projection`.
    schema: SchemaRef,
    /// Places of the columns; `None` for all.
    projection: Option<Vec<usize>>,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("records", &self.records).finish_non_exhaustive()
    }
}

fn schema(columns: &[Column]) -> SchemaRef {
    let field = |column: &Column| {
        let one = match column.column_type {
            ColumnType::Boolean => DataType::Boolean,
            ColumnType::Integer => DataType::Int64,
            ColumnType::Decimal => DataType::Float64,
            ColumnType::Text | ColumnType::Json => DataType::Utf8,
        };
        let kind = if column.collection {
            DataType::List(Arc::new(Field::new_list_field(one, true)))
        } else {
            one
        };
        Field::new(&column.name, kind, true)
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

fn refused_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let line = Field::new("source_line", DataType::Int64, false);
    Arc::new(Schema::new(vec![text("source_file"), line, text("rule"), text("message")]))
}

#[async_trait]
impl TableProvider for Table {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(places) => Arc::new(self.schema.project(places)?),
            None => Arc::clone(&self.schema),
        };
        let table =
            Self { schema: Arc::clone(&schema), projection: projection.cloned(), ..self.clone() };
        let plan =
            StreamingTableExec::try_new(schema, vec![Arc::new(table)], None, [], false, limit)?;
        Ok(Arc::new(plan))
    }
}

impl PartitionStream for Table {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), AHEAD);
        let (table, sender) = (self.clone(), stream.tx());
        let rows_at_once = context.session_config().batch_size();
        stream.spawn_blocking(move || table.read(&sender, rows_at_once));
        stream.build()
    }
}

impl Table {
    /// Sends batches until the records end, or nobody wants more.
    fn read(&self, sender: &Sender<Result<RecordBatch>>, rows_at_once: usize) -> Result<()> {
        let mut gate = match &self.profile {
            Some(profile) => Some(Gate::new(profile.clone(), None, this_year()).map_err(external)?),
            None => None,
        };
        let mut waiting: Vec<Vec<Cell>> = Vec::new();
        let mut fault = None;
        let mut send = |rows: &mut Vec<Vec<Cell>>| match self.batch(rows) {
            Ok(batch) => {
                rows.clear();
                sender.blocking_send(Ok(batch)).is_ok()
            }
            Err(error) => {
                fault = Some(error);
                false
            }
        };
        let mut refused = 0;
        self.view
            .run(&self.records, gate.as_mut(), |output| {
                match output {
                    Output::Rows { rows, .. } if !self.refused => waiting.extend(rows),
                    Output::Rows { .. } => {}
                    Output::Refused { file, line, rule, message } => {
                        refused += 1;
                        if self.refused {
                            let text = |text: &str| Cell::Text(text.to_owned());
                            waiting.push(vec![
                                text(file),
                                Cell::Integer(line),
                                text(rule),
                                text(&message),
                            ]);
                        }
                    }
                }
                waiting.len() < rows_at_once || send(&mut waiting)
            })
            .map_err(external)?;
        if !waiting.is_empty() {
            send(&mut waiting);
        }
        if refused > 0 && !self.refused {
            tracing::warn!(
                "{refused} lines or resources gave no row; they are listed by fhir_view_refused, with the same arguments"
            );
        }
        fault.map_or(Ok(()), Err)
    }

    fn batch(&self, rows: &[Vec<Cell>]) -> Result<RecordBatch> {
        let all: Vec<usize> = match &self.projection {
            Some(places) => places.clone(),
            None => (0..self.schema.fields().len()).collect(),
        };
        let arrays: Vec<ArrayRef> = all
            .iter()
            .zip(self.schema.fields())
            .map(|(place, field)| column(rows, *place, field.data_type()))
            .collect::<Result<_>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?)
    }
}

/// A column of lists.
macro_rules! list {
    ($cells:expr, $builder:expr, $value:expr) => {{
        let mut lists = ListBuilder::new($builder);
        for cell in $cells {
            if let Cell::List(items) = cell {
                for item in items {
                    lists.values().append_option($value(item));
                }
            }
            lists.append(!matches!(cell, Cell::Null));
        }
        Arc::new(lists.finish())
    }};
}

fn column(rows: &[Vec<Cell>], place: usize, kind: &DataType) -> Result<ArrayRef> {
    let cells = || rows.iter().map(|row| row.get(place).unwrap_or(&Cell::Null));
    Ok(match kind {
        DataType::Boolean => Arc::new(cells().map(boolean).collect::<BooleanArray>()),
        DataType::Int64 => Arc::new(cells().map(integer).collect::<Int64Array>()),
        DataType::Float64 => Arc::new(cells().map(decimal).collect::<Float64Array>()),
        DataType::Utf8 => Arc::new(cells().map(plain).collect::<StringArray>()),
        DataType::List(item) => match item.data_type() {
            DataType::Boolean => list!(cells(), BooleanBuilder::new(), boolean),
            DataType::Int64 => list!(cells(), Int64Builder::new(), integer),
            DataType::Float64 => list!(cells(), Float64Builder::new(), decimal),
            _ => list!(cells(), StringBuilder::new(), plain),
        },
        other => {
            return Err(DataFusionError::Internal(format!("a view has no column of type {other}")));
        }
    })
}

fn boolean(cell: &Cell) -> Option<bool> {
    match cell {
        Cell::Boolean(value) => Some(*value),
        _ => None,
    }
}

fn integer(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Integer(value) => Some(*value),
        _ => None,
    }
}

fn decimal(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Decimal(value) => Some(*value),
        Cell::Integer(value) => Some(*value as f64),
        _ => None,
    }
}

fn plain(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Text(text) => Some(text),
        _ => None,
    }
}

/// The current year, from which the gate counts ages.
fn this_year() -> i32 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    1970 + (seconds / YEAR) as i32
}

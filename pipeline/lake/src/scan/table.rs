//! A [`Format`] as DataFusion's table functions. A file is read on a thread of its own, and its batches wait in a channel that
//! holds few: memory does not grow with the file, and a query that has what it wants (LIMIT) ends the reading.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Int64Type, Schema, SchemaRef};
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
use vaxloom_genome::Quarantined;

use super::column::{self, Column};
use super::{Format, Request};

/// Batches that are read ahead.
const AHEAD: usize = 2;

/// Adds the functions of a format to a session.
pub(super) fn register<F: Format>(session: &SessionContext) {
    let add = |gives: Gives| {
        let function = Function::<F> { gives, format: PhantomData };
        session.register_udtf(&function.name(), Arc::new(function));
    };
    add(Gives::Rows);
    if F::REFUSES {
        add(Gives::Refused);
    }
}

/// What a table holds of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gives {
    /// What the file says.
    Rows,
    /// What could not be used.
    Refused,
}

/// `vcf_scan`, `vcf_refused`.
struct Function<F> {
    gives: Gives,
    format: PhantomData<F>,
}

impl<F: Format> Function<F> {
    fn name(&self) -> String {
        match self.gives {
            Gives::Rows => format!("{}_scan", F::NAME),
            Gives::Refused => format!("{}_refused", F::NAME),
        }
    }

    fn request(&self, arguments: &[Expr]) -> Result<Request> {
        let texts: Result<Vec<_>, _> = arguments.iter().map(text).collect();
        match texts.as_deref() {
            Ok([Some(path), options @ ..]) if options.len() <= F::OPTIONS.len() => {
                let mut options = options.to_vec();
                options.resize(F::OPTIONS.len(), None);
                Ok(Request { path: path.into(), name: path.clone(), options })
            }
            _ => {
                let name = self.name();
                let options: Vec<_> = F::OPTIONS.iter().map(|o| format!(" [, {o}]")).collect();
                let options = options.concat();
                plan_err!("{name}(path{options}) takes text, as in: SELECT * FROM {name}('file')")
            }
        }
    }
}

/// The text of a literal, none where it is NULL.
///
/// # Errors
///
/// What is no text.
pub(super) fn text(argument: &Expr) -> Result<Option<String>, &Expr> {
    match argument {
        Expr::Literal(value, _) if value.is_null() => Ok(None),
        Expr::Literal(value, _) => {
            value.try_as_str().flatten().map(|text| Some(text.to_owned())).ok_or(argument)
        }
        _ => Err(argument),
    }
}

impl<F> fmt::Debug for Function<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("gives", &self.gives).finish_non_exhaustive()
    }
}

impl<F: Format> TableFunctionImpl for Function<F> {
    fn call_with_args(
        &self,
        arguments: TableFunctionArgs<'_, '_>,
    ) -> Result<Arc<dyn TableProvider>> {
        let request = self.request(arguments.exprs())?;
        let schema = match self.gives {
            Gives::Rows => schema(&F::columns()),
            Gives::Refused => schema(&refused_columns()),
        };
        Ok(Arc::new(File::<F> {
            request,
            gives: self.gives,
            schema,
            projection: None,
            format: PhantomData,
        }))
    }
}

fn schema<R>(columns: &[Column<R>]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(|column| column.field.clone()).collect::<Vec<_>>()))
}

/// Columns of the table `quarantine`, as far as a file alone fills them.
fn refused_columns() -> Vec<Column<Quarantined>> {
    vec![
        Column::text("source_file", |row: &Quarantined| Some((&row.source_file).into())).always(),
        Column::number::<Int64Type>("source_line", |row: &Quarantined| Some(row.source_line))
            .always(),
        Column::text("path", |row: &Quarantined| Some((&row.path).into())).always(),
        Column::text("rule", |row: &Quarantined| Some((&row.rule).into())).always(),
        Column::text("message", |row: &Quarantined| Some((&row.message).into())).always(),
        Column::text("remedy", |row: &Quarantined| Some((&row.remedy).into())).always(),
    ]
}

/// A file, or some columns of it.
struct File<F> {
    request: Request,
    gives: Gives,
    /// Of the columns in `projection`.
    schema: SchemaRef,
    /// Places of the columns; `None` for all.
    projection: Option<Vec<usize>>,
    format: PhantomData<F>,
}

impl<F> fmt::Debug for File<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("request", &self.request).finish_non_exhaustive()
    }
}

#[async_trait]
impl<F: Format> TableProvider for File<F> {
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
        let file = Self {
            request: self.request.clone(),
            gives: self.gives,
            schema: Arc::clone(&schema),
            projection: projection.cloned(),
            format: PhantomData,
        };
        let plan =
            StreamingTableExec::try_new(schema, vec![Arc::new(file)], None, [], false, limit)?;
        Ok(Arc::new(plan))
    }
}

impl<F: Format> PartitionStream for File<F> {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), AHEAD);
        let output = match self.gives {
            Gives::Rows => Output::Rows(self.chosen(F::columns())),
            Gives::Refused => Output::Refused(self.chosen(refused_columns())),
        };
        let mut sink = Sink {
            output,
            schema: Arc::clone(&self.schema),
            rows_at_once: context.session_config().batch_size(),
            sender: stream.tx(),
            refused: 0,
        };
        let request = self.request.clone();
        stream.spawn_blocking(move || {
            let ended = F::read(&request, &mut sink);
            sink.tell_refused(F::NAME, &request.name);
            match ended {
                Ok(()) | Err(Stop::Enough) => Ok(()),
                Err(Stop::Failed(error)) => Err(error),
            }
        });
        stream.build()
    }
}

impl<F> File<F> {
    fn chosen<R>(&self, columns: Vec<Column<R>>) -> Vec<Column<R>> {
        let Some(places) = &self.projection else { return columns };
        let mut columns: Vec<_> = columns.into_iter().map(Some).collect();
        places.iter().filter_map(|&place| columns[place].take()).collect()
    }
}

/// Why reading ends before the file does.
pub(super) enum Stop {
    /// Nobody wants more.
    Enough,
    /// The file cannot be used.
    Failed(DataFusionError),
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(DataFusionError::External(Box::new(error)))
    }
}

/// Where a format puts what it reads.
pub(super) struct Sink<R> {
    output: Output<R>,
    schema: SchemaRef,
    rows_at_once: usize,
    sender: Sender<Result<RecordBatch>>,
    /// Rows of the quarantine that nobody asked for.
    refused: usize,
}

enum Output<R> {
    Rows(Vec<Column<R>>),
    Refused(Vec<Column<Quarantined>>),
}

impl<R> Sink<R> {
    /// Takes rows, in the order of the file.
    pub(super) fn add(&mut self, rows: &[R]) -> Result<(), Stop> {
        match &self.output {
            Output::Rows(columns) => self.send(columns, rows),
            Output::Refused(_) if self.sender.is_closed() => Err(Stop::Enough),
            Output::Refused(_) => Ok(()),
        }
    }

    /// Takes what could not be used.
    pub(super) fn refuse(&mut self, rows: &[Quarantined]) -> Result<(), Stop> {
        self.refused += rows.len();
        match &self.output {
            Output::Rows(_) => Ok(()),
            Output::Refused(columns) => self.send(columns, rows),
        }
    }

    /// Tells the user something of the file, once.
    pub(super) fn warn(&self, file: &str, text: &str) {
        if matches!(self.output, Output::Rows(_)) {
            tracing::warn!("{file}: {text}");
        }
    }

    fn send<T>(&self, columns: &[Column<T>], rows: &[T]) -> Result<(), Stop> {
        for rows in rows.chunks(self.rows_at_once) {
            let batch = column::batch(&self.schema, columns, rows)?;
            self.sender.blocking_send(Ok(batch)).map_err(|_| Stop::Enough)?;
        }
        Ok(())
    }

    fn tell_refused(&self, format: &str, file: &str) {
        if self.refused > 0 {
            let refused = self.refused;
            let list = format!("SELECT * FROM {format}_refused('{}')", file.replace('\'', "''"));
            self.warn(file, &format!("{refused} lines or parts of lines cannot be used and gave no row; they are listed by: {list}"));
        }
    }
}

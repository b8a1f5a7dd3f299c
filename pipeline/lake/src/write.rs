//! Rows into a table: one commit, whose files lie in the order of the table's key.
//!
//! Rows that go are those of whole files, whose other rows are written again beside the new ones. So a patient's rows stay
//! together, files that are small are taken along, and every file is in order.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::MemTable;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::Expr;
use datafusion::prelude::{DataFrame, SessionContext, col, lit};
use deltalake::datafile::DeltaDataWriter;
use deltalake::datafile::writer::{DeltaWriter, WriterConfig};
use deltalake::kernel::transaction::{CommitBuilder, TableReference};
use deltalake::kernel::{Action, Add};
use deltalake::protocol::DeltaOperation;
use deltalake::table::config::TablePropertiesExt;
use deltalake::{DeltaTable, DeltaTableError};
use futures::{StreamExt, TryStreamExt};
use vaxloom_tables::Table;

use crate::files::{TableFile, TableFiles};
use crate::layout;
use crate::place::Place;
use crate::session;

/// Memory for rows that are sorted at a time; what does not fit goes to temporary files.
const SORTED_IN: usize = 2 * 1024 * 1024 * 1024;

/// What a commit changes of a table.
pub(crate) struct Change<'a> {
    /// The table's files.
    pub(crate) all: &'a TableFiles,
    /// Those that go: their rows are written again.
    pub(crate) files: Vec<TableFile>,
    /// ... but for the rows of these patients.
    pub(crate) without: Option<&'a [String]>,
    /// Rows that come, with the table's columns.
    pub(crate) rows: Vec<DataFrame>,
    /// What the log says that was done.
    pub(crate) operation: DeltaOperation,
}

impl Change<'_> {
    /// Whether other rows are there afterwards, and not just other files.
    fn changes_data(&self) -> bool {
        self.without.is_some() || !self.rows.is_empty()
    }

    /// The rows that come in the place of all that the table has.
    pub(crate) async fn replacing(
        self,
        delta: &DeltaTable,
        table: &Table,
        place: &Place,
    ) -> Result<u64, DeltaTableError> {
        let snapshot = delta.snapshot()?;
        let gone = self.all.files().iter().map(|file| Action::Remove(file.removed(true)));
        let mut actions: Vec<Action> = gone.collect();
        actions.extend(self.written(delta, table, place).await?.into_iter().map(Action::Add));
        let data: &dyn TableReference = snapshot;
        let commit = CommitBuilder::default().with_actions(actions);
        let commit = commit.build(Some(data), delta.log_store(), self.operation).await?;
        Ok(commit.version())
    }

    /// Makes the change of a table at its newest version, and answers with the version that it made.
    pub(crate) async fn commit(
        self,
        delta: &DeltaTable,
        table: &Table,
        place: &Place,
    ) -> Result<u64, DeltaTableError> {
        let snapshot = delta.snapshot()?;
        let changes_data = self.changes_data();
        let mut actions: Vec<Action> =
            self.files.iter().map(|file| Action::Remove(file.removed(changes_data))).collect();
        let written = self.written(delta, table, place).await?;
        let order =
            HashMap::from([(layout::ORDER_TAG.to_owned(), Some(layout::order_name(table)))]);
        actions.extend(written.into_iter().map(|add| {
            Action::Add(Add { data_change: changes_data, tags: Some(order.clone()), ..add })
        }));
        let data: &dyn TableReference = snapshot;
        let commit = CommitBuilder::default().with_actions(actions);
        let commit = commit.build(Some(data), delta.log_store(), self.operation).await?;
        Ok(commit.version())
    }

    /// Writes the files that come.
    async fn written(
        &self,
        delta: &DeltaTable,
        table: &Table,
        place: &Place,
    ) -> Result<Vec<Add>, DeltaTableError> {
        let rows = self.in_order(table, place)?.execute_stream().await?;
        let schema = Arc::clone(&table.schema);
        let rows = rows.map_err(DeltaTableError::from).map(move |batch| {
            Ok(RecordBatch::try_new(Arc::clone(&schema), batch?.columns().to_vec())?)
        });
        let config = WriterConfig::new(
            Arc::clone(&table.schema),
            Vec::new(),
            Some(layout::properties(table)),
            Some(layout::file_size(table)),
            Some(layout::WRITTEN_AT_A_TIME),
            delta.snapshot()?.table_config().num_indexed_cols(),
            None,
        );
        let writer = DeltaWriter::new(delta.log_store().object_store(None), config);
        Box::new(writer).write_all(rows.boxed()).await
    }

    /// All rows of the files that come, in the order of the key. Files that are in order are merged, not sorted.
    fn in_order(&self, table: &Table, place: &Place) -> Result<DataFrame> {
        let mut config = session::config(threads());
        config.options_mut().optimizer.repartition_file_scans = false;
        let memory =
            RuntimeEnvBuilder::new().with_memory_pool(Arc::new(FairSpillPool::new(SORTED_IN)));
        let session = SessionContext::new_with_config_rt(config, memory.build_arc()?);
        place.give_store(&session);
        let here = |rows: &DataFrame| DataFrame::new(session.state(), rows.logical_plan().clone());
        let mut rows: Vec<DataFrame> = self.rows.iter().map(here).collect();
        if !self.files.is_empty() {
            let kept = self.all.only(self.files.clone(), table)?;
            let kept = session.read_table(Arc::new(kept))?;
            rows.push(match self.without {
                Some(patients) => kept.filter(others(patients))?,
                None => kept,
            });
        }
        let rows = rows.into_iter().map(Ok).reduce(|a, b| a?.union(b?));
        let rows = rows.unwrap_or_else(|| {
            Err(DataFusionError::Internal("a commit without files and rows".to_owned()))
        })?;
        rows.sort(layout::order(table))
    }
}

/// Files that are written anew where rows of these patients go, or where rows are added: those that may hold one of the
/// patients, and small ones, so that they do not become many.
pub(crate) fn taken_along(
    files: &TableFiles,
    table: &Table,
    patients: Option<&[String]>,
) -> Vec<TableFile> {
    let column = table.columns.iter().position(|column| column.name == "patient_id");
    let mut patients: Vec<&String> = patients.unwrap_or_default().iter().collect();
    patients.sort_unstable();
    let holds_one = |file: &TableFile| match column.and_then(|column| file.range(column)) {
        Some((least, largest)) => {
            let first = patients.partition_point(|patient| patient.as_str() < least);
            patients.get(first).is_some_and(|patient| patient.as_str() <= largest)
        }
        None => !patients.is_empty(),
    };
    let taken = |file: &&TableFile| file.size() < layout::small(table) || holds_one(file);
    files.files().iter().filter(taken).cloned().collect()
}

/// Rows in memory, to be written.
pub(crate) fn in_memory(table: &Table, batches: Vec<RecordBatch>) -> Result<DataFrame> {
    let rows = MemTable::try_new(Arc::clone(&table.schema), vec![batches])?;
    SessionContext::new_with_config(session::config(1)).read_table(Arc::new(rows))
}

fn threads() -> usize {
    rayon::current_num_threads()
}

/// Rows of other patients than these.
fn others(patients: &[String]) -> Expr {
    col("patient_id").in_list(patients.iter().map(lit).collect(), true)
}

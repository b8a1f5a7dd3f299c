//! The lake on disk: one Delta table a schema file, and the last finished run that says which versions
//! readers see.
//!
//! A run writes its tables one after the other and its own row last. Until that row is there, readers see
//! the versions that the run before it named: a run becomes visible as a whole, and one that failed is
//! never seen. The next run takes its leftovers away.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{JoinType, LogicalPlanBuilder};
use datafusion::prelude::{DataFrame, Expr, SessionContext, ident, lit};
use deltalake::kernel::StructType;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::operations::write::SchemaMode;
use deltalake::protocol::SaveMode;
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use url::Url;
use vaxloom_tables::{Column, Table};

use crate::LakeError;
use crate::stage::{rows, schema};

/// Configuration key of a Delta table that holds the version of its schema file.
const SCHEMA_VERSION: &str = "vaxloom.schemaVersion";

/// Versions of the tables that readers see.
pub type TableVersions = BTreeMap<String, u64>;

/// A lake in a local folder.
#[derive(Debug)]
pub struct Lake {
    root: PathBuf,
    pinned: TableVersions,
}

/// The right to write a lake, until it is dropped.
#[derive(Debug)]
pub struct WriteLock(
    #[allow(dead_code, reason = "the lock lasts as long as the file is open")] File,
);

impl Lake {
    /// The lake in a folder, to read it.
    pub async fn open(root: &Path) -> Result<Self, LakeError> {
        if !root.join("run").join("_delta_log").is_dir() {
            check_folder(root)?;
            return Err(LakeError::Missing { path: root.to_owned() });
        }
        Self::at(root).await
    }

    /// The lake in a folder, or a new one, to write it. Nothing is written before the first commit but
    /// the folder and its lock.
    pub async fn open_or_create(root: &Path) -> Result<(Self, WriteLock), LakeError> {
        check_folder(root)?;
        let lock = lock(root)?;
        let lake = Self::at(root).await?;
        Ok((lake, lock))
    }

    async fn at(root: &Path) -> Result<Self, LakeError> {
        let mut lake = Self { root: root.to_owned(), pinned: TableVersions::new() };
        if let Some(run) = lake.latest("run").await? {
            lake.pinned = last_finished(&run).await?;
            lake.pinned.extend(run.version().map(|version| ("run".to_owned(), version)));
        }
        lake.check_schema_versions().await?;
        Ok(lake)
    }

    /// Folder of the lake.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The versions that readers see.
    pub fn versions(&self) -> &TableVersions {
        &self.pinned
    }

    /// Every table, as the last finished run left it, as a schema of DataFusion. A table that no run has
    /// written yet is empty.
    pub async fn tables(
        &self,
        session: &SessionContext,
    ) -> Result<Arc<dyn SchemaProvider>, LakeError> {
        let state = Arc::new(session.state());
        let provider = MemorySchemaProvider::new();
        for table in vaxloom_tables::all() {
            provider.register_table(table.name.clone(), self.provider(table, &state).await?)?;
        }
        Ok(Arc::new(provider))
    }

    async fn provider(
        &self,
        table: &Table,
        session: &Arc<SessionState>,
    ) -> Result<Arc<dyn TableProvider>, LakeError> {
        match self.pinned.get(&table.name) {
            Some(version) => {
                let delta = self.builder(&table.name)?.with_version(*version).load().await?;
                let stored = delta.table_provider().with_session(Arc::clone(session)).await?;
                with_all_columns(stored, table, session)
            }
            None => Ok(Arc::new(MemTable::try_new(Arc::clone(&table.schema), vec![vec![]])?)),
        }
    }

    /// Adds rows to a table; with `replaced`, takes the rows of those patients away in the same commit.
    /// What is written is not visible before [`Lake::finish`].
    pub async fn write(
        &mut self,
        table: &str,
        batches: Vec<RecordBatch>,
        replaced: Option<&[String]>,
    ) -> Result<(), LakeError> {
        let table = schema(table)?;
        for batch in &batches {
            table.check(batch)?;
        }
        let replaces = replaced.is_some_and(|patients| !patients.is_empty());
        if rows(&batches) == 0 && !(replaces && self.pinned.contains_key(&table.name)) {
            return Ok(());
        }
        let fail = |error: DeltaTableError| failed(table, &error);
        let exists = self.pinned.contains_key(&table.name);
        let delta = self.migrated(self.writable(table).await?, table).await?;
        let batches = if batches.is_empty() { vec![table.empty_batch()] } else { batches };
        let write = match replaced {
            Some(patients) if exists && patients.len() > LISTED => {
                let rows = whole(&delta, patients, batches).await?;
                delta.write(rows).with_save_mode(SaveMode::Overwrite)
            }
            Some(patients) if exists => {
                let write = delta.write(batches).with_save_mode(SaveMode::Overwrite);
                write.with_replace_where(one_of(patients))
            }
            _ => delta.write(batches).with_save_mode(SaveMode::Append),
        };
        // Columns that the table was made without are none in its older rows.
        let write = write.with_schema_mode(SchemaMode::Merge);
        let written = write.await.map_err(fail)?;
        self.pinned.extend(written.version().map(|version| (table.name.clone(), version)));
        Ok(())
    }

    /// Makes what was written visible: the row of the finished run, which names the versions.
    pub async fn finish(&mut self, run: RecordBatch) -> Result<(), LakeError> {
        self.write("run", vec![run], None).await
    }

    /// The table to be written, without what an unfinished run may have left in it.
    async fn writable(&self, table: &Table) -> Result<DeltaTable, LakeError> {
        let folder = self.root.join(&table.name);
        match (self.latest(&table.name).await?, self.pinned.get(&table.name)) {
            (Some(delta), Some(pinned)) if delta.version() != Some(*pinned) => {
                let restore = delta.restore().with_version_to_restore(*pinned).await;
                Ok(restore.map_err(|error| failed(table, &error))?.0)
            }
            (Some(delta), Some(_)) => Ok(delta),
            (_, None) => {
                let unwritable = |source| LakeError::Unwritable { path: folder.clone(), source };
                if folder.exists() {
                    fs::remove_dir_all(&folder).map_err(unwritable)?;
                }
                fs::create_dir_all(&folder).map_err(unwritable)?;
                self.create(table).await.map_err(|error| failed(table, &error))
            }
            (None, Some(_)) => {
                Err(failed(table, &DeltaTableError::NotATable(folder.display().to_string())))
            }
        }
    }

    /// The table, which says from now on that it has this program's columns: what is written next adds those that an earlier
    /// version did not know. Every column that a schema file gains may be none, so that its older rows stay true.
    async fn migrated(&self, delta: DeltaTable, table: &Table) -> Result<DeltaTable, LakeError> {
        if schema_version(&delta)? == table.version {
            return Ok(delta);
        }
        let version = HashMap::from([(SCHEMA_VERSION.to_owned(), table.version.to_string())]);
        let set =
            delta.set_tbl_properties().with_properties(version).with_raise_if_not_exists(false);
        set.await.map_err(|error| failed(table, &error))
    }

    /// A new table of no rows, which says which version of its schema file it was made by.
    async fn create(&self, table: &Table) -> Result<DeltaTable, DeltaTableError> {
        let url =
            self.url(&table.name).map_err(|error| DeltaTableError::Generic(error.to_string()))?;
        let columns: StructType = table.schema.as_ref().try_into_kernel()?;
        DeltaTableBuilder::from_url(url)?
            .build()?
            .create()
            .with_table_name(&table.name)
            .with_comment(&table.comment)
            .with_columns(columns.fields().cloned())
            .with_configuration([(SCHEMA_VERSION, Some(table.version.to_string()))])
            .with_raise_if_key_not_exists(false)
            .await
    }

    /// The table at its newest version, or none where there is no such table.
    async fn latest(&self, name: &str) -> Result<Option<DeltaTable>, LakeError> {
        if !self.root.join(name).join("_delta_log").is_dir() {
            return Ok(None);
        }
        match self.builder(name)?.load().await {
            Ok(table) => Ok(Some(table)),
            Err(DeltaTableError::NotATable(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn check_schema_versions(&self) -> Result<(), LakeError> {
        for (name, version) in &self.pinned {
            let known = schema(name)?.version;
            let delta = self.builder(name)?.with_version(*version).load().await?;
            let found = schema_version(&delta)?;
            if found > known {
                let (path, table) = (self.root.clone(), name.clone());
                return Err(LakeError::NewerSchema { path, table, found, known });
            }
        }
        Ok(())
    }

    fn builder(&self, name: &str) -> Result<DeltaTableBuilder, LakeError> {
        Ok(DeltaTableBuilder::from_url(self.url(name)?)?)
    }

    fn url(&self, name: &str) -> Result<Url, LakeError> {
        let folder = self.root.join(name);
        let folder = std::path::absolute(&folder)
            .map_err(|source| LakeError::Unwritable { path: folder.clone(), source })?;
        Url::from_directory_path(&folder).map_err(|()| LakeError::NotALake {
            path: folder,
            found: "no absolute path".to_owned(),
        })
    }
}

/// The table with the columns that an earlier version of its schema file did not have: none of its rows has a value there.
fn with_all_columns(
    stored: Arc<dyn TableProvider>,
    table: &Table,
    session: &Arc<SessionState>,
) -> Result<Arc<dyn TableProvider>, LakeError> {
    let known = stored.schema();
    if table.columns.iter().all(|column| known.column_with_name(&column.name).is_some()) {
        return Ok(stored);
    }
    let column = |column: &Column| match known.column_with_name(&column.name) {
        Some(_) => Ok(ident(&column.name)),
        None => Ok(lit(ScalarValue::try_new_null(&column.data_type)?).alias(&column.name)),
    };
    let columns =
        table.columns.iter().map(column).collect::<Result<Vec<Expr>, DataFusionError>>()?;
    let scan = LogicalPlanBuilder::scan(&table.name, provider_as_source(stored), None)?;
    Ok(DataFrame::new(session.as_ref().clone(), scan.project(columns)?.build()?).into_view())
}

/// The version of the schema file that a table was last written by.
fn schema_version(delta: &DeltaTable) -> Result<u32, LakeError> {
    let configuration = delta.snapshot()?.metadata().configuration();
    Ok(configuration.get(SCHEMA_VERSION).and_then(|version| version.parse().ok()).unwrap_or(1))
}

fn failed(table: &Table, error: &DeltaTableError) -> LakeError {
    LakeError::Write { table: table.name.clone(), message: error.to_string() }
}

/// Delta takes a list of patients apart into a chain of comparisons, which for some thousand is too deep to walk: above this
/// number the table is written whole.
const LISTED: usize = 500;

/// The rows of a table but those of `replaced`, and the new ones.
async fn whole(
    delta: &DeltaTable,
    replaced: &[String],
    new: Vec<RecordBatch>,
) -> Result<Vec<RecordBatch>, LakeError> {
    let session = SessionContext::new_with_config(crate::session::config(1));
    let state = Arc::new(session.state());
    let old = delta.table_provider().with_session(state).await?;
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values(replaced));
    let gone = session.read_batch(RecordBatch::try_from_iter([("replaced", ids)])?)?;
    let kept = session.read_table(old)?.join(
        gone,
        JoinType::LeftAnti,
        &["patient_id"],
        &["replaced"],
        None,
    )?;
    Ok(kept.union_by_name(session.read_batches(new)?)?.collect().await?)
}

/// `patient_id IN (...)`, as SQL text: pseudonyms are quoted.
fn one_of(patients: &[String]) -> String {
    let quoted: Vec<String> =
        patients.iter().map(|p| format!("'{}'", p.replace('\'', "''"))).collect();
    format!("patient_id IN ({})", quoted.join(", "))
}

/// A lake holds tables of ours and the pages made of them; the place for a new one holds nothing.
fn check_folder(root: &Path) -> Result<(), LakeError> {
    if root.join("run").join("_delta_log").is_dir() {
        return Ok(());
    }
    let Ok(entries) = fs::read_dir(root) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours =
            name.starts_with('.') || name == "reports" || vaxloom_tables::table(&name).is_some();
        if !ours {
            return Err(LakeError::NotALake { path: root.to_owned(), found: name });
        }
    }
    Ok(())
}

fn lock(root: &Path) -> Result<WriteLock, LakeError> {
    let unwritable = |source| LakeError::Unwritable { path: root.to_owned(), source };
    fs::create_dir_all(root).map_err(unwritable)?;
    let file = File::create(root.join(".lock")).map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(WriteLock(file)),
        Err(TryLockError::WouldBlock) => Err(LakeError::Locked { path: root.to_owned() }),
        Err(TryLockError::Error(source)) => Err(unwritable(source)),
    }
}

async fn last_finished(run: &DeltaTable) -> Result<TableVersions, LakeError> {
    let session = SessionContext::new_with_config(crate::session::config(1));
    let state = Arc::new(session.state());
    session.register_table("run", run.table_provider().with_session(state).await?)?;
    let last = "SELECT table_versions FROM run ORDER BY finished_at DESC, run_id DESC LIMIT 1";
    let batches = session.sql(last).await?.collect().await?;
    match batches.iter().find(|b| b.num_rows() > 0) {
        Some(batch) => Ok(serde_json::from_str(batch.column(0).as_string::<i32>().value(0))?),
        None => Ok(TableVersions::new()),
    }
}

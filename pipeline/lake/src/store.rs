//! The lake on disk: one Delta table a schema file, and the last finished run that says which versions
//! readers see.
//!
//! A run writes its tables one after the other and its own row last. Until that row is there, readers see
//! the versions that the run before it named: a run becomes visible as a whole, and one that failed is
//! never seen. The next run takes its leftovers away.

mod writable;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::{AsArray, RecordBatch};
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::execution::SessionState;
use datafusion::prelude::{DataFrame, SessionContext};
use deltalake::logstore::object_store::DynObjectStore;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::{DeltaTable, DeltaTableError};
use url::Url;
use vaxloom_tables::Table;

use crate::LakeError;
use crate::error::chain;
use crate::files::TableFiles;
use crate::lock::WriteLock;
use crate::place::Place;
use crate::stage::{rows, schema};
use crate::write::{Change, in_memory, taken_along};

/// Configuration key of a Delta table that holds the version of its schema file.
const SCHEMA_VERSION: &str = "vaxloom.schemaVersion";

/// Versions of the tables that readers see.
pub type TableVersions = BTreeMap<String, u64>;

/// A lake in a folder or an object store.
#[derive(Debug, Clone)]
pub struct Lake {
    place: Place,
    pinned: TableVersions,
    /// The tables at those versions.
    loaded: BTreeMap<String, DeltaTable>,
    /// Whether the lock is still held, where the lake was opened to write it.
    held: Arc<AtomicBool>,
}

impl Lake {
    /// The lake at a place, to read it: a folder, or a URL (`s3://`, `gs://`, `az://`, `abfss://`).
    pub async fn open(root: &Path) -> Result<Self, LakeError> {
        Self::open_at(Place::of(root)?).await
    }

    /// The lake under a URL of a store that is made already.
    pub async fn open_in(url: &Url, store: Arc<DynObjectStore>) -> Result<Self, LakeError> {
        Self::open_at(Place::in_store(url, store)?).await
    }

    async fn open_at(place: Place) -> Result<Self, LakeError> {
        if !place.has_table("run").await? {
            place.check().await?;
            return Err(LakeError::Missing { path: place.name().to_owned() });
        }
        Self::at(place).await
    }

    /// The lake at a place, or a new one, to write it. Nothing is written before the first commit but
    /// the folder and the lock.
    pub async fn open_or_create(root: &Path) -> Result<(Self, WriteLock), LakeError> {
        Self::lock_at(Place::of(root)?).await
    }

    /// [`Self::open_or_create`] under a URL of a store that is made already.
    pub async fn open_or_create_in(
        url: &Url,
        store: Arc<DynObjectStore>,
    ) -> Result<(Self, WriteLock), LakeError> {
        Self::lock_at(Place::in_store(url, store)?).await
    }

    async fn lock_at(place: Place) -> Result<(Self, WriteLock), LakeError> {
        place.check().await?;
        let lock = WriteLock::take(&place).await?;
        let mut lake = Self::at(place).await?;
        lake.held = lock.sign();
        Ok((lake, lock))
    }

    async fn at(place: Place) -> Result<Self, LakeError> {
        let held = Arc::new(AtomicBool::new(true));
        let (pinned, loaded) = (TableVersions::new(), BTreeMap::new());
        let mut lake = Self { place, pinned, loaded, held };
        if let Some(run) = lake.latest("run").await? {
            lake.pinned = last_finished(&run, &lake.place).await?;
            lake.pinned.extend(run.version().map(|version| ("run".to_owned(), version)));
            lake.loaded.insert("run".to_owned(), run);
        }
        lake.load().await?;
        Ok(lake)
    }

    /// Reads the log of every table, all at a time.
    async fn load(&mut self) -> Result<(), LakeError> {
        let named = self.pinned.iter().filter(|(name, _)| !self.loaded.contains_key(*name));
        let named: Vec<(String, u64)> =
            named.map(|(name, version)| (name.clone(), *version)).collect();
        let tables = named.iter().map(|(name, version)| self.version(name, *version));
        let tables = futures::future::try_join_all(tables).await?;
        self.loaded.extend(named.into_iter().map(|(name, _)| name).zip(tables));
        self.check_schema_versions()
    }

    /// A table at a version.
    pub(crate) async fn version(&self, name: &str, version: u64) -> Result<DeltaTable, LakeError> {
        let table = self.place.table(name)?.with_version(version).load().await;
        table.map_err(|error| LakeError::Unreadable {
            place: self.root().join(name),
            message: chain(&error),
        })
    }

    /// The lake as its last finished run left it: what was written since, and is not finished, is forgotten.
    pub async fn reopen(&mut self) -> Result<(), LakeError> {
        let held = Arc::clone(&self.held);
        *self = Self { held, ..Self::at(self.place.clone()).await? };
        Ok(())
    }

    /// Whether a run has finished since this lake was opened.
    pub async fn is_behind(&self) -> Result<bool, LakeError> {
        let own = self.pinned.get("run").copied().unwrap_or_default();
        Ok(self.place.last_commit("run", own).await?.is_some_and(|last| last > own))
    }

    /// The same lake with other versions of its tables, to be read.
    pub(crate) async fn as_of(&self, versions: TableVersions) -> Result<Self, LakeError> {
        let (loaded, held) = (BTreeMap::new(), Arc::clone(&self.held));
        let mut lake = Self { place: self.place.clone(), pinned: versions, loaded, held };
        lake.load().await?;
        Ok(lake)
    }

    /// A table at the version that readers see.
    pub(crate) fn loaded(&self, table: &str) -> Option<&DeltaTable> {
        self.loaded.get(table)
    }

    /// Where the lake is.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Folder or URL of the lake, as it was given.
    pub fn root(&self) -> &Path {
        self.place.name()
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
        self.place.give_store(session);
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
        match self.loaded.get(&table.name) {
            Some(delta) => self.provider_of(delta, table, session).await,
            None => Ok(Arc::new(MemTable::try_new(Arc::clone(&table.schema), vec![vec![]])?)),
        }
    }

    /// The rows of a table that has been read.
    pub(crate) async fn provider_of(
        &self,
        delta: &DeltaTable,
        table: &Table,
        session: &Arc<SessionState>,
    ) -> Result<Arc<dyn TableProvider>, LakeError> {
        match TableFiles::of(delta, table, &self.place)? {
            Some(files) => Ok(Arc::new(files)),
            None => Ok(delta.table_provider().with_session(Arc::clone(session)).await?),
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
        let none = rows(&batches) == 0;
        let rows = if none { vec![] } else { vec![in_memory(table, batches)?] };
        self.put(table, rows, replaced).await
    }

    /// The same of rows that are read while they are written: those of tables, which were checked when they came in.
    pub(crate) async fn put(
        &mut self,
        table: &Table,
        rows: Vec<DataFrame>,
        replaced: Option<&[String]>,
    ) -> Result<(), LakeError> {
        self.check_held()?;
        let replaces = replaced.is_some_and(|patients| !patients.is_empty());
        if rows.is_empty() && !(replaces && self.pinned.contains_key(&table.name)) {
            return Ok(());
        }
        let fail = |error: DeltaTableError| failed(table, &error);
        let exists = self.pinned.contains_key(&table.name);
        let delta = self.migrated(self.writable(table).await?, table).await?;
        let files = TableFiles::of(&delta, table, &self.place)?
            .ok_or_else(|| LakeError::unmanaged(table))?;
        let without = replaced.filter(|_| exists);
        let change = Change {
            files: taken_along(&files, table, without),
            without,
            rows,
            operation: DeltaOperation::Write {
                mode: if without.is_some() { SaveMode::Overwrite } else { SaveMode::Append },
                partition_by: None,
                predicate: without.map(one_of),
            },
            all: &files,
        };
        if change.files.is_empty() && change.rows.is_empty() {
            self.seen(table, delta);
            return Ok(());
        }
        let version = change.commit(&delta, table, &self.place).await.map_err(fail)?;
        let delta = self.version(&table.name, version).await?;
        self.seen(table, delta);
        Ok(())
    }

    /// Refuses to change a lake that another may be changing.
    pub(crate) fn check_held(&self) -> Result<(), LakeError> {
        if self.held.load(Ordering::Acquire) {
            return Ok(());
        }
        Err(LakeError::Lost { path: self.root().to_owned() })
    }

    /// Remembers the version of a table that the next row of `run` names.
    pub(crate) fn seen(&mut self, table: &Table, delta: DeltaTable) {
        self.pinned.extend(delta.version().map(|version| (table.name.clone(), version)));
        self.loaded.insert(table.name.clone(), delta);
    }

    /// Makes what was written visible: the row of the finished run, which names the versions.
    pub async fn finish(&mut self, run: RecordBatch) -> Result<(), LakeError> {
        self.write("run", vec![run], None).await
    }

    /// The table at its newest version, or none where there is no such table.
    pub(crate) async fn latest(&self, name: &str) -> Result<Option<DeltaTable>, LakeError> {
        if !self.place.has_table(name).await? {
            return Ok(None);
        }
        match self.place.table(name)?.load().await {
            Ok(table) => Ok(Some(table)),
            Err(DeltaTableError::NotATable(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn check_schema_versions(&self) -> Result<(), LakeError> {
        for (name, delta) in &self.loaded {
            let (known, found) = (schema(name)?.version, schema_version(delta)?);
            if found > known {
                let (path, table) = (self.root().to_owned(), name.clone());
                return Err(LakeError::NewerSchema { path, table, found, known });
            }
        }
        Ok(())
    }
}

/// The version of the schema file that a table was last written by.
fn schema_version(delta: &DeltaTable) -> Result<u32, LakeError> {
    let configuration = delta.snapshot()?.metadata().configuration();
    Ok(configuration.get(SCHEMA_VERSION).and_then(|version| version.parse().ok()).unwrap_or(1))
}

fn failed(table: &Table, error: &DeltaTableError) -> LakeError {
    LakeError::writing(&table.name, error)
}

/// `patient_id IN (...)`, as SQL text: pseudonyms are quoted.
pub(crate) fn one_of(patients: &[String]) -> String {
    let quoted: Vec<String> = patients.iter().map(|patient| literal(patient)).collect();
    format!("patient_id IN ({})", quoted.join(", "))
}

/// Text as SQL writes it.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

async fn last_finished(run: &DeltaTable, place: &Place) -> Result<TableVersions, LakeError> {
    let session = SessionContext::new_with_config(crate::session::config(1));
    place.give_store(&session);
    let rows: Arc<dyn TableProvider> = match TableFiles::of(run, schema("run")?, place)? {
        Some(files) => Arc::new(files),
        None => run.table_provider().with_session(Arc::new(session.state())).await?,
    };
    session.register_table("run", rows)?;
    let last = "SELECT table_versions FROM run ORDER BY finished_at DESC, run_id DESC LIMIT 1";
    let batches = session.sql(last).await?.collect().await?;
    match batches.iter().find(|b| b.num_rows() > 0) {
        Some(batch) => Ok(serde_json::from_str(batch.column(0).as_string::<i32>().value(0))?),
        None => Ok(TableVersions::new()),
    }
}

//! Upkeep: what a lake's runs were, files put together, files that no run needs any more, and going back.
//!
//! What readers see changes as with a run, by a row of `run` that is written last: files that were put together, and the
//! tables of an earlier run, are named there.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{AsArray, RecordBatch};
use datafusion::prelude::SessionContext;
use deltalake::logstore::object_store::ObjectStoreExt;
use deltalake::protocol::DeltaOperation;
use futures::TryStreamExt;
use vaxloom_tables::Table;

use crate::files::{TableFile, TableFiles};
use crate::stage::{rows, schema, written};
use crate::store::literal;
use crate::write::Change;
use crate::{Lake, LakeError, TableVersions, layout};

/// A finished run, and the versions of the tables that it named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedRun {
    /// Id of the run.
    pub run_id: String,
    /// End, RFC 3339, UTC.
    pub finished_at: String,
    /// Versions of the tables.
    pub versions: TableVersions,
}

/// What an act of upkeep is called in `run`, and when it was.
#[derive(Debug, Clone)]
pub struct Act {
    /// Id, which no run has.
    pub run_id: String,
    /// When, RFC 3339, UTC.
    pub at: String,
}

/// Files of a table that were put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compacted {
    /// Table.
    pub table: String,
    /// Files before.
    pub before: usize,
    /// Files after.
    pub after: usize,
}

/// What a lake keeps and what it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// Runs whose tables can still be read.
    pub kept_runs: usize,
    /// Files that were taken away, or would be.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
}

/// A commit of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Version of the table, for `VERSION AS OF`.
    pub version: u64,
    /// When, in milliseconds since 1970.
    pub at: Option<i64>,
    /// What was done, in Delta's words.
    pub operation: String,
    /// The first finished run that names the version; none where no reader sees it.
    pub run_id: Option<String>,
}

impl Lake {
    /// Finished runs and acts of upkeep, the newest first.
    pub async fn runs(&self) -> Result<Vec<FinishedRun>, LakeError> {
        let session = self.session_over_runs().await?;
        let sql = "SELECT run_id, finished_at, table_versions FROM run ORDER BY finished_at DESC, run_id DESC";
        let mut runs = Vec::new();
        for batch in session.sql(sql).await?.collect().await? {
            let [ids, times, versions] =
                [0, 1, 2].map(|column| batch.column(column).as_string::<i32>());
            for row in 0..batch.num_rows() {
                runs.push(FinishedRun {
                    run_id: ids.value(row).to_owned(),
                    finished_at: times.value(row).to_owned(),
                    versions: serde_json::from_str(versions.value(row))?,
                });
            }
        }
        Ok(runs)
    }

    /// Commits of a table, the newest first.
    pub async fn commits(&self, table: &str) -> Result<Vec<Commit>, LakeError> {
        let table = schema(table)?;
        let mut first = BTreeMap::new();
        for run in self.runs().await? {
            first.extend(
                run.versions.get(&table.name).map(|version| (*version, run.run_id.clone())),
            );
        }
        let Some(delta) = self.latest(&table.name).await? else { return Ok(Vec::new()) };
        let infos: Vec<_> = delta.history(None).try_collect().await?;
        let newest = delta.version().unwrap_or_default();
        let numbered = (0..=newest).rev().zip(infos);
        Ok(numbered
            .map(|(version, info)| Commit {
                version,
                at: info.timestamp,
                operation: info.operation.unwrap_or_default(),
                run_id: first.get(&version).cloned(),
            })
            .collect())
    }

    /// Puts files together that are small or lie over each other's range of the key. Rows stay as they are; where there is
    /// nothing to do, nothing is written.
    pub async fn compact(&mut self, act: &Act) -> Result<Vec<Compacted>, LakeError> {
        let mut compacted = Vec::new();
        for table in vaxloom_tables::all().iter().filter(|table| table.name != "run") {
            if self.versions().contains_key(&table.name) {
                compacted.extend(self.compact_table(table).await?);
            }
        }
        if !compacted.is_empty() {
            let last = self.runs().await?.into_iter().next();
            let versions = self.versions().clone();
            self.name_versions(act, last.map(|run| run.run_id), versions).await?;
        }
        Ok(compacted)
    }

    async fn compact_table(&mut self, table: &Table) -> Result<Option<Compacted>, LakeError> {
        let delta = self.writable(table).await?;
        let Some(all) = TableFiles::of(&delta, table, self.place())? else { return Ok(None) };
        let files = to_be_put_together(&all, table);
        if files.is_empty() {
            return Ok(None);
        }
        let before = all.files().len();
        let size = i64::try_from(layout::file_size(table).get()).unwrap_or(i64::MAX);
        let operation = DeltaOperation::Optimize { predicate: None, target_size: size };
        let change = Change { all: &all, files, without: None, rows: Vec::new(), operation };
        let version = change.commit(&delta, table, self.place()).await;
        let version = version.map_err(|error| LakeError::writing(&table.name, &error))?;
        let delta = self.version(&table.name, version).await?;
        let after = delta.snapshot()?.log_data().num_files();
        self.seen(table, delta);
        Ok(Some(Compacted { table: table.name.clone(), before, after }))
    }

    /// Goes back to the tables of an earlier run. What came after stays in the lake's history.
    pub async fn restore(&mut self, run_id: &str, act: &Act) -> Result<(), LakeError> {
        let runs = self.runs().await?;
        let Some(run) = runs.iter().find(|run| run.run_id == run_id) else {
            return Err(LakeError::NoRun { run_id: run_id.to_owned() });
        };
        for (name, version) in run.versions.iter().filter(|(name, _)| *name != "run") {
            self.readable_version(schema(name)?, *version).await?;
        }
        self.name_versions(act, Some(run.run_id.clone()), run.versions.clone()).await
    }

    /// A version of a table whose files are all there.
    pub(crate) async fn readable_version(
        &self,
        table: &Table,
        version: u64,
    ) -> Result<deltalake::DeltaTable, LakeError> {
        let gone = || LakeError::NoVersion { table: table.name.clone(), version };
        let delta = self.version(&table.name, version).await.map_err(|_| gone())?;
        if let Some(files) = TableFiles::of(&delta, table, self.place())? {
            let there = self.place().objects(&table.name).await?;
            let there: BTreeSet<_> = there.into_iter().map(|object| object.location).collect();
            if !files.files().iter().all(|file| there.contains(file.location())) {
                return Err(gone());
            }
        }
        Ok(delta)
    }

    /// Takes files away that are needed by no run that finished since `since` (RFC 3339, UTC), nor by the last one; with
    /// `dry`, only counts them. The lake must be locked: files of a run that is at work are not named by any yet.
    pub async fn vacuum(&self, since: &str, dry: bool) -> Result<Vacuumed, LakeError> {
        let runs = self.runs().await?;
        let last = runs.first().map(|run| run.run_id.clone());
        let kept = |run: &&FinishedRun| {
            run.finished_at.as_str() >= since || Some(&run.run_id) == last.as_ref()
        };
        let kept: Vec<&FinishedRun> = runs.iter().filter(kept).collect();
        let mut vacuumed = Vacuumed { kept_runs: kept.len(), ..Vacuumed::default() };
        for table in vaxloom_tables::all() {
            // Each row of `run` is in the newest version of it.
            let named = kept.iter().filter(|_| table.name != "run");
            let named = named.filter_map(|run| run.versions.get(&table.name));
            let own = self.versions().get(&table.name);
            let versions: BTreeSet<u64> = named.chain(own).copied().collect();
            self.vacuum_table(table, &versions, dry, &mut vacuumed).await?;
        }
        Ok(vacuumed)
    }

    async fn vacuum_table(
        &self,
        table: &Table,
        versions: &BTreeSet<u64>,
        dry: bool,
        vacuumed: &mut Vacuumed,
    ) -> Result<(), LakeError> {
        let mut needed = BTreeSet::new();
        for version in versions {
            // A version that an earlier vacuum has taken away needs nothing.
            let Ok(delta) = self.version(&table.name, *version).await else { continue };
            let Some(files) = TableFiles::of(&delta, table, self.place())? else { return Ok(()) };
            needed.extend(files.files().iter().map(|file| file.location().clone()));
        }
        let log = self.place().path(&table.name).join("_delta_log");
        let left = self.place().objects(&table.name).await?.into_iter();
        for object in left.filter(|object| !object.location.prefix_matches(&log)) {
            if needed.contains(&object.location) {
                continue;
            }
            vacuumed.files += 1;
            vacuumed.bytes += object.size;
            if !dry {
                let deleted = self.place().store().delete(&object.location).await;
                deleted.map_err(|error| self.place().failed(error))?;
            }
        }
        let unfinished = self.place().unfinished(&table.name)?;
        vacuumed.files += unfinished.len();
        for path in unfinished.iter().filter(|_| !dry) {
            std::fs::remove_file(path)
                .map_err(|source| LakeError::Unwritable { path: path.clone(), source })?;
        }
        Ok(())
    }

    /// Names versions in a row of `run` that says otherwise what the row of another run does.
    async fn name_versions(
        &mut self,
        act: &Act,
        like: Option<String>,
        versions: TableVersions,
    ) -> Result<(), LakeError> {
        let session = self.session_over_runs().await?;
        let last = self.runs().await?.into_iter().next();
        let at = last.map_or(act.at.clone(), |last| last.finished_at.max(act.at.clone()));
        let sql = format!(
            "SELECT * EXCEPT (started_at, finished_at, patients_run, stage_counts, table_versions), \
                {} AS started_at, {} AS finished_at, 0 AS patients_run, '[]' AS stage_counts, {} AS table_versions \
             FROM run WHERE run_id = {}",
            literal(&act.at),
            literal(&at),
            literal(&serde_json::to_string(&versions)?),
            literal(&like.unwrap_or_default()),
        );
        let row = written(session.sql(&sql).await?, schema("run")?, &act.run_id).await?;
        debug_assert_eq!(rows(&row), 1, "the row of the run");
        let row: Option<RecordBatch> = row.into_iter().next();
        match row {
            Some(row) => self.finish(row).await,
            None => Err(LakeError::NoRun { run_id: act.run_id.clone() }),
        }
    }

    async fn session_over_runs(&self) -> Result<SessionContext, LakeError> {
        let session = SessionContext::new_with_config(crate::session::config(1));
        let tables = self.tables(&session).await?;
        if let Some(run) = tables.table("run").await? {
            session.register_table("run", run)?;
        }
        Ok(session)
    }
}

/// Files that are small, without order, or over another's range of the key's first column; none where it is one alone.
fn to_be_put_together(all: &TableFiles, table: &Table) -> Vec<TableFile> {
    let key = table.key.first().and_then(|key| table.columns.iter().position(|c| &c.name == key));
    let range = |file: &TableFile| {
        let (least, largest) = key.and_then(|column| file.range(column))?;
        Some((least.to_owned(), largest.to_owned()))
    };
    let mut files: Vec<(Option<(String, String)>, &TableFile)> =
        all.files().iter().map(|file| (range(file), file)).collect();
    files.sort_by(|a, b| (&a.0, a.1.path()).cmp(&(&b.0, b.1.path())));
    let mut chosen: BTreeMap<&str, &TableFile> = BTreeMap::new();
    let mut before: Option<(&str, &TableFile)> = None;
    for (range, file) in &files {
        let Some((least, largest)) = range else {
            chosen.insert(file.path(), file);
            continue;
        };
        if let Some((reach, other)) = before
            && least.as_str() < reach
        {
            chosen.extend([(other.path(), other), (file.path(), *file)]);
        }
        if before.is_none_or(|(reach, _)| largest.as_str() > reach) {
            before = Some((largest, file));
        }
    }
    let small: Vec<&TableFile> =
        all.files().iter().filter(|f| f.size() < layout::small(table)).collect();
    if small.len() > 1 || !chosen.is_empty() {
        chosen.extend(small.into_iter().map(|file| (file.path(), file)));
    }
    chosen.extend(
        all.files().iter().filter(|file| !file.is_ordered()).map(|file| (file.path(), file)),
    );
    let alone = chosen.len() == 1 && chosen.values().all(|file| file.is_ordered());
    if alone { Vec::new() } else { chosen.into_values().cloned().collect() }
}

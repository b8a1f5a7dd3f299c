//! `vaxloom lake`: upkeep.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use vaxloom_immune::Predictor;
use vaxloom_immune::motif::MotifPredictor;
use vaxloom_lake::query::{self, Answer};
use vaxloom_lake::{Act, Lake, Limits, WriteLock, session_over};

use crate::args::{CompactArgs, HistoryArgs, LakeCommand, RestoreArgs, VacuumArgs};
use crate::exit::{self, Exit};
use crate::forget;
use crate::written::Written;

/// Does what is asked of a lake.
pub(crate) fn lake(command: &LakeCommand, threads: usize) -> anyhow::Result<Exit> {
    let runtime = || exit::runtime(threads);
    match command {
        LakeCommand::History(args) => runtime()?.block_on(history(args, threads))?,
        LakeCommand::Compact(args) => runtime()?.block_on(compact(args))?,
        LakeCommand::Vacuum(args) => runtime()?.block_on(vacuum(args))?,
        LakeCommand::Restore(args) => runtime()?.block_on(restore(args))?,
        LakeCommand::Forget(args) => return forget::command(args, threads),
        LakeCommand::Gather(_) => bail!("vaxloom-scoring joins parts; start vaxloom itself"),
    }
    Ok(Exit::Done)
}

async fn history(args: &HistoryArgs, threads: usize) -> anyhow::Result<()> {
    let lake = Lake::open(&args.lake).await?;
    let answer = if let Some(table) = &args.table {
        commits(&lake, table).await?
    } else {
        // No peptide is scored here.
        let predictor: Arc<dyn Predictor> = Arc::new(MotifPredictor::new()?);
        let session =
            session_over(&lake, &predictor, Limits { threads, memory: None, files: false }).await?;
        let sql = "SELECT run_id, kind, finished_at, program_version, patients_in, patients_run, quarantined \
                   FROM run_history ORDER BY finished_at DESC, run_id DESC";
        query::query(&session, sql).await?
    };
    let mut out = Written::to(None)?;
    query::write(&answer, args.format.into(), &mut out)?;
    out.finish()
}

/// `version, at, operation, run_id` of each commit.
async fn commits(lake: &Lake, table: &str) -> anyhow::Result<Answer> {
    let commits = lake.commits(table).await?;
    let at = |milliseconds: i64| {
        DateTime::from_timestamp_millis(milliseconds)
            .map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
    };
    let versions: Int64Array = commits.iter().map(|commit| Some(commit.version as i64)).collect();
    let times: StringArray = commits.iter().map(|commit| commit.at.and_then(at)).collect();
    let operations = StringArray::from_iter_values(commits.iter().map(|commit| &commit.operation));
    let runs: StringArray = commits.iter().map(|commit| commit.run_id.as_deref()).collect();
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("version", Arc::new(versions) as ArrayRef, false),
        ("at", Arc::new(times) as ArrayRef, true),
        ("operation", Arc::new(operations) as ArrayRef, false),
        ("run_id", Arc::new(runs) as ArrayRef, true),
    ])?;
    Ok(Answer { schema: batch.schema(), batches: vec![batch] })
}

async fn compact(args: &CompactArgs) -> anyhow::Result<()> {
    let (mut lake, _lock) = locked(&args.lake).await?;
    let compacted = lake.compact(&act("compact")).await?;
    let mut out = Written::to(None)?;
    for table in &compacted {
        writeln!(out, "{}: {} files in the place of {}", table.table, table.after, table.before)?;
    }
    if compacted.is_empty() {
        writeln!(out, "every table lies well: nothing was written")?;
    }
    out.finish()
}

async fn vacuum(args: &VacuumArgs) -> anyhow::Result<()> {
    let (lake, _lock) = locked(&args.lake).await?;
    let since = Utc::now() - TimeDelta::days(i64::from(args.keep_days));
    let since = since.to_rfc3339_opts(SecondsFormat::Millis, true);
    let vacuumed = lake.vacuum(&since, args.dry_run).await?;
    let verb = if args.dry_run { "would be taken away" } else { "taken away" };
    let mut out = Written::to(None)?;
    writeln!(
        out,
        "{} files ({} bytes) {verb}; {} runs can still be read",
        vacuumed.files, vacuumed.bytes, vacuumed.kept_runs
    )?;
    out.finish()
}

async fn restore(args: &RestoreArgs) -> anyhow::Result<()> {
    let (mut lake, _lock) = locked(&args.lake).await?;
    lake.restore(&args.run, &act("restore")).await?;
    let mut out = Written::to(None)?;
    writeln!(out, "the tables are those of {} again", args.run)?;
    out.finish()
}

/// A lake that is there, to change it.
async fn locked(place: &Path) -> anyhow::Result<(Lake, WriteLock)> {
    Lake::open(place).await?;
    Ok(Lake::open_or_create(place).await?)
}

/// Now, under a name of its own.
fn act(kind: &str) -> Act {
    let now = Utc::now();
    let name = format!("{kind}-{}-{}", now.format("%Y%m%dT%H%M%S%3fZ"), std::process::id());
    Act { run_id: name, at: now.to_rfc3339_opts(SecondsFormat::Millis, true) }
}

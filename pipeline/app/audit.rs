//! Who did what: rows of the table `audit`, and lines of the trail of a lake.

use std::path::PathBuf;

use arrow::array::RecordBatch;
use serde::Serialize;
use vaxloom_clinical::audit::{self, Event};

use crate::event::event;
use crate::ingest::{RecordsFolder, Survey, sha256_of};
use crate::rows;
use crate::summary::Counts;

/// What a run says of itself.
pub(crate) struct Told<'a> {
    pub(crate) run_id: &'a str,
    pub(crate) sheet: &'a str,
    pub(crate) trail: PathBuf,
    pub(crate) records: &'a RecordsFolder,
    pub(crate) survey: &'a Survey,
    /// SHA-256 of each file of the patients that were run, by its path.
    pub(crate) files: Vec<&'a String>,
    pub(crate) counts: &'a Counts,
    pub(crate) quarantined: usize,
}

/// A row of the table.
#[derive(Serialize)]
struct Row<'a> {
    at: &'a str,
    actor: &'a str,
    command: &'a str,
    target: &'a str,
    version: &'a str,
    inputs: String,
    profile: &'a str,
    key_id: Option<&'a str>,
    rules: String,
    rows_in: i64,
    rows_out: i64,
    rows_transformed: i64,
    rows_quarantined: i64,
    notes: String,
    seq: i64,
    hash: &'a str,
    run_id: &'a str,
}

/// Adds a run to its trail, and gives its row, which keeps number and hash of the trail's line.
pub(crate) fn of_run(run: &Told<'_>) -> anyhow::Result<RecordBatch> {
    let gated = &run.survey.gated;
    // Paths name patients, and a trail is for good: one who withdraws must not be in it.
    let files = (format!("{} files", run.files.len()), sha256_of(&serde_json::json!(run.files)));
    let event = Event {
        inputs: [files].into(),
        profile: run.records.profile().to_owned(),
        key_id: run.records.key_id().map(str::to_owned),
        rules: gated.rules.iter().map(|(rule, count)| ((*rule).to_owned(), *count)).collect(),
        rows_in: run.counts.rows_in(),
        rows_out: run.counts.rows_out(),
        rows_transformed: gated.transformed,
        rows_quarantined: run.quarantined,
        ..event("run")
    };
    add(&run.trail, &event, run.sheet, serde_json::to_string(&run.survey.notes)?, run.run_id)
}

/// Adds an event to a trail and gives its row.
pub(crate) fn add(
    trail: &std::path::Path,
    event: &Event,
    target: &str,
    notes: String,
    run_id: &str,
) -> anyhow::Result<RecordBatch> {
    let head = audit::append(trail, event)?;
    let row = Row {
        at: &event.at,
        actor: &event.actor,
        command: &event.command,
        target,
        version: &event.version,
        inputs: serde_json::to_string(&event.inputs)?,
        profile: &event.profile,
        key_id: event.key_id.as_deref(),
        rules: serde_json::to_string(&event.rules)?,
        rows_in: event.rows_in as i64,
        rows_out: event.rows_out as i64,
        rows_transformed: event.rows_transformed as i64,
        rows_quarantined: event.rows_quarantined as i64,
        notes,
        seq: head.seq as i64,
        hash: &head.hash,
        run_id,
    };
    rows::batch("audit", std::iter::once(row))
}

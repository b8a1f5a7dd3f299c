//! What a batch leaves to be read of itself: its row of `run`, of `basis` and of the audit.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::json;
use vaxloom_lake::{Lake, Settings};

use super::super::Basis;
use super::Course;
use crate::ingest::{Content, Refusal, sha256_of};
use crate::summary::Counts;
use crate::{audit, clock, rows};

impl Course<'_> {
    /// What the audit trail is told.
    pub(super) fn audited<'r>(
        &'r self,
        counts: &'r Counts,
        ran: &[String],
        quarantined: usize,
        run_id: &'r str,
    ) -> audit::Told<'r> {
        let job = self.job;
        let files = ran.iter().filter_map(|id| self.survey.patients.get(id));
        audit::Told {
            run_id,
            sheet: &job.sheet.name,
            trail: job.home.trail.clone(),
            records: &job.records,
            survey: &self.survey,
            files: files.flat_map(|content| content.files.values()).collect(),
            counts,
            quarantined,
        }
    }

    #[allow(clippy::too_many_arguments, reason = "what a run's row is made of")]
    pub(super) fn row<'r>(
        &'r self,
        lake: &Lake,
        counts: &Counts,
        ran: &[String],
        quarantined: usize,
        state: &str,
        end: DateTime<Utc>,
        settings: &'r Settings,
    ) -> anyhow::Result<rows::RunRow<'r>> {
        let job = self.job;
        let files: BTreeMap<&String, _> =
            ran.iter().filter_map(|id| Some((id, &self.survey.patients.get(id)?.files))).collect();
        Ok(rows::RunRow {
            run_id: &settings.run_id,
            started_at: clock::written(job.started),
            finished_at: clock::written(end),
            program_version: env!("CARGO_PKG_VERSION"),
            model: &settings.model,
            model_version: &settings.model_version,
            policy: &settings.ranking.name,
            profile: &job.profile.name,
            patients_in: job.sheet.patients.len() as i32,
            patients_run: ran.len() as i32,
            patients_unchanged: self.plan.unchanged.len() as i32,
            quarantined: quarantined as i32,
            settings: job.settings_row(),
            inputs: json!({ "sheet": job.sheet.name, "files": files, "state": state }).to_string(),
            stage_counts: serde_json::to_string(counts.lines())?,
            table_versions: serde_json::to_string(lake.versions())?,
        })
    }

    pub(super) fn bases(&self, ids: &[String]) -> BTreeMap<String, Basis> {
        let of = |id: &String| Some(self.job.basis.with(&self.survey.patients.get(id)?.hash));
        ids.iter().filter_map(|id| Some((id.clone(), of(id)?))).collect()
    }

    /// One hash over what every patient's inputs hold, and what is kept out of them.
    pub(super) fn all_inputs(&self) -> String {
        all_inputs(&self.job.sheet.name, &self.survey.patients, &self.refused)
    }
}

/// The same of a sheet that was run in parts, each of which tells of all records.
pub(crate) fn all_inputs<'r>(
    sheet: &str,
    patients: impl IntoIterator<Item = (&'r String, &'r Content)>,
    refused: impl IntoIterator<Item = &'r Refusal>,
) -> String {
    let hashes = patients.into_iter().map(|(id, content)| (id, &content.hash));
    let hashes: BTreeMap<&String, &String> = hashes.collect();
    let refused: BTreeSet<&Refusal> = refused.into_iter().collect();
    sha256_of(&json!([sheet, hashes, refused]))
}

//! A version of the lake that follows on its last run without a patient being run: ranked anew, or under another key.

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;
use vaxloom_lake::{Lake, Session, query};

use crate::{clock, rows};

/// What such a version keeps of the one before.
#[derive(Deserialize)]
pub(crate) struct LastRun {
    model: String,
    model_version: String,
    pub(crate) policy: String,
    pub(crate) profile: String,
    settings: String,
    finished_at: String,
    pub(crate) patients: i32,
}

const LAST: &str = "SELECT model, model_version, policy, profile, settings, finished_at, CAST((SELECT count(*) FROM patient) AS INTEGER) AS patients \
     FROM run ORDER BY finished_at DESC, run_id DESC LIMIT 1";

impl LastRun {
    pub(crate) async fn of(session: &Session) -> anyhow::Result<Self> {
        let last: Vec<Self> = rows::json_rows(&query::query(session, LAST).await?.batches)?;
        last.into_iter().next().context("the lake has no finished run")
    }

    /// Its settings, to be changed for the version that follows.
    pub(crate) fn settings(&self) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.settings)?)
    }

    /// The row of the version that follows.
    pub(crate) fn followed_by<'a>(
        &'a self,
        lake: &Lake,
        policy: &'a str,
        settings: &Value,
        run_id: &'a str,
        started_at: String,
    ) -> anyhow::Result<rows::RunRow<'a>> {
        Ok(rows::RunRow {
            run_id,
            started_at,
            finished_at: clock::written(clock::end_after(clock::time(&self.finished_at))),
            program_version: env!("CARGO_PKG_VERSION"),
            model: &self.model,
            model_version: &self.model_version,
            policy,
            profile: &self.profile,
            patients_in: self.patients,
            patients_run: 0,
            patients_unchanged: self.patients,
            quarantined: 0,
            settings: settings.to_string(),
            inputs: "{}".to_owned(),
            stage_counts: "[]".to_owned(),
            table_versions: serde_json::to_string(lake.versions())?,
        })
    }
}

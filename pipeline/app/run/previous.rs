//! What the lake's last finished run left behind, to tell what has changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::bail;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use vaxloom_clinical::pseudonym::ProjectKey;
use vaxloom_immune::Predictor;
use vaxloom_lake::{Lake, pipeline, query};

use super::basis::Basis;
use crate::clock;
use crate::ingest::Refusal;
use crate::rows::json_rows;

/// What the lake's last finished run knew.
#[derive(Debug, Default)]
pub(crate) struct PreviousRun {
    /// Patients of the lake.
    pub(crate) patients: BTreeSet<String>,
    /// What each patient's results rest on.
    pub(crate) basis: BTreeMap<String, Basis>,
    /// Rows kept out of each patient's inputs when it was last run.
    pub(crate) refusals: Vec<Refusal>,
    /// Files and refusals, as the run's row has them.
    inputs: Option<String>,
    /// Its settings, JSON.
    settings: Value,
    /// When it ended.
    pub(crate) finished_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Known {
    patient_id: String,
    #[serde(flatten)]
    basis: Option<Basis>,
}

#[derive(Deserialize)]
struct Last {
    inputs: String,
    settings: String,
    finished_at: String,
}

impl PreviousRun {
    /// What it saw of all inputs.
    pub(crate) fn state(&self) -> Option<String> {
        let inputs: Value = serde_json::from_str(self.inputs.as_deref()?).ok()?;
        inputs["state"].as_str().map(str::to_owned)
    }

    /// Id of the key that its pseudonyms were made with.
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.settings["key_id"].as_str()
    }

    /// Refuses another project key than the lake's: the same patient would be two.
    pub(crate) fn check_key(&self, key: Option<&ProjectKey>) -> anyhow::Result<()> {
        if self.patients.is_empty() {
            return Ok(());
        }
        match (self.key_id(), key) {
            (Some(known), Some(key)) => Ok(key.expect_id(known)?),
            (Some(known), None) => bail!(
                "the lake has pseudonyms of the project key {known}, and there is no key; give --key and --project"
            ),
            (None, Some(_)) => bail!(
                "the lake was made without a project key: its files and their history have the ids of the sources, and cannot be given pseudonyms; run with --key into another --lake and remove this one, or run without --key"
            ),
            (None, None) => Ok(()),
        }
    }

    pub(crate) async fn of(lake: &Lake, predictor: &Arc<dyn Predictor>) -> anyhow::Result<Self> {
        let session = pipeline::reader(lake, predictor, 1).await?;
        let rows = async |sql: &str| query::query(&session, sql).await.map(|answer| answer.batches);
        let known = "SELECT p.patient_id, b.* EXCEPT (patient_id, run_id) \
                     FROM patient p LEFT JOIN basis b ON p.patient_id = b.patient_id";
        let known: Vec<Known> = json_rows(&rows(known).await?)?;
        let last = "SELECT inputs, settings, finished_at FROM run ORDER BY finished_at DESC, run_id DESC LIMIT 1";
        let last = json_rows::<Last>(&rows(last).await?)?.into_iter().next();
        let refusals = "SELECT q.* EXCEPT (run_id) FROM quarantine q JOIN patient p \
                        ON q.patient_id = p.patient_id AND q.run_id = p.run_id";
        let refusals = json_rows(&rows(refusals).await?)?;
        Ok(Self {
            patients: known.iter().map(|row| row.patient_id.clone()).collect(),
            basis: known.into_iter().filter_map(|row| Some((row.patient_id, row.basis?))).collect(),
            refusals,
            finished_at: last.as_ref().and_then(|last| clock::time(&last.finished_at)),
            settings: last
                .as_ref()
                .and_then(|last| serde_json::from_str(&last.settings).ok())
                .unwrap_or_default(),
            inputs: last.map(|last| last.inputs),
        })
    }
}

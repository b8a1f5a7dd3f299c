//! What joining parts leaves to be read of itself: a row of `run`, and one of the audit.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use serde::Deserialize;
use serde_json::{Value, json};
use vaxloom_clinical::audit::Event;
use vaxloom_lake::{Lake, pipeline, query};

use super::{Fate, Joint};
use crate::event::event;
use crate::rows::json_rows;
use crate::summary::Counts;
use crate::{audit, clock, rows};

/// The last line of a part's trail.
#[derive(Deserialize, Default)]
struct Head {
    seq: i64,
    hash: String,
    rules: String,
    rows_transformed: i64,
    notes: String,
}

const HEAD: &str = "SELECT seq, hash, rules, rows_transformed, notes FROM audit WHERE command = 'run' ORDER BY seq DESC LIMIT 1";

impl Joint {
    /// Adds this to the trail, with the head of each part's, and gives its row.
    pub(super) async fn audited(
        &self,
        counts: &Counts,
        quarantined: usize,
        run_id: &str,
    ) -> anyhow::Result<RecordBatch> {
        let mut heads = Vec::new();
        for part in &self.parts {
            let session = pipeline::reader(&part.lake, &self.predictor, 1).await?;
            let head: Vec<Head> = json_rows(&query::query(&session, HEAD).await?.batches)?;
            heads.push((part.part.to_string(), head.into_iter().next().unwrap_or_default()));
        }
        let inputs =
            heads.iter().map(|(part, head)| (part.clone(), format!("{}:{}", head.seq, head.hash)));
        // Each part has read all records: what the gate did with them is told once.
        let (made, gate) = (&self.parts[0].done.made, &heads[0].1);
        let rules: BTreeMap<String, usize> = serde_json::from_str(&gate.rules).unwrap_or_default();
        let event = Event {
            inputs: inputs.collect(),
            profile: made.deid_profile.clone(),
            key_id: made.key_id.clone(),
            rules,
            rows_in: counts.rows_in(),
            rows_out: counts.rows_out(),
            rows_transformed: gate.rows_transformed.try_into().unwrap_or_default(),
            rows_quarantined: quarantined,
            ..event("gather")
        };
        audit::add(&self.home.trail, &event, &self.parts[0].done.sheet, gate.notes.clone(), run_id)
    }

    pub(super) fn row<'r>(
        &'r self,
        lake: &Lake,
        counts: &Counts,
        fate: &Fate,
        quarantined: usize,
        state: &str,
        run_id: &'r str,
    ) -> anyhow::Result<rows::RunRow<'r>> {
        let done = &self.parts[0].done;
        let patients: usize = self.parts.iter().map(|part| part.done.patients.len()).sum();
        let taken: usize = fate.taken.iter().map(Vec::len).sum();
        let mut settings: Value = serde_json::from_str(&done.made.settings)?;
        settings["parts"] = json!(self.parts.len());
        let files = self.files(&fate.taken);
        Ok(rows::RunRow {
            run_id,
            started_at: clock::written(self.started),
            finished_at: clock::written(clock::end_after(self.before.finished_at)),
            program_version: env!("CARGO_PKG_VERSION"),
            model: &done.made.model,
            model_version: &done.made.model_version,
            policy: &done.made.policy,
            profile: &done.made.profile,
            patients_in: patients as i32,
            patients_run: taken as i32,
            patients_unchanged: fate.unchanged.len() as i32,
            quarantined: quarantined as i32,
            settings: settings.to_string(),
            inputs: json!({ "sheet": done.sheet, "files": files, "state": state }).to_string(),
            stage_counts: serde_json::to_string(counts.lines())?,
            table_versions: serde_json::to_string(lake.versions())?,
        })
    }
}

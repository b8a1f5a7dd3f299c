//! What the pages of some patients say: one query a table, however many they are.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use serde_json::{Value, json};
use vaxloom_lake::{Session, query};

use super::{LISTED, NOTICE};

/// Rows of each patient, by what a page calls them.
pub(super) struct Gathered {
    rows: HashMap<&'static str, HashMap<String, Vec<Value>>>,
    runs: HashMap<String, Run>,
}

/// A run that patients' rows are of.
struct Run {
    row: Value,
    /// What each tier means, and whether its mutations are candidates.
    tiers: Value,
}

/// Rows that a page shows, or counts: what it calls them, their columns and table, in which order.
const SHOWN: &[(&str, &str, &str)] = &[
    ("patient", "* FROM patient WHERE", "patient_id"),
    ("conditions", "* FROM condition WHERE", "condition_id"),
    ("specimens", "* FROM specimen WHERE", "specimen_id"),
    ("treatments", "* FROM treatment WHERE", "treatment_id"),
    ("hla", "* FROM hla_typing WHERE", "allele"),
    ("constructs", "* FROM construct WHERE", "rank"),
    // What an earlier run refused may have been mended since.
    (
        "quarantine",
        "q.* FROM quarantine q JOIN (SELECT patient_id AS patient, run_id AS run FROM patient) \
         ON q.patient_id = patient AND q.run_id = run WHERE",
        "source_file, source_line, rule",
    ),
];

/// Numbers that a page tells, from the table and the rows of it that count.
const COUNTED: &[(&str, &str)] = &[
    ("variants", "somatic_variant WHERE"),
    ("consequences", "consequence WHERE"),
    ("protein_changing", "consequence WHERE chosen AND mutant_protein IS NOT NULL AND"),
    ("peptides", "peptide WHERE"),
    ("presented", "neoantigen WHERE mt_percentile < 2 AND"),
    ("neoantigens", "neoantigen WHERE"),
];

impl Gathered {
    pub(super) async fn of(session: &Session, patients: &[String]) -> anyhow::Result<Self> {
        let quoted: Vec<String> =
            patients.iter().map(|id| format!("'{}'", id.replace('\'', "''"))).collect();
        let these = format!("patient_id IN ({})", quoted.join(", "));
        let mut gathered = Self { rows: HashMap::new(), runs: HashMap::new() };
        for (name, what, order) in SHOWN {
            let sql = format!("SELECT {what} {these} ORDER BY patient_id, {order}");
            gathered.read(session, name, &sql).await?;
        }
        for (name, what) in COUNTED {
            let sql =
                format!("SELECT patient_id, count(*) AS n FROM {what} {these} GROUP BY patient_id");
            gathered.read(session, name, &sql).await?;
        }
        let tiers = format!(
            "SELECT patient_id, tier, tier_index, count(*) AS count FROM neoantigen WHERE {these} \
             GROUP BY patient_id, tier, tier_index ORDER BY patient_id, tier_index"
        );
        gathered.read(session, "tiers", &tiers).await?;
        let listed = format!(
            "SELECT * FROM neoantigen WHERE rank <= {LISTED} AND {these} ORDER BY patient_id, rank"
        );
        gathered.read(session, "listed", &listed).await?;
        let runs =
            format!("SELECT * FROM run WHERE run_id IN (SELECT run_id FROM patient WHERE {these})");
        for row in rows(session, &runs).await? {
            let id = row["run_id"].as_str().unwrap_or_default().to_owned();
            let tiers = settings(&row)?["tiers"].take();
            gathered.runs.insert(id, Run { row, tiers });
        }
        Ok(gathered)
    }

    async fn read(
        &mut self,
        session: &Session,
        name: &'static str,
        sql: &str,
    ) -> anyhow::Result<()> {
        let by_patient = self.rows.entry(name).or_default();
        for row in rows(session, sql).await? {
            let patient = row["patient_id"].as_str().unwrap_or_default();
            match by_patient.get_mut(patient) {
                Some(rows) => rows.push(row),
                None => {
                    by_patient.insert(patient.to_owned(), vec![row]);
                }
            }
        }
        Ok(())
    }

    fn rows_of(&self, name: &str, patient: &str) -> &[Value] {
        self.rows.get(name).and_then(|rows| rows.get(patient)).map_or(&[], Vec::as_slice)
    }

    /// Everything that a page says.
    pub(super) fn context(&self, patient: &str) -> anyhow::Result<Value> {
        let of = |name: &str| self.rows_of(name, patient);
        let number = |name: &str| of(name).first().and_then(|row| row["n"].as_u64()).unwrap_or(0);
        let mut counts: BTreeMap<&str, u64> =
            COUNTED.iter().map(|(name, _)| (*name, number(name))).collect();
        counts.insert("quarantined", of("quarantine").len() as u64);
        let person = of("patient").first();
        let run = person.and_then(|row| self.runs.get(row["run_id"].as_str()?));
        let run = run.context("table run: no row of the run that wrote a patient")?;
        let mut tiers = of("tiers").to_vec();
        for tier in &mut tiers {
            let name = tier["tier"].as_str().unwrap_or_default();
            tier["meaning"] = run.tiers[name]["meaning"].clone();
        }
        let candidates = run.tiers.as_object().into_iter().flatten();
        let candidates: Vec<&String> = candidates
            .filter(|(_, tier)| tier["candidate"] == true)
            .map(|(name, _)| name)
            .collect();
        let listed = of("listed");
        Ok(json!({
            "patient": person,
            "conditions": of("conditions"),
            "specimens": of("specimens"),
            "treatments": of("treatments"),
            "hla": of("hla"),
            "counts": counts,
            "tiers": tiers,
            "candidate_tiers": candidates,
            "neoantigens": listed,
            "neoantigens_left_out": counts["neoantigens"] - listed.len() as u64,
            "constructs": of("constructs"),
            "quarantine": of("quarantine"),
            "run": run.row,
            "notice": NOTICE,
        }))
    }
}

async fn rows(session: &Session, sql: &str) -> anyhow::Result<Vec<Value>> {
    crate::rows::json_rows(&query::query(session, sql).await?.batches)
}

/// Settings of a run, from its row.
pub(super) fn settings(run: &Value) -> anyhow::Result<Value> {
    let text = run["settings"].as_str().context("table run: no settings")?;
    Ok(serde_json::from_str(text)?)
}

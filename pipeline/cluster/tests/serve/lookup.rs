//! Scores that the lake has: read for those who may read them, and never told by the time that a researcher waits.

use std::sync::Arc;

use serde_json::{Value, json};
use vaxloom_immune::Predictor;
use vaxloom_immune::motif::MotifPredictor;
use vaxloom_lake::{Lake, session_over};

use crate::harness::{ANNA, ROSALIND, start_with, usual};

/// Enough that looking them up pays.
const PEPTIDES: usize = 1500;
/// What the lake has as their score: no model says so.
const MARK: f32 = 0.125;

fn peptide(number: usize) -> String {
    let residue =
        |place: u32| char::from(b"ACDEFGHIKLMNPQRSTVWY"[number / 20usize.pow(place) % 20]);
    format!("S{}{}{}YNTVL", residue(0), residue(1), residue(2))
}

/// A lake with a score of each peptide for one allele.
async fn marked(folder: &std::path::Path, predictor: &Arc<dyn Predictor>) -> Lake {
    let (mut lake, _lock) = Lake::open_or_create(folder).await.unwrap();
    let score = |number: usize| {
        json!({
            "peptide": peptide(number), "allele": "HLA-A*02:01", "model": predictor.model(),
            "model_version": predictor.version(), "score": MARK, "percentile": 1.0,
            "scored_as": "HLA-A*02:01", "run_id": "r",
        })
    };
    let mut scores: Vec<Value> = (0..PEPTIDES).map(score).collect();
    scores.sort_by(|a, b| a["peptide"].as_str().cmp(&b["peptide"].as_str()));
    let batch = |table: &str, rows: &[Value]| {
        vaxloom_tables::batch(&vaxloom_tables::table(table).unwrap().schema, rows).unwrap()
    };
    lake.write("presentation", vec![batch("presentation", &scores)], None).await.unwrap();
    let run = json!({
        "run_id": "r", "started_at": "", "finished_at": "2026-01-01T00:00:00Z", "program_version": "", "model": "",
        "model_version": "", "policy": "", "profile": "", "patients_in": 0, "patients_run": 0, "patients_unchanged": 0,
        "quarantined": 0, "settings": "{}", "inputs": "{}", "stage_counts": "[]",
        "table_versions": serde_json::to_string(lake.versions()).unwrap(),
    });
    lake.finish(batch("run", &[run])).await.unwrap();
    Lake::open(folder).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_time_tells_a_researcher_what_is_scored() {
    let folder = tempfile::tempdir().unwrap();
    let predictor: Arc<dyn Predictor> = Arc::new(MotifPredictor::new().unwrap());
    let lake = marked(folder.path(), &predictor).await;
    let limits = vaxloom_lake::Limits { threads: 2, memory: None, files: false };
    let session = session_over(&lake, &predictor, limits).await.unwrap();
    let server = start_with(session, false, usual()).await;
    let peptides: Vec<String> = (0..PEPTIDES).map(|n| format!("('{}')", peptide(n))).collect();
    let sql = format!(
        "SELECT count(*) AS n FROM (VALUES {}) AS t (peptide) WHERE mhc1_presentation(peptide, 'A0201') = {MARK}",
        peptides.join(", ")
    );
    let looked_up = server.ask(ANNA, &sql).await.unwrap();
    assert!(looked_up.contains(&format!("| {PEPTIDES} |")), "{looked_up}");
    let scored = server.ask(ROSALIND, &sql).await.unwrap();
    assert!(scored.contains("| 0 "), "{scored}");
}

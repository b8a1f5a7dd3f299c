//! The lake as a library: what readers see of finished and unfinished runs, and injected predictors.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use serde::Serialize;
use vaxloom_immune::Predictor;
use vaxloom_immune::motif::MotifPredictor;
use vaxloom_lake::query::{Format, query, write};
use vaxloom_lake::{Lake, LakeError, pipeline, session};

#[derive(Serialize)]
struct Expression {
    patient_id: &'static str,
    sample_id: &'static str,
    feature_type: &'static str,
    feature_id: &'static str,
    symbol: Option<&'static str>,
    tpm: f64,
    method: &'static str,
    source_file: &'static str,
    run_id: &'static str,
}

/// One gene of one patient.
fn expression(patient_id: &'static str, tpm: f64) -> RecordBatch {
    let row = Expression {
        patient_id,
        sample_id: "S1",
        feature_type: "gene",
        feature_id: "KRAS",
        symbol: None,
        tpm,
        method: "salmon",
        source_file: "quant.sf",
        run_id: "r",
    };
    vaxloom_tables::batch(&vaxloom_tables::table("expression").unwrap().schema, &[row]).unwrap()
}

#[derive(Serialize)]
struct LastRow {
    run_id: String,
    started_at: &'static str,
    finished_at: String,
    program_version: &'static str,
    model: &'static str,
    model_version: &'static str,
    policy: &'static str,
    profile: &'static str,
    patients_in: i32,
    patients_run: i32,
    patients_unchanged: i32,
    quarantined: i32,
    settings: &'static str,
    inputs: &'static str,
    stage_counts: &'static str,
    table_versions: String,
}

/// Finishes a run whose time tells runs apart.
async fn finish(lake: &mut Lake, time: u32) {
    let versions = serde_json::to_string(lake.versions()).unwrap();
    finish_with(lake, time, versions).await;
}

async fn finish_with(lake: &mut Lake, time: u32, table_versions: String) {
    let row = LastRow {
        run_id: format!("run-{time}"),
        started_at: "",
        finished_at: format!("2026-01-01T00:00:{time:02}Z"),
        program_version: "",
        model: "",
        model_version: "",
        policy: "",
        profile: "",
        patients_in: 0,
        patients_run: 0,
        patients_unchanged: 0,
        quarantined: 0,
        settings: "{}",
        inputs: "{}",
        stage_counts: "[]",
        table_versions,
    };
    let schema = &vaxloom_tables::table("run").unwrap().schema;
    lake.finish(vaxloom_tables::batch(schema, &[row]).unwrap()).await.unwrap();
}

fn predictor() -> Arc<dyn Predictor> {
    Arc::new(MotifPredictor::new().unwrap())
}

/// What a reader sees of the patients' expression.
async fn seen(root: &Path) -> Vec<String> {
    answer(root, "SELECT patient_id, tpm FROM expression ORDER BY 1").await
}

/// What a reader is answered, as CSV without its header.
async fn answer(root: &Path, text: &str) -> Vec<String> {
    let lake = Lake::open(root).await.unwrap();
    let session = pipeline::reader(&lake, &predictor(), 1).await.unwrap();
    let answer = query(&session, text).await.unwrap();
    let mut csv = Vec::new();
    write(&answer, Format::Csv, &mut csv).unwrap();
    String::from_utf8(csv).unwrap().lines().skip(1).map(str::to_owned).collect()
}

fn replaced(patients: &[&str]) -> Vec<String> {
    patients.iter().map(|&p| p.to_owned()).collect()
}

#[tokio::test]
async fn a_run_is_seen_when_it_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    {
        let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
        lake.write("expression", vec![expression("P1", 1.0)], Some(&replaced(&["P1"])))
            .await
            .unwrap();
    }
    let unseen = Lake::open(folder.path()).await.err().unwrap();
    assert!(matches!(unseen, LakeError::Missing { .. }), "{unseen}");
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    lake.write("expression", vec![expression("P2", 2.0)], Some(&replaced(&["P2"]))).await.unwrap();
    finish(&mut lake, 1).await;
    assert_eq!(seen(folder.path()).await, ["P2,2.0"], "nothing is left of the unfinished run");
}

#[tokio::test]
async fn an_unfinished_run_leaves_the_lake_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, lock) = Lake::open_or_create(folder.path()).await.unwrap();
    lake.write("expression", vec![expression("P1", 1.0)], Some(&replaced(&["P1"]))).await.unwrap();
    finish(&mut lake, 1).await;
    lake.write("expression", vec![expression("P2", 2.0)], Some(&replaced(&["P2"]))).await.unwrap();
    drop((lake, lock));
    assert_eq!(seen(folder.path()).await, ["P1,1.0"]);
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    lake.write("expression", vec![expression("P3", 3.0)], Some(&replaced(&["P3"]))).await.unwrap();
    finish(&mut lake, 2).await;
    assert_eq!(seen(folder.path()).await, ["P1,1.0", "P3,3.0"]);
}

#[tokio::test]
async fn a_patient_is_replaced_and_the_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    let both = vec![expression("P1", 1.0), expression("O'Hara", 2.0)];
    lake.write("expression", both, Some(&replaced(&["P1", "O'Hara"]))).await.unwrap();
    finish(&mut lake, 1).await;
    lake.write("expression", vec![expression("O'Hara", 5.0)], Some(&replaced(&["O'Hara"])))
        .await
        .unwrap();
    finish(&mut lake, 2).await;
    assert_eq!(seen(folder.path()).await, ["O'Hara,5.0", "P1,1.0"]);
    lake.write("expression", vec![], Some(&replaced(&["P1"]))).await.unwrap();
    finish(&mut lake, 3).await;
    assert_eq!(seen(folder.path()).await, ["O'Hara,5.0"]);
}

/// A row of `hla_typing`, with the columns of `schema`.
fn typing(schema: &SchemaRef, patient_id: &str) -> RecordBatch {
    let row = serde_json::json!({
        "patient_id": patient_id, "allele": "HLA-A*02:01", "locus": "A", "hla_class": "I", "copies": 1,
        "reported": "A2", "expressed": true, "lost": true, "source_file": "f", "run_id": "r",
    });
    let mut reader = arrow::json::ReaderBuilder::new(Arc::clone(schema)).build_decoder().unwrap();
    reader.serialize(&[row]).unwrap();
    reader.flush().unwrap().unwrap()
}

#[tokio::test]
async fn a_table_of_an_earlier_version_gains_the_new_columns() {
    let folder = tempfile::tempdir().unwrap();
    let schema = &vaxloom_tables::table("hla_typing").unwrap().schema;
    let known_before = schema.fields().iter().filter(|field| field.name() != "lost").cloned();
    let before: SchemaRef = Arc::new(Schema::new(known_before.collect::<Vec<_>>()));
    let (mut lake, lock) = Lake::open_or_create(folder.path()).await.unwrap();
    let place = folder.path().join("hla_typing");
    std::fs::create_dir(&place).unwrap();
    let url = url::Url::from_directory_path(&place).unwrap();
    let table = deltalake::DeltaTableBuilder::from_url(url).unwrap().build().unwrap();
    let written = table.write(vec![typing(&before, "P1")]).await.unwrap();
    assert_eq!(written.version(), Some(0));
    finish_with(&mut lake, 1, r#"{"hla_typing": 0}"#.to_owned()).await;
    drop((lake, lock));
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    for patient in ["P2", "P3"] {
        let rows = vec![typing(schema, patient)];
        lake.write("hla_typing", rows, Some(&replaced(&[patient]))).await.unwrap();
    }
    finish(&mut lake, 2).await;
    let found = answer(folder.path(), "SELECT patient_id, lost FROM hla_typing ORDER BY 1").await;
    assert_eq!(found, ["P1,", "P2,true", "P3,true"]);
}

#[tokio::test]
async fn one_writer_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = Lake::open_or_create(folder.path()).await.unwrap();
    let second = Lake::open_or_create(folder.path()).await.err().unwrap();
    assert!(matches!(second, LakeError::Locked { .. }), "{second}");
    drop(first);
    Lake::open_or_create(folder.path()).await.unwrap();
}

#[tokio::test]
async fn a_batch_of_another_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    let error = lake.write("peptide", vec![expression("P1", 1.0)], None).await.unwrap_err();
    assert!(error.to_string().starts_with("table peptide: found columns"), "{error}");
    let error = lake.write("no_such_table", vec![], None).await.unwrap_err();
    assert!(error.to_string().contains("the tables are: patient, condition"), "{error}");
}

#[tokio::test]
async fn functions_score_with_the_injected_predictor() {
    let predictor = predictor();
    let session = session(2, &predictor);
    let sql = "SELECT mhc1_presentation(p, 'HLA-A*02:01') AS score \
               FROM (VALUES ('SLYNTVATL'), ('SLYNTVATX'), (NULL)) AS t(p)";
    let answer = query(&session, sql).await.unwrap();
    let mut csv = Vec::new();
    write(&answer, Format::Csv, &mut csv).unwrap();
    let expected = predictor.predict(&[("SLYNTVATL", "HLA-A*02:01")]).unwrap()[0].clone().unwrap();
    let text = String::from_utf8(csv).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let score: f32 = lines[1].parse().unwrap();
    assert_eq!((score, lines[2], lines[3]), (expected.score, "\"\"", "\"\""), "{text}");
}

#[tokio::test]
async fn thousands_of_patients_are_replaced_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    let row = |patient_id: &str| {
        let row = serde_json::json!({
            "patient_id": patient_id, "source_file": "f", "source_line": 1, "input_hash": "h", "run_id": "r",
        });
        vaxloom_tables::batch(&vaxloom_tables::table("patient").unwrap().schema, &[row]).unwrap()
    };
    lake.write("patient", vec![row("P0"), row("X")], None).await.unwrap();
    let many: Vec<String> = (0..5000).map(|number| format!("P{number}")).collect();
    lake.write("patient", vec![row("P1"), row("P2")], Some(&many)).await.unwrap();
    finish(&mut lake, 1).await;
    let left = answer(folder.path(), "SELECT patient_id FROM patient ORDER BY 1").await;
    assert_eq!(left, ["P1", "P2", "X"]);
}

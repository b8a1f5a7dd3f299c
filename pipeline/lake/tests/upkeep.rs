//! Versions, files and upkeep of a lake, in a folder and in an object store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use deltalake::logstore::object_store::memory::InMemory;
use deltalake::logstore::object_store::{DynObjectStore, ObjectStoreExt};
use serde_json::{Value, json};
use url::Url;
use vaxloom_immune::Predictor;
use vaxloom_immune::motif::MotifPredictor;
use vaxloom_lake::query::{Format, query, write};
use vaxloom_lake::{Act, Lake, LakeError, Limits, Session, session_over, views};

/// A row: what is not given and may not be missing is empty, zero or false.
fn row(table: &str, given: &Value) -> RecordBatch {
    let table = vaxloom_tables::table(table).unwrap();
    let mut row = given.clone();
    for column in table.columns.iter().filter(|c| !c.nullable && given.get(&c.name).is_none()) {
        row[&column.name] = match &column.data_type {
            arrow::datatypes::DataType::Utf8 => "".into(),
            arrow::datatypes::DataType::Boolean => false.into(),
            _ => 0.into(),
        };
    }
    let mut decoder =
        arrow::json::ReaderBuilder::new(Arc::clone(&table.schema)).build_decoder().unwrap();
    decoder.serialize(&[row]).unwrap();
    decoder.flush().unwrap().unwrap()
}

fn expression(patient: &str, tpm: f64) -> RecordBatch {
    let gene =
        json!({ "patient_id": patient, "feature_id": "KRAS", "feature_type": "gene", "tpm": tpm });
    row("expression", &gene)
}

fn score(peptide: &str) -> RecordBatch {
    row("presentation", &json!({ "peptide": peptide, "allele": "HLA-A*02:01" }))
}

/// A run that gives one patient a number, and scores one peptide.
async fn run(lake: &mut Lake, number: u32, patient: &str, tpm: f64) {
    begin(lake, number, patient, tpm).await;
    finish(lake, number).await;
}

/// A run up to its last row.
async fn begin(lake: &mut Lake, number: u32, patient: &str, tpm: f64) {
    let replaced = [patient.to_owned()];
    lake.write("expression", vec![expression(patient, tpm)], Some(&replaced)).await.unwrap();
    lake.write("presentation", vec![score(&format!("PEPTIDE{number:03}"))], None).await.unwrap();
}

async fn finish(lake: &mut Lake, number: u32) {
    let versions = serde_json::to_string(lake.versions()).unwrap();
    let told = json!({
        "run_id": format!("run-{number:03}"), "finished_at": format!("2026-01-{number:02}T02:00:00.000Z"),
        "table_versions": versions,
    });
    lake.finish(row("run", &told)).await.unwrap();
}

fn act(name: &str, day: u32) -> Act {
    Act { run_id: format!("{name}-1"), at: format!("2026-02-{day:02}T00:00:00.000Z") }
}

async fn reader(lake: &Lake, memory: Option<usize>) -> Session {
    let predictor: Arc<dyn Predictor> = Arc::new(MotifPredictor::new().unwrap());
    // Two partitions of one sort may be in each other's way.
    let threads = if memory.is_some() { 1 } else { 2 };
    session_over(lake, &predictor, Limits { threads, memory, files: false }).await.unwrap()
}

/// An answer as CSV without its header.
async fn answer(session: &Session, sql: &str) -> Vec<String> {
    let answer = query(session, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let mut csv = Vec::new();
    write(&answer, Format::Csv, &mut csv).unwrap();
    String::from_utf8(csv).unwrap().lines().skip(1).map(str::to_owned).collect()
}

async fn error(session: &Session, sql: &str) -> String {
    query(session, sql).await.expect_err(sql).to_string()
}

async fn seen(lake: &Lake) -> Vec<String> {
    let session = reader(lake, None).await;
    answer(&session, "SELECT patient_id, tpm FROM expression ORDER BY 1").await
}

fn parquet_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|e| e == "parquet")).collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_reader_sees_the_last_finished_run_while_another_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    run(&mut lake, 1, "P1", 1.0).await;
    let before = reader(&Lake::open(folder.path()).await.unwrap(), None).await;
    begin(&mut lake, 2, "P1", 2.0).await;
    let sql = "SELECT tpm, (SELECT count(*) FROM presentation) FROM expression";
    assert_eq!(answer(&before, sql).await, ["1.0,1"]);
    let meanwhile = reader(&Lake::open(folder.path()).await.unwrap(), None).await;
    assert_eq!(answer(&meanwhile, sql).await, ["1.0,1"], "a run that has not finished is not seen");
    finish(&mut lake, 2).await;
    assert_eq!(answer(&before, sql).await, ["1.0,1"], "a reader stays with its versions");
    let after = reader(&Lake::open(folder.path()).await.unwrap(), None).await;
    assert_eq!(answer(&after, sql).await, ["2.0,2"]);
}

#[tokio::test]
async fn versions_are_asked_for_by_number_and_time() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    for number in 1..=3 {
        run(&mut lake, number, "P1", f64::from(number)).await;
    }
    begin(&mut lake, 4, "P1", 4.0).await;
    let lake = Lake::open(folder.path()).await.unwrap();
    let session = reader(&lake, None).await;
    let runs = lake.runs().await.unwrap();
    let version = runs[1].versions["expression"];
    let cases = [
        (format!("SELECT tpm FROM expression VERSION AS OF {version}"), "2.0"),
        (format!("SELECT e.tpm FROM expression VERSION AS OF {version} AS e"), "2.0"),
        (
            format!("SELECT EXPRESSION.tpm FROM EXPRESSION VERSION AS OF {version} WHERE tpm > 0"),
            "2.0",
        ),
        ("SELECT tpm FROM expression TIMESTAMP AS OF '2026-01-01'".to_owned(), "1.0"),
        ("SELECT tpm FROM expression TIMESTAMP AS OF '2026-01-02T12:00:00Z'".to_owned(), "2.0"),
        ("SELECT tpm FROM expression FOR SYSTEM_TIME AS OF '2027'".to_owned(), "3.0"),
        (
            format!(
                "SELECT n.tpm - o.tpm FROM expression n JOIN (SELECT * FROM expression VERSION AS OF {version}) o ON n.patient_id = o.patient_id"
            ),
            "1.0",
        ),
        ("SELECT tpm FROM expression".to_owned(), "3.0"),
    ];
    for (sql, expected) in cases {
        assert_eq!(answer(&session, &sql).await, [expected], "{sql}");
    }
    let unfinished = version + 2;
    for (sql, expected) in [
        (
            format!("SELECT * FROM expression VERSION AS OF {unfinished}"),
            "vaxloom lake history --table expression",
        ),
        (
            "SELECT * FROM expression TIMESTAMP AS OF '2025-01-01'".to_owned(),
            "no run that wrote it had finished by 2025-01-01",
        ),
        ("SELECT * FROM nothing VERSION AS OF 1".to_owned(), "no table nothing"),
    ] {
        let error = error(&session, &sql).await;
        assert!(error.contains(expected), "{sql}: {error}");
    }
}

#[tokio::test]
async fn files_stay_few_and_are_put_together() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    for number in 1..=6 {
        run(&mut lake, number, &format!("P{number}"), f64::from(number)).await;
    }
    let expected = seen(&lake).await;
    assert_eq!(expected.len(), 6);
    assert_eq!(lake.compact(&act("compact", 1)).await.unwrap(), [], "small files were taken along");
    let vacuumed = lake.vacuum("2026-03-01", true).await.unwrap();
    assert!(vacuumed.files >= 10, "{vacuumed:?}");
    assert_eq!(lake.vacuum("2026-03-01", false).await.unwrap(), vacuumed, "as was told");
    for table in ["expression", "presentation", "run"] {
        assert_eq!(parquet_files(&folder.path().join(table)).len(), 1, "{table}");
    }
    assert_eq!(seen(&lake).await, expected);
    let session = reader(&lake, None).await;
    let error = error(&session, "SELECT * FROM expression TIMESTAMP AS OF '2026-01-02'").await;
    assert!(error.contains("taken away by vaxloom lake vacuum"), "{error}");
    let order = "SELECT peptide FROM presentation";
    assert_eq!(answer(&session, order).await[0], "PEPTIDE001", "rows lie in the order of the key");
}

#[tokio::test]
async fn an_earlier_run_is_gone_back_to() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, lock) = Lake::open_or_create(folder.path()).await.unwrap();
    run(&mut lake, 1, "P1", 1.0).await;
    run(&mut lake, 2, "P2", 2.0).await;
    lake.restore("run-001", &act("restore", 1)).await.unwrap();
    assert_eq!(seen(&Lake::open(folder.path()).await.unwrap()).await, ["P1,1.0"]);
    let mut lake = {
        drop((lake, lock));
        Lake::open_or_create(folder.path()).await.unwrap().0
    };
    run(&mut lake, 9, "P3", 3.0).await;
    let unknown = lake.restore("run-007", &act("restore", 2)).await.unwrap_err();
    assert!(unknown.to_string().contains("vaxloom lake history"), "{unknown}");
    let last = lake.runs().await.unwrap().remove(0);
    assert_eq!(last.run_id, "restore-1", "the clock of the test's third run is behind");
    let commits = lake.commits("expression").await.unwrap();
    let told = |run: &str| commits.iter().any(|commit| commit.run_id.as_deref() == Some(run));
    assert!(told("run-001") && told("run-002") && told("run-009"), "{commits:?}");
}

#[tokio::test]
async fn a_lake_in_an_object_store_is_like_one_in_a_folder() {
    let store: Arc<DynObjectStore> = Arc::new(InMemory::new());
    let url = Url::parse("s3://bucket/some/lake").unwrap();
    let missing = Lake::open_in(&url, Arc::clone(&store)).await.unwrap_err();
    assert!(matches!(missing, LakeError::Missing { .. }), "{missing}");
    let (mut lake, lock) = Lake::open_or_create_in(&url, Arc::clone(&store)).await.unwrap();
    let second = Lake::open_or_create_in(&url, Arc::clone(&store)).await.unwrap_err();
    assert!(matches!(second, LakeError::Locked { .. }), "{second}");
    run(&mut lake, 1, "P1", 1.0).await;
    begin(&mut lake, 2, "P2", 2.0).await;
    drop((lake, lock));
    let (mut lake, _lock) = Lake::open_or_create_in(&url, Arc::clone(&store)).await.unwrap();
    assert_eq!(seen(&lake).await, ["P1,1.0"]);
    run(&mut lake, 3, "P3", 3.0).await;
    let lake = Lake::open_in(&url, store).await.unwrap();
    assert_eq!(seen(&lake).await, ["P1,1.0", "P3,3.0"]);
}

#[tokio::test]
async fn a_lease_that_has_run_out_is_taken_over() {
    let store: Arc<DynObjectStore> = Arc::new(InMemory::new());
    let url = Url::parse("gs://bucket/lake").unwrap();
    let place = "lake/.lease".into();
    let held = |until: u64| json!({ "process": 1, "until": until }).to_string().into_bytes();
    store.put(&place, held(u64::MAX / 2).into()).await.unwrap();
    let locked = Lake::open_or_create_in(&url, Arc::clone(&store)).await.unwrap_err();
    assert!(matches!(locked, LakeError::Locked { .. }), "{locked}");
    store.put(&place, held(1_700_000_000).into()).await.unwrap();
    let taken = Lake::open_or_create_in(&url, Arc::clone(&store)).await.unwrap();
    drop(taken);
    assert!(store.get(&place).await.is_err(), "the lock is given back");
}

#[tokio::test]
async fn a_damaged_file_or_log_entry_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    run(&mut lake, 1, "P1", 1.0).await;
    let file = parquet_files(&folder.path().join("expression")).remove(0);
    let whole = std::fs::read(&file).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    let footer = [&whole[..whole.len() - 20], &[0; 20]].concat();
    let page = [&whole[..4], &[0xff; 60], &whole[64..]].concat();
    for damaged in [footer, page] {
        std::fs::write(&file, damaged).unwrap();
        let session = reader(&Lake::open(folder.path()).await.unwrap(), None).await;
        let error = error(&session, "SELECT * FROM expression").await;
        assert!(error.contains(name), "{error}");
        assert_eq!(
            answer(&session, "SELECT count(*) FROM presentation").await,
            ["1"],
            "others can be read"
        );
    }
    std::fs::write(&file, whole).unwrap();
    let log = folder.path().join("expression/_delta_log/00000000000000000001.json");
    std::fs::write(&log, "{ damaged").unwrap();
    let error = Lake::open(folder.path()).await.unwrap_err().to_string();
    assert!(error.contains("expression"), "{error}");
}

#[tokio::test]
async fn queries_only_read() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    run(&mut lake, 1, "P1", 1.0).await;
    let session = reader(&lake, None).await;
    for sql in [
        "DELETE FROM expression",
        "INSERT INTO expression SELECT * FROM expression",
        "UPDATE expression SET tpm = 0",
        "DROP TABLE expression",
        "CREATE TABLE x AS SELECT 1",
        "CREATE VIEW x AS SELECT 1",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "COPY expression TO '/tmp/x.csv'",
        "SET datafusion.execution.batch_size = 1",
        "SELECT 1; DROP TABLE expression",
        "EXPLAIN ANALYZE INSERT INTO expression SELECT * FROM expression",
    ] {
        let error = error(&session, sql).await;
        assert!(
            error.contains("only read") || error.contains("several statements"),
            "{sql}: {error}"
        );
    }
    assert_eq!(answer(&session, "SELECT tpm FROM expression").await, ["1.0"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_query_is_shown_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    run(&mut lake, 1, "P1", 1.0).await;
    let session = reader(&lake, None).await;
    for (sql, place, meant) in [
        (
            "SELECT patient_id,\n  tmp FROM expression",
            "line 2:   tmp FROM expression\n          ^",
            "did you mean tpm?",
        ),
        (
            "SELECT * FROM expresion",
            "line 1: SELECT * FROM expresion\n                      ^",
            "did you mean expression?",
        ),
        ("SELECT * FROM expression WHERE ORDER", "line 1: SELECT", ""),
        (
            "SELECT mhc1_presentatio('A', 'B')",
            "line 1: SELECT mhc1_presentatio",
            "mhc1_presentation'",
        ),
    ] {
        let error = error(&session, sql).await;
        assert!(error.contains(place) && error.contains(meant), "{sql}: {error}");
    }
}

#[tokio::test]
async fn tables_views_and_columns_say_what_they_mean() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    run(&mut lake, 1, "P1", 1.0).await;
    let session = reader(&lake, None).await;
    let undescribed = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND comment IS NULL";
    assert_eq!(answer(&session, undescribed).await, [""; 0]);
    let undescribed = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND comment IS NULL";
    assert_eq!(answer(&session, undescribed).await, [""; 0]);
    for view in views() {
        let columns = answer(&session, &format!("DESCRIBE {}", view.name)).await;
        let names: Vec<_> =
            columns.iter().map(|line| line.split(',').next().unwrap().to_owned()).collect();
        let expected: Vec<_> = view.columns.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names, expected, "{}", view.name);
        answer(&session, &format!("SELECT * FROM {}", view.name)).await;
    }
    let told = answer(&session, "DESCRIBE expression").await;
    assert!(told.contains(&"tpm,Float64,NO,TPM,Expression".to_owned()), "{told:?}");
    let functions = answer(&session, "SHOW FUNCTIONS LIKE 'fold_mfe'").await;
    assert!(functions.iter().any(|line| line.contains("minimum free energy")), "{functions:?}");
    let silent = "SELECT routine_name FROM information_schema.routines WHERE starts_with(routine_name, 'mhc') AND description IS NULL";
    assert_eq!(answer(&session, silent).await, [""; 0]);
}

#[tokio::test]
async fn a_query_over_its_memory_fails_alone_or_spills() {
    let folder = tempfile::tempdir().unwrap();
    let (mut lake, _lock) = Lake::open_or_create(folder.path()).await.unwrap();
    run(&mut lake, 1, "P1", 1.0).await;
    let session = reader(&lake, Some(50_000_000)).await;
    let large = "SELECT repeat(CAST(value AS VARCHAR), 20) AS text FROM generate_series(1, 1000000) ORDER BY text DESC";
    assert_eq!(answer(&session, large).await.len(), 1_000_000, "it sorts more than its memory");
    let held = "SELECT length(string_agg(repeat(CAST(value AS VARCHAR), 100), '')) FROM generate_series(1, 1000000)";
    let error = error(&session, held).await;
    assert!(error.contains("memory"), "{error}");
    assert_eq!(answer(&session, "SELECT tpm FROM expression").await, ["1.0"]);
}

//! Who may ask, and what each is answered.

use std::fs;

use arrow::array::{Int32Array, RecordBatch, StringArray};
use arrow::util::pretty::pretty_format_batches;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::sql::{CommandGetImportedKeys, CommandGetTables};
use futures::TryStreamExt;
use std::sync::Arc;
use tonic::transport::Channel;

use crate::harness::{ANNA, MARIE, ROSALIND, start, usual};

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_given_what_is_theirs() {
    let server = start(usual()).await;
    let count = "SELECT count(*) AS n FROM patient";
    // 599 consent; 98 of the melanoma cohort, on terms that the role has.
    for table in [
        "patient",
        "born",
        "(SELECT * FROM born b WHERE EXISTS (SELECT 1 FROM patient p WHERE p.patient_id = b.patient_id))",
    ] {
        let count = format!("SELECT count(*) AS n FROM {table}");
        assert!(server.ask(ANNA, &count).await.unwrap().contains("| 599 |"));
        assert!(server.ask(MARIE, &count).await.unwrap().contains("| 98 |"));
    }
    let answer = server.ask(ROSALIND, count).await.unwrap();
    assert!(answer.contains("suppressed") && answer.contains("false"), "{answer}");
    assert_eq!(answer, server.ask(ROSALIND, "SELECT sum(1) AS n FROM patient").await.unwrap());
    server.refused(ROSALIND, "SELECT * FROM patient", "privacy gate").await;
    server.refused(ROSALIND, "SELECT patient_id FROM born", "privacy gate").await;
    let groups =
        server.ask(ROSALIND, "SELECT birth_year, count(*) FROM patient GROUP BY birth_year").await;
    assert_eq!(groups.unwrap().matches("true").count(), 1, "groups of ten are one row");
    // Rows are audited by the tables that they are of, before they leave.
    server.ask(ANNA, "SELECT * FROM born").await.unwrap();
    assert_eq!(
        server.audited(&["\"asked\"", "anna", "\"SELECT * FROM born\"", "[\"patient\"]"]),
        1
    );
    assert_eq!(server.audited(&["\"answered\"", "anna", "\"rows\":599"]), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_shown_and_writes_refused() {
    let server = start(usual()).await;
    server.refused(ANNA, "SELECT birthyear FROM patient", "did you mean birth_year?").await;
    server.refused(ANNA, "SELECT 1 FORM patient x", "line 1: SELECT 1 FORM patient x").await;
    server.refused(ANNA, "SELECT 1; SELECT 2", "several statements").await;
    for sql in [
        "DROP TABLE patient",
        "CREATE TABLE t AS SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "INSERT INTO patient VALUES ('VX-9999', 1900)",
        "DELETE FROM patient",
        "UPDATE patient SET birth_year = 1",
        "TRUNCATE TABLE patient",
        "COPY patient TO 'patients.csv'",
        "SET datafusion.execution.target_partitions = 64",
        "BEGIN",
        "PREPARE p AS SELECT 1",
        "EXPLAIN ANALYZE INSERT INTO patient VALUES ('VX-9999', 1900)",
    ] {
        for user in [ANNA, ROSALIND] {
            server.refused(user, sql, "only reads").await;
        }
    }
    for sql in ["SELECT * FROM '/etc/passwd'", "SELECT * FROM vcf_scan('/etc/passwd')"] {
        assert!(!server.ask(ANNA, sql).await.unwrap_err().contains("root:"), "{sql}");
    }
    assert!(server.audited(&["\"refused\"", "anna", "DROP TABLE"]) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_come_and_go_without_a_restart() {
    let server = start(usual()).await;
    server.ask(ANNA, "SELECT 1").await.unwrap();
    let file = server.folder.path().join("users.toml");
    let users = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        users.replace("name = \"anna\"", "name = \"anna\"\nexpires = \"2020-01-01T00:00:00Z\""),
    )
    .unwrap();
    server.refused(ANNA, "SELECT 1", "has expired").await;
    fs::write(&file, "[[user]]\nname = 1").unwrap();
    server.refused(ROSALIND, "SELECT count(*) FROM patient", "cannot be read").await;
    fs::write(&file, users).unwrap();
    server.ask(ANNA, "SELECT 1").await.unwrap();
    // Whoever withdraws consent is gone from the next answer.
    let cohorts = server.folder.path().join("cohorts.csv");
    let members = fs::read_to_string(&cohorts).unwrap();
    fs::write(&cohorts, members.replace("VX-0009,melanoma,granted", "VX-0009,melanoma,withdrawn"))
        .unwrap();
    assert!(server.ask(ANNA, "SELECT count(*) FROM patient").await.unwrap().contains("| 598"));
    assert_eq!(server.audited(&["\"refused\"", "has expired"]), 1);
    assert!(server.page("/health").await.starts_with("HTTP/1.1 200"));
}

async fn fetched(
    client: &mut FlightSqlServiceClient<Channel>,
    info: arrow_flight::FlightInfo,
) -> String {
    let rows = client.do_get(info.endpoint[0].ticket.clone().unwrap()).await.unwrap();
    let rows: Vec<RecordBatch> = rows.try_collect().await.unwrap();
    pretty_format_batches(&rows).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn prepared_statements_take_values_and_are_their_owners() {
    let server = start(usual()).await;
    let mut client = server.client(ANNA).await;
    let sql = "SELECT count(*) AS n FROM patient WHERE birth_year < ? AND patient_id <> ?";
    let mut prepared = client.prepare(sql.to_owned(), None).await.unwrap();
    let fields = prepared.parameter_schema().unwrap().fields();
    assert_eq!(fields.iter().map(|f| f.name().as_str()).collect::<Vec<_>>(), ["$1", "$2"]);
    for (year, expected) in [(1940, "| 98 |"), (1950, "| 198 |")] {
        let values = RecordBatch::try_from_iter([
            ("$1", Arc::new(Int32Array::from(vec![year])) as _),
            ("$2", Arc::new(StringArray::from(vec!["VX-0000"])) as _),
        ]);
        prepared.set_parameters(values.unwrap()).unwrap();
        let info = prepared.execute().await.unwrap();
        let answer = fetched(&mut client, info.clone()).await;
        assert!(answer.contains(expected), "{answer}");
        let other =
            server.client(MARIE).await.do_get(info.endpoint[0].ticket.clone().unwrap()).await;
        assert!(other.is_err_and(|error| error.to_string().contains("no such prepared")));
    }
    prepared.close().await.unwrap();
    let mut gated = server.client(ROSALIND).await;
    let sql = "SELECT count(*) AS n FROM patient WHERE birth_year < $1";
    let mut prepared = gated.prepare(sql.to_owned(), None).await.unwrap();
    let values = RecordBatch::try_from_iter([("$1", Arc::new(Int32Array::from(vec![1932])) as _)]);
    prepared.set_parameters(values.unwrap()).unwrap();
    let info = prepared.execute().await.unwrap();
    let answer = fetched(&mut gated, info).await;
    assert!(answer.contains("false"), "nineteen patients are shown: {answer}");
    let refused =
        gated.prepare("SELECT * FROM patient WHERE birth_year = $1".to_owned(), None).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("privacy gate")));
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_described() {
    let server = start(usual()).await;
    let mut client = server.client(ROSALIND).await;
    let info = client.get_catalogs().await.unwrap();
    assert!(fetched(&mut client, info).await.contains("datafusion"));
    let tables = CommandGetTables {
        table_name_filter_pattern: Some("%o%".to_owned()),
        table_types: vec!["VIEW".to_owned()],
        include_schema: true,
        ..CommandGetTables::default()
    };
    let info = client.get_tables(tables).await.unwrap();
    let answer = fetched(&mut client, info).await;
    assert!(answer.contains("born") && !answer.contains("| patient "), "{answer}");
    let keys =
        CommandGetImportedKeys { table: "patient".to_owned(), ..CommandGetImportedKeys::default() };
    let info = client.get_imported_keys(keys).await.unwrap();
    fetched(&mut client, info).await;
    let info = client.get_table_types().await.unwrap();
    assert!(fetched(&mut client, info).await.contains("VIEW"));
}

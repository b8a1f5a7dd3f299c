//! The catalogue of attacks and the honest questions of the lake's tests, from end to end: each through a server and a client of
//! its own protocol, and a sample with the ADBC driver for Flight SQL, where a Python has it.

use std::process::{Command, Stdio};

use arrow::array::{AsArray, RecordBatch};
use arrow::util::pretty::pretty_format_batches;
use futures::StreamExt;
use serde::Deserialize;

use crate::harness::{ROSALIND, Server, start_with, usual};
use crate::world::{PLANTED, World};

const ATTACKS: &str = include_str!("../../../lake/tests/gate/attacks.toml");
const HONEST: &str = include_str!("../../../lake/tests/gate/honest.toml");

#[derive(Deserialize)]
struct Attacks {
    attack: Vec<Attack>,
}

#[derive(Deserialize)]
struct Attack {
    name: String,
    reason: String,
    queries: Vec<String>,
    tells: Option<String>,
    refused: Option<String>,
}

#[derive(Deserialize)]
struct Honest {
    query: Vec<Query>,
}

#[derive(Deserialize)]
struct Query {
    name: String,
    sql: String,
}

async fn server(world: &World) -> Server {
    start_with(world.session(), false, usual()).await
}

/// Everything that a researcher sees of the answers to an attack. Numbers of statements are the server's own.
async fn seen(attack: &Attack, server: &Server) -> Vec<Result<String, String>> {
    let mut all = Vec::new();
    for sql in &attack.queries {
        all.push(server.ask(ROSALIND, sql).await);
    }
    all
}

/// What is wrong with the answers to an attack in the two lakes that differ by the victim's secrets alone.
async fn faults(attack: &Attack) -> Vec<String> {
    let (with, without) =
        (server(&World::with_secrets()).await, server(&World::without_secrets()).await);
    let (seen_with, seen_without) = (seen(attack, &with).await, seen(attack, &without).await);
    let mut faults = Vec::new();
    // Totals differ from lake to lake by their noise; `difference` and `shown` are compared cell by cell in the lake's own tests.
    if attack.tells.is_none() && seen_with != seen_without {
        faults.push(format!("tells the lakes apart: {seen_with:?} and {seen_without:?}"));
    }
    for answer in seen_with.iter().chain(&seen_without) {
        let text = answer.as_ref().unwrap_or_else(|error| error);
        let planted = PLANTED.iter().find(|planted| text.contains(**planted));
        faults.extend(planted.map(|planted| format!("the answer holds {planted}: {text}")));
    }
    let last = seen_with.last().unwrap();
    match (&attack.refused, last) {
        (Some(rule), Err(words)) if words.contains(&format!("privacy gate ({rule})")) => {}
        (None, Ok(_)) => {}
        (expected, found) => faults.push(format!("expected {expected:?}, found {found:?}")),
    }
    faults.iter().map(|fault| format!("{} ({}): {fault}", attack.name, attack.reason)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_attack_tells_a_client_the_victims_secrets() {
    let attacks: Attacks = toml::from_str(ATTACKS).unwrap();
    assert!(attacks.attack.len() >= 40);
    let all = futures::stream::iter(&attacks.attack).map(faults).buffer_unordered(4);
    let faults: Vec<String> = all.map(futures::stream::iter).flatten().collect().await;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_questions_are_answered_to_a_client() {
    let honest: Honest = toml::from_str(HONEST).unwrap();
    assert!(honest.query.len() >= 20);
    let server = server(&World::without_secrets()).await;
    for query in &honest.query {
        let rows: Vec<RecordBatch> = server.rows(ROSALIND, &query.sql).await.unwrap();
        let shown = rows.iter().any(|batch| {
            batch.column_by_name("suppressed").unwrap().as_boolean().false_count() > 0
        });
        assert!(shown, "{}: {}", query.name, pretty_format_batches(&rows).unwrap());
    }
}

/// A Python that has the driver: `VAXLOOM_FLIGHT_PYTHON`, or that of the system.
fn python() -> Option<String> {
    let python = std::env::var("VAXLOOM_FLIGHT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python)
        .args(["-c", "import adbc_driver_flightsql.dbapi, tomllib"])
        .stderr(Stdio::null())
        .status();
    if has.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    eprintln!(
        "skipped: no Python with adbc-driver-flightsql and pyarrow; name one in VAXLOOM_FLIGHT_PYTHON"
    );
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn a_researchers_notebook_is_answered_behind_the_gate() {
    let Some(python) = python() else { return };
    let server = server(&World::with_secrets()).await;
    drop(server.client(ROSALIND).await);
    let (uri, token) = (format!("grpc+tcp://{}", server.address), server.tokens[ROSALIND].clone());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../lake/tests/gate");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/serve/researcher.py");
    let run = move || {
        let planted = PLANTED.join(",");
        Command::new(python).args([script, &uri, &token, folder, &planted]).output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

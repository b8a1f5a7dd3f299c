//! What one statement may use, and how it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow::array::RecordBatch;
use futures::{StreamExt, TryStreamExt};
use vaxloom_cluster::serve::Limits;

use crate::harness::{ANNA, ROSALIND, made_up, start, start_with, usual};

const SECOND: Duration = Duration::from_secs(1);
/// Compares everyone with everyone four times, and gives nothing.
const ENDLESS: &str = "SELECT count(*) FROM patient a, patient b, patient c, patient d \
     WHERE a.birth_year + b.birth_year = c.birth_year * d.birth_year";
/// The rows of all pairs.
const PAIRS: &str =
    "SELECT a.patient_id AS x, b.patient_id AS y FROM patient a CROSS JOIN patient b";

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_fails_alone() {
    let server = start(Limits { timeout: 2 * SECOND, memory: 4 << 20, ..usual() }).await;
    let large =
        "SELECT array_agg(concat(a.patient_id, b.patient_id)) FROM patient a CROSS JOIN patient b";
    let ((), (), small) = tokio::join!(
        server.refused(ANNA, ENDLESS, "longer than 2 s"),
        server.refused(ANNA, large, "more than the 4 MB"),
        server.ask(ANNA, "SELECT count(*) FROM patient"),
    );
    assert!(small.unwrap().contains("599"));
    assert_eq!(server.audited(&["\"failed\"", "out of time"]), 1);
    server.becomes("statements_abandoned", "0").await;
    server.becomes("statements_active", "0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_never_gives_way_holds_its_place_and_nobody_up() {
    let hold = Arc::new(AtomicBool::new(false));
    let limits = Limits { timeout: SECOND, concurrent: 2, ..usual() };
    let mut server = start_with(made_up(&hold).await, true, limits).await;
    let held = "SELECT held(patient_id) FROM patient";
    // Its client is answered while it is still at it.
    server.refused(ANNA, held, "longer than 1 s").await;
    assert_eq!(server.figure("statements_abandoned").await, "1");
    assert!(server.ask(ANNA, "SELECT count(*) FROM patient").await.unwrap().contains("599"));
    server.refused(ANNA, held, "longer than 1 s").await;
    assert_eq!(server.figure("statements_abandoned").await, "2");
    // There are never more at work than there are places.
    server.refused(ANNA, "SELECT 1", "all places").await;
    hold.store(true, Ordering::Release);
    server.becomes("statements_abandoned", "0").await;
    assert!(server.ask(ANNA, "SELECT count(*) FROM patient").await.unwrap().contains("599"));
    hold.store(false, Ordering::Release);
    server.refused(ANNA, held, "longer than 1 s").await;
    server.tell_to_stop();
    server.end().await;
    hold.store(true, Ordering::Release);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sort_of_more_than_its_memory_spills() {
    let server = start(Limits { memory: 24 << 20, ..usual() }).await;
    let answer = server.rows(ANNA, &format!("{PAIRS} ORDER BY x DESC, y")).await.unwrap();
    assert_eq!(answer.iter().map(RecordBatch::num_rows).sum::<usize>(), 599 * 599);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_fetches_ends() {
    let server = start(Limits { timeout: SECOND, concurrent: 1, ..usual() }).await;
    let mut client = server.client(ANNA).await;
    let many = format!("{PAIRS} CROSS JOIN patient c");
    let info = client.execute(many.clone(), None).await.unwrap();
    let ticket = info.endpoint[0].ticket.clone().unwrap();
    let mut rows = client.do_get(ticket.clone()).await.unwrap();
    rows.next().await.unwrap().unwrap();
    // The client does not ask for more, and still the place is free after the time that a statement has.
    server.becomes("statements_active", "0").await;
    assert_eq!(server.audited(&["out of time"]), 1);
    server.ask(ANNA, "SELECT 1").await.unwrap();
    drop(rows);
    let mut rows = client.do_get(ticket).await.unwrap();
    rows.next().await.unwrap().unwrap();
    drop(rows);
    server.becomes("statements_active", "0").await;
    server.becomes("statements_abandoned", "0").await;
    assert_eq!(server.audited(&["\"cancelled\""]), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_breaks_is_no_short_answer() {
    let server = start(usual()).await;
    server.refused(ANNA, "SELECT broken(patient_id) FROM patient", "mistake in vaxloom").await;
    server
        .refused(ANNA, "SELECT 1 / (birth_year - birth_year) FROM patient", "ivide by zero")
        .await;
    assert!(server.ask(ANNA, "SELECT count(*) FROM patient").await.unwrap().contains("599"));
    assert_eq!(server.audited(&["\"failed\""]), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_texts_are_answered_or_refused() {
    let long = |terms: usize| format!("SELECT 1{}", "+1".repeat(terms));
    // The longest may take longer to plan than a statement has, and does no harm.
    let hasty = start(Limits { timeout: SECOND, ..usual() }).await;
    let _ = hasty.ask(ANNA, &long(4_000)).await;
    let server = start(usual()).await;
    assert!(server.ask(ANNA, &long(200)).await.unwrap().contains("201"));
    server.refused(ANNA, &long(5_000), "5001 words and operators, expected at most 4096").await;
    let either = format!("SELECT birth_year = 1{} FROM patient", " OR birth_year = 1".repeat(200));
    assert!(server.ask(ANNA, &either).await.unwrap().contains("false"));
    let list = |years: usize| {
        format!("SELECT count(*) FROM patient WHERE birth_year IN (1{})", ",1".repeat(years))
    };
    server.ask(ANNA, &list(100_000)).await.unwrap();
    server.refused(ANNA, &list(600_000), "expected at most 1048576").await;
    let deep = format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000));
    server.ask(ANNA, &deep).await.unwrap_err();
    assert!(server.ask(ANNA, "SELECT 1").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn new_questions_have_an_end() {
    let server = start(Limits { new_questions: 2, ..usual() }).await;
    let ask = |year: i32| format!("SELECT count(*) FROM patient WHERE birth_year < {year}");
    server.ask(ROSALIND, &ask(1940)).await.unwrap();
    server.ask(ROSALIND, &ask(1940)).await.unwrap();
    server.ask(ROSALIND, &ask(1950)).await.unwrap();
    server.refused(ROSALIND, &ask(1960), "new-questions").await;
    assert!(server.ask(ANNA, &ask(1960)).await.unwrap().contains("299"));
    assert_eq!(server.audited(&["\"new_cells\":1"]), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_statements_end() {
    let mut server = start(usual()).await;
    let mut client = server.client(ANNA).await;
    let info = client.execute(PAIRS.to_owned(), None).await.unwrap();
    let rows = client.do_get(info.endpoint[0].ticket.clone().unwrap()).await.unwrap();
    server.tell_to_stop();
    let rows: Vec<RecordBatch> = rows.try_collect().await.unwrap();
    assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 599 * 599);
    drop(client);
    server.end().await;
}

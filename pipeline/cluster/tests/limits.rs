//! The server over made-up tables: roles, the gate, and the limits of a statement, through arrow-flight's own client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Int32Array, RecordBatch, StringArray};
use arrow::util::pretty::pretty_format_batches;
use arrow_flight::sql::client::FlightSqlServiceClient;
use async_trait::async_trait;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::TryStreamExt;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};
use vaxloom_cluster::{Limits, ServeError, Sessions, Settings, serve, token};
use vaxloom_lake::LakeError;

const PATIENTS: usize = 600;

/// One table of patients.
struct MadeUp(SessionContext);

#[async_trait]
impl Sessions for MadeUp {
    async fn session(&self) -> Result<SessionContext, LakeError> {
        Ok(self.0.clone())
    }
}

fn made_up() -> MadeUp {
    let session = SessionContext::new_with_config(
        SessionConfig::new().with_information_schema(true).with_target_partitions(2),
    );
    let ids: StringArray = (0..PATIENTS).map(|p| Some(format!("VX-{p:04}"))).collect();
    let born: Int32Array = (0..PATIENTS).map(|p| Some(1930 + p as i32 % 60)).collect();
    let columns = [("patient_id", Arc::new(ids) as _), ("birth_year", Arc::new(born) as _)];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap();
    session.register_table("patient", Arc::new(table)).unwrap();
    MadeUp(session)
}

struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<Result<(), ServeError>>,
    folder: tempfile::TempDir,
    tokens: Vec<String>,
}

const USERS: [(&str, &str); 3] =
    [("anna", "analyst"), ("rosalind", "researcher"), ("marie", "melanoma")];

/// A server whose third user sees the patients of one cohort.
async fn start(limits: Limits) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let (mut users, mut tokens) = ("cohorts = \"cohorts.csv\"\n".to_owned(), Vec::new());
    for (name, role) in USERS {
        let made = token().unwrap();
        users +=
            &format!("[[user]]\nname = \"{name}\"\nrole = \"{role}\"\ntoken = \"{}\"\n", made.hash);
        tokens.push(made.secret);
    }
    users += "[role.melanoma]\naccess = \"rows\"\ncohorts = [\"melanoma\"]\ndata_use = [\"GRU\"]\n";
    fs::write(folder.path().join("users.toml"), users).unwrap();
    let member = |p: usize| {
        let cohort = if p < 100 { "melanoma" } else { "lung" };
        let consent = if p == 5 { "withdrawn" } else { "granted" };
        let terms = if p == 6 { "DS" } else { "HMB;GRU" };
        format!("VX-{p:04},{cohort},{consent},{terms}\n")
    };
    let members: String = (0..PATIENTS).map(member).collect();
    fs::write(
        folder.path().join("cohorts.csv"),
        format!("patient_id,cohort,consent,data_use\n{members}"),
    )
    .unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = Settings {
        listen: address,
        http: None,
        auth: folder.path().join("users.toml"),
        tls: None,
        state: folder.path().join("state"),
        audit: None,
        limits,
    };
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(serve(settings, Arc::new(made_up()), async {
        stopped.await.ok();
    }));
    Running { address, stop: Some(stop), served, folder, tokens }
}

fn usual() -> Limits {
    Limits { timeout: Duration::from_secs(60), memory: 64 << 20, concurrent: 4, new_questions: 100 }
}

impl Running {
    async fn client(&self, user: usize) -> FlightSqlServiceClient<Channel> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        for _ in 0..100 {
            if let Ok(channel) = endpoint.connect().await {
                let mut client = FlightSqlServiceClient::new(channel);
                client.set_token(self.tokens[user].clone());
                return client;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not start");
    }

    /// The answer as a table, or the error's words.
    async fn ask(&self, user: usize, sql: &str) -> Result<String, String> {
        let mut client = self.client(user).await;
        let info = client.execute(sql.to_owned(), None).await.map_err(|e| e.to_string())?;
        let ticket = info.endpoint[0].ticket.clone().unwrap();
        let rows = client.do_get(ticket).await.map_err(|e| e.to_string())?;
        let rows: Vec<RecordBatch> = rows.try_collect().await.map_err(|e| e.to_string())?;
        Ok(pretty_format_batches(&rows).unwrap().to_string())
    }

    async fn refused(&self, user: usize, sql: &str, words: &str) {
        let answer = self.ask(user, sql).await;
        assert!(answer.as_ref().is_err_and(|error| error.contains(words)), "{sql}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_given_what_is_theirs() {
    let server = start(usual()).await;
    let count = "SELECT count(*) AS n FROM patient";
    // 599 consent; 98 of the melanoma cohort, on terms that the role has.
    assert!(server.ask(0, count).await.unwrap().contains("| 599 |"));
    assert!(server.ask(2, count).await.unwrap().contains("| 98 |"));
    let answer = server.ask(1, count).await.unwrap();
    assert!(answer.contains("suppressed") && answer.contains("false"), "{answer}");
    assert_eq!(
        answer,
        server.ask(1, "SELECT sum(1) AS n FROM patient").await.unwrap().replace("sum", "n")
    );
    server.refused(1, "SELECT * FROM patient", "privacy gate").await;
    server.refused(0, "SELECT birthyear FROM patient", "birth_year").await;
    server.refused(0, "DROP TABLE patient", "only reads").await;
    let groups =
        server.ask(1, "SELECT birth_year, count(*) FROM patient GROUP BY birth_year").await;
    assert_eq!(groups.unwrap().matches("true").count(), 1, "groups of ten are one row");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_fails_alone() {
    let server =
        start(Limits { timeout: Duration::from_secs(2), memory: 4 << 20, ..usual() }).await;
    let endless = "SELECT count(*) FROM patient a, patient b, patient c, patient d WHERE a.birth_year + b.birth_year = c.birth_year * d.birth_year";
    let large =
        "SELECT array_agg(concat(a.patient_id, b.patient_id)) FROM patient a CROSS JOIN patient b";
    let (endless, large, small) = tokio::join!(
        server.refused(0, endless, "longer than 2 s"),
        server.refused(0, large, "more than the 4 MB"),
        server.ask(0, "SELECT count(*) FROM patient"),
    );
    let ((), ()) = (endless, large);
    assert!(small.unwrap().contains("599"));
    let trail = fs::read_to_string(server.folder.path().join("state/audit.jsonl")).unwrap();
    assert_eq!(trail.matches("out of time").count(), 1, "{trail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sort_of_more_than_its_memory_spills() {
    let server = start(Limits { memory: 8 << 20, ..usual() }).await;
    let sorted = "SELECT a.patient_id AS x, b.patient_id AS y FROM patient a CROSS JOIN patient b ORDER BY x DESC, y";
    let answer = server.ask(0, sorted).await.unwrap();
    assert_eq!(answer.matches("| VX-").count(), 2 * 599 * 599);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_questions_have_an_end() {
    let server = start(Limits { new_questions: 2, ..usual() }).await;
    let ask = |year: i32| format!("SELECT count(*) FROM patient WHERE birth_year < {year}");
    server.ask(1, &ask(1940)).await.unwrap();
    server.ask(1, &ask(1940)).await.unwrap();
    server.ask(1, &ask(1950)).await.unwrap();
    server.refused(1, &ask(1960), "new-questions").await;
    assert!(server.ask(0, &ask(1960)).await.unwrap().contains("299"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_statements_end() {
    let mut server = start(usual()).await;
    let mut client = server.client(0).await;
    let sql = "SELECT a.patient_id FROM patient a CROSS JOIN patient b";
    let info = client.execute(sql.to_owned(), None).await.unwrap();
    let rows = client.do_get(info.endpoint[0].ticket.clone().unwrap()).await.unwrap();
    server.stop.take().unwrap().send(()).unwrap();
    let rows: Vec<RecordBatch> = rows.try_collect().await.unwrap();
    assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 599 * 599);
    drop(client);
    let served = tokio::time::timeout(Duration::from_secs(20), server.served).await;
    served.expect("the server ends").unwrap().unwrap();
}

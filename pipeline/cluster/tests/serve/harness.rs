//! A server of a test, and its clients.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow::array::{Int32Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use arrow::util::pretty::pretty_format_batches;
use arrow_flight::sql::client::FlightSqlServiceClient;
use async_trait::async_trait;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{Volatility, create_udf};
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::TryStreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};
use vaxloom_cluster::serve::{Limits, ServeError, Sessions, Settings, serve, token};
use vaxloom_lake::LakeError;

pub(crate) const PATIENTS: usize = 600;

/// Users of every test's server. The third sees the patients of one cohort.
pub(crate) const USERS: [(&str, &str); 3] =
    [("anna", "analyst"), ("rosalind", "researcher"), ("marie", "melanoma")];
pub(crate) const ANNA: usize = 0;
pub(crate) const ROSALIND: usize = 1;
pub(crate) const MARIE: usize = 2;

/// Tables of one session.
pub(crate) struct Tables(pub(crate) SessionContext);

#[async_trait]
impl Sessions for Tables {
    async fn session(&self) -> Result<SessionContext, LakeError> {
        Ok(self.0.clone())
    }
}

/// A table of patients, a view of it, and functions: `held`, which does not give way before `hold` is lifted, and `broken`.
pub(crate) async fn made_up(hold: &Arc<AtomicBool>) -> SessionContext {
    let session = SessionContext::new_with_config(
        SessionConfig::new().with_information_schema(true).with_target_partitions(2),
    );
    let ids: StringArray = (0..PATIENTS).map(|p| Some(format!("VX-{p:04}"))).collect();
    let born: Int32Array = (0..PATIENTS).map(|p| Some(1930 + p as i32 % 60)).collect();
    let columns = [("patient_id", Arc::new(ids) as _), ("birth_year", Arc::new(born) as _)];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap();
    session.register_table("patient", Arc::new(table)).unwrap();
    session.sql("CREATE VIEW born AS SELECT patient_id, birth_year FROM patient").await.unwrap();
    let lifted = Arc::clone(hold);
    let held = move |arguments: &[datafusion::logical_expr::ColumnarValue]| {
        while !lifted.load(Ordering::Acquire) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(arguments[0].clone())
    };
    let function = |name: &str, body| {
        create_udf(name, vec![DataType::Utf8], DataType::Utf8, Volatility::Volatile, body)
    };
    session.register_udf(function("held", Arc::new(held)));
    session.register_udf(function("broken", Arc::new(|_| panic!("a function that breaks"))));
    session
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) tokens: Vec<String>,
    http: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<Result<(), ServeError>>>,
}

pub(crate) fn usual() -> Limits {
    Limits {
        timeout: Duration::from_mins(1),
        memory: 64 << 20,
        concurrent: 4,
        threads: 2,
        new_questions: 1000,
    }
}

/// A server of the made-up tables, with a file of cohorts: everyone but one consents.
pub(crate) async fn start(limits: Limits) -> Server {
    start_with(made_up(&Arc::default()).await, true, limits).await
}

pub(crate) async fn start_with(session: SessionContext, cohorts: bool, limits: Limits) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let tokens = users(&folder, cohorts);
    let (address, http) = (free(), free());
    let settings = Settings {
        listen: address,
        http: Some(http),
        auth: folder.path().join("users.toml"),
        tls: None,
        state: folder.path().join("state"),
        audit: None,
        limits,
        grace: Duration::from_secs(20),
    };
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(serve(settings, Arc::new(Tables(session)), async {
        stopped.await.ok();
    }));
    Server { address, folder, tokens, http, stop: Some(stop), served: Some(served) }
}

fn users(folder: &tempfile::TempDir, cohorts: bool) -> Vec<String> {
    let (mut text, mut tokens) = (String::new(), Vec::new());
    for (name, role) in USERS.iter().take(if cohorts { 3 } else { 2 }) {
        let made = token().unwrap();
        text = format!(
            "{text}[[user]]\nname = \"{name}\"\nrole = \"{role}\"\ntoken = \"{}\"\n",
            made.hash
        );
        tokens.push(made.secret);
    }
    if cohorts {
        text = format!("cohorts = \"cohorts.csv\"\n{text}");
        text +=
            "[role.melanoma]\naccess = \"rows\"\ncohorts = [\"melanoma\"]\ndata_use = [\"GRU\"]\n";
        let member = |p: usize| {
            let cohort = if p < 100 { "melanoma" } else { "lung" };
            let consent = if p == 5 { "withdrawn" } else { "granted" };
            let terms = if p == 6 { "DS" } else { "HMB;GRU" };
            format!("VX-{p:04},{cohort},{consent},{terms}\n")
        };
        let members: String = (0..PATIENTS).map(member).collect();
        let members = format!("patient_id,cohort,consent,data_use\n{members}");
        fs::write(folder.path().join("cohorts.csv"), members).unwrap();
    }
    fs::write(folder.path().join("users.toml"), text).unwrap();
    tokens
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Server {
    pub(crate) async fn client(&self, user: usize) -> FlightSqlServiceClient<Channel> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        for _ in 0..200 {
            if let Ok(channel) = endpoint.connect().await {
                let mut client = FlightSqlServiceClient::new(channel);
                client.set_token(self.tokens[user].clone());
                return client;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not start");
    }

    /// The batches of an answer, or the error's words.
    pub(crate) async fn rows(&self, user: usize, sql: &str) -> Result<Vec<RecordBatch>, String> {
        let mut client = self.client(user).await;
        let info = client.execute(sql.to_owned(), None).await.map_err(|e| e.to_string())?;
        let ticket = info.endpoint[0].ticket.clone().unwrap();
        let rows = client.do_get(ticket).await.map_err(|e| e.to_string())?;
        rows.try_collect().await.map_err(|e| e.to_string())
    }

    /// The answer as a table, or the error's words.
    pub(crate) async fn ask(&self, user: usize, sql: &str) -> Result<String, String> {
        let rows = self.rows(user, sql).await?;
        Ok(pretty_format_batches(&rows).unwrap().to_string())
    }

    pub(crate) async fn refused(&self, user: usize, sql: &str, words: &str) {
        let answer = self.ask(user, sql).await;
        assert!(answer.as_ref().is_err_and(|error| error.contains(words)), "{sql}: {answer:?}");
    }

    pub(crate) fn trail(&self) -> PathBuf {
        self.folder.path().join("state/audit.jsonl")
    }

    /// Lines of the trail with these words.
    pub(crate) fn audited(&self, words: &[&str]) -> usize {
        let text = fs::read_to_string(self.trail()).unwrap();
        text.lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }

    /// A figure of the server.
    pub(crate) async fn figure(&self, name: &str) -> String {
        let page = self.page("/metrics").await;
        let line =
            page.lines().find_map(|line| line.strip_prefix(&format!("vaxloom_serve_{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {page}")).to_owned()
    }

    pub(crate) async fn page(&self, page: &str) -> String {
        let mut stream = TcpStream::connect(self.http).await.unwrap();
        let asked = format!("GET {page} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// Waits until a figure is what it must become.
    pub(crate) async fn becomes(&self, name: &str, value: &str) {
        for _ in 0..600 {
            if self.figure(name).await == value {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{name} does not become {value}");
    }

    pub(crate) fn tell_to_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits until the server has ended.
    pub(crate) async fn end(&mut self) {
        let served = self.served.take().unwrap();
        let served = tokio::time::timeout(Duration::from_mins(1), served).await;
        served.expect("the server ends").unwrap().unwrap();
    }
}

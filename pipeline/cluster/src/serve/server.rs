//! The server from its start to its end.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use chrono::Utc;
use futures::stream;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tonic::transport::Server;
use vaxloom_lake::gate::{Gate, Rules};

use super::ServeError;
use super::access::Authority;
use super::audit::{Audit, new_questions};
use super::lane::Lanes;
use super::metrics::{Metrics, routes};
use super::plan::Planner;
use super::prepared::Prepared;
use super::service::Service;
use super::sessions::Sessions;
use super::statement::{Limits, Statements};
use super::transport::{Connection, Tls, accept};

/// Largest message from a client: a query is a text, its parameters are a row.
const LONGEST: usize = 4 << 20;
/// How often the trail is brought to the disk.
const SYNC: Duration = Duration::from_secs(1);

/// What the server is told.
#[derive(Debug)]
pub struct Settings {
    /// Where Flight SQL is spoken.
    pub listen: SocketAddr,
    /// Where `/health` and `/metrics` are, if anywhere.
    pub http: Option<SocketAddr>,
    /// Users, roles and tokens.
    pub auth: PathBuf,
    /// Certificates; without them only this machine may connect.
    pub tls: Option<Tls>,
    /// Folder of the gate's memory and key, and of the audit trail.
    pub state: PathBuf,
    /// The audit trail, where it is not `audit.jsonl` in `state`.
    pub audit: Option<PathBuf>,
    /// What one statement may use.
    pub limits: Limits,
    /// How long statements that run may go on once the server has been told to stop.
    pub grace: Duration,
}

/// Serves until `stop` ends, then lets statements that run come to their end for as long as the grace lasts.
pub async fn serve(
    settings: Settings,
    sessions: Arc<dyn Sessions>,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    if settings.tls.is_none() && !settings.listen.ip().is_loopback() {
        return Err(ServeError::PlainText(settings.listen));
    }
    let tls = settings.tls.as_ref().map(Tls::acceptor).transpose()?;
    let (metrics, service) = service(&settings, Arc::clone(&sessions))?;
    let audit = Arc::clone(&service.audit);
    let listener = listen(settings.listen).await?;
    let (stopped, stopping) = watch::channel(false);
    let http = match settings.http {
        Some(address) => {
            let pages = routes(Arc::clone(&metrics), sessions);
            Some(health(address, pages, stopping.clone()).await?)
        }
        None => None,
    };
    let (sender, receiver) = mpsc::channel(64);
    let syncing = tokio::spawn(sync(Arc::clone(&audit)));
    let accepting = tokio::spawn(accept(listener, tls, audit, metrics, sender));
    let service = FlightServiceServer::new(service).max_decoding_message_size(LONGEST);
    let serving = Server::builder()
        .http2_keepalive_interval(Some(Duration::from_mins(1)))
        .add_service(service)
        .serve_with_incoming_shutdown(incoming(receiver), told(stopping));
    tokio::pin!(serving);
    tracing::info!("listening on {}", settings.listen);
    let failed = |error: tonic::transport::Error| ServeError::Protocol(error.to_string());
    tokio::select! {
        served = &mut serving => served.map_err(failed)?,
        () = stop => {
            tracing::info!("stopping: statements that run come to their end");
            stopped.send(true).ok();
            accepting.abort();
            let ended = tokio::time::timeout(settings.grace, &mut serving).await;
            if let Ok(served) = ended {
                served.map_err(failed)?;
            } else {
                tracing::warn!("statements that did not come to their end are cancelled");
            }
        }
    }
    stopped.send(true).ok();
    syncing.abort();
    if let Some(http) = http {
        http.abort();
    }
    Ok(())
}

/// What stands behind every connection.
fn service(
    settings: &Settings,
    sessions: Arc<dyn Sessions>,
) -> Result<(Arc<Metrics>, Service), ServeError> {
    let trail = settings.audit.clone().unwrap_or_else(|| settings.state.join("audit.jsonl"));
    let audit = Arc::new(Audit::open(&trail)?);
    let today = Utc::now().date_naive();
    let asked = Mutex::new((today, new_questions(&trail, today)?));
    let gate = Gate::open(Some(&settings.state), Rules::default())?;
    let (metrics, limits) = (Arc::new(Metrics::default()), settings.limits);
    let planner = Planner { sessions, gate, memory: limits.memory, metrics: Arc::clone(&metrics) };
    let statements = Statements {
        planner: Arc::new(planner),
        lanes: Lanes::new(limits.concurrent, limits.threads, Arc::clone(&metrics)),
        limits,
        audit: Arc::clone(&audit),
        metrics: Arc::clone(&metrics),
        number: AtomicU64::new(0),
        asked,
    };
    let service = Service {
        authority: Arc::new(Authority::open(&settings.auth)?),
        statements: Arc::new(statements),
        prepared: Arc::new(Prepared::default()),
        audit,
        metrics: Arc::clone(&metrics),
    };
    Ok((metrics, service))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}

async fn health(
    address: SocketAddr,
    pages: axum::Router,
    stopping: watch::Receiver<bool>,
) -> Result<JoinHandle<()>, ServeError> {
    let listener = listen(address).await?;
    Ok(tokio::spawn(async move {
        let serving = axum::serve(listener, pages).with_graceful_shutdown(told(stopping));
        if let Err(error) = serving.await {
            tracing::error!("{error}");
        }
    }))
}

/// Brings the trail to the disk again and again.
async fn sync(audit: Arc<Audit>) {
    let mut beats = tokio::time::interval(SYNC);
    loop {
        beats.tick().await;
        let file = audit.file();
        let synced = tokio::task::spawn_blocking(move || file.sync_data()).await;
        if let Ok(Err(error)) = synced {
            tracing::error!("the audit trail did not reach the disk: {error}");
        }
    }
}

fn incoming(
    receiver: mpsc::Receiver<io::Result<Connection>>,
) -> impl futures::Stream<Item = io::Result<Connection>> {
    stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|connection| (connection, receiver))
    })
}

/// Ends when the server has been told to stop.
async fn told(mut stopping: watch::Receiver<bool>) {
    stopping.wait_for(|stopped| *stopped).await.ok();
}

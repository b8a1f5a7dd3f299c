//! The server from its start to its end.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use futures::stream;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tonic::transport::Server;
use vaxloom_lake::gate::{Gate, Rules};

use crate::ServeError;
use crate::access::Authority;
use crate::audit::Audit;
use crate::metrics::{Metrics, routes};
use crate::prepared::Prepared;
use crate::service::Service;
use crate::sessions::Sessions;
use crate::statement::{Limits, Statements};
use crate::transport::{Connection, Tls, accept};

/// Largest message from a client: a query is a text.
const LONGEST: usize = 16 << 20;

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
}

/// Serves until `stop` ends, then lets statements that run come to their end for as long as one may take.
pub async fn serve(
    settings: Settings,
    sessions: Arc<dyn Sessions>,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    if settings.tls.is_none() && !settings.listen.ip().is_loopback() {
        return Err(ServeError::PlainText(settings.listen));
    }
    let tls = settings.tls.as_ref().map(Tls::acceptor).transpose()?;
    let authority = Arc::new(Authority::open(&settings.auth)?);
    let trail = settings.audit.unwrap_or_else(|| settings.state.join("audit.jsonl"));
    let audit = Arc::new(Audit::open(&trail)?);
    let gate = Gate::open(Some(&settings.state), Rules::default())?;
    let metrics = Arc::new(Metrics::default());
    let (trail, figures) = (Arc::clone(&audit), Arc::clone(&metrics));
    let statements = Statements::new(sessions, gate, settings.limits, trail, figures);
    let service = Service {
        authority,
        statements: Arc::new(statements),
        prepared: Arc::new(Prepared::default()),
        audit: Arc::clone(&audit),
        metrics: Arc::clone(&metrics),
    };
    let listener = listen(settings.listen).await?;
    let (stopped, stopping) = watch::channel(false);
    let http = match settings.http {
        Some(address) => Some(health(address, Arc::clone(&metrics), stopping.clone()).await?),
        None => None,
    };
    let (sender, receiver) = mpsc::channel(64);
    let accepting = tokio::spawn(accept(listener, tls, audit, metrics, sender));
    let service = FlightServiceServer::new(service).max_decoding_message_size(LONGEST);
    let serving = Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(60)))
        .add_service(service)
        .serve_with_incoming_shutdown(incoming(receiver), ended(stopping));
    tokio::pin!(serving);
    tracing::info!("listening on {}", settings.listen);
    let failed = |error: tonic::transport::Error| ServeError::Protocol(error.to_string());
    tokio::select! {
        served = &mut serving => served.map_err(failed)?,
        () = stop => {
            tracing::info!("stopping: statements that run come to their end");
            stopped.send(true).ok();
            accepting.abort();
            match tokio::time::timeout(settings.limits.timeout, &mut serving).await {
                Ok(served) => served.map_err(failed)?,
                Err(_) => tracing::warn!("statements that did not come to their end are cancelled"),
            }
        }
    }
    stopped.send(true).ok();
    if let Some(http) = http {
        http.await.ok();
    }
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}

async fn health(
    address: SocketAddr,
    metrics: Arc<Metrics>,
    stopping: watch::Receiver<bool>,
) -> Result<tokio::task::JoinHandle<()>, ServeError> {
    let listener = listen(address).await?;
    Ok(tokio::spawn(async move {
        let serving =
            axum::serve(listener, routes(metrics)).with_graceful_shutdown(ended(stopping));
        if let Err(error) = serving.await {
            tracing::error!("{error}");
        }
    }))
}

fn incoming(
    receiver: mpsc::Receiver<io::Result<Connection>>,
) -> impl futures::Stream<Item = io::Result<Connection>> {
    stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|connection| (connection, receiver))
    })
}

async fn ended(mut stopping: watch::Receiver<bool>) {
    stopping.wait_for(|stopped| *stopped).await.ok();
}

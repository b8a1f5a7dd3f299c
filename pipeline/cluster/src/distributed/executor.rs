//! An executor: asks the scheduler for tasks, runs them with models that it has loaded once, and keeps their rows for whoever needs
//! them.

use std::future::Future;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{ExecutorRegistration, GetJobStatusParams, job_status};
use ballista_executor::executor_process::{ExecutorProcessConfig, structure_executor_metadata};
use ballista_executor::flight_service::BallistaFlightService;
use datafusion::logical_expr::ScalarUDF;
use tokio::sync::{Semaphore, oneshot};
use tonic::service::Routes;

use super::address::Address;
use super::guard::Guard;
use super::identity::{Caller, Identity};
use super::placement::new_id;
use super::worker::{Scheduler, Worker, join, unexpected};
use super::{ClusterError, Credentials, MESSAGE, listen, state};

/// How an executor runs.
#[derive(Debug, Clone)]
pub struct ExecutorSettings {
    /// URL of the scheduler.
    pub scheduler: String,
    /// Where it listens for those who need its rows.
    pub bind: SocketAddr,
    /// The name or address by which others reach it; none: the address by which it reaches the scheduler.
    pub host: Option<String>,
    /// Tasks at a time.
    pub threads: usize,
    /// Whether it has an accelerator: peptides are scored on such executors while there are some.
    pub accelerated: bool,
    /// Folder of its own for rows between stages; none: a temporary one.
    pub work_dir: Option<PathBuf>,
    /// How long the scheduler is waited for at the start.
    pub wait: Duration,
    /// At the signal to stop: how long rows are kept for jobs that still need them.
    pub drain: Duration,
    /// What it computes with.
    pub identity: Identity,
    /// What members know each other by.
    pub credentials: Credentials,
}

/// Runs an executor until the signal; `joined` is told its address when the scheduler has taken it in.
pub async fn executor(
    settings: ExecutorSettings,
    functions: Vec<ScalarUDF>,
    joined: impl FnOnce(&str),
    until: impl Future<Output = ()> + Send,
) -> Result<(), ClusterError> {
    let scheduler = Address::of(&settings.scheduler, &settings.credentials)?;
    let listener = listen::bind(settings.bind, &settings.credentials).await?;
    let address = listener
        .local_addr()
        .map_err(|source| ClusterError::Listen { address: settings.bind, source })?;
    let host = settings.host.clone().unwrap_or_else(|| own_host(address.ip(), &scheduler));
    let name = format!("{host}:{}", address.port());
    let caller = Caller { name: name.clone(), identity: settings.identity.clone(), token: None };
    let endpoints = settings.credentials.endpoints(&caller)?;
    let temporary = tempfile::Builder::new().prefix("vaxloom-executor-").tempdir();
    let temporary =
        temporary.map_err(|source| ClusterError::Folder { path: std::env::temp_dir(), source })?;
    let folder = settings.work_dir.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder)
        .map_err(|source| ClusterError::Folder { path: folder.clone(), source })?;

    let channel = scheduler.connect(&endpoints, settings.wait).await?;
    let client = SchedulerGrpcClient::new(channel)
        .max_decoding_message_size(MESSAGE as usize)
        .max_encoding_message_size(MESSAGE as usize);
    let metadata = metadata(&settings, host, address.port());
    join(client.clone(), &metadata, &scheduler.url).await?;

    let flight = FlightServiceServer::new(BallistaFlightService::new(folder.display().to_string()))
        .max_decoding_message_size(MESSAGE as usize)
        .max_encoding_message_size(MESSAGE as usize);
    let router = Routes::new(flight).into_axum_router();
    let guard = Guard::of_rows(settings.credentials.token.as_deref());
    let acceptor = settings.credentials.acceptor()?;
    let (stop, stopped) = oneshot::channel();
    let rows = tokio::spawn(listen::serve(listener, router, guard, acceptor, async {
        stopped.await.ok();
    }));
    let mut worker = Worker {
        name: name.clone(),
        scheduler: scheduler.url,
        client: client.clone(),
        metadata,
        threads: settings.threads,
        free: Arc::new(Semaphore::new(settings.threads)),
        folder: folder.clone(),
        endpoints,
        functions: Arc::new(state::registry(functions)),
    };
    let free = Arc::clone(&worker.free);
    joined(&name);
    tokio::select! {
        error = worker.work() => return Err(error),
        ended = rows => return Err(unexpected(&format!("listens no more: {ended:?}"))),
        () = drained(until, &settings, &folder, &free, client) => {}
    }
    if let Err(status) = worker.leave().await {
        tracing::warn!("the scheduler was not told that this executor stops: {}", status.message());
    }
    stop.send(()).ok();
    Ok(())
}

fn metadata(settings: &ExecutorSettings, host: String, port: u16) -> ExecutorRegistration {
    let config = ExecutorProcessConfig {
        external_host: Some(host),
        port,
        ..ExecutorProcessConfig::default()
    };
    let mut metadata = structure_executor_metadata(&Arc::new(config), settings.threads as u32);
    metadata.id = new_id(settings.accelerated);
    metadata
}

/// The address of this machine in the network of the scheduler, unless another is listened on. Nothing is sent.
fn own_host(listening: IpAddr, scheduler: &Address) -> String {
    if !listening.is_unspecified() {
        return listening.to_string();
    }
    let towards = || {
        let socket = UdpSocket::bind((listening, 0)).ok()?;
        socket.connect((scheduler.host.as_str(), scheduler.port)).ok()?;
        Some(socket.local_addr().ok()?.ip().to_string())
    };
    towards().unwrap_or_else(|| listening.to_string())
}

/// Ends after the signal: when the running tasks are done, and when no job needs rows of this executor any more or they have been
/// kept long enough.
async fn drained(
    until: impl Future<Output = ()>,
    settings: &ExecutorSettings,
    folder: &Path,
    free: &Semaphore,
    client: Scheduler,
) {
    until.await;
    tracing::info!("running tasks end, and no new ones are taken");
    let all = u32::try_from(settings.threads).unwrap_or(u32::MAX);
    let work = async {
        let _no_more = free.acquire_many(all).await;
        // What they gave is told at the next poll, which comes every five seconds.
        tokio::time::sleep(Duration::from_secs(6)).await;
        while needed(folder, client.clone()).await {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    if tokio::time::timeout(settings.drain, work).await.is_err() {
        tracing::warn!(
            "jobs still need this executor after {} s; others do their tasks again",
            settings.drain.as_secs()
        );
    }
}

/// Whether a job still runs that has a folder here.
async fn needed(folder: &Path, mut client: Scheduler) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    let jobs: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    for job_id in jobs {
        let Ok(answer) = client.get_job_status(GetJobStatusParams { job_id }).await else {
            continue;
        };
        let status = answer.into_inner().status.and_then(|status| status.status);
        if matches!(status, Some(job_status::Status::Running(_) | job_status::Status::Queued(_))) {
            return true;
        }
    }
    false
}

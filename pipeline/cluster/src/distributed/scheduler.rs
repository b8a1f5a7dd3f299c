//! The scheduler: plans what clients ask, hands tasks to executors, and gives them to others when one is lost.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpcServer;
use ballista_scheduler::api::get_routes;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_process::create_scheduler;
use ballista_scheduler::scheduler_server::SchedulerServer;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tonic::service::Routes;
use vaxloom_immune::{AlleleMatch, PredictError, Predictor, Presentation, Unscorable};
use vaxloom_lake::Resources;

use super::guard::{Guard, Members};
use super::identity::{Caller, Identity};
use super::placement::Placement;
use super::{ClusterError, Credentials, MESSAGE, PROGRAM, listen, state};

/// How a scheduler runs.
#[derive(Debug, Clone)]
pub struct SchedulerSettings {
    /// Where it listens: gRPC, Ballista's REST, its web view and its Prometheus metrics on one port.
    pub bind: SocketAddr,
    /// Whether REST, web view and metrics are there.
    pub rest: bool,
    /// After how long an executor that says nothing is lost, and its tasks are given to others.
    pub executor_timeout: Duration,
    /// At the signal to stop: how long running jobs may still take.
    pub drain: Duration,
    /// What members know each other by.
    pub credentials: Credentials,
}

type Server = SchedulerServer<LogicalPlanNode, PhysicalPlanNode>;

/// Runs a scheduler until the signal; `listening` is told the address.
pub async fn scheduler(
    settings: SchedulerSettings,
    listening: impl FnOnce(SocketAddr),
    until: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ClusterError> {
    let listener = listen::bind(settings.bind, &settings.credentials).await?;
    let address = listener
        .local_addr()
        .map_err(|source| ClusterError::Listen { address: settings.bind, source })?;
    let config = Arc::new(config(&settings, address)?);
    let cluster = BallistaCluster::new_from_config(&config).await?;
    let server: Server = create_scheduler(cluster, config).await?;
    let members = Members::new(PROGRAM, settings.executor_timeout);
    let guard = Guard::of_members(settings.credentials.token.as_deref(), members);
    let acceptor = settings.credentials.acceptor()?;
    let until = drained(server.clone(), until, settings.drain);
    listening(address);
    listen::serve(listener, router(server, settings.rest), guard, acceptor, until)
        .await
        .map_err(|source| ClusterError::Listen { address, source })
}

fn config(
    settings: &SchedulerSettings,
    address: SocketAddr,
) -> Result<SchedulerConfig, ClusterError> {
    // Functions are planned by their names and types: no model is asked here.
    let nobody: Arc<dyn Predictor> = Arc::new(Nobody);
    let functions = vaxloom_lake::functions(&nobody, &Resources::default());
    let seconds = settings.executor_timeout.as_secs().max(1);
    let nothing = || "of the scheduler".to_owned();
    let identity = Identity {
        program: PROGRAM.to_owned(),
        model: nothing(),
        class_two: nothing(),
        reference: nothing(),
        epitopes: nothing(),
    };
    let caller = Caller { name: format!("scheduler {address}"), identity, token: None };
    let endpoints = settings.credentials.endpoints(&caller)?;
    let produce = Arc::clone(&endpoints);
    Ok(SchedulerConfig {
        // Executors ask for tasks: no connection is made to them but for rows.
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        task_distribution: TaskDistributionPolicy::Custom(Arc::new(Placement::new(
            settings.executor_timeout,
        ))),
        bind_host: address.ip().to_string(),
        external_host: address.ip().to_string(),
        bind_port: address.port(),
        executor_timeout_seconds: seconds,
        expire_dead_executor_interval_seconds: (seconds / 4).max(1),
        no_executors_grace_period_seconds: seconds,
        finished_job_data_clean_up_interval_seconds: 120,
        grpc_server_max_decoding_message_size: MESSAGE,
        grpc_server_max_encoding_message_size: MESSAGE,
        grpc_client_max_message_size: MESSAGE,
        override_create_grpc_client_endpoint: Some(endpoints),
        override_config_producer: Some(Arc::new(move || state::config(&produce))),
        override_session_builder: Some(Arc::new(move |config| {
            Ok(state::session(config, &functions))
        })),
        ..SchedulerConfig::default()
    })
}

fn router(server: Server, rest: bool) -> Router {
    let grpc = SchedulerGrpcServer::new(server.clone())
        .max_decoding_message_size(MESSAGE as usize)
        .max_encoding_message_size(MESSAGE as usize);
    let grpc = Routes::new(grpc).into_axum_router();
    if rest { get_routes(Arc::new(server)).merge(grpc) } else { grpc }
}

/// Ends after the signal when no job runs any more, or when they have had their time.
async fn drained(server: Server, until: impl Future<Output = ()> + Send, most: Duration) {
    until.await;
    let running = async {
        while server.running_job_number() + server.pending_job_number() > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    if tokio::time::timeout(most, running).await.is_err() {
        tracing::warn!("jobs still run after {} s: they fail", most.as_secs());
    }
}

/// A scheduler computes nothing.
#[derive(Debug)]
struct Nobody;

impl Predictor for Nobody {
    fn model(&self) -> &'static str {
        "none"
    }

    fn version(&self) -> &'static str {
        "none"
    }

    fn resolve(&self, allele: &str) -> Result<AlleleMatch, Unscorable> {
        Err(Unscorable::Allele { allele: allele.to_owned() })
    }

    fn predict(
        &self,
        _: &[(&str, &str)],
    ) -> Result<Vec<Result<Presentation, Unscorable>>, PredictError> {
        let (model, message) = ("none".to_owned(), "a scheduler scores nothing".to_owned());
        Err(PredictError { model, message })
    }
}

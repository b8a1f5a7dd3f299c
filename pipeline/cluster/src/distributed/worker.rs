//! What of an executor asks for tasks.

use std::path::PathBuf;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use ballista_core::extension::EndpointOverrideFn;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::serde::BallistaCodec;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{ExecutorRegistration, ExecutorStoppedParams, PollWorkParams};
use ballista_executor::execution_loop::poll_loop;
use ballista_executor::executor::Executor;
use ballista_executor::executor_process::ExecutorProcessConfig;
use ballista_executor::health::ExecutorHealth;
use ballista_executor::metrics::LoggingMetricsCollector;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio::sync::Semaphore;
use tonic::Status;
use tonic::transport::Channel;

use super::engine::Engine;
use super::placement::ACCELERATED;
use super::{ClusterError, state};

pub(super) type Scheduler = SchedulerGrpcClient<Channel>;

/// What asks the scheduler for tasks, and runs them.
pub(super) struct Worker {
    /// Host and port that others reach it by.
    pub(super) name: String,
    /// URL of the scheduler.
    pub(super) scheduler: String,
    pub(super) client: Scheduler,
    /// Who it is for the scheduler.
    pub(super) metadata: ExecutorRegistration,
    pub(super) threads: usize,
    /// For tasks that may run beside those that do.
    pub(super) free: Arc<Semaphore>,
    pub(super) folder: PathBuf,
    pub(super) endpoints: EndpointOverrideFn,
    pub(super) functions: Arc<BallistaFunctionRegistry>,
}

impl Worker {
    /// Runs tasks until something fails that should not.
    ///
    /// Where the scheduler did not answer, tasks may have been given that never came here, or their rows be there and not told of,
    /// and a job would wait for them for ever. So what was asked for is given up, for others or for a second time, and tasks are
    /// taken under another name.
    pub(super) async fn work(&mut self) -> ClusterError {
        loop {
            // Tasks that were given up may still be at a row.
            drop(self.free.acquire().await);
            let health = ExecutorHealth::new();
            health.mark_heartbeat_ok();
            let codec: BallistaCodec<LogicalPlanNode, PhysicalPlanNode> = BallistaCodec::default();
            let (executor, slots) = (self.executor(), Some(Arc::clone(&self.free)));
            let poll = poll_loop(self.client.clone(), executor, codec, None, slots, health.clone());
            tokio::select! {
                // It waits after a call that failed, and that is seen before it goes on.
                biased;
                ended = poll => {
                    return ended.err().map_or_else(|| unexpected("asks no more"), Into::into);
                }
                () = failed(&health) => {}
            }
            tracing::warn!("{}: the scheduler does not answer; asked on", self.scheduler);
            while let Err(error) = self.rejoin().await {
                tracing::debug!("{error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            tracing::info!("{}: the scheduler answers again", self.scheduler);
        }
    }

    fn executor(&self) -> Arc<Executor> {
        let (spilled, endpoints) = (self.folder.clone(), Arc::clone(&self.endpoints));
        Arc::new(Executor::new(
            self.metadata.clone(),
            &self.folder.display().to_string(),
            Arc::new(move |_| RuntimeEnvBuilder::new().with_temp_file_path(&spilled).build_arc()),
            Arc::new(move || state::config(&endpoints)),
            Arc::clone(&self.functions),
            Arc::new(LoggingMetricsCollector::default()),
            self.threads,
            Arc::new(Engine::new(&self.name, &self.folder, &self.free, self.threads)),
        ))
    }

    /// Is another than before.
    async fn rejoin(&mut self) -> Result<(), ClusterError> {
        let left = self.leave().await;
        left.map_err(|status| ClusterError::of_status(&self.scheduler, &status))?;
        let kind = if self.metadata.id.starts_with(ACCELERATED) { ACCELERATED } else { "" };
        self.metadata.id = format!("{kind}{}", ExecutorProcessConfig::default().executor_id);
        join(self.client.clone(), &self.metadata, &self.scheduler).await
    }

    pub(super) async fn leave(&mut self) -> Result<(), Status> {
        let executor_id = self.metadata.id.clone();
        let reason = "it stops, or its connection was lost".to_owned();
        let stopped = ExecutorStoppedParams { executor_id, reason };
        self.client.executor_stopped(stopped).await.map(drop)
    }
}

/// Ends as soon as a call to the scheduler has failed.
async fn failed(health: &ExecutorHealth) {
    std::future::poll_fn(|_| if health.is_ready() { Poll::Pending } else { Poll::Ready(()) }).await;
}

/// Asks to be taken in, for no task yet.
pub(super) async fn join(
    mut client: Scheduler,
    metadata: &ExecutorRegistration,
    url: &str,
) -> Result<(), ClusterError> {
    let hello = PollWorkParams {
        metadata: Some(metadata.clone()),
        num_free_vcores: 0,
        task_status: vec![],
    };
    let answer = client.poll_work(hello).await;
    answer.map(drop).map_err(|status| ClusterError::of_status(url, &status))
}

pub(super) fn unexpected(what: &str) -> ClusterError {
    ClusterError::Engine(format!("the executor {what}"))
}

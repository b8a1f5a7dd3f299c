//! A run's side of the cluster.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use async_trait::async_trait;
use ballista_core::config::{
    BALLISTA_ADAPTIVE_PLANNER_ENABLED, BALLISTA_CLIENT_GRPC_MAX_MESSAGE_SIZE, BALLISTA_JOB_NAME,
    BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK,
};
use ballista_core::execution_plans::DistributedQueryExec;
use ballista_core::extension::{EndpointOverrideFn, SessionConfigExt};
use ballista_core::serde::BallistaLogicalExtensionCodec;
use ballista_core::serde::protobuf::CreateUpdateSessionParams;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use datafusion::common::DataFusionError;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionConfig, SessionContext, ident};
use datafusion_proto::protobuf::LogicalPlanNode;
use futures::TryStreamExt;
use url::Url;
use vaxloom_lake::{LakeError, Work, Workers};

use super::address::Address;
use super::identity::{Caller, Identity};
use super::task_files::{PLACE, TaskFiles, in_order};
use super::watch::watch;
use super::{ClusterError, Credentials, MESSAGE, state};

/// How often a job is given to a cluster that loses it.
const MOST: usize = 3;

/// Between two looks for a scheduler that is lost.
const BREATH: Duration = Duration::from_millis(500);

/// The machines of a cluster, for one run.
pub struct Cluster {
    address: Address,
    endpoints: EndpointOverrideFn,
    /// Where files for the executors are, under a path that they and the scheduler know.
    folder: PathBuf,
    run_id: String,
    /// How long a scheduler that was lost in the middle is waited for.
    wait: Duration,
    /// Jobs so far.
    jobs: AtomicUsize,
    /// Is told how many tasks of a job are done, and how many it has.
    tell: Option<Box<Tell>>,
}

type Tell = dyn Fn(usize, usize) + Send + Sync;

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cluster({})", self.address.url)
    }
}

impl Cluster {
    /// Finds the scheduler and makes sure that all executors compute what this process would.
    ///
    /// `folder` is emptied: there may be files of a run that was killed. A scheduler that is lost later is waited for as long as
    /// `wait` says.
    pub async fn connect(
        url: &str,
        folder: &Path,
        run_id: &str,
        wait: Duration,
        identity: &Identity,
        credentials: &Credentials,
    ) -> Result<Self, ClusterError> {
        let address = Address::of(url, credentials)?;
        let name = "client".to_owned();
        let caller = Caller { name, identity: identity.clone(), token: None };
        let endpoints = credentials.endpoints(&caller)?;
        let unwritable = |source| ClusterError::Folder { path: folder.to_owned(), source };
        let folder = std::path::absolute(folder).map_err(unwritable)?;
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(unwritable)?;
        }
        fs::create_dir_all(&folder).map_err(unwritable)?;
        let run_id = run_id.to_owned();
        let jobs = AtomicUsize::new(0);
        let cluster = Self { address, endpoints, folder, run_id, wait, jobs, tell: None };
        cluster.agree().await?;
        Ok(cluster)
    }

    /// Tells how many tasks of a job are done, and how many it has.
    #[must_use]
    pub fn telling(mut self, tell: impl Fn(usize, usize) + Send + Sync + 'static) -> Self {
        self.tell = Some(Box::new(tell));
        self
    }

    /// Asks for a session, which the scheduler gives to those alone whose answers would be the executors'.
    async fn agree(&self) -> Result<(), ClusterError> {
        let channel = self.address.connect(&self.endpoints, Duration::ZERO).await?;
        let session_id = format!("hello of {}", self.run_id);
        let hello = CreateUpdateSessionParams { session_id, settings: vec![] };
        let answer = SchedulerGrpcClient::new(channel).create_update_session(hello).await;
        answer.map(drop).map_err(|status| ClusterError::of_status(&self.address.url, &status))
    }

    /// Ballista's settings for a job: every file is a task.
    fn config(&self, job: &str, tasks: usize) -> SessionConfig {
        state::config(&self.endpoints)
            .with_target_partitions(tasks)
            .with_repartition_file_scans(false)
            .with_collect_statistics(false)
            .set_str(BALLISTA_JOB_NAME, job)
            .set_bool(BALLISTA_ADAPTIVE_PLANNER_ENABLED, false)
            .set_usize(BALLISTA_CLIENT_GRPC_MAX_MESSAGE_SIZE, MESSAGE as usize)
            .set_usize(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, 1)
    }

    async fn ask(
        &self,
        job: &str,
        plan: LogicalPlan,
        tasks: usize,
    ) -> Result<Vec<RecordBatch>, DataFusionError> {
        let config = self.config(job, tasks);
        let session = SessionContext::new_with_config(config.clone());
        let query = DistributedQueryExec::<LogicalPlanNode>::with_extension(
            self.address.url.clone(),
            config.ballista_config(),
            plan,
            Arc::new(BallistaLogicalExtensionCodec::default()),
            session.session_id(),
        );
        query.execute(0, session.task_ctx())?.try_collect().await
    }

    /// An answer, and meanwhile how far it is, where someone is told.
    async fn watched<T>(&self, job: &str, tasks: usize, answer: impl Future<Output = T>) -> T {
        let Some(tell) = &self.tell else { return answer.await };
        tell(0, tasks);
        let watch = async {
            if let Ok(channel) = self.address.connect(&self.endpoints, Duration::ZERO).await {
                watch(channel, job, |done| tell(done, tasks)).await;
            }
            std::future::pending().await
        };
        tokio::select! {
            answer = answer => answer,
            never = watch => never,
        }
    }

    fn failed(&self, job: &str, message: &str, passes: bool) -> LakeError {
        let message = format!("cluster {}, {job}: {message}", self.address.url);
        LakeError::Workers { message, passes }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // What is left of it is taken away by the next run.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[async_trait]
impl Workers for Cluster {
    async fn compute(&self, work: Work<'_>) -> Result<Vec<RecordBatch>, LakeError> {
        let number = self.jobs.fetch_add(1, Ordering::Relaxed);
        let job = format!("{} {}", self.run_id, work.stage);
        let folder = self.folder.join(format!("{number:04}-{}", work.stage));
        let unwritten = |error: &dyn fmt::Display| {
            self.failed(&job, &format!("{}: cannot be written: {error}", folder.display()), false)
        };
        let files =
            TaskFiles::write(&folder, &work.rows, work.rows_a_task).map_err(|e| unwritten(&e))?;
        let plan = plan(&files, &work).map_err(|error| unwritten(&error))?;
        let clock = Instant::now();
        let answers = self.answers(&job, &plan, files.tasks).await?;
        tracing::debug!(
            "{job}: {} rows in {} tasks, {:.1?}",
            files.rows,
            files.tasks,
            clock.elapsed()
        );
        in_order(answers, files.rows).map_err(|wrong| self.failed(&job, &wrong, false))
    }
}

impl Cluster {
    /// Asks, and again where no answer came because the scheduler, or an executor with rows, was lost on the way.
    async fn answers(
        &self,
        job: &str,
        plan: &LogicalPlan,
        tasks: usize,
    ) -> Result<Vec<RecordBatch>, LakeError> {
        let mut asked = 1;
        loop {
            let lost = match self.watched(job, tasks, self.ask(job, plan.clone(), tasks)).await {
                Ok(answers) => return Ok(answers),
                Err(error) => error.strip_backtrace().trim_end().to_owned(),
            };
            if is_verdict(&lost) || asked == MOST {
                return Err(self.told(job, &lost));
            }
            tracing::warn!("cluster {}, {job}: {lost}; asked again", self.address.url);
            if let Err(error) = self.found_again().await {
                let seconds = self.wait.as_secs();
                let message = format!("{lost}; and {seconds} s later: {error}");
                return Err(self.failed(job, &message, true));
            }
            asked += 1;
        }
    }

    /// Waits for the scheduler, or for another under its address, and for an executor there.
    async fn found_again(&self) -> Result<(), ClusterError> {
        let started = Instant::now();
        loop {
            match self.agree().await {
                Err(_) if started.elapsed() < self.wait => tokio::time::sleep(BREATH).await,
                answer => return answer,
            }
        }
    }

    /// A row that cannot be computed is an error of its patient; everything else befalls the run.
    fn told(&self, job: &str, message: &str) -> LakeError {
        let theirs = message.contains("runtime execution error");
        self.failed(job, message, !theirs)
    }
}

/// Whether the engine has given up on the job, and not been lost with it.
fn is_verdict(message: &str) -> bool {
    let message = message.strip_prefix("Execution error: ").unwrap_or(message);
    message.starts_with("Job ") && message.contains(" failed: ")
}

/// The columns that are asked of the files' rows, after the rows' numbers.
fn plan(files: &TaskFiles, work: &Work<'_>) -> Result<LogicalPlan, DataFusionError> {
    let folder = Url::from_directory_path(&files.folder).map_err(|()| {
        DataFusionError::Configuration(format!("{}: no absolute path", files.folder.display()))
    })?;
    let folder = ListingTableUrl::parse(folder)?;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default()));
    let config = ListingTableConfig::new(folder)
        .with_listing_options(options)
        .with_schema(Arc::clone(&files.schema));
    let table = provider_as_source(Arc::new(ListingTable::try_new(config)?));
    let columns = std::iter::once(ident(PLACE)).chain(work.columns.iter().cloned());
    LogicalPlanBuilder::scan("rows", table, None)?.project(columns.collect::<Vec<_>>())?.build()
}

//! How an executor runs a task: as Ballista does, but that it tells a disk or a folder that fails from a row that cannot be computed.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_core::error::BallistaError;
use ballista_core::serde::protobuf::ShuffleWritePartition;
use ballista_executor::execution_engine::{
    DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor,
};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::prelude::SessionConfig;
use futures::FutureExt;
use tokio::sync::Semaphore;

/// How long an executor takes no task after the system has failed one: others are to have it meanwhile.
const PAUSE: Duration = Duration::from_secs(30);

/// Ballista's engine. It gives a task to another executor where the system failed it, but does not see that in errors of Arrow or
/// of a store, and gives the job up; here it is shown.
#[derive(Clone)]
pub(super) struct Engine {
    /// The executor.
    name: String,
    /// Where it writes.
    folder: PathBuf,
    /// Places for tasks.
    free: Arc<Semaphore>,
    places: u32,
    pausing: Arc<AtomicBool>,
}

impl Engine {
    pub(super) fn new(name: &str, folder: &Path, free: &Arc<Semaphore>, places: usize) -> Self {
        Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            free: Arc::clone(free),
            places: u32::try_from(places).unwrap_or(u32::MAX),
            pausing: Arc::default(),
        }
    }

    /// The error of a task, as Ballista knows it.
    fn told(&self, error: DataFusionError) -> DataFusionError {
        let Some(failed) = of_system(&error) else { return error };
        let message =
            format!("executor {}, work folder {}: {failed}", self.name, self.folder.display());
        tracing::error!("{message}; no task is taken for {} s", PAUSE.as_secs());
        let failed = io::Error::new(failed.kind(), message);
        self.pause();
        DataFusionError::IoError(failed)
    }

    /// Takes all places, as they get free, and gives them back some time later.
    fn pause(&self) {
        if self.pausing.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut places = Box::pin(Arc::clone(&self.free).acquire_many_owned(self.places));
        // It stands in line from here on, before the task that failed gives its place back.
        let held = places.as_mut().now_or_never();
        let pausing = Arc::clone(&self.pausing);
        tokio::spawn(async move {
            let held = match held {
                Some(held) => held,
                None => places.await,
            };
            tokio::time::sleep(PAUSE).await;
            pausing.store(false, Ordering::Release);
            drop(held);
        });
    }
}

/// The error of the system that another came of.
fn of_system<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e io::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<io::Error>() {
            return Some(found);
        }
        // Ballista's do not tell what they came of.
        next = match error.downcast_ref::<BallistaError>() {
            Some(BallistaError::IoError(found)) => return Some(found),
            Some(BallistaError::ArrowError(source)) => Some(source.as_ref()),
            Some(BallistaError::DataFusionError(source)) => Some(source.as_ref()),
            _ => error.source(),
        };
    }
    None
}

impl ExecutionEngine for Engine {
    fn create_query_stage_exec(
        &self,
        job_id: JobId,
        stage_id: usize,
        task_id: usize,
        global_output_partition_ids: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        work_dir: &str,
        config: &SessionConfig,
    ) -> Result<Arc<dyn QueryStageExecutor>> {
        let task = DefaultExecutionEngine::new().create_query_stage_exec(
            job_id,
            stage_id,
            task_id,
            global_output_partition_ids,
            plan,
            work_dir,
            config,
        )?;
        Ok(Arc::new(Task { task, engine: self.clone() }))
    }
}

/// A task of Ballista's. It has one stage of scans and functions, so nothing is told of it but its rows and metrics.
struct Task {
    task: Arc<dyn QueryStageExecutor>,
    engine: Engine,
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.task.fmt(f)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.task.fmt(f)
    }
}

#[async_trait]
impl QueryStageExecutor for Task {
    async fn execute_query_stage(
        &self,
        task_id: usize,
        context: Arc<TaskContext>,
    ) -> Result<Vec<ShuffleWritePartition>> {
        let rows = self.task.execute_query_stage(task_id, context).await;
        rows.map_err(|error| self.engine.told(error))
    }

    fn collect_plan_metrics(&self) -> Vec<MetricsSet> {
        self.task.collect_plan_metrics()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::error::ArrowError;

    use super::*;

    #[test]
    fn an_error_of_the_system_is_found_wherever_it_is() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let arrow = || ArrowError::IoError("full".to_owned(), full());
        let external = |error: Box<dyn Error + Send + Sync>| DataFusionError::External(error);
        let of_the_system = [
            DataFusionError::IoError(full()),
            DataFusionError::ArrowError(Box::new(arrow()), None),
            external(Box::new(BallistaError::IoError(full()))),
            external(Box::new(BallistaError::ArrowError(Box::new(arrow())))),
            DataFusionError::Shared(Arc::new(external(Box::new(arrow())))),
        ];
        for error in of_the_system {
            let found = of_system(&error).map(io::Error::kind);
            assert_eq!(found, Some(io::ErrorKind::StorageFull), "{error:?}");
        }
        let of_a_row = [
            DataFusionError::Execution("divide by zero".to_owned()),
            DataFusionError::ArrowError(Box::new(ArrowError::DivideByZero), None),
            external(Box::new(BallistaError::Internal("a panic".to_owned()))),
        ];
        for error in of_a_row {
            assert!(of_system(&error).is_none(), "{error:?}");
        }
    }
}

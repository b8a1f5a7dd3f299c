//! Which executor is given which task: peptides are scored where accelerators are, while such an executor is there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_core::serde::protobuf::{AvailableVcores, job_status::Status};
use ballista_core::serde::scheduler::TaskKey;
use ballista_executor::executor_process::ExecutorProcessConfig;
use ballista_scheduler::cluster::{BoundTask, DistributionPolicy};
use ballista_scheduler::state::execution_graph::{TaskDescription, create_task_info};
use ballista_scheduler::state::execution_stage::RunningStage;
use ballista_scheduler::state::task_manager::JobInfoCache;
use datafusion::error::Result;

/// What the ids of executors with an accelerator begin with: Ballista passes no other word of ours on.
const ACCELERATED: &str = "accelerated-";

/// The stage whose jobs score peptides.
const SCORING: &str = " presentation";

/// A new id of an executor.
pub(super) fn new_id(accelerated: bool) -> String {
    let id = ExecutorProcessConfig::default().executor_id;
    if accelerated { format!("{ACCELERATED}{id}") } else { id }
}

/// Whether an executor of that id has an accelerator.
pub(super) fn is_accelerated(id: &str) -> bool {
    id.starts_with(ACCELERATED)
}

#[derive(Debug)]
pub(super) struct Placement {
    /// After how long an executor that says nothing is one no more.
    patience: Duration,
    /// When an executor with an accelerator asked last.
    accelerated: Mutex<Option<Instant>>,
}

impl Placement {
    pub(super) fn new(patience: Duration) -> Self {
        Self { patience, accelerated: Mutex::default() }
    }

    /// Whether the executor, which asks now, may score.
    fn scores(&self, executor: &str) -> bool {
        let mut accelerated = self.accelerated.lock().unwrap_or_else(PoisonError::into_inner);
        if is_accelerated(executor) {
            *accelerated = Some(Instant::now());
            return true;
        }
        accelerated.is_none_or(|asked| asked.elapsed() >= self.patience)
    }
}

#[async_trait]
impl DistributionPolicy for Placement {
    async fn bind_tasks(
        &self,
        mut budgets: Vec<&mut AvailableVcores>,
        running_jobs: Arc<HashMap<JobId, JobInfoCache>>,
    ) -> Result<Vec<BoundTask>> {
        let mut bound = Vec::new();
        for budget in &mut budgets {
            let scores = self.scores(&budget.executor_id);
            let running = |job: &JobInfoCache| matches!(job.status, Some(Status::Running(_)));
            for (id, job) in running_jobs.iter().filter(|(_, job)| running(job)) {
                let mut graph = job.execution_graph.write().await;
                if graph.job_name().ends_with(SCORING) && !scores {
                    continue;
                }
                let session = graph.session_id().to_owned();
                while budget.vcores > 0
                    && let Some(stage) = graph.fetch_running_stage(&[])
                    && let Some(task) = next(stage, id, &session, &budget.executor_id)
                {
                    budget.vcores -= 1;
                    bound.push((budget.executor_id.clone(), task));
                }
            }
        }
        Ok(bound)
    }

    fn name(&self) -> &'static str {
        "scores where accelerators are"
    }
}

/// The next task of a stage, for this executor: one file of rows, on one core.
fn next(
    stage: &mut RunningStage,
    job: &JobId,
    session: &str,
    executor: &str,
) -> Option<TaskDescription> {
    let files = stage.pending.next_slice(1);
    let failures = stage.task_failure_numbers[*files.first()?];
    let task_id = stage.task_infos.len();
    let mut info = create_task_info(executor.to_owned(), task_id);
    info.global_input_partition_ids.clone_from(&files);
    info.vcores_consumed = 1;
    stage.task_infos.push(info);
    Some(TaskDescription {
        session_id: session.to_owned(),
        key: TaskKey { job_id: job.clone(), stage_id: stage.stage_id, task_id },
        stage_attempt_num: stage.stage_attempt_num,
        task_attempt: failures,
        global_input_partition_ids: files,
        vcores_consumed: 1,
        plan: Arc::clone(&stage.plan),
        session_config: Arc::clone(&stage.session_config),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_score_only_while_no_accelerator_is_there() {
        let placement = Placement::new(Duration::from_mins(1));
        assert!(placement.scores("a"));
        assert!(placement.scores("accelerated-b"));
        assert!(!placement.scores("a"));
        assert!(placement.scores("accelerated-b"));
        let forgetful = Placement::new(Duration::ZERO);
        assert!(forgetful.scores("accelerated-b") && forgetful.scores("a"));
    }
}

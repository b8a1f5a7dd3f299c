//! A plan at work on a lane, and what comes of it.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use tokio::sync::mpsc;
use vaxloom_lake::{LakeError, query};

use super::guard::{Ended, guarded};
use super::lane::Lane;
use super::plan::Planned;

/// Batches that wait for a client: what it does not fetch is not computed.
const AHEAD: usize = 2;

/// What a plan gives, in this order: its columns, its rows, and how it ended.
pub(super) enum Part {
    Columns(SchemaRef),
    Rows(RecordBatch),
    Failed(LakeError),
    Whole,
}

/// Lets a lane run a plan. The end of the parts without [`Part::Whole`] is none: the plan broke.
pub(super) fn start(lane: &Lane, planned: &Planned) -> mpsc::Receiver<Part> {
    let (sender, parts) = mpsc::channel(AHEAD);
    let (session, plan, ended) = (planned.session.clone(), planned.plan.clone(), lane.ended());
    lane.spawn(async move {
        let last = match run(session, plan, &ended, &sender).await {
            Ok(()) => Part::Whole,
            Err(error) => Part::Failed(error),
        };
        sender.send(last).await.ok();
    });
    parts
}

async fn run(
    session: SessionContext,
    plan: LogicalPlan,
    ended: &Ended,
    parts: &mpsc::Sender<Part>,
) -> Result<(), LakeError> {
    let frame = session.execute_logical_plan(plan).await?;
    let context = Arc::new(frame.task_ctx());
    let plan = guarded(frame.create_physical_plan().await?, ended)?;
    let mut batches = execute_stream(Arc::clone(&plan), Arc::clone(&context))?;
    // Nobody listens to a statement that was cancelled.
    if parts.send(Part::Columns(batches.schema())).await.is_err() {
        return Ok(());
    }
    while let Some(batch) = batches.next().await {
        let part = match batch {
            Ok(batch) => Part::Rows(batch),
            Err(error) => return Err(query::damage_named(&plan, &context, error).await),
        };
        if parts.send(part).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

//! Plans that end when their statement does: every operator looks before every batch whether it is still wanted, and gives way to
//! others.
//!
//! DataFusion's own operators give way where they read tables. A join makes many batches of one, and an aggregate above it asks for
//! all of them without ever giving way; neither can be stopped from outside.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, exec_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::coop::make_cooperative;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::{StreamExt, stream};

/// Whether a statement has ended, whatever its operators are at.
#[derive(Debug, Clone, Default)]
pub(super) struct Ended(Arc<AtomicBool>);

impl Ended {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The plan, each of whose operators ends when the statement has.
pub(super) fn guarded(
    plan: Arc<dyn ExecutionPlan>,
    ended: &Ended,
) -> Result<Arc<dyn ExecutionPlan>> {
    let guard =
        |operator| Transformed::yes(Arc::new(Guard { operator, ended: ended.clone() }) as _);
    Ok(plan.transform_up(|operator| Ok(guard(operator)))?.data)
}

/// An operator that is asked for its batches through here; in every other way it is that operator.
#[derive(Debug)]
struct Guard {
    operator: Arc<dyn ExecutionPlan>,
    ended: Ended,
}

impl Guard {
    fn around(&self, operator: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self { operator, ended: self.ended.clone() })
    }
}

impl DisplayAs for Guard {
    fn fmt_as(&self, form: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operator.fmt_as(form, f)
    }
}

impl ExecutionPlan for Guard {
    fn name(&self) -> &str {
        self.operator.name()
    }

    fn downcast_delegate(&self) -> Option<&dyn ExecutionPlan> {
        Some(self.operator.as_ref())
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.operator.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.operator.children()
    }

    fn apply_expressions(
        &self,
        each: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.operator.apply_expressions(each)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self.around(Arc::clone(&self.operator).replace_children(children, options)?))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(
            children,
            ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
        )
    }

    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self.around(Arc::clone(&self.operator).reset_state()?))
    }

    fn with_new_state(
        &self,
        state: Arc<dyn std::any::Any + Send + Sync>,
    ) -> Option<Arc<dyn ExecutionPlan>> {
        Some(self.around(self.operator.with_new_state(state)?))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.operator.metrics()
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let mut batches = self.operator.execute(partition, context)?;
        let (schema, ended) = (batches.schema(), self.ended.clone());
        let guarded = stream::poll_fn(move |context| {
            if ended.is_set() {
                return Poll::Ready(Some(exec_err!("the statement has ended")));
            }
            batches.poll_next_unpin(context)
        });
        Ok(make_cooperative(Box::pin(RecordBatchStreamAdapter::new(schema, guarded))))
    }
}

//! Scores of peptides in queries: what the lake has already is read instead of being scored again.
//!
//! The functions that score (`mhc1_presentation` and its kin) get batches of some thousand rows, for each of which to look
//! through a table of millions would not pay. So just before a query is planned to run, [`rewrite`] puts an operator
//! ([`node`], [`operator`]) under each step that calls one of them for every row, and a column of that operator in the call's
//! place. The operator gathers rows in chunks, scores each distinct pair once, and where a chunk has many reads the table
//! `presentation` once for it ([`cached`]) before it scores the rest. Calls in a CASE, or after an AND, are asked for some rows
//! only: they stay as they are. What a query answers is the same either way.

mod cached;
mod measures;
mod node;
mod operator;
mod pairs;
mod rewrite;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};
use vaxloom_immune::Predictor;

use cached::Cached;
use node::Scores;
use operator::{Asked, ScoreLookup};

/// Lets the queries of a session look scores up in a table `presentation`.
pub(crate) fn give(
    session: SessionStateBuilder,
    predictor: &Arc<dyn Predictor>,
    presentation: Arc<dyn TableProvider>,
) -> SessionStateBuilder {
    let cached = Cached { predictor: Arc::clone(predictor), presentation };
    session.with_query_planner(Arc::new(Planner(Some(Arc::new(cached)))))
}

/// Lets queries score everything anew: so their time does not tell which scores the lake has.
#[must_use]
pub fn without_lookup(session: SessionStateBuilder) -> SessionStateBuilder {
    session.with_query_planner(Arc::new(Planner(None)))
}

/// Plans queries, with lookups in what is cached.
#[derive(Debug)]
struct Planner(Option<Arc<Cached>>);

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(cached) = &self.0 else {
            return DefaultPhysicalPlanner::default().create_physical_plan(plan, session).await;
        };
        let plan = rewrite::rewritten(plan.clone())?;
        let operators = Arc::new(Operators(Arc::clone(cached)));
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![operators]);
        planner.create_physical_plan(&plan, session).await
    }
}

/// Makes operators of nodes.
struct Operators(Arc<Cached>);

#[async_trait]
impl ExtensionPlanner for Operators {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical_inputs: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(scores) = node.as_any().downcast_ref::<Scores>() else { return Ok(None) };
        let ([logical], [input]) = (logical_inputs, inputs) else {
            return Err(internal_datafusion_err!("scores of {} inputs", inputs.len()));
        };
        let state = session.as_any().downcast_ref::<SessionState>();
        let state = state.ok_or_else(|| internal_datafusion_err!("a session of another kind"))?;
        let physical =
            |expr| planner.create_physical_expr(expr, logical.schema(), session, context);
        let pairs = scores.calls.pairs.iter();
        let pairs = pairs
            .map(|(peptide, allele)| Ok([physical(peptide)?, physical(allele)?]))
            .collect::<Result<Vec<_>>>()?;
        let asked = Asked {
            cached: Arc::clone(&self.0),
            state: state.clone(),
            pairs,
            columns: scores.calls.columns.clone(),
        };
        let operator = ScoreLookup::try_new(Arc::new(asked), Arc::clone(input), scores.fields())?;
        Ok(Some(Arc::new(operator)))
    }
}

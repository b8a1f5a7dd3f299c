//! Expensive functions of a plan, computed by workers elsewhere.
//!
//! What costs in a stage's plan is a few functions over many rows: scores, alignments with the proteome, designs. Each row's answer
//! depends on that row alone. So the plan is cut there: what lies below is computed here, the arguments go to workers in tasks of
//! about equal work, and the plan goes on over their answers. How many tasks there are depends on rows (pairs, mutations), never on
//! patients, and since sums, joins and orders stay here, what the plan gives is what it gives without workers.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema};
use async_trait::async_trait;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::{DataFrame, ident};
use futures::future::BoxFuture;

use crate::stage::rows;
use crate::{LakeError, functions};

/// What workers are asked: columns to compute of rows.
#[derive(Debug)]
pub struct Work<'a> {
    /// The stage that it is a part of.
    pub stage: &'a str,
    /// The rows, with those columns that are needed.
    pub rows: Vec<RecordBatch>,
    /// What is computed of each, under a name.
    pub columns: Vec<Expr>,
    /// How many rows are worth a task.
    pub rows_a_task: usize,
}

/// Machines that know vaxloom's functions and answer as this process would.
#[async_trait]
pub trait Workers: Send + Sync {
    /// The columns, for each row in the order of the rows.
    async fn compute(&self, work: Work<'_>) -> Result<Vec<RecordBatch>, LakeError>;
}

/// The frame with its expensive functions computed by workers.
pub(crate) async fn computed(
    frame: DataFrame,
    stage: &str,
    workers: &dyn Workers,
) -> Result<DataFrame, LakeError> {
    let (state, plan) = frame.into_parts();
    let plan = state.optimize(&plan)?;
    let cut = Cut { state: &state, stage, workers }.plan(&plan).await?;
    Ok(DataFrame::new(state, cut.unwrap_or(plan)))
}

struct Cut<'a> {
    state: &'a SessionState,
    stage: &'a str,
    workers: &'a dyn Workers,
}

impl Cut<'_> {
    /// The plan over what workers computed; none where it asks nothing of them.
    fn plan<'p>(
        &'p self,
        plan: &'p LogicalPlan,
    ) -> BoxFuture<'p, Result<Option<LogicalPlan>, LakeError>> {
        Box::pin(async move {
            let (mut inputs, mut cut) = (Vec::new(), false);
            for input in plan.inputs() {
                let below = self.plan(input).await?;
                cut |= below.is_some();
                inputs.push(below.unwrap_or_else(|| input.clone()));
            }
            let over =
                if cut { Some(plan.with_new_exprs(plan.expressions(), inputs)?) } else { None };
            let here = self.node(over.as_ref().unwrap_or(plan)).await?;
            Ok(here.or(over))
        })
    }

    /// The node over the answers to what it asks of workers, if it does.
    async fn node(&self, node: &LogicalPlan) -> Result<Option<LogicalPlan>, LakeError> {
        let (input, exprs) = match node {
            LogicalPlan::Projection(node) => (&node.input, node.expr.as_slice()),
            LogicalPlan::Filter(node) => (&node.input, std::slice::from_ref(&node.predicate)),
            _ => return Ok(None),
        };
        let asked: Vec<&Expr> = exprs.iter().filter(|expr| rows_a_task(expr).is_some()).collect();
        let Some(table) = self.answered(input, &asked).await? else { return Ok(None) };
        let node = if let LogicalPlan::Filter(_) = node {
            let columns = input.schema().columns().into_iter().map(Expr::Column);
            table.filter(ident(answer(0)))?.project(columns)?
        } else {
            let mut asked = 0..;
            let columns =
                exprs.iter().zip(node.schema().iter()).map(|(expr, (relation, field))| {
                    match rows_a_task(expr).and_then(|_| asked.next()) {
                        Some(place) => {
                            ident(answer(place)).alias_qualified(relation.cloned(), field.name())
                        }
                        None => expr.clone(),
                    }
                });
            table.project(columns.collect::<Vec<_>>())?
        };
        Ok(Some(node.build()?))
    }

    /// The rows of a plan beside what workers compute of them; none where nothing is asked, or of nothing.
    async fn answered(
        &self,
        input: &LogicalPlan,
        asked: &[&Expr],
    ) -> Result<Option<LogicalPlanBuilder>, LakeError> {
        let Some(rows_a_task) = asked.iter().filter_map(|expr| rows_a_task(expr)).min() else {
            return Ok(None);
        };
        let given = DataFrame::new(self.state.clone(), input.clone()).collect().await?;
        if rows(&given) == 0 {
            return Ok(None);
        }
        let given = given.iter().map(by_place).collect::<Result<Vec<_>, LakeError>>()?;
        let (needed, columns) = arguments(input.schema(), asked)?;
        let rows = given.iter().map(|batch| batch.project(&needed)).collect::<Result<_, _>>()?;
        let work = Work { stage: self.stage, rows, columns, rows_a_task };
        let answers = self.workers.compute(work).await?;
        let both = side_by_side(&given, answers, self.stage)?;
        let table = MemTable::try_new(both[0].schema(), vec![both])?;
        let table =
            LogicalPlanBuilder::scan("answered", provider_as_source(Arc::new(table)), None)?;
        let named = input.schema().iter().enumerate().map(|(place, (relation, field))| {
            ident(column(place)).alias_qualified(relation.cloned(), field.name())
        });
        let answers = (0..asked.len()).map(|place| ident(answer(place)));
        Ok(Some(table.project(named.chain(answers).collect::<Vec<_>>())?))
    }
}

/// Names of columns by their place: those of a plan may be the same but for their tables.
fn column(place: usize) -> String {
    format!("column {place}")
}

fn answer(place: usize) -> String {
    format!("answer {place}")
}

/// How many rows are worth a task, by the most expensive function of an expression; none where it has no expensive one.
fn rows_a_task(expr: &Expr) -> Option<usize> {
    let mut least = None;
    let visited = expr.apply(|expr| {
        if let Expr::ScalarFunction(call) = expr {
            least = least.into_iter().chain(functions::rows_a_task(call.name())).min();
        }
        Ok(TreeNodeRecursion::Continue)
    });
    visited.ok().and(least)
}

/// Places of the columns that expressions need, and the expressions over columns named by their places.
fn arguments(schema: &DFSchema, asked: &[&Expr]) -> Result<(Vec<usize>, Vec<Expr>), LakeError> {
    let mut needed = BTreeSet::new();
    let mut columns = Vec::new();
    for (place, expr) in asked.iter().enumerate() {
        let expr = (*expr).clone().unalias().transform(|expr| {
            let Expr::Column(named) = &expr else { return Ok(Transformed::no(expr)) };
            let place = schema.index_of_column(named)?;
            needed.insert(place);
            Ok(Transformed::yes(ident(column(place))))
        })?;
        columns.push(expr.data.alias(answer(place)));
    }
    Ok((needed.into_iter().collect(), columns))
}

fn by_place(batch: &RecordBatch) -> Result<RecordBatch, LakeError> {
    let fields = batch.schema();
    let fields = fields.fields().iter().enumerate();
    let fields = fields.map(|(place, field)| field.as_ref().clone().with_name(column(place)));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    Ok(RecordBatch::try_new(schema, batch.columns().to_vec())?)
}

/// Rows and their answers, which come in other batches.
fn side_by_side(
    given: &[RecordBatch],
    answers: Vec<RecordBatch>,
    stage: &str,
) -> Result<Vec<RecordBatch>, LakeError> {
    let (asked, told) = (rows(given), rows(&answers));
    if asked != told {
        let message =
            format!("stage {stage}: {asked} rows were asked of workers, and {told} came back");
        return Err(LakeError::Workers { message, passes: false });
    }
    let mut answers: VecDeque<RecordBatch> = answers.into();
    let mut both = Vec::new();
    for batch in given {
        let mut at = 0;
        while at < batch.num_rows() {
            let Some(next) = answers.pop_front() else { break };
            let many = next.num_rows().min(batch.num_rows() - at);
            if many < next.num_rows() {
                answers.push_front(next.slice(many, next.num_rows() - many));
            }
            both.push(beside(&batch.slice(at, many), &next.slice(0, many))?);
            at += many;
        }
    }
    Ok(both)
}

fn beside(left: &RecordBatch, right: &RecordBatch) -> Result<RecordBatch, LakeError> {
    let (left_schema, right_schema) = (left.schema(), right.schema());
    let nullable =
        right_schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    let fields = left_schema.fields().iter().map(|field| field.as_ref().clone()).chain(nullable);
    let schema = Arc::new(Schema::new(fields.collect::<Vec<Field>>()));
    let columns = left.columns().iter().chain(right.columns()).cloned();
    Ok(RecordBatch::try_new(schema, columns.collect::<Vec<ArrayRef>>())?)
}

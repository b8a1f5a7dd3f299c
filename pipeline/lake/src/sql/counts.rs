//! Counts beside a count of distinct values, written as sums.
//!
//! `count(DISTINCT patient_id)` by gene keeps a set of patients for every gene. DataFusion groups twice instead, by gene and patient
//! and then by gene (`SingleDistinctToGroupBy`), as long as nothing is asked beside it but sums, least and largest values. A
//! count is a sum of ones. Only under `GROUP BY`: of no rows, a count is 0 and a sum is NULL.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result};
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, LogicalPlanBuilder, when};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::prelude::lit;

#[derive(Debug)]
pub(crate) struct CountsAsSums;

impl OptimizerRule for CountsAsSums {
    fn name(&self) -> &'static str {
        "counts_as_sums"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        match &plan {
            LogicalPlan::Aggregate(aggregate) if helps(aggregate) => {
                Ok(Transformed::yes(with_sums(aggregate)?))
            }
            _ => Ok(Transformed::no(plan)),
        }
    }
}

/// Whether a count is all that keeps the engine from grouping twice.
fn helps(aggregate: &Aggregate) -> bool {
    let grouped = !aggregate.group_expr.is_empty()
        && !aggregate.group_expr.iter().any(|expr| matches!(expr, Expr::GroupingSet(_)));
    let (mut distinct, mut counts, mut others) = (HashSet::new(), 0, HashSet::new());
    for expr in &aggregate.aggr_expr {
        let Expr::AggregateFunction(AggregateFunction { func, params }) = expr else {
            return false;
        };
        let ([argument], None, []) =
            (params.args.as_slice(), &params.filter, params.order_by.as_slice())
        else {
            return false;
        };
        match (params.distinct, func.name()) {
            (true, _) => _ = distinct.insert(argument),
            (false, "count") => counts += 1,
            (false, "sum" | "min" | "max") => {}
            _ => return false,
        }
        others.insert(as_sum(expr));
    }
    // Two that would come to the same sum are left as they are.
    grouped && distinct.len() == 1 && counts > 0 && others.len() == aggregate.aggr_expr.len()
}

fn with_sums(aggregate: &Aggregate) -> Result<LogicalPlan> {
    let sums = aggregate.aggr_expr.iter().map(as_sum).collect();
    let input = Arc::clone(&aggregate.input);
    let sums = Aggregate::try_new(input, aggregate.group_expr.clone(), sums)?;
    let names = aggregate.schema.iter().zip(sums.schema.iter());
    let columns: Vec<Expr> = names
        .map(|((qualifier, field), made)| {
            Expr::Column(Column::from(made)).alias_qualified(qualifier.cloned(), field.name())
        })
        .collect();
    LogicalPlanBuilder::from(LogicalPlan::Aggregate(sums)).project(columns)?.build()
}

/// A count as a sum, anything else as it is.
fn as_sum(expr: &Expr) -> Expr {
    let Expr::AggregateFunction(AggregateFunction { func, params }) = expr else {
        return expr.clone();
    };
    let [argument] = params.args.as_slice() else { return expr.clone() };
    if params.distinct || func.name() != "count" {
        return expr.clone();
    }
    let one = lit(1_i64);
    match argument {
        Expr::Literal(value, _) if !value.is_null() => sum(one),
        _ => when(argument.clone().is_not_null(), one)
            .otherwise(lit(0_i64))
            .map_or_else(|_| expr.clone(), sum),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use arrow::util::pretty::pretty_format_batches;
    use datafusion::execution::SessionStateBuilder;
    use datafusion::prelude::SessionContext;

    use super::*;

    async fn answers(session: &SessionContext, query: &str) -> String {
        session
            .sql(
                "CREATE TABLE IF NOT EXISTS t (gene VARCHAR, patient VARCHAR, tpm DOUBLE) AS VALUES \
                 ('A', 'p', 1.0), ('A', 'p', NULL), ('A', 'q', 2.0), ('B', NULL, 3.0), (NULL, 'q', 4.0)",
            )
            .await
            .unwrap();
        let rows = session.sql(query).await.unwrap().collect().await.unwrap();
        pretty_format_batches(&rows).unwrap().to_string()
    }

    #[tokio::test]
    async fn counts_are_as_without_the_rule() {
        let plain = SessionContext::new();
        let state = SessionStateBuilder::new_from_existing(plain.state());
        let state = state.with_optimizer_rule(Arc::new(CountsAsSums)).build();
        let ruled = SessionContext::new_with_state(state);
        // Whether the set of distinct values is gone.
        for (query, twice) in [
            (
                "SELECT gene, count(*), count(DISTINCT patient) FROM t GROUP BY gene ORDER BY 1",
                true,
            ),
            (
                "SELECT gene, count(tpm) AS n, count(DISTINCT patient) AS p, sum(tpm) FROM t GROUP BY gene HAVING count(*) > 1 ORDER BY 1",
                true,
            ),
            (
                "SELECT gene, count(*), sum(1), count(DISTINCT patient) FROM t GROUP BY gene ORDER BY 1",
                false,
            ),
            (
                "SELECT gene, avg(tpm), count(*), count(DISTINCT patient) FROM t GROUP BY gene ORDER BY 1",
                false,
            ),
            (
                "SELECT gene, count(*), count(DISTINCT patient), count(DISTINCT tpm) FROM t GROUP BY gene ORDER BY 1",
                false,
            ),
            ("SELECT count(*), count(DISTINCT patient) FROM t WHERE gene = 'C'", false),
        ] {
            assert_eq!(answers(&ruled, query).await, answers(&plain, query).await, "{query}");
            let plan = ruled.sql(query).await.unwrap().into_optimized_plan().unwrap();
            let plan = plan.display_indent().to_string();
            let sets = |line: &str| line.contains("Aggregate:") && line.contains("DISTINCT");
            assert_eq!(!plan.lines().any(sets), twice, "{query}: {plan}");
        }
    }
}

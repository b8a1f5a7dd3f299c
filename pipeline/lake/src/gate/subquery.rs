//! Queries in expressions.

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DataFusionError};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{
    BinaryExpr, Expr, LogicalPlan, Operator, Projection, Subquery, lit,
};

use super::refusal::Refusal;
use super::relation::{Relation, bare, made};
use super::walk::{Step, Walk, any};

const REMEDY: &str = "write patient_id IN (SELECT patient_id ...), EXISTS (... WHERE inner.patient_id = outer.patient_id), or an aggregate";

impl Walk {
    /// An expression whose subqueries have gone through the gate; flags of suppressed numbers are added to `marks`.
    pub(super) fn resolved(
        &mut self,
        expr: &Expr,
        around: &Relation,
        marks: &mut Vec<Expr>,
    ) -> Step<Expr> {
        let mut stopped = None;
        let resolved = expr.clone().transform_down(|part| {
            let done = match part {
                Expr::ScalarSubquery(inner) => self.scalar(&inner, around, marks),
                Expr::InSubquery(inner) => self.member(inner, around),
                Expr::Exists(inner) => self.exists(&inner, around),
                Expr::SetComparison(_) => Err(refused("ANY and ALL over a subquery").into()),
                other => return Ok(Transformed::no(other)),
            };
            done.map(Transformed::yes).map_err(|stop| {
                stopped = Some(stop);
                DataFusionError::Internal("stopped by the gate".to_owned())
            })
        });
        match (resolved, stopped) {
            (_, Some(stop)) => Err(stop),
            (resolved, None) => Ok(resolved?.data),
        }
    }

    /// A node whose expressions cannot hold subqueries.
    #[allow(clippy::unused_self, reason = "a step of the way like the others")]
    pub(super) fn no_subqueries(&self, exprs: &[Expr]) -> Step<()> {
        let is_query = |part: &Expr| {
            let query = matches!(
                part,
                Expr::ScalarSubquery(_)
                    | Expr::InSubquery(_)
                    | Expr::Exists(_)
                    | Expr::SetComparison(_)
            );
            Ok::<_, DataFusionError>(query)
        };
        for expr in exprs {
            if expr.exists(is_query)? {
                return Err(refused("a subquery in this place").into());
            }
        }
        Ok(())
    }

    fn scalar(&mut self, inner: &Subquery, around: &Relation, marks: &mut Vec<Expr>) -> Step<Expr> {
        let relation = self.inner(inner, around.patients())?;
        open(&relation, inner)?;
        if !relation.marks().is_empty() {
            let mark = any(relation.marks());
            let flag = Projection::try_new(vec![mark], relation.input())?;
            let flag = Expr::ScalarSubquery(subquery(LogicalPlan::Projection(flag), inner));
            // No row is no number.
            marks.push(flag.is_not_false());
        }
        Ok(Expr::ScalarSubquery(subquery(visible(&relation)?, inner)))
    }

    fn member(&mut self, asked: InSubquery, around: &Relation) -> Step<Expr> {
        let relation = self.inner(&asked.subquery, around.patients())?;
        let by_patient = |column: &Column| around.identity().contains(column);
        if relation.is_patients() || bare(&asked.expr).is_some_and(by_patient) {
            let outer = bare(&asked.expr).is_some_and(|column| around.patients().contains(column));
            let inner = relation.visible().first().is_some_and(|c| relation.patients().contains(c));
            if !(outer && inner && asked.subquery.outer_ref_columns.is_empty()) {
                return Err(refused("IN over patients' rows by anything but the patient").into());
            }
        } else {
            open(&relation, &asked.subquery)?;
        }
        let subquery = subquery(visible(&relation)?, &asked.subquery);
        Ok(Expr::InSubquery(InSubquery { subquery, ..asked }))
    }

    fn exists(&mut self, asked: &Exists, around: &Relation) -> Step<Expr> {
        let relation = self.inner(&asked.subquery, around.patients())?;
        if relation.is_patients() {
            if !bound(&relation.plan, relation.patients(), around.patients()) {
                return Err(
                    refused("EXISTS over patients' rows that are not the outer patient's").into()
                );
            }
        } else {
            open(&relation, &asked.subquery)?;
        }
        let subquery = subquery(visible(&relation)?, &asked.subquery);
        Ok(Expr::Exists(Exists { subquery, negated: asked.negated }))
    }

    fn inner(&mut self, inner: &Subquery, outer: &[Column]) -> Step<Relation> {
        self.outer.push(outer.to_vec());
        let relation = self.relation(&inner.subquery);
        self.outer.pop();
        relation
    }

    /// Whether a condition is that a row is of the outer query's patient.
    pub(super) fn is_bound(&self, part: &Expr, patients: &[Column]) -> bool {
        let Some(outer) = self.outer.last() else { return false };
        same_patient(part, patients, outer)
    }
}

/// Whether all rows of a plan are of the outer query's patient. The hidden patient column has other names further down.
fn bound(plan: &LogicalPlan, patients: &[Column], outer: &[Column]) -> bool {
    match plan {
        LogicalPlan::Filter(filter) => {
            let parts = split_conjunction(&filter.predicate);
            parts.iter().any(|part| same_patient(part, patients, outer))
                || bound(&filter.input, patients, outer)
        }
        LogicalPlan::Projection(projection) => {
            let below = projection.expr.iter().filter(|e| patients.contains(&made(e)));
            let below: Vec<Column> = below.filter_map(bare).cloned().collect();
            bound(&projection.input, &below, outer)
        }
        _ => false,
    }
}

fn same_patient(part: &Expr, patients: &[Column], outer: &[Column]) -> bool {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = part else {
        return false;
    };
    let pair = |inner: &Expr, around: &Expr| match (inner, around) {
        (Expr::Column(inner), Expr::OuterReferenceColumn(_, around)) => {
            patients.contains(inner) && outer.contains(around)
        }
        _ => false,
    };
    pair(left, right) || pair(right, left)
}

/// What a subquery answers is nobody's, and asks nothing of the rows around it.
fn open(relation: &Relation, asked: &Subquery) -> Result<(), Refusal> {
    if relation.is_patients() {
        return Err(refused("a subquery whose answer is rows of patients"));
    }
    if !asked.outer_ref_columns.is_empty() {
        return Err(refused("a subquery that depends on the rows around it"));
    }
    Ok(())
}

fn refused(what: &str) -> Refusal {
    Refusal::new("subquery", what, REMEDY)
}

/// The plan with the query's own columns alone.
fn visible(relation: &Relation) -> Step<LogicalPlan> {
    let columns: Vec<Expr> = relation.visible().into_iter().map(Expr::Column).collect();
    let columns = if columns.is_empty() { vec![lit(1)] } else { columns };
    Ok(LogicalPlan::Projection(Projection::try_new(columns, relation.input())?))
}

fn subquery(plan: LogicalPlan, like: &Subquery) -> Subquery {
    like.with_plan(plan.into())
}

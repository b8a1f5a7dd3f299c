//! Calls of functions that score, taken out of a plan's expressions.

use std::ops::Range;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{Expr, Filter, Join, JoinType, LogicalPlan, Operator, Projection};

use super::node::{Calls, Scores, free_name};
use crate::functions::presentation::Told;

/// The plan with a column of [`Scores`] in the place of each call that is made for every row.
pub(super) fn rewritten(plan: LogicalPlan) -> Result<LogicalPlan> {
    Ok(plan.transform_up_with_subqueries(step)?.data)
}

fn step(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    match plan {
        LogicalPlan::Join(join) if join.join_type == JoinType::Inner => above(join),
        LogicalPlan::Filter(Filter { predicate, input, .. }) if mentions(&predicate) => {
            let conditions = split_conjunction_owned(predicate);
            Ok(Transformed::yes(filtered(Arc::unwrap_or_clone(input), conditions)?))
        }
        LogicalPlan::Projection(_)
        | LogicalPlan::Aggregate(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Window(_) => over_scores(plan),
        plan => Ok(Transformed::no(plan)),
    }
}

/// What is asked of both sides of a join has become a condition of it: it is asked above instead.
fn above(mut join: Join) -> Result<Transformed<LogicalPlan>> {
    let conditions = join.filter.take().map(split_conjunction_owned).unwrap_or_default();
    let (mut asking, mut kept) = (Vec::new(), Vec::new());
    for condition in conditions {
        let side = if pairs(&condition)?.is_empty() { &mut kept } else { &mut asking };
        side.push(condition);
    }
    join.filter = conjunction(kept);
    if asking.is_empty() {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    }
    Ok(Transformed::yes(filtered(LogicalPlan::Join(join), asking)?))
}

/// The rows that meet conditions: first those that ask for no score, then those that ask for the same scores together, so
/// that no more is scored than before.
fn filtered(input: LogicalPlan, conditions: Vec<Expr>) -> Result<LogicalPlan> {
    let (mut left, free): (Vec<Expr>, Vec<Expr>) = conditions.into_iter().partition(mentions);
    let mut plan = only(input, free)?;
    loop {
        let asked = left.iter().map(pairs).collect::<Result<Vec<_>>>()?;
        let Some(first) = asked.iter().find(|pairs| !pairs.is_empty()) else { break };
        let same = |pairs: &[(Expr, Expr)]| {
            !pairs.is_empty() && pairs.iter().all(|pair| first.contains(pair))
        };
        let (mut now, mut later) = (Vec::new(), Vec::new());
        for (condition, pairs) in left.into_iter().zip(&asked) {
            if same(pairs) { now.push(condition) } else { later.push(condition) }
        }
        plan = over_scores(only(plan, now)?)?.data;
        left = later;
    }
    only(plan, left)
}

fn only(input: LogicalPlan, conditions: Vec<Expr>) -> Result<LogicalPlan> {
    Ok(match conjunction(conditions) {
        Some(predicate) => LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(input))?),
        None => input,
    })
}

/// The step over the scores that it asks for, with the columns that it had.
fn over_scores(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let [input] = plan.inputs()[..] else { return Ok(Transformed::no(plan)) };
    let mut calls = Calls::default();
    let mut exprs = match &plan {
        LogicalPlan::Filter(filter) => split_conjunction_owned(filter.predicate.clone()),
        plan => plan.expressions(),
    };
    for expr in &mut exprs {
        *expr = taken_out(std::mem::take(expr), input.schema(), &mut calls)?;
    }
    let (below, added) = (input.schema().fields().len(), calls.columns.len());
    if added == 0 {
        return Ok(Transformed::no(plan));
    }
    let passed_on = match plan {
        LogicalPlan::Filter(_) => {
            exprs = conjunction(exprs).into_iter().collect();
            below..below + added
        }
        LogicalPlan::Sort(_) | LogicalPlan::Window(_) => below..below + added,
        _ => 0..0,
    };
    let scores = Scores::try_new(input.clone(), calls)?.plan();
    let over = plan.with_new_exprs(exprs, vec![scores])?;
    Ok(Transformed::yes(renamed(over, &plan, &passed_on)?))
}

/// The columns of a plan, but for some, under the names of another's.
fn renamed(plan: LogicalPlan, named: &LogicalPlan, without: &Range<usize>) -> Result<LogicalPlan> {
    let columns = plan.schema().columns().into_iter().enumerate();
    let columns = columns.filter(|(place, _)| !without.contains(place)).map(|(_, column)| column);
    let columns = columns.zip(named.schema().iter()).map(|(column, (table, field))| {
        let same = column == Column::new(table.cloned(), field.name());
        let column = Expr::Column(column);
        if same { column } else { column.alias_qualified(table.cloned(), field.name()) }
    });
    let columns = columns.collect();
    Ok(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(plan))?))
}

/// The expression over rows of a schema with a column in the place of each call that is made for every row.
fn taken_out(expr: Expr, schema: &DFSchema, calls: &mut Calls) -> Result<Expr> {
    let taken = expr.transform_down(|expr| {
        let conditional = match &expr {
            Expr::Case(_) | Expr::HigherOrderFunction(_) | Expr::Lambda(_) => true,
            Expr::BinaryExpr(both) => matches!(both.op, Operator::And | Operator::Or),
            Expr::AggregateFunction(call) => call.params.filter.is_some(),
            Expr::WindowFunction(call) => call.params.filter.is_some(),
            Expr::ScalarFunction(call) => call.func.short_circuits(),
            _ => false,
        };
        if conditional {
            return Ok(Transformed::new(expr, false, TreeNodeRecursion::Jump));
        }
        let Some((told, pair)) = looked_up(&expr) else { return Ok(Transformed::no(expr)) };
        let name = free_name(schema, calls.add(told, pair));
        let column = Expr::Column(Column::new_unqualified(name));
        Ok(Transformed::new(column, true, TreeNodeRecursion::Jump))
    })?;
    Ok(taken.data)
}

/// What a call asks of which pair, if it is one whose pairs can be known before.
fn looked_up(expr: &Expr) -> Option<(Told, (Expr, Expr))> {
    let Expr::ScalarFunction(call) = expr else { return None };
    let told = Told::by(call.name())?;
    let [peptide, allele] = &call.args[..] else { return None };
    let plain = |expr: &Expr| {
        let outer = expr.contains_outer() || expr.exists(|part| Ok(is_subquery(part))).ok()?;
        (!outer && !expr.is_volatile() && !mentions(expr)).then_some(())
    };
    plain(peptide).and_then(|()| plain(allele))?;
    let constant = peptide.column_refs().is_empty() && allele.column_refs().is_empty();
    (!constant).then(|| (told, (peptide.clone(), allele.clone())))
}

fn is_subquery(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_))
}

/// Whether an expression asks for scores, if only of some rows.
fn mentions(expr: &Expr) -> bool {
    let asks =
        |part: &Expr| matches!(part, Expr::ScalarFunction(call) if Told::by(call.name()).is_some());
    expr.exists(|part| Ok(asks(part))).unwrap_or(true)
}

/// The pairs that an expression asks for in every row.
fn pairs(expr: &Expr) -> Result<Vec<(Expr, Expr)>> {
    let mut calls = Calls::default();
    taken_out(expr.clone(), &DFSchema::empty(), &mut calls)?;
    Ok(calls.pairs)
}

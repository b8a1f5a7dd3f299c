//! Aggregates: of one patient each they stay as they are; over patients their numbers are those of the gate.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{Column, ScalarValue};
use datafusion::functions_aggregate::expr_fn::bool_or;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::{
    Aggregate, Expr, ExprSchemable, Filter, LogicalPlan, cast, lit, when,
};

use super::contribution::Kind;
use super::expression::check;
use super::refusal::Refusal;
use super::relation::{Relation, Rows, bare};
use super::walk::{Step, Walk};

/// Aggregates of one patient's rows that give an answer for all values.
const OF_ONE: &[&str] = &["count", "sum", "avg", "min", "max", "bool_and", "bool_or"];

const FUNCTIONS: &str = "use count(*), count(x), count(DISTINCT patient_id), sum(x) or avg(x); for a distribution, GROUP BY ranges made with CASE";

impl Walk {
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) -> Step<Relation> {
        let input = self.relation(&aggregate.input)?;
        self.no_subqueries(&aggregate.group_expr)?;
        self.no_subqueries(&aggregate.aggr_expr)?;
        if !input.is_patients() {
            return self.over_nobody(aggregate, &input);
        }
        let patient = |expr: &Expr| bare(expr).is_some_and(|c| input.patients().contains(c));
        let by_patient = aggregate.group_expr.iter().any(patient);
        for expr in &aggregate.group_expr {
            let identity = bare(expr).is_some_and(|c| input.identity().contains(c));
            if !(identity && by_patient) {
                check_group(expr, &input)?;
            }
        }
        if by_patient {
            return of_each_patient(aggregate, &input);
        }
        let names = aggregate.schema.columns();
        let first = names.len() - aggregate.aggr_expr.len();
        let numbers: Vec<(&Expr, Column)> =
            aggregate.aggr_expr.iter().zip(names[first..].iter().cloned()).collect();
        self.cells(&input, aggregate.group_expr.clone(), &numbers)
    }

    /// An aggregate over what the gate has made, with its flags.
    fn over_nobody(&mut self, aggregate: &Aggregate, input: &Relation) -> Step<Relation> {
        let mut aggr_expr = aggregate.aggr_expr.clone();
        let mut marks = Vec::new();
        for mark in input.marks() {
            let name = self.name();
            aggr_expr.push(bool_or(Expr::Column(mark.clone())).alias(&name));
            marks.push(Column::new_unqualified(name));
        }
        let plan = Aggregate::try_new(input.input(), aggregate.group_expr.clone(), aggr_expr)?;
        let plan = LogicalPlan::Aggregate(plan);
        Ok(Relation { plan, hidden: marks.clone(), rows: Rows::Open { marks } })
    }

    /// Cells over patients: those of too few patients are left out, and numbers that tell of too few are NULL and flagged.
    pub(super) fn cells(
        &mut self,
        input: &Relation,
        group: Vec<Expr>,
        numbers: &[(&Expr, Column)],
    ) -> Step<Relation> {
        self.gated = true;
        let mut measures = Vec::new();
        for (expr, _) in numbers {
            measures.push(self.gated_number(expr, input)?.alias(self.name()));
        }
        let named = |measure: &Expr| Column::new_unqualified(measure.schema_name().to_string());
        let answers: Vec<Column> = measures.iter().map(named).collect();
        let cell = self.call(Kind::Patients, lit(1.0), None, input).alias(self.name());
        let enough = Expr::Column(named(&cell)).is_not_null();
        let one = group.is_empty();
        self.grouped |= !one;
        measures.push(cell);
        let aggregate = Aggregate::try_new(input.input(), group, measures)?;
        let keys = aggregate.schema.columns();
        let keys = keys[..keys.len() - answers.len() - 1].to_vec();
        let types = number_types(numbers, input)?;
        let plan = LogicalPlan::Aggregate(aggregate);
        let plan =
            if one { plan } else { LogicalPlan::Filter(Filter::try_new(enough, Arc::new(plan))?) };
        let mut exprs: Vec<Expr> = keys.into_iter().map(Expr::Column).collect();
        for (((_, name), answer), data_type) in numbers.iter().zip(&answers).zip(types) {
            let number = cast(Expr::Column(answer.clone()), data_type);
            exprs.push(number.alias_qualified(name.relation.clone(), &name.name));
        }
        let missing = answers.into_iter().map(|answer| Expr::Column(answer).is_null());
        let marks: Vec<Expr> = missing.reduce(Expr::or).into_iter().collect();
        self.with_marks(exprs, &marks, &Relation::open(plan))
    }

    /// The gate's number in the place of an aggregate.
    fn gated_number(&self, expr: &Expr, input: &Relation) -> Step<Expr> {
        let call = function(expr)?;
        let AggregateFunctionParams { args, distinct, filter, order_by, .. } = &call.params;
        let filter = filter.as_deref();
        let checked = |part: &Expr| check(part, input.plan.schema(), input.identity());
        filter.map_or(Ok(()), checked)?;
        let refused = || Refusal::new("aggregate", shown(call), FUNCTIONS);
        let [argument] = args.as_slice() else { return Err(refused().into()) };
        if !order_by.is_empty() {
            return Err(refused().into());
        }
        let (kind, value) = match (call.func.name(), distinct) {
            ("count", true) => {
                (Kind::Patients, patient_value(argument, input)?.ok_or_else(refused)?)
            }
            ("count", false) => {
                if !bare(argument).is_some_and(|c| input.identity().contains(c)) {
                    checked(argument)?;
                }
                (Kind::Total, one_where(argument.clone().is_not_null())?)
            }
            ("sum", false) => (Kind::Total, cast(argument.clone(), DataType::Float64)),
            ("avg", false) => (Kind::Mean, cast(argument.clone(), DataType::Float64)),
            _ => return Err(refused().into()),
        };
        if kind != Kind::Patients && call.func.name() != "count" {
            checked(argument)?;
        }
        Ok(self.call(kind, value, filter.cloned(), input))
    }

    fn call(&self, kind: Kind, value: Expr, filter: Option<Expr>, input: &Relation) -> Expr {
        let patient = cast(Expr::Column(input.patients()[0].clone()), DataType::Utf8);
        let measure = Arc::new(self.measure(kind));
        let filter = filter.map(Box::new);
        let call =
            AggregateFunction::new_udf(measure, vec![patient, value], false, filter, vec![], None);
        Expr::AggregateFunction(call)
    }
}

/// An aggregate of one patient's rows each: its rows are still of one patient.
fn of_each_patient(aggregate: &Aggregate, input: &Relation) -> Step<Relation> {
    for expr in &aggregate.aggr_expr {
        let call = function(expr)?;
        let name = call.func.name();
        if !OF_ONE.contains(&name) || !call.params.order_by.is_empty() {
            let remedy =
                "of one patient's rows, use count, sum, avg, min, max, bool_and or bool_or";
            return Err(Refusal::new("aggregate", shown(call), remedy).into());
        }
        let identity = |part: &&Expr| bare(part).is_some_and(|c| input.identity().contains(c));
        let counts = name == "count";
        let parts = call.params.args.iter().filter(|part| !(counts && identity(part)));
        for part in parts.chain(call.params.filter.as_deref()) {
            check(part, input.plan.schema(), input.identity())?;
        }
    }
    let plan = Aggregate::try_new(
        input.input(),
        aggregate.group_expr.clone(),
        aggregate.aggr_expr.clone(),
    )?;
    let kept = |columns: &[Column]| -> Vec<Column> {
        let keys = aggregate.group_expr.iter().filter_map(bare);
        keys.filter(|key| columns.contains(key)).cloned().collect()
    };
    let rows =
        Rows::Patients { patients: kept(input.patients()), identity: kept(input.identity()) };
    Ok(Relation { plan: LogicalPlan::Aggregate(plan), rows, hidden: Vec::new() })
}

fn check_group(expr: &Expr, input: &Relation) -> Step<()> {
    if let Expr::GroupingSet(sets) = expr {
        return sets.distinct_expr().into_iter().try_for_each(|expr| check_group(expr, input));
    }
    Ok(check(expr, input.plan.schema(), input.identity())?)
}

fn function(expr: &Expr) -> Step<&AggregateFunction> {
    match expr {
        Expr::AggregateFunction(call) => Ok(call),
        Expr::Alias(alias) => function(&alias.expr),
        other => Err(Refusal::new("aggregate", other.variant_name(), FUNCTIONS).into()),
    }
}

/// 1 for a row whose patient is counted: `patient_id`, or `CASE WHEN ... THEN patient_id END`.
fn patient_value(argument: &Expr, input: &Relation) -> Step<Option<Expr>> {
    let is_patient = |expr: &Expr| bare(expr).is_some_and(|c| input.patients().contains(c));
    if is_patient(argument) {
        return Ok(Some(one_where(argument.clone().is_not_null())?));
    }
    let Expr::Case(case) = argument else { return Ok(None) };
    let nothing = |expr: &Expr| matches!(expr, Expr::Literal(value, _) if value.is_null());
    let patients = case.when_then_expr.iter().all(|(_, then)| is_patient(then));
    if !patients || case.expr.is_some() || !case.else_expr.as_deref().is_none_or(nothing) {
        return Ok(None);
    }
    let conditions = case.when_then_expr.iter().map(|(when, _)| when.as_ref().clone());
    let Some(condition) = conditions.reduce(Expr::or) else { return Ok(None) };
    check(&condition, input.plan.schema(), input.identity())?;
    Ok(Some(one_where(condition)?))
}

fn one_where(condition: Expr) -> Step<Expr> {
    Ok(when(condition, lit(1.0)).otherwise(lit(ScalarValue::Float64(None)))?)
}

/// The types that the query's own aggregates would have.
fn number_types(numbers: &[(&Expr, Column)], input: &Relation) -> Step<Vec<DataType>> {
    let types = numbers.iter().map(|(expr, _)| Ok(expr.get_type(input.plan.schema())?));
    types.collect()
}

fn shown(call: &AggregateFunction) -> String {
    let distinct = if call.params.distinct { " of distinct values" } else { "" };
    format!("{}{distinct} over patients gives the value of one, or of few", call.func.name())
}

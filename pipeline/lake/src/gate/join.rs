//! Joins and unions: rows of one patient never meet another's.

use std::iter;
use std::sync::Arc;

use datafusion::common::{Column, JoinType};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{
    BinaryExpr, Expr, Join, LogicalPlan, Operator, Projection, Union, binary_expr,
};

use super::expression::check;
use super::refusal::Refusal;
use super::relation::{Relation, Rows, bare};
use super::walk::{Step, Walk, any};

const BY_PATIENT: &str = "join tables of patients with JOIN ... USING (patient_id) or ON a.patient_id = b.patient_id, and other conditions beside it";

impl Walk {
    pub(super) fn join(&mut self, join: &Join) -> Step<Relation> {
        let left = self.relation(&join.left)?;
        let right = self.relation(&join.right)?;
        let (on, filter) = (join.on.clone(), join.filter.clone());
        let conditions = conditions(join);
        self.no_subqueries(&conditions)?;
        let joined = Join::try_new(
            left.input(),
            right.input(),
            on,
            filter,
            join.join_type,
            join.join_constraint,
            join.null_equality,
            join.null_aware,
        )?;
        let plan = LogicalPlan::Join(joined);
        let kept = |columns: &[Column]| -> Vec<Column> {
            columns.iter().filter(|c| plan.schema().has_column(c)).cloned().collect()
        };
        let both = |a: &[Column], b: &[Column]| kept(&[a, b].concat());
        let hidden = both(&left.hidden, &right.hidden);
        if !left.is_patients() && !right.is_patients() {
            let marks = both(left.marks(), right.marks());
            return Ok(Relation { plan, rows: Rows::Open { marks }, hidden });
        }
        self.check_conditions(&conditions, &left, &right, join.join_type)?;
        // The side whose rows are all kept knows the patient of every row.
        let patients = match join.join_type {
            JoinType::Right | JoinType::RightSemi | JoinType::RightAnti => {
                both(right.patients(), left.patients())
            }
            _ => both(left.patients(), right.patients()),
        };
        let identity = both(left.identity(), right.identity());
        Ok(Relation { plan, rows: Rows::Patients { patients, identity }, hidden })
    }

    #[allow(clippy::unused_self, reason = "a step of the way like the others")]
    fn check_conditions(
        &self,
        conditions: &[Expr],
        left: &Relation,
        right: &Relation,
        join_type: JoinType,
    ) -> Step<()> {
        let fits = match (left.is_patients(), right.is_patients()) {
            (true, true) => join_type != JoinType::Full,
            (true, false) => matches!(
                join_type,
                JoinType::Inner | JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti
            ),
            _ => matches!(
                join_type,
                JoinType::Inner | JoinType::Right | JoinType::RightSemi | JoinType::RightAnti
            ),
        };
        if !fits {
            let message = format!("a {join_type} join that would keep rows of no patient");
            return Err(Refusal::new("join", message, "keep the rows of the patients' side").into());
        }
        let both = left.is_patients() && right.is_patients();
        let key = |part: &&Expr| {
            if !both {
                return links(part, left, right);
            }
            sides(part, left, right)
                .is_some_and(|(l, r)| left.patients().contains(l) && right.patients().contains(r))
        };
        let Some(key) = conditions.iter().find(key) else {
            let message = if both {
                "patients' rows joined by anything but the patient"
            } else {
                "patients' rows joined without an equality of columns"
            };
            return Err(Refusal::new("join", message, BY_PATIENT).into());
        };
        let schema = left.plan.schema().join(right.plan.schema())?;
        let identity = [left.identity(), right.identity()].concat();
        let of_rows = |part: &Expr| {
            sides(part, left, right).is_some_and(|(l, r)| {
                both && left.identity().contains(l) && right.identity().contains(r)
            })
        };
        for part in conditions.iter().filter(|part| *part != key || !both) {
            if !of_rows(part) {
                check(part, &schema, &identity)?;
            }
        }
        Ok(())
    }

    pub(super) fn union(&mut self, union: &Union) -> Step<Relation> {
        let inputs = union.inputs.iter().map(|input| self.relation(input));
        let inputs = inputs.collect::<Step<Vec<_>>>()?;
        let patients = inputs.iter().filter(|input| input.is_patients()).count();
        if patients != 0 && patients != inputs.len() {
            let message =
                "a union of patients' rows with rows of nobody would add to the count of patients";
            return Err(Refusal::new(
                "union",
                message,
                "unite patients' rows only with each other",
            )
            .into());
        }
        let names: Vec<Column> = union.schema.columns();
        let hidden = Column::new_unqualified(self.name());
        let mut parts = Vec::new();
        for input in &inputs {
            let columns = input.visible().into_iter().zip(&names);
            let mut exprs: Vec<Expr> = columns
                .map(|(c, name)| Expr::Column(c).alias_qualified(name.relation.clone(), &name.name))
                .collect();
            let added =
                input.patients().first().cloned().map_or_else(|| any(input.marks()), Expr::Column);
            exprs.push(added.alias(&hidden.name));
            let part = Projection::try_new(exprs, input.input())?;
            parts.push(Arc::new(LogicalPlan::Projection(part)));
        }
        let plan = LogicalPlan::Union(Union::try_new(parts)?);
        let rows = if patients == 0 {
            Rows::Open { marks: vec![hidden.clone()] }
        } else {
            let mut identity = identity_of(&inputs, &names);
            identity.push(hidden.clone());
            // A column that is the patient in every part is so in the whole.
            let all = |place: &usize| {
                inputs
                    .iter()
                    .all(|i| i.visible().get(*place).is_some_and(|c| i.patients().contains(c)))
            };
            let named = (0..names.len()).filter(all).map(|place| names[place].clone());
            Rows::Patients { patients: iter::once(hidden.clone()).chain(named).collect(), identity }
        };
        Ok(Relation { plan, rows, hidden: vec![hidden] })
    }
}

/// The conditions of a join, each alone.
fn conditions(join: &Join) -> Vec<Expr> {
    let on = join.on.iter().map(|(l, r)| binary_expr(l.clone(), Operator::Eq, r.clone()));
    let filter = join.filter.iter().flat_map(|filter| split_conjunction(filter)).cloned();
    on.chain(filter).collect()
}

/// The columns of an equality, if there is one of either side.
fn sides<'a>(
    part: &'a Expr,
    left: &Relation,
    right: &Relation,
) -> Option<(&'a Column, &'a Column)> {
    let Expr::BinaryExpr(BinaryExpr { left: a, op: Operator::Eq, right: b }) = part else {
        return None;
    };
    let (a, b) = (bare(a)?, bare(b)?);
    let of = |c: &Column, side: &Relation| side.plan.schema().has_column(c);
    if of(a, left) && of(b, right) {
        Some((a, b))
    } else if of(b, left) && of(a, right) {
        Some((b, a))
    } else {
        None
    }
}

/// Whether an equality has columns of one side on its left and of the other on its right.
fn links(part: &Expr, left: &Relation, right: &Relation) -> bool {
    let Expr::BinaryExpr(BinaryExpr { left: a, op: Operator::Eq, right: b }) = part else {
        return false;
    };
    let of = |expr: &Expr, side: &Relation| {
        let columns = expr.column_refs();
        !columns.is_empty() && columns.iter().all(|c| side.plan.schema().has_column(c))
    };
    (of(a, left) && of(b, right)) || (of(a, right) && of(b, left))
}

/// The columns of a union that tell patients apart in one of its parts.
fn identity_of(inputs: &[Relation], names: &[Column]) -> Vec<Column> {
    let mut identity = Vec::new();
    for input in inputs {
        let columns = input.visible().into_iter().zip(names);
        let told = columns.filter(|(column, _)| input.identity().contains(column));
        identity.extend(told.map(|(_, name)| name.clone()));
    }
    identity
}

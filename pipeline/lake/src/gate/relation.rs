//! A part of a plan, and whose rows it has.

use std::sync::Arc;

use datafusion::common::{Column, TableReference};
use datafusion::logical_expr::{Expr, LogicalPlan};

/// A part of a plan that the gate has gone through.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) plan: LogicalPlan,
    pub(super) rows: Rows,
    /// Columns that the gate added: they come after those of the query, or between the sides of a join.
    pub(super) hidden: Vec<Column>,
}

/// Whose rows.
#[derive(Debug, Clone)]
pub(super) enum Rows {
    /// Each row is of one patient.
    Patients {
        /// Columns that hold the patient, or nothing; the first always holds it where there is one.
        patients: Vec<Column>,
        /// Columns that tell patients or their rows apart, those of `patients` among them.
        identity: Vec<Column>,
    },
    /// Nobody's: constants, descriptions of tables, and what the gate has made of patients' rows.
    Open {
        /// Flags of rows with a suppressed number.
        marks: Vec<Column>,
    },
}

impl Relation {
    pub(super) fn open(plan: LogicalPlan) -> Self {
        Self { plan, rows: Rows::Open { marks: Vec::new() }, hidden: Vec::new() }
    }

    /// The columns that the query knows of, in order.
    pub(super) fn visible(&self) -> Vec<Column> {
        self.plan.schema().columns().into_iter().filter(|c| !self.hidden.contains(c)).collect()
    }

    pub(super) fn is_patients(&self) -> bool {
        matches!(self.rows, Rows::Patients { .. })
    }

    pub(super) fn patients(&self) -> &[Column] {
        match &self.rows {
            Rows::Patients { patients, .. } => patients,
            Rows::Open { .. } => &[],
        }
    }

    pub(super) fn identity(&self) -> &[Column] {
        match &self.rows {
            Rows::Patients { identity, .. } => identity,
            Rows::Open { .. } => &[],
        }
    }

    pub(super) fn marks(&self) -> &[Column] {
        match &self.rows {
            Rows::Patients { .. } => &[],
            Rows::Open { marks } => marks,
        }
    }

    pub(super) fn input(&self) -> Arc<LogicalPlan> {
        Arc::new(self.plan.clone())
    }

    /// The same under another name.
    pub(super) fn renamed(&self, plan: LogicalPlan, alias: &TableReference) -> Self {
        let rename = |columns: &[Column]| -> Vec<Column> {
            columns.iter().map(|c| Column::new(Some(alias.clone()), c.name.clone())).collect()
        };
        let rows = match &self.rows {
            Rows::Patients { patients, identity } => {
                Rows::Patients { patients: rename(patients), identity: rename(identity) }
            }
            Rows::Open { marks } => Rows::Open { marks: rename(marks) },
        };
        Self { plan, rows, hidden: rename(&self.hidden) }
    }
}

/// The column that an expression is, whatever it is called.
pub(super) fn bare(expr: &Expr) -> Option<&Column> {
    match expr {
        Expr::Column(column) => Some(column),
        Expr::Alias(alias) => bare(&alias.expr),
        _ => None,
    }
}

/// The column that an expression makes.
pub(super) fn made(expr: &Expr) -> Column {
    let (qualifier, name) = expr.qualified_name();
    Column::new(qualifier, name)
}

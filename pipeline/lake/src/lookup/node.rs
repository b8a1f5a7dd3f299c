//! The step of a logical plan that adds scores to rows.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{Field, FieldRef};
use datafusion::common::{DFSchema, DFSchemaRef, Result, internal_err};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

use crate::functions::presentation::Told;

/// Distinct calls of functions that score.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Calls {
    /// Peptide and allele.
    pub(super) pairs: Vec<(Expr, Expr)>,
    /// What is told of which pair.
    pub(super) columns: Vec<(Told, usize)>,
}

impl Calls {
    /// The place of a call's column.
    pub(super) fn add(&mut self, told: Told, pair: (Expr, Expr)) -> usize {
        let pair = placed(&mut self.pairs, pair);
        placed(&mut self.columns, (told, pair))
    }
}

fn placed<T: PartialEq>(all: &mut Vec<T>, one: T) -> usize {
    all.iter().position(|known| *known == one).unwrap_or_else(|| {
        all.push(one);
        all.len() - 1
    })
}

/// Rows of a plan, with a column for each call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Scores {
    input: LogicalPlan,
    pub(super) calls: Calls,
    schema: DFSchemaRef,
}

impl Scores {
    pub(super) fn try_new(input: LogicalPlan, calls: Calls) -> Result<Self> {
        let added = calls.columns.iter().enumerate().map(|(place, (told, _))| {
            let name = free_name(input.schema(), place);
            (None, Arc::new(Field::new(name, told.data_type(), true)))
        });
        let below = input.schema().iter().map(|(table, field)| (table.cloned(), Arc::clone(field)));
        let metadata = input.schema().metadata().clone();
        let schema = DFSchema::new_with_metadata(below.chain(added).collect(), metadata)?;
        Ok(Self { input, calls, schema: Arc::new(schema) })
    }

    /// The columns that are added.
    pub(super) fn fields(&self) -> Vec<FieldRef> {
        let below = self.input.schema().fields().len();
        self.schema.fields().iter().skip(below).cloned().collect()
    }

    pub(super) fn plan(self) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(self) })
    }
}

/// Names of added columns, by their place: none that a schema has.
pub(super) fn free_name(schema: &DFSchema, place: usize) -> String {
    let names = (0..).map(|number| format!("scored {number}"));
    let mut free = names.filter(|name| !schema.has_column_with_unqualified_name(name));
    free.nth(place).unwrap_or_default()
}

impl PartialOrd for Scores {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl UserDefinedLogicalNodeCore for Scores {
    fn name(&self) -> &'static str {
        "Scores"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.calls.pairs.iter().flat_map(|(peptide, allele)| [peptide, allele]).cloned().collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let calls = self.calls.columns.iter().map(|(told, pair)| {
            let (peptide, allele) = &self.calls.pairs[*pair];
            format!("{}({peptide}, {allele})", told.function())
        });
        write!(f, "Scores: {}", calls.collect::<Vec<_>>().join(", "))
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let (mut exprs, mut inputs) = (exprs.into_iter(), inputs.into_iter());
        let (Some(input), None) = (inputs.next(), inputs.next()) else {
            return internal_err!("scores of other than one input");
        };
        let mut pairs = Vec::new();
        while let (Some(peptide), Some(allele)) = (exprs.next(), exprs.next()) {
            pairs.push((peptide, allele));
        }
        Self::try_new(input, Calls { pairs, columns: self.calls.columns.clone() })
    }
}

//! The privacy gate: what the role `researcher` is answered.
//!
//! The gate decides on the logical plan, never on text. It goes from the tables up and knows of every part whose rows it has: of one
//! patient each, or of nobody. Rows of patients may be filtered, computed with, joined by the patient and gathered by the patient; out
//! of them leads only an aggregate over patients, whose numbers it replaces by its own. What is done with those afterwards (HAVING,
//! ORDER BY, LIMIT, windows, joins of answers) tells nothing new. Whatever it does not know is refused.
//!
//! # What it holds to
//!
//! - **A cell has 11 patients.** A group of fewer is not there, not even its key; a number that tells of fewer (a count of those with
//!   a property, a sum that fewer add to, a mean from which fewer differ) is NULL with `suppressed` true. A grouped answer always ends with
//!   one row of NULLs and `suppressed` true, which stands for the groups left out, whether there were any or not: its presence tells nothing.
//!   None and ten look the same.
//! - **Two answers differ by more than 5 patients, or not at all.** A cell that differs from one that was answered before, to whomever, by
//!   5 patients' contributions or fewer gets that one's answer. So one patient cannot be taken out of a total, by whatever
//!   filter. To be answered anew, a cell needs 16 patients, so that all that are near it have 11.
//! - **Numbers carry noise** with the standard deviation of three patients' contributions, the two largest and two smallest patients brought in to the
//!   next. The same contributions give the same noise however they are asked for: asking again, or in other words, tells nothing.
//! - **Nobody is chosen by name.** Columns that tell patients or rows apart (`patient_id`, `sample_id`, `source_file` ...) may be
//!   joined, counted and tested for NULL, and nothing else.
//! - **Nothing can fail for one row.** What is computed of patients' rows is of functions that have an answer for every value: no cast that may
//!   fail, no division by a column of whole numbers. So neither an error nor the time until one tells of a row.
//!
//! # What it does not
//!
//! It is no differential privacy: there is no bound over any number of questions. Noise averages out over many answers, each of which must differ from all
//! others by more than 5 patients: by the noise alone, the bit of one patient takes some hundreds of answers that were chosen for it. A server limits how many new
//! questions a user may ask in a day, and audits them. Whoever knows five or more of a cell's patients, and can describe each of them by
//! properties, can find out where its neighbourhood ends, and so something of one more. Whoever knows exactly 15 of a cell that was never asked
//! about learns from its first answer, given or suppressed, whether there is one more. Two near cells of one query may take each
//! other's answer in either order. The time of an answer depends on
//! how much is read, and so on filters. A group's key is shown when 16 patients share it: it must be a property, not a secret, of theirs.

mod aggregate;
mod contribution;
mod expression;
mod join;
mod measure;
mod memory;
mod refusal;
mod relation;
mod rules;
mod sketch;
mod subquery;
mod walk;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, new_null_array};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::{Column, DataFusionError};
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{JoinType, LogicalPlan, LogicalPlanBuilder};

pub use memory::MemoryError;
pub use refusal::Refusal;
pub use rules::Rules;

use memory::Memory;
use walk::{Stop, Walk};

/// The column that says that a number, or the groups behind a row, were suppressed.
pub const SUPPRESSED: &str = "suppressed";
/// The column that tells whose a row is.
const PATIENT: &str = "patient_id";

/// The gate of one lake.
#[derive(Debug, Clone)]
pub struct Gate {
    memory: Arc<Memory>,
}

/// A researcher's query as it may be run.
#[derive(Debug)]
pub struct Gated {
    /// What may be run.
    pub plan: LogicalPlan,
    /// Whether groups may have been left out.
    grouped: bool,
    fresh: Arc<AtomicUsize>,
}

/// Why a query is not answered.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// By the rules of the gate.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The query is none.
    #[error(transparent)]
    Plan(#[from] DataFusionError),
}

impl Gate {
    /// The gate with the memory and key in `folder`, which are made where there are none; without a folder they last as long as the
    /// gate does.
    pub fn open(folder: Option<&Path>, rules: Rules) -> Result<Self, MemoryError> {
        Ok(Self { memory: Arc::new(Memory::open(folder, rules)?) })
    }

    /// Lets a researcher's query through, with the gate's numbers in it, or refuses it.
    pub fn decide(&self, state: &SessionState, plan: LogicalPlan) -> Result<Gated, GateError> {
        if self.memory.is_full() {
            let message = "the gate cannot remember more answers";
            let remedy = "ask whoever runs the server to begin a new memory, which is a decision about privacy";
            return Err(Refusal::new("memory", message, remedy).into());
        }
        // Casts that a comparison of types brings with it can fail as well.
        let analyzed =
            state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})?;
        let fresh = Arc::new(AtomicUsize::new(0));
        let mut walk = Walk::new(Arc::clone(&self.memory), Arc::clone(&fresh));
        let plan = walk.root(&analyzed).map_err(|stop| match stop {
            Stop::Refused(refusal) => GateError::Refused(refusal),
            Stop::Plan(error) => GateError::Plan(error),
        })?;
        Ok(Gated { plan, grouped: walk.grouped, fresh })
    }
}

impl Gated {
    /// Cells of this query that were like none that had been answered.
    pub fn fresh(&self) -> usize {
        self.fresh.load(Ordering::Relaxed)
    }

    /// The last row of a grouped answer, which stands for the groups that may have been left out.
    pub fn last_row(&self, schema: &SchemaRef) -> Result<Option<RecordBatch>, ArrowError> {
        if !self.grouped {
            return Ok(None);
        }
        let columns = schema.fields().iter().map(|field| -> ArrayRef {
            if field.name() == SUPPRESSED {
                Arc::new(BooleanArray::from(vec![true]))
            } else {
                new_null_array(field.data_type(), 1)
            }
        });
        RecordBatch::try_new(nullable(schema), columns.collect()).map(Some)
    }
}

/// The schema of an answer with the last row in it: no column is without NULLs.
pub fn nullable(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    Arc::new(arrow::datatypes::Schema::new(fields.collect::<Vec<_>>()))
}

/// Leaves the rows of `patients` (a table with the column `patient_id`) alone in every table that has patients: the filter that
/// consent and terms of use ask for, for every role.
pub fn admit(
    plan: LogicalPlan,
    patients: &Arc<dyn TableProvider>,
) -> Result<LogicalPlan, DataFusionError> {
    let admitted = plan.transform_down_with_subqueries(|node| {
        let LogicalPlan::TableScan(scan) = &node else {
            return Ok(Transformed::no(node));
        };
        let Ok(_) = scan.source.schema().index_of(PATIENT) else {
            return Ok(Transformed::no(node));
        };
        if scan.source.get_logical_plan().is_some() {
            return Ok(Transformed::no(node));
        }
        let own = Column::new(Some(scan.table_name.clone()), PATIENT);
        let cohort =
            LogicalPlanBuilder::scan("__cohort", provider_as_source(Arc::clone(patients)), None)?;
        let joined = LogicalPlanBuilder::from(node.clone()).join(
            cohort.build()?,
            JoinType::LeftSemi,
            (vec![own], vec![Column::new(Some("__cohort"), PATIENT)]),
            None,
        )?;
        Ok(Transformed::new(joined.build()?, true, TreeNodeRecursion::Jump))
    })?;
    Ok(admitted.data)
}

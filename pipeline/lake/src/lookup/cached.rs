//! The table `presentation`, for many pairs at a time.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use datafusion::catalog::TableProvider;
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::datasource::provider_as_source;
use datafusion::execution::{SessionState, TaskContext};
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{ident, lit};
use futures::StreamExt;
use vaxloom_immune::Predictor;

use super::pairs::{Known, Pairs};
use crate::LakeError;
use crate::functions::external;
use crate::sql::corrupt;

/// Fewer pairs than this are scored before a scan is planned.
const LEAST: usize = 1000;
/// Rows that are read in the time in which a pair is scored, by and large.
const A_PAIR: usize = 1000;
/// Rows of a table that does not say how many it has.
const UNTOLD: usize = 100_000_000;
/// Alleles that rows are chosen by.
const ALLELES: usize = 100;

/// A predictor, and the scores that a lake has of it.
#[derive(Debug)]
pub(super) struct Cached {
    pub(super) predictor: Arc<dyn Predictor>,
    pub(super) presentation: Arc<dyn TableProvider>,
}

impl Cached {
    /// The scan that looks pairs up, with these columns of their scores; none where scoring them takes less time.
    pub(super) async fn scan(
        &self,
        state: &SessionState,
        pairs: &Pairs<'_>,
        columns: &[&str],
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some((least, largest)) = pairs.range().filter(|_| pairs.len() >= LEAST) else {
            return Ok(None);
        };
        let table = provider_as_source(Arc::clone(&self.presentation));
        let mut rows = LogicalPlanBuilder::scan("presentation", table, None)?
            .filter(ident("peptide").between(lit(least), lit(largest)))?;
        let alleles: Vec<_> = pairs.alleles().map(lit).collect();
        if alleles.len() <= ALLELES {
            rows = rows.filter(ident("allele").in_list(alleles, false))?;
        }
        let columns = ["peptide", "allele"].iter().chain(columns).map(|column| ident(*column));
        let rows = rows
            .filter(ident("model").eq(lit(self.predictor.model())))?
            .filter(ident("model_version").eq(lit(self.predictor.version())))?
            .project(columns.collect::<Vec<_>>())?;
        let scan = state.create_physical_plan(&rows.build()?).await?;
        let pays = rows_read(&scan)? / A_PAIR < pairs.len();
        Ok(pays.then_some(scan))
    }
}

/// Takes what is asked for out of a scan.
pub(super) async fn look_up(
    scan: &Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
    known: &mut Known<'_, '_>,
) -> Result<()> {
    let mut batches = execute_stream(Arc::clone(scan), Arc::clone(context))?;
    while let Some(batch) = batches.next().await {
        let batch = match batch {
            Ok(batch) => batch,
            Err(error) => {
                return Err(match corrupt::named(scan, context, error).await {
                    LakeError::Query(error) => error,
                    error => external(error),
                });
            }
        };
        known.take_from(text(&batch, "peptide")?, text(&batch, "allele")?, &batch)?;
        if known.is_whole() {
            break;
        }
    }
    Ok(())
}

fn text<'b>(batch: &'b RecordBatch, column: &str) -> Result<&'b arrow::array::StringArray> {
    let text = batch.column_by_name(column).and_then(|column| column.as_string_opt());
    text.ok_or_else(|| internal_datafusion_err!("presentation without the text column {column}"))
}

/// Rows of the files that are opened.
fn rows_read(plan: &Arc<dyn ExecutionPlan>) -> Result<usize> {
    let below = plan.children();
    if below.is_empty() {
        let told = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new())?;
        return Ok(told.num_rows.get_value().copied().unwrap_or(UNTOLD));
    }
    below.into_iter().map(rows_read).sum()
}

//! From what is asked to what may be run: the session of one statement, its plan, the patients that a role may see, and the gate.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, ParamValues};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use tonic::Status;
use vaxloom_lake::gate::{Gate, GateError, Gated, admit, nullable};
use vaxloom_lake::{LakeError, query, without_lookup};

use super::access::{Access, User};
use super::metadata::CATALOG;
use super::metrics::Metrics;
use super::sessions::Sessions;

/// Longest text of a query, bytes.
const LONGEST: usize = 1 << 20;
/// Most words and operators of a query. Its expressions are walked by recursion, as deep as a chain of operators is long, on
/// threads whose stack is bounded. Lists of values are flat.
const WORDS: usize = 4 << 10;
/// What is said of statements that would change something.
pub(super) const READ_ONLY: &str =
    "this server only reads: ask with SELECT, SHOW TABLES, DESCRIBE or EXPLAIN";

/// What is asked, with the values of its parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct Question {
    pub(super) sql: String,
    pub(super) parameters: Option<ParamValues>,
}

/// A statement that may be run.
pub(super) struct Planned {
    pub(super) session: SessionContext,
    pub(super) plan: LogicalPlan,
    /// What the gate made of it, for a role behind the gate.
    pub(super) gated: Option<Gated>,
    /// Names of the tables that it reads.
    pub(super) tables: Vec<String>,
}

impl Planned {
    /// Columns of the answer.
    pub(super) fn schema(&self) -> SchemaRef {
        nullable(self.plan.schema().inner())
    }
}

/// Plans statements of all users.
pub(super) struct Planner {
    pub(super) sessions: Arc<dyn Sessions>,
    pub(super) gate: Gate,
    /// Memory of one statement's operators, bytes.
    pub(super) memory: usize,
    pub(super) metrics: Arc<Metrics>,
}

impl Planner {
    /// The session that describes the tables.
    pub(super) async fn session(&self) -> Result<SessionContext, Status> {
        self.sessions.session().await.map_err(|error| {
            tracing::error!("{error}");
            Status::unavailable(format!("the lake cannot be read: {error}"))
        })
    }

    /// The plan of a statement, let through; what it says where it is not is for the client's eyes.
    pub(super) async fn plan(&self, user: &User, question: &Question) -> Result<Planned, Status> {
        short(&question.sql)?;
        let session = self.own(&self.session().await?, user.access).map_err(wrong)?;
        let frame = query::plan(&session, &question.sql).await.map_err(|e| self.refusal(&e))?;
        let plan = frame.into_unoptimized_plan();
        let plan = match &question.parameters {
            Some(values) => plan.with_param_values(values.clone()).map_err(wrong)?,
            None => plan,
        };
        let tables = tables(&plan).map_err(wrong)?;
        let plan = match &user.patients {
            Some(patients) => admit(plan, patients).map_err(wrong)?,
            None => plan,
        };
        if user.access == Access::Rows {
            return Ok(Planned { session, plan, gated: None, tables });
        }
        match self.gate.decide(&session.state(), plan) {
            Ok(gated) => {
                let plan = gated.plan.clone();
                Ok(Planned { session, plan, gated: Some(gated), tables })
            }
            Err(GateError::Refused(refusal)) => {
                self.metrics.refused("gate");
                Err(Status::permission_denied(refusal.to_string()))
            }
            Err(GateError::Plan(error)) => Err(wrong(error)),
        }
    }

    /// The session of one statement: memory of its own, and names of its own, since versions of tables are given names when they
    /// are asked for.
    fn own(
        &self,
        shared: &SessionContext,
        access: Access,
    ) -> Result<SessionContext, DataFusionError> {
        let catalog = MemoryCatalogProvider::new();
        if let Some(tables) = shared.catalog(CATALOG) {
            for name in tables.schema_names() {
                if let Some(schema) = tables.schema(&name) {
                    catalog.register_schema(&name, schema)?;
                }
            }
        }
        let catalogs = MemoryCatalogProviderList::new();
        catalogs.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
        let runtime = RuntimeEnvBuilder::from_runtime_env(&shared.runtime_env())
            .with_memory_pool(Arc::new(FairSpillPool::new(self.memory)))
            .build_arc()?;
        let state = SessionStateBuilder::new_from_existing(shared.state())
            .with_catalog_list(Arc::new(catalogs))
            .with_runtime_env(runtime);
        // Behind the gate, no time tells of which peptides patients have.
        let state = if access == Access::Rows { state } else { without_lookup(state) };
        Ok(SessionContext::new_with_state(state.build()))
    }

    fn refusal(&self, error: &LakeError) -> Status {
        match error {
            LakeError::ReadOnly => {
                self.metrics.refused("read_only");
                Status::permission_denied(READ_ONLY)
            }
            LakeError::Store { .. } | LakeError::Unreadable { .. } | LakeError::Delta(_) => {
                tracing::error!("{error}");
                Status::unavailable(error.to_string())
            }
            _ => Status::invalid_argument(error.to_string()),
        }
    }
}

fn wrong(error: DataFusionError) -> Status {
    Status::invalid_argument(LakeError::from(error).to_string())
}

/// Refuses what is too long to be planned.
fn short(sql: &str) -> Result<(), Status> {
    let refused = |found: usize, what: &str, most: usize| {
        let remedy = "ask in several queries, and put long lists into IN or VALUES";
        Err(Status::invalid_argument(format!(
            "the query has {found} {what}, expected at most {most}; {remedy}"
        )))
    };
    if sql.len() > LONGEST {
        return refused(sql.len(), "bytes", LONGEST);
    }
    match query::words(sql) {
        words if words > WORDS => refused(words, "words and operators", WORDS),
        _ => Ok(()),
    }
}

/// Names of the tables that a plan reads.
fn tables(plan: &LogicalPlan) -> Result<Vec<String>, DataFusionError> {
    let mut names = BTreeSet::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            names.insert(scan.table_name.to_string());
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(names.into_iter().collect())
}

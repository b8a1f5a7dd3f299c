//! One statement: planned, let through, run within its limits, and audited.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use chrono::{NaiveDate, Utc};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, ParamValues};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SQLOptions, SessionContext};
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;
use tonic::Status;
use vaxloom_lake::gate::{Gate, GateError, Gated, admit, nullable};

use crate::access::{Access, User};
use crate::audit::{Audit, Event};
use crate::metrics::Metrics;
use crate::sessions::Sessions;

/// Answers behind the gate leave at whole multiples of this time, so that small differences of time are not seen.
const BEAT: Duration = Duration::from_millis(100);

/// What one statement may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time, from waiting for a place to the last row.
    pub timeout: Duration,
    /// Memory of one statement's operators, bytes; over that it spills to disk, or fails alone.
    pub memory: usize,
    /// Statements at a time; others wait.
    pub concurrent: usize,
    /// Statements a day, of one user behind the gate, that ask what nobody has asked before.
    pub new_questions: usize,
}

/// Rows, or the error that ended them.
pub(crate) type Rows = BoxStream<'static, Result<RecordBatch, Status>>;

/// Runs the statements of all users.
pub(crate) struct Statements {
    sessions: Arc<dyn Sessions>,
    gate: Gate,
    limits: Limits,
    places: Arc<Semaphore>,
    audit: Arc<Audit>,
    metrics: Arc<Metrics>,
    number: AtomicU64,
    /// New questions of today, by user.
    asked: Mutex<HashMap<String, (NaiveDate, usize)>>,
}

/// What is asked, with the values of its parameters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    pub(crate) sql: String,
    pub(crate) parameters: Option<ParamValues>,
}

/// A statement that may be run.
pub(crate) struct Planned {
    pub(crate) session: SessionContext,
    pub(crate) plan: LogicalPlan,
    gated: Option<Gated>,
    tables: Vec<String>,
}

impl Planned {
    /// Columns of the answer.
    pub(crate) fn schema(&self) -> SchemaRef {
        nullable(self.plan.schema().inner())
    }
}

impl Statements {
    pub(crate) fn new(
        sessions: Arc<dyn Sessions>,
        gate: Gate,
        limits: Limits,
        audit: Arc<Audit>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let places = Arc::new(Semaphore::new(limits.concurrent));
        let (number, asked) = (AtomicU64::new(0), Mutex::default());
        Self { sessions, gate, limits, places, audit, metrics, number, asked }
    }

    /// The session that describes the tables.
    pub(crate) async fn session(&self) -> Result<SessionContext, Status> {
        self.sessions.session().await.map_err(|error| {
            tracing::error!("{error}");
            Status::unavailable(format!("the lake cannot be read: {error}"))
        })
    }

    /// Plans a statement and lets it through, without running it. A refusal is audited.
    pub(crate) async fn plan(
        &self,
        user: &User,
        peer: &str,
        question: &Question,
    ) -> Result<Planned, Status> {
        let planned = self.planned(user, question).await;
        if let Err(status) = &planned {
            let mut event = self.event("refused", user, peer, question);
            event.reason = Some(status.message().to_owned());
            self.write(event)?;
        }
        planned
    }

    async fn planned(&self, user: &User, question: &Question) -> Result<Planned, Status> {
        let session = self.limited(&self.session().await?)?;
        let state = session.state();
        let wrong = |error: DataFusionError| Status::invalid_argument(words(&question.sql, &error));
        let plan = state.create_logical_plan(&question.sql).await.map_err(wrong)?;
        let read_only = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        read_only.verify_plan(&plan).map_err(|_| {
            self.metrics.refused("read_only");
            Status::permission_denied(
                "this server only reads: ask with SELECT, SHOW TABLES or DESCRIBE",
            )
        })?;
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
        match self.gate.decide(&state, plan) {
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

    /// The session with a pool of memory of its own.
    fn limited(&self, session: &SessionContext) -> Result<SessionContext, Status> {
        let pool = Arc::new(FairSpillPool::new(self.limits.memory));
        let runtime = RuntimeEnvBuilder::from_runtime_env(&session.runtime_env())
            .with_memory_pool(pool)
            .build_arc()
            .map_err(|error| Status::internal(error.to_string()))?;
        let state = SessionStateBuilder::new_from_existing(session.state());
        Ok(SessionContext::new_with_state(state.with_runtime_env(runtime).build()))
    }

    /// Runs a statement. What it asks is audited before its first row leaves, and what came of it at its end.
    pub(crate) async fn run(
        &self,
        user: &User,
        peer: &str,
        question: &Question,
    ) -> Result<(SchemaRef, Rows), Status> {
        let began = Instant::now();
        let deadline = tokio::time::Instant::from_std(began + self.limits.timeout);
        let place = timeout_at(deadline, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(Status::resource_exhausted(
                "all places for statements are taken; try again later",
            ));
        };
        self.may_ask(user)?;
        let planned = self.plan(user, peer, question).await?;
        let mut event = self.event("asked", user, peer, question);
        event.tables.clone_from(&planned.tables);
        self.write(event.clone())?;
        self.metrics.started();
        event.query = None;
        event.tables.clear();
        let running = Running {
            event,
            role: user.role.clone(),
            audit: Arc::clone(&self.audit),
            metrics: Arc::clone(&self.metrics),
            began,
            rows: 0,
            ended: false,
            _place: place,
        };
        if planned.gated.is_some() {
            self.answer_gated(user, planned, running, deadline).await
        } else {
            answer(planned, running, deadline, self.limits).await
        }
    }

    /// An answer behind the gate: whole, at its beat, with one error for everything that may go wrong.
    async fn answer_gated(
        &self,
        user: &User,
        planned: Planned,
        mut running: Running,
        deadline: tokio::time::Instant,
    ) -> Result<(SchemaRef, Rows), Status> {
        let schema = planned.schema();
        let collected = timeout_at(deadline, async {
            planned.session.execute_logical_plan(planned.plan.clone()).await?.collect().await
        });
        let collected = collected.await;
        if let Some(gated) = &planned.gated {
            self.remember(user, gated.fresh());
        }
        let late = running.began.elapsed().as_millis() % BEAT.as_millis();
        tokio::time::sleep(BEAT - Duration::from_millis(late as u64)).await;
        let number = running.event.statement.unwrap_or_default();
        let unsaid = || {
            Status::internal(format!(
                "statement {number} failed, or used more time or memory than it may; the audit trail has why"
            ))
        };
        let mut batches = match collected {
            Ok(Ok(batches)) => batches,
            Ok(Err(error)) => {
                running.end("failed", Some(error.strip_backtrace()));
                return Err(unsaid());
            }
            Err(_) => {
                running.end("failed", Some("out of time".to_owned()));
                return Err(unsaid());
            }
        };
        let last = planned.gated.as_ref().map(|gated| gated.last_row(&schema)).transpose();
        batches.extend(last.map_err(|_| unsaid())?.flatten());
        let batches = batches.into_iter().map(|batch| fitted(&batch, &schema));
        let batches: Vec<RecordBatch> = batches.collect::<Result<_, _>>()?;
        running.rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        running.end("answered", None);
        Ok((schema, stream::iter(batches.into_iter().map(Ok)).boxed()))
    }

    /// Whether a user may still ask what nobody has asked before.
    fn may_ask(&self, user: &User) -> Result<(), Status> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let today = Utc::now().date_naive();
        match asked.get(&user.name) {
            Some((day, count)) if *day == today && *count >= self.limits.new_questions => {
                self.metrics.refused("gate");
                Err(Status::resource_exhausted(format!(
                    "refused by the privacy gate (new-questions): {count} statements that asked something new today; go on tomorrow, or ask for the role analyst"
                )))
            }
            _ => Ok(()),
        }
    }

    fn remember(&self, user: &User, fresh: usize) {
        if fresh == 0 {
            return;
        }
        let today = Utc::now().date_naive();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = asked.entry(user.name.clone()).or_insert((today, 0));
        if entry.0 != today {
            *entry = (today, 0);
        }
        entry.1 += 1;
    }

    fn event(&self, event: &str, user: &User, peer: &str, question: &Question) -> Event {
        Event {
            event: event.to_owned(),
            user: Some(user.name.clone()),
            role: Some(user.role.clone()),
            peer: Some(peer.to_owned()),
            statement: Some(self.number.fetch_add(1, Ordering::Relaxed) + 1),
            query: Some(question.sql.clone()),
            ..Event::default()
        }
    }

    /// What cannot be audited is not answered.
    fn write(&self, event: Event) -> Result<(), Status> {
        self.audit.write(event).map_err(|error| {
            tracing::error!("{error}");
            Status::unavailable("the audit trail cannot be written")
        })
    }
}

/// Rows as they come, until the deadline.
async fn answer(
    planned: Planned,
    mut running: Running,
    deadline: tokio::time::Instant,
    limits: Limits,
) -> Result<(SchemaRef, Rows), Status> {
    let failed = move |error: &DataFusionError| match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => Status::resource_exhausted(format!(
            "the statement needs more than the {} MB it may use; ask for fewer rows or groups at a time",
            limits.memory >> 20
        )),
        root => Status::internal(root.strip_backtrace()),
    };
    let late = move || {
        Status::deadline_exceeded(format!(
            "the statement took longer than {} s",
            limits.timeout.as_secs()
        ))
    };
    let begun = timeout_at(deadline, async {
        planned.session.execute_logical_plan(planned.plan.clone()).await?.execute_stream().await
    });
    let mut batches = match begun.await {
        Ok(Ok(batches)) => batches,
        Ok(Err(error)) => {
            running.end("failed", Some(error.strip_backtrace()));
            return Err(failed(&error));
        }
        Err(_) => {
            running.end("failed", Some("out of time".to_owned()));
            return Err(late());
        }
    };
    let schema = nullable(&batches.schema());
    let expected = Arc::clone(&schema);
    let rows = async_stream(move |rows| async move {
        loop {
            let sent = match timeout_at(deadline, batches.next()).await {
                Ok(None) => {
                    running.end("answered", None);
                    return;
                }
                Ok(Some(Ok(batch))) => {
                    running.rows += batch.num_rows() as u64;
                    rows.send(fitted(&batch, &expected)).await
                }
                Ok(Some(Err(error))) => {
                    running.end("failed", Some(error.strip_backtrace()));
                    rows.send(Err(failed(&error))).await.ok();
                    return;
                }
                Err(_) => {
                    running.end("failed", Some("out of time".to_owned()));
                    rows.send(Err(late())).await.ok();
                    return;
                }
            };
            // The client has gone: what is running is cancelled.
            if sent.is_err() {
                return;
            }
        }
    });
    Ok((schema, rows))
}

/// The rows that a task sends.
fn async_stream<F>(
    task: impl FnOnce(tokio::sync::mpsc::Sender<Result<RecordBatch, Status>>) -> F,
) -> Rows
where
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, receiver) = tokio::sync::mpsc::channel(2);
    tokio::spawn(task(sender));
    stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|batch| (batch, receiver))
    })
    .boxed()
}

/// The batch with the columns that were announced.
fn fitted(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Status> {
    RecordBatch::try_new(Arc::clone(schema), batch.columns().to_vec())
        .map_err(|error| Status::internal(error.to_string()))
}

/// A statement that runs; one that is dropped before its end was cancelled.
struct Running {
    event: Event,
    role: String,
    audit: Arc<Audit>,
    metrics: Arc<Metrics>,
    began: Instant,
    rows: u64,
    ended: bool,
    _place: OwnedSemaphorePermit,
}

impl Running {
    fn end(&mut self, outcome: &'static str, reason: Option<String>) {
        self.ended = true;
        let time = self.began.elapsed();
        self.metrics.ended(&self.role, outcome, self.rows, time);
        let event = Event {
            event: outcome.to_owned(),
            rows: Some(self.rows),
            milliseconds: Some(time.as_millis() as u64),
            reason,
            ..self.event.clone()
        };
        if let Err(error) = self.audit.write(event) {
            tracing::error!("{error}");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.end("cancelled", None);
        }
    }
}

/// Names of the tables that a plan reads.
fn tables(plan: &LogicalPlan) -> Result<Vec<String>, DataFusionError> {
    let mut names = std::collections::BTreeSet::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            names.insert(scan.table_name.to_string());
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(names.into_iter().collect())
}

/// What is wrong with a query, and where.
fn words(sql: &str, error: &DataFusionError) -> String {
    let message = error.find_root().strip_backtrace();
    let Some(start) = error.diagnostic().and_then(|told| told.span).map(|span| span.start) else {
        return message;
    };
    let line = sql.lines().nth((start.line as usize).saturating_sub(1)).unwrap_or_default();
    let indent = " ".repeat((start.column as usize).saturating_sub(1));
    format!("{message}\nat line {}, column {}:\n{line}\n{indent}^", start.line, start.column)
}

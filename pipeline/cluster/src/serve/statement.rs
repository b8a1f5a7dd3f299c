//! One statement: planned, let through, run within its limits, answered, and audited.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use chrono::{NaiveDate, Utc};
use datafusion::common::DataFusionError;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use tokio::sync::mpsc;
use tokio::time::timeout_at;
use tonic::Status;
use vaxloom_lake::LakeError;
use vaxloom_lake::gate::nullable;

use super::access::User;
use super::audit::{Audit, Event};
use super::execution::{Part, start};
use super::lane::{Lane, Lanes, Missed, NoLane};
use super::metrics::Metrics;
use super::plan::{Planned, Planner, Question};
use super::running::Running;

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
    /// Threads of one statement.
    pub threads: usize,
    /// Statements a day, of one user behind the gate, that ask what nobody has asked before.
    pub new_questions: usize,
}

/// Who asks, and from where.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) user: User,
    pub(super) peer: String,
}

/// Rows, or the error that ended them.
pub(super) type Rows = BoxStream<'static, Result<RecordBatch, Status>>;

/// Runs the statements of all users.
pub(super) struct Statements {
    pub(super) planner: Arc<Planner>,
    pub(super) lanes: Arc<Lanes>,
    pub(super) limits: Limits,
    pub(super) audit: Arc<Audit>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) number: AtomicU64,
    /// New questions of a day, by user.
    pub(super) asked: Mutex<(NaiveDate, HashMap<String, usize>)>,
}

/// How a statement that runs came to its end.
enum End {
    Whole,
    Cancelled,
    Late,
    Broken,
    Failed(LakeError),
}

impl Statements {
    /// Plans a statement and lets it through, without running it. A refusal is audited.
    pub(super) async fn plan(
        &self,
        caller: &Caller,
        question: &Question,
    ) -> Result<Planned, Status> {
        let deadline = (Instant::now() + self.limits.timeout).into();
        let lane = self.lane(deadline).await?;
        let planned = self.planned(&lane, deadline, caller, question).await;
        tokio::spawn(lane.settle());
        planned
    }

    async fn lane(&self, deadline: tokio::time::Instant) -> Result<Lane, Status> {
        self.lanes.take(deadline).await.map_err(|error| {
            if let NoLane::System(error) = error {
                tracing::error!("no threads for a statement: {error}");
            }
            Status::resource_exhausted("all places for statements are taken; try again later")
        })
    }

    async fn planned(
        &self,
        lane: &Lane,
        deadline: tokio::time::Instant,
        caller: &Caller,
        question: &Question,
    ) -> Result<Planned, Status> {
        let (planner, user, asked) =
            (Arc::clone(&self.planner), caller.user.clone(), question.clone());
        let planning = async move { planner.plan(&user, &asked).await };
        let planned = lane.within(deadline, planning).await.unwrap_or_else(|missed| {
            Err(match missed {
                Missed::Deadline => self.late(),
                Missed::Broken => broken(),
            })
        });
        if let Err(status) = &planned {
            let mut event = self.event("refused", caller, question);
            event.reason = Some(status.message().to_owned());
            self.write(event)?;
        }
        planned
    }

    /// Runs a statement. What it asks is audited before it runs, and what came of it at its end.
    pub(super) async fn run(
        &self,
        caller: &Caller,
        question: &Question,
    ) -> Result<(SchemaRef, Rows), Status> {
        let began = Instant::now();
        let deadline = (began + self.limits.timeout).into();
        self.may_ask(&caller.user)?;
        let lane = self.lane(deadline).await?;
        let planned = match self.planned(&lane, deadline, caller, question).await {
            Ok(planned) => planned,
            Err(status) => {
                tokio::spawn(lane.settle());
                return Err(status);
            }
        };
        let mut event = self.event("asked", caller, question);
        event.tables.clone_from(&planned.tables);
        self.write(event.clone())?;
        self.metrics.started();
        event.query = None;
        event.tables.clear();
        let running = Running {
            event,
            role: caller.user.role.clone(),
            audit: Arc::clone(&self.audit),
            metrics: Arc::clone(&self.metrics),
            began,
            rows: 0,
            new_cells: 0,
            ended: false,
        };
        if planned.gated.is_some() {
            self.answer_gated(caller, planned, lane, running, deadline).await
        } else {
            self.answer(&planned, lane, running, deadline).await
        }
    }

    /// Rows as they come. Who fetches them slowly has no more time than others.
    async fn answer(
        &self,
        planned: &Planned,
        lane: Lane,
        mut running: Running,
        deadline: tokio::time::Instant,
    ) -> Result<(SchemaRef, Rows), Status> {
        let mut parts = start(&lane, planned);
        let columns = match timeout_at(deadline, parts.recv()).await {
            Ok(Some(Part::Columns(columns))) => nullable(&columns),
            Ok(Some(Part::Failed(error))) => {
                return Err(self.close(End::Failed(error), &mut running, lane));
            }
            Ok(_) => return Err(self.close(End::Broken, &mut running, lane)),
            Err(_) => return Err(self.close(End::Late, &mut running, lane)),
        };
        let (sender, mut rows) = mpsc::channel(1);
        let (schema, limits) = (Arc::clone(&columns), self.limits);
        tokio::spawn(async move {
            let passed = tokio::select! {
                () = sender.closed() => Ok(End::Cancelled),
                passed = timeout_at(deadline, pass(&mut parts, &sender, &schema, &mut running.rows)) => passed,
            };
            let end = passed.unwrap_or(End::Late);
            let whole = matches!(end, End::Whole | End::Cancelled);
            let status = close(limits, end, &mut running, lane);
            if !whole {
                sender.send(Err(status)).await.ok();
            }
        });
        Ok((columns, stream::poll_fn(move |context| rows.poll_recv(context)).boxed()))
    }

    /// An answer behind the gate: whole, at its beat, with one error for everything that may go wrong.
    async fn answer_gated(
        &self,
        caller: &Caller,
        planned: Planned,
        lane: Lane,
        mut running: Running,
        deadline: tokio::time::Instant,
    ) -> Result<(SchemaRef, Rows), Status> {
        let schema = planned.schema();
        let mut parts = start(&lane, &planned);
        let mut batches = Vec::new();
        let gathered = timeout_at(deadline, gather(&mut parts, &mut batches)).await;
        if let Some(gated) = &planned.gated {
            running.new_cells = gated.fresh();
            self.remember(&caller.user, gated.fresh());
        }
        let late =
            Duration::from_millis((running.began.elapsed().as_millis() % BEAT.as_millis()) as u64);
        tokio::time::sleep(BEAT.saturating_sub(late)).await;
        let number = running.event.statement.unwrap_or_default();
        let unsaid = || {
            Status::internal(format!(
                "statement {number} failed, or used more time or memory than it may; the audit trail has why"
            ))
        };
        let end = gathered.unwrap_or(End::Late);
        if !matches!(end, End::Whole) {
            self.close(end, &mut running, lane);
            return Err(unsaid());
        }
        let last = planned.gated.as_ref().map(|gated| gated.last_row(&schema)).transpose();
        batches.extend(last.map_err(|_| unsaid())?.flatten());
        let batches = batches.iter().map(|batch| fitted(batch, &schema));
        let batches: Vec<RecordBatch> = batches.collect::<Result<_, _>>()?;
        running.rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        self.close(End::Whole, &mut running, lane);
        Ok((schema, stream::iter(batches.into_iter().map(Ok)).boxed()))
    }

    fn close(&self, end: End, running: &mut Running, lane: Lane) -> Status {
        close(self.limits, end, running, lane)
    }

    fn late(&self) -> Status {
        late(self.limits)
    }

    /// Whether a user may still ask what nobody has asked before.
    fn may_ask(&self, user: &User) -> Result<(), Status> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let count = asked.1.get(&user.name).copied().unwrap_or_default();
        if asked.0 != Utc::now().date_naive() || count < self.limits.new_questions {
            return Ok(());
        }
        self.metrics.refused("gate");
        Err(Status::resource_exhausted(format!(
            "refused by the privacy gate (new-questions): {count} statements that asked something new today; go on tomorrow, or ask for the role analyst"
        )))
    }

    fn remember(&self, user: &User, fresh: usize) {
        if fresh == 0 {
            return;
        }
        let today = Utc::now().date_naive();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.0 != today {
            *asked = (today, HashMap::new());
        }
        *asked.1.entry(user.name.clone()).or_default() += 1;
    }

    fn event(&self, event: &'static str, caller: &Caller, question: &Question) -> Event {
        Event {
            event,
            user: Some(caller.user.name.clone()),
            role: Some(caller.user.role.clone()),
            peer: Some(caller.peer.clone()),
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

/// Hands rows on until there are no more.
async fn pass(
    parts: &mut mpsc::Receiver<Part>,
    sender: &mpsc::Sender<Result<RecordBatch, Status>>,
    schema: &SchemaRef,
    count: &mut u64,
) -> End {
    loop {
        match parts.recv().await {
            Some(Part::Rows(batch)) => {
                let rows = batch.num_rows() as u64;
                if sender.send(fitted(&batch, schema)).await.is_err() {
                    return End::Cancelled;
                }
                *count += rows;
            }
            Some(Part::Whole) => return End::Whole,
            Some(Part::Failed(error)) => return End::Failed(error),
            Some(Part::Columns(_)) | None => return End::Broken,
        }
    }
}

async fn gather(parts: &mut mpsc::Receiver<Part>, batches: &mut Vec<RecordBatch>) -> End {
    loop {
        match parts.recv().await {
            Some(Part::Columns(_)) => {}
            Some(Part::Rows(batch)) => batches.push(batch),
            Some(Part::Whole) => return End::Whole,
            Some(Part::Failed(error)) => return End::Failed(error),
            None => return End::Broken,
        }
    }
}

/// Audits the end of a statement, gives its lane back or up, and says what the client is told where it was not whole.
fn close(limits: Limits, end: End, running: &mut Running, lane: Lane) -> Status {
    let status = match end {
        End::Whole => {
            running.end("answered", None);
            Status::ok("")
        }
        End::Cancelled => {
            running.end("cancelled", None);
            return Status::cancelled("");
        }
        End::Late => {
            running.end("failed", Some("out of time".to_owned()));
            return late(limits);
        }
        End::Broken => {
            running.end("failed", Some("a mistake in the program".to_owned()));
            broken()
        }
        End::Failed(error) => {
            running.end("failed", Some(error.to_string()));
            failed(limits, &error)
        }
    };
    tokio::spawn(lane.settle());
    status
}

fn late(limits: Limits) -> Status {
    let seconds = limits.timeout.as_secs();
    Status::deadline_exceeded(format!("the statement took longer than {seconds} s"))
}

fn broken() -> Status {
    Status::internal(
        "the statement ended without an answer. This is a mistake in vaxloom: please report it",
    )
}

fn failed(limits: Limits, error: &LakeError) -> Status {
    if let LakeError::Query(query) = error
        && let DataFusionError::ResourcesExhausted(_) = query.find_root()
    {
        return Status::resource_exhausted(format!(
            "the statement needs more than the {} MB it may use; ask for fewer rows or groups at a time",
            limits.memory >> 20
        ));
    }
    Status::internal(error.to_string())
}

/// The batch with the columns that were announced.
fn fitted(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Status> {
    RecordBatch::try_new(Arc::clone(schema), batch.columns().to_vec())
        .map_err(|error| Status::internal(error.to_string()))
}

//! Lanes: the threads that one statement runs on, and nobody else.
//!
//! A statement may compute for long without giving way: a function over a batch, a join within one. Nothing can take a thread from
//! it. So it has threads of its own, and those of the server, which keep the time and speak to clients, never wait for it. A lane
//! whose statement has ended is used again once all its tasks have. One that is left by a statement that was out of time, or that
//! nobody waits for any more, is given up: its tasks end where they next give way, its threads go then, and its place is
//! held until then, so that there are never more statements at work than there are places, and what they hold in memory is bounded.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::guard::Ended;
use super::metrics::Metrics;

/// Stack of a lane's thread: plans of long chains of operators are walked by recursion. Only what is used is there.
const STACK: usize = 256 << 20;
/// How long a lane's tasks may take to end by themselves.
const SETTLING: Duration = Duration::from_millis(50);
/// Longer than any process lives.
const FOREVER: Duration = Duration::from_hours(24 * 365);

/// All lanes of a server.
#[derive(Debug)]
pub(super) struct Lanes {
    places: Arc<Semaphore>,
    /// Threads of each.
    threads: usize,
    idle: Mutex<Vec<Threads>>,
    metrics: Arc<Metrics>,
}

/// A lane that was not to be had.
#[derive(Debug)]
pub(super) enum NoLane {
    /// All were taken until the deadline.
    Taken,
    /// The system has no more threads or handles.
    System(std::io::Error),
}

/// Why a statement's work gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missed {
    Deadline,
    /// It panicked.
    Broken,
}

impl Lanes {
    pub(super) fn new(places: usize, threads: usize, metrics: Arc<Metrics>) -> Arc<Self> {
        let (places, idle) = (Arc::new(Semaphore::new(places)), Mutex::default());
        Arc::new(Self { places, threads: threads.max(1), idle, metrics })
    }

    /// A lane, once there is a place for one more statement.
    pub(super) async fn take(self: &Arc<Self>, deadline: Instant) -> Result<Lane, NoLane> {
        let place = timeout_at(deadline, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.map_err(|_| NoLane::Taken)?.map_err(|_| NoLane::Taken)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let threads = idle.map_or_else(|| self.start(), Ok).map_err(NoLane::System)?;
        let lanes = Arc::clone(self);
        Ok(Lane { threads, place: Some(place), lanes, ended: Ended::default() })
    }

    fn start(&self) -> std::io::Result<Threads> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(self.threads)
            .thread_name("statement")
            .thread_stack_size(STACK)
            .enable_all()
            .build()?;
        Ok(Threads(Some(runtime)))
    }
}

/// A runtime that may be dropped anywhere: nobody waits for its threads.
#[derive(Debug, Default)]
struct Threads(Option<Runtime>);

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The threads of a statement, and its place.
#[derive(Debug)]
pub(super) struct Lane {
    threads: Threads,
    place: Option<OwnedSemaphorePermit>,
    lanes: Arc<Lanes>,
    ended: Ended,
}

impl Lane {
    /// What operators on this lane look at.
    pub(super) fn ended(&self) -> Ended {
        self.ended.clone()
    }

    /// Lets the lane's threads do something.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<JoinHandle<T>> {
        self.threads.0.as_ref().map(|runtime| runtime.spawn(work))
    }

    /// What the lane's threads make of something, unless the deadline comes first.
    pub(super) async fn within<T: Send + 'static>(
        &self,
        deadline: Instant,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Missed> {
        let working = self.spawn(work).ok_or(Missed::Broken)?;
        timeout_at(deadline, working)
            .await
            .map_err(|_| Missed::Deadline)?
            .map_err(|_| Missed::Broken)
    }

    /// Gives the lane back when its tasks have ended, which those of a statement that has been answered are about to.
    pub(super) async fn settle(mut self) {
        let until = Instant::now() + SETTLING;
        let alive = |threads: &Threads| {
            threads.0.as_ref().is_none_or(|runtime| runtime.metrics().num_alive_tasks() > 0)
        };
        while alive(&self.threads) {
            if Instant::now() >= until {
                // Dropped, it is given up.
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let threads = std::mem::take(&mut self.threads);
        self.lanes.idle.lock().unwrap_or_else(PoisonError::into_inner).push(threads);
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.ended.set();
        let mut threads = std::mem::take(&mut self.threads);
        if threads.0.is_none() {
            return;
        }
        let (place, metrics) = (self.place.take(), Arc::clone(&self.lanes.metrics));
        metrics.given_up();
        let wait = move || {
            if let Some(runtime) = threads.0.take() {
                runtime.shutdown_timeout(FOREVER);
            }
            metrics.gone();
            drop(place);
        };
        // Waiting for the threads of a statement that does not give way must not hold up anyone.
        if let Err(error) = thread::Builder::new().name("statement-end".to_owned()).spawn(wait) {
            tracing::error!("no thread to wait for a statement that was given up: {error}");
        }
    }
}

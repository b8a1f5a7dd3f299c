//! When a job has to end before its work does: at a signal, or at its deadline.

use std::future::{Future, pending};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Why a job ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stopped {
    /// SIGTERM.
    #[error(
        "stopped by SIGTERM at a safe point; what was finished is kept, and the next run does the rest"
    )]
    Signal,
    /// The deadline has come.
    #[error("the deadline has come; what was finished is kept, and the next run does the rest")]
    Deadline,
}

/// Tells a job that it has to stop.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    signalled: watch::Receiver<bool>,
    deadline: Option<Instant>,
}

impl Stop {
    /// Listens to SIGTERM from now on; within a runtime.
    pub(crate) fn listen(deadline: Option<Instant>) -> anyhow::Result<Self> {
        let (tell, signalled) = watch::channel(false);
        let mut terminate =
            signal(SignalKind::terminate()).context("SIGTERM cannot be listened to")?;
        tokio::spawn(async move {
            while terminate.recv().await.is_some() {
                tell.send(true).ok();
            }
        });
        Ok(Self { signalled, deadline })
    }

    /// Why the job should stop now, if it should.
    pub(crate) fn now(&self) -> Option<Stopped> {
        if *self.signalled.borrow() {
            return Some(Stopped::Signal);
        }
        self.deadline.filter(|deadline| *deadline <= Instant::now()).map(|_| Stopped::Deadline)
    }

    /// An error where the job should stop now.
    pub(crate) fn check(&self) -> Result<(), Stopped> {
        self.now().map_or(Ok(()), Err)
    }

    /// What work gives that can be dropped at any point, or why it was dropped.
    pub(crate) async fn unless<T>(&self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        self.check()?;
        let mut signalled = self.signalled.clone();
        let signal = async {
            if signalled.wait_for(|signalled| *signalled).await.is_err() {
                pending::<()>().await;
            }
        };
        let late = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            () = signal => Err(Stopped::Signal),
            () = late => Err(Stopped::Deadline),
            done = work => Ok(done),
        }
    }

    /// Waits, unless the job should stop.
    pub(crate) async fn wait(&self, time: Duration) -> Result<(), Stopped> {
        self.unless(tokio::time::sleep(time)).await
    }
}

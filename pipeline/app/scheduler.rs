//! `vaxloom scheduler`: the scheduler of a cluster.

use std::time::Duration;

use vaxloom_cluster::distributed::{self, SchedulerSettings};

use crate::args::SchedulerArgs;
use crate::exit::{self, Exit};
use crate::members::{credentials, terminated};

/// Runs until SIGTERM.
pub(crate) fn scheduler(args: &SchedulerArgs, threads: usize) -> anyhow::Result<Exit> {
    let settings = SchedulerSettings {
        bind: args.bind,
        rest: !args.no_rest,
        executor_timeout: Duration::from_secs(args.executor_timeout),
        drain: Duration::from_secs(args.drain),
        credentials: credentials(&args.member)?,
    };
    let runtime = exit::runtime(threads)?;
    runtime.block_on(async {
        let listening = |address| tracing::info!("scheduler on {address}");
        distributed::scheduler(settings, listening, terminated()?).await?;
        anyhow::Ok(())
    })?;
    runtime.shutdown_background();
    Ok(Exit::Done)
}

//! Exit codes and threads: what a caller of the program sees of it.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::thread::available_parallelism;

use clap::Parser;
use vaxloom_clinical::Gated;
use vaxloom_clinical::deid::Profile;
use vaxloom_lake::LakeError;

use crate::args::{Cli, Shared};
use crate::progress;
use crate::stop::Stopped;

/// How a command ended. Workflow engines retry or skip on 99, 104, 130-142, 144-145 and 175-177: never those.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Done, with records in quarantine.
    Quarantined,
    /// Refused by policy: too much of a batch identifies people.
    Refused,
    /// Another run holds the lock.
    Locked,
    /// SIGTERM came, and was heeded at a safe point.
    Stopped,
}

impl Exit {
    /// What the program answers the system with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Quarantined => 3,
            Self::Refused => 4,
            Self::Locked => 75,
            Self::Stopped => 143,
        }
    }
}

/// So much of the records must not be used that none may be. Nothing was written.
#[derive(Debug)]
pub(crate) struct BatchRefused {
    folder: String,
    quarantined: usize,
    judged: usize,
    profile: String,
    most: f64,
    rules: String,
}

impl BatchRefused {
    pub(crate) fn new(folder: &Path, gated: &Gated, profile: &Profile) -> Self {
        let rules: Vec<String> =
            gated.rules.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        Self {
            folder: folder.display().to_string(),
            quarantined: gated.quarantined,
            judged: gated.passed + gated.transformed + gated.quarantined,
            profile: profile.name.clone(),
            most: profile.max_quarantined,
            rules: if rules.is_empty() { "format".to_owned() } else { rules.join(", ") },
        }
    }
}

impl fmt::Display for BatchRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, quarantined, judged, profile, most, rules } = self;
        write!(
            f,
            "{folder}: {quarantined} of {judged} resources and rows are in quarantine, and profile {profile} allows a share of {most}: none may be used, and nothing was written (rules: {rules}); vaxloom check tells every place and what to do"
        )
    }
}

impl std::error::Error for BatchRefused {}
impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A whole program: arguments in, the work of `dispatch`, an exit code out.
pub(crate) fn main(dispatch: impl FnOnce(Cli, usize) -> anyhow::Result<Exit>) -> ExitCode {
    let cli = Cli::parse();
    progress::start_log(&cli.shared);
    let threads = threads(&cli.shared);
    dispatch(cli, threads).unwrap_or_else(|error| report(&error)).into()
}

/// Prints an error once, with what it came of, and says how the program ends.
pub(crate) fn report(error: &anyhow::Error) -> Exit {
    if error.downcast_ref::<Stopped>() == Some(&Stopped::Signal) {
        tracing::warn!("{error}");
        return Exit::Stopped;
    }
    let Some(lake) = error.downcast_ref::<LakeError>() else {
        tracing::error!("{error:#}");
        return if error.is::<BatchRefused>() { Exit::Refused } else { Exit::Failed };
    };
    // Its words hold those of what it came of.
    tracing::error!("{lake}");
    if matches!(lake, LakeError::Locked { .. }) { Exit::Locked } else { Exit::Failed }
}

/// The one budget of threads for Tokio, rayon and libtorch.
pub(crate) fn threads(shared: &Shared) -> usize {
    let all = || available_parallelism().map_or(1, usize::from);
    shared.threads.map_or_else(all, usize::from)
}

/// Gives rayon's pool that many threads.
pub(crate) fn pool(threads: usize) {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().ok();
}

/// A Tokio runtime of that many workers; rayon's pool gets as many, and they do not work at the same time.
pub(crate) fn runtime(threads: usize) -> anyhow::Result<tokio::runtime::Runtime> {
    pool(threads);
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_stack_size(8 << 20)
        .enable_all()
        .build()?)
}

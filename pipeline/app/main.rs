//! The `vaxloom` program: arguments in, one room's work, an exit code out.
//!
//! To load libtorch takes longer than many commands do, and the system does it before a program's first line. So those that
//! score peptides are a program of their own beside this one, `vaxloom-scoring` (`scoring.rs`), which takes this one's place.

#[allow(dead_code, reason = "those of the other program are handed over as they are")]
mod args;
mod check;
mod check_page;
#[allow(dead_code, reason = "shared with the other program")]
mod clock;
mod completions;
mod consequence;
mod convert;
mod event;
#[allow(dead_code, reason = "shared with the other program")]
mod exit;
#[allow(dead_code, reason = "shared with the other program")]
mod forget;
#[allow(dead_code, reason = "shared with the other program")]
mod home;
#[allow(dead_code, reason = "shared with the other program")]
mod key;
mod lake;
mod members;
mod molecules;
#[allow(dead_code, reason = "shared with the other program")]
mod night_page;
mod parquet_table;
#[allow(dead_code, reason = "shared with the other program")]
mod part;
#[allow(dead_code, reason = "shared with the other program")]
mod policy;
#[allow(dead_code, reason = "shared with the other program")]
mod progress;
mod rank;
mod reference;
mod scheduler;
mod sequences;
mod simulate;
mod sof;
#[allow(dead_code, reason = "shared with the other program")]
mod stop;
mod written;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use crate::args::{Cli, Command, KeyCommand, LakeCommand};
use crate::exit::Exit;

/// Rows of consequences are many small texts, which this one gives and takes back faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SCORING: &str = "vaxloom-scoring";

fn main() -> ExitCode {
    exit::main(dispatch)
}

fn dispatch(cli: Cli, threads: usize) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Consequence(args) => consequence::consequence(&args, threads),
        Command::Reference(command) => reference::reference(&command, threads),
        Command::Rank(args) if args.lake.is_none() => rank::rank(&args),
        Command::Fold(args) => molecules::fold(&args, threads),
        Command::Optimize(args) => molecules::optimize(&args, threads),
        Command::Check(args) => check::check(&args),
        Command::Sof(args) => sof::sof(&args),
        Command::Convert(args) => convert::convert(&args),
        Command::Key(command) if !matches!(command, KeyCommand::Rotate(_)) => key::key(&command),
        Command::Audit(command) => check::trail(&command),
        Command::Simulate(args) => simulate::simulate(&args, &cli.shared, threads),
        Command::Scheduler(args) => scheduler::scheduler(&args, threads),
        Command::Completions(args) => completions::write(args.shell),
        Command::Lake(command) if !matches!(command, LakeCommand::Gather(_)) => {
            lake::lake(&command, threads)
        }
        Command::Key(_)
        | Command::Lake(_)
        | Command::Rank(_)
        | Command::Nightly(_)
        | Command::Executor(_)
        | Command::Run(_)
        | Command::Predict(_)
        | Command::Sql(_)
        | Command::Serve(_)
        | Command::Report(_)
        | Command::Train(_)
        | Command::Design(_)
        | Command::Compare(_)
        | Command::Evaluate(_) => hand_over(),
    }
}

/// The other program with the same arguments, in the place of this one.
fn hand_over() -> anyhow::Result<Exit> {
    use std::os::unix::process::CommandExt;
    let program = scoring()?;
    let mut command = std::process::Command::new(&program);
    command.arg0("vaxloom").args(std::env::args_os().skip(1));
    Err(command.exec()).with_context(|| {
        format!("{}: cannot be started; build or install vaxloom again", program.display())
    })
}

/// Beside this program, links followed, or else where it was built.
fn scoring() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().and_then(|path| path.canonicalize());
    let own = own.context("the folder of this program cannot be found")?;
    let beside = own.with_file_name(SCORING);
    let built =
        PathBuf::from(env!("OUT_DIR")).ancestors().nth(3).map(|folder| folder.join(SCORING));
    let found = std::iter::once(beside.clone()).chain(built).find(|path| path.is_file());
    found.with_context(|| {
        format!(
            "{}: there is no such program, and predictions are made with it; expected it beside this one; build both (cargo build) or install vaxloom again",
            beside.display()
        )
    })
}

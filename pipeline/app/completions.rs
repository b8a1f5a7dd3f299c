//! Completions for a shell.

use std::io;

use clap::CommandFactory;

use crate::args::Cli;
use crate::exit::Exit;

/// Writes them to standard output.
#[allow(clippy::unnecessary_wraps, reason = "commands share one signature")]
pub(crate) fn write(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    clap_complete::generate(shell, &mut Cli::command(), "vaxloom", &mut io::stdout());
    Ok(Exit::Done)
}

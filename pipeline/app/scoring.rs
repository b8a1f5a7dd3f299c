//! The part of the `vaxloom` program that scores peptides, with libtorch: `main.rs` gives it its place.

#[allow(dead_code, reason = "those of the other program never come here")]
mod args;
mod audit;
mod clock;
mod compare;
mod design;
mod epitopes;
mod event;
mod executor;
#[allow(dead_code, reason = "shared with the other program")]
mod exit;
#[allow(dead_code, reason = "shared with the other program")]
mod forget;
mod gather;
mod hla_check;
mod home;
mod ingest;
#[allow(dead_code, reason = "shared with the other program")]
mod key;
mod last_run;
mod members;
mod night_page;
mod nightly;
mod parquet_table;
mod part;
mod patience;
#[allow(dead_code, reason = "shared with the other program")]
mod policy;
mod predict;
mod predictor;
mod profile;
mod progress;
mod prompt;
mod proteome;
mod rank_lake;
mod report;
mod rotate;
mod rows;
mod run;
mod sequences;
mod serve;
mod sheet;
mod sql;
mod statements;
mod stop;
mod summary;
mod train;
mod written;

use std::process::ExitCode;

use crate::args::{Cli, Command, KeyCommand, LakeCommand};
use crate::exit::Exit;

fn main() -> ExitCode {
    exit::main(dispatch)
}

fn dispatch(cli: Cli, threads: usize) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Run(args) => run::run(&args, &cli.shared, threads),
        Command::Executor(args) => executor::executor(&args, threads),
        Command::Nightly(args) => nightly::nightly(&args, &cli.shared, threads),
        Command::Rank(args) => rank_lake::rank(&args, threads),
        Command::Compare(args) => compare::run(&args, threads),
        Command::Design(args) => design::design(&args, threads),
        Command::Predict(args) => predict::predict(&args, threads),
        Command::Sql(args) => sql::sql(&args, threads),
        Command::Serve(args) => serve::serve(&args, threads),
        Command::Key(KeyCommand::Rotate(args)) => rotate::rotate(&args, threads),
        Command::Lake(LakeCommand::Gather(args)) => gather::gather(&args, threads),
        Command::Report(args) => report::report(&args, threads),
        Command::Train(args) => train::train(&args, threads),
        Command::Evaluate(args) => train::evaluate(&args, threads),
        Command::Consequence(_)
        | Command::Reference(_)
        | Command::Fold(_)
        | Command::Optimize(_)
        | Command::Check(_)
        | Command::Sof(_)
        | Command::Convert(_)
        | Command::Key(_)
        | Command::Audit(_)
        | Command::Simulate(_)
        | Command::Scheduler(_)
        | Command::Lake(_)
        | Command::Completions(_) => {
            anyhow::bail!("this is the part of vaxloom that scores peptides; start vaxloom itself")
        }
    }
}

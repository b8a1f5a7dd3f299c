//! `vaxloom lake` and `vaxloom nightly`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Upkeep of a lake.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  vaxloom lake forget --lake lake VX-0001")]
pub(crate) enum LakeCommand {
    Forget(ForgetArgs),
}

/// Removes a patient who has withdrawn, from every table and from their history, and proves it.
///
/// Readers can no longer go back to versions from before: each table's history begins anew. Scores of peptides that no other
/// patient has go too. Afterwards every file of the lake and of its pages is searched, in Parquet files every value; the proof
/// says what was searched, with the SHA-256 of each file, and is kept in the lake's folder under .forgotten. It does not name
/// the patient. Input files, logs of other programs and copies of the lake are not this program's: take the patient out of the
/// sample sheet, or the next run brings the rows back.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  vaxloom lake forget --lake lake VX-0001

Exit codes: 0 forgotten; 1 failed, or the pseudonym is still found somewhere; 2 wrong use; 75 another run holds the lock.")]
pub(crate) struct ForgetArgs {
    /// Pseudonym of the patient
    #[arg(value_name = "PSEUDONYM")]
    pub(crate) patient: String,
    /// Folder of the lake
    #[arg(long, value_name = "DIR")]
    pub(crate) lake: PathBuf,
    /// Folder of the pages; default: reports in the lake's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) reports: Option<PathBuf>,
}

/// The scheduled job: what is new, changed or withdrawn since the last night, and a report of what that changed.
///
/// It can be stopped and started at any time: a night that was cut off is finished by the next one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom nightly --example > vaxloom.toml
  vaxloom nightly --config vaxloom.toml --log-format json

Exit codes: 0 done; 1 failed, or the deadline came before the end; 2 wrong use; 3 done, with patients or rows in quarantine;
75 another run holds the lock; 143 stopped by SIGTERM at a safe point.")]
pub(crate) struct NightlyArgs {
    /// Settings (TOML); paths in it are relative to its folder
    #[arg(long, value_name = "FILE", required_unless_present = "example")]
    pub(crate) config: Option<PathBuf>,
    /// Writes settings with every key, its meaning and its default
    #[arg(long, conflicts_with = "config")]
    pub(crate) example: bool,
}

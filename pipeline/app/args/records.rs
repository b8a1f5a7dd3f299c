//! `vaxloom check`, `vaxloom sof` and `vaxloom audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Checks that records are de-identified: every element of every resource, against a list of what may stay.
///
/// The report is JSON lines, one a reason, with file, line, path, rule and remedy, never a value; its last line is the summary.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom check export/
  vaxloom check export/ --profile limited-dataset --key project.key --project TRIAL1 --out clean/ -o report.jsonl

Exit codes: 0 nothing identifying is left; 1 failed; 2 wrong use; 3 some resources are in quarantine; 4 so many that none of the batch may be used.")]
pub(crate) struct CheckArgs {
    /// Folders or files of FHIR R4 resources: NDJSON, Bundles, single resources
    #[arg(value_name = "DIR|FILE", required = true)]
    pub(crate) folders: Vec<PathBuf>,
    /// safe-harbor, limited-dataset, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = "safe-harbor")]
    pub(crate) profile: String,
    /// File of the project's secret (mode 0600), from which pseudonyms and shifts of dates are made; without it ids stay
    #[arg(long, value_name = "FILE", requires = "project")]
    pub(crate) key: Option<PathBuf>,
    /// Name of the project that the key is for
    #[arg(long, value_name = "NAME", requires = "key")]
    pub(crate) project: Option<String>,
    /// Folder for the resources that may be used, as NDJSON; with several folders, one in it for each
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// How often one reason is told for a file before it is only counted
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) places: usize,
    /// Audit trail that this check is added to
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
    /// The report; default: standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Rows of FHIR resources, by a ViewDefinition of SQL on FHIR v2.
///
/// Without --profile the rows are what the view asks for, identifying or not.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  vaxloom sof --view patient.json --data export/ --format csv > patients.csv

Exit codes: 0 done; 1 failed; 2 wrong use; 3 done, with lines that could not be read.")]
pub(crate) struct SofArgs {
    /// ViewDefinition (JSON)
    #[arg(long, value_name = "FILE")]
    pub(crate) view: PathBuf,
    /// Folder or file of resources: NDJSON, Bundles, single resources
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) data: PathBuf,
    /// Gate that resources go through first: safe-harbor, limited-dataset, or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) profile: Option<String>,
    /// How rows are written
    #[arg(long, value_enum, default_value_t = SofFormat::Csv)]
    pub(crate) format: SofFormat,
    /// Output; default: standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SofFormat {
    /// With a header
    Csv,
    /// One JSON object a line
    Json,
}

/// The audit trail of checks.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  vaxloom audit verify audit.jsonl")]
pub(crate) enum AuditCommand {
    Verify(AuditVerifyArgs),
}

/// Finds a line that was changed, taken out, added or moved.
///
/// Lines cut off at the end break nothing: keep number and hash of the last line elsewhere, and give them.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vaxloom audit verify audit.jsonl --expect 12:5f1c...")]
pub(crate) struct AuditVerifyArgs {
    /// The trail
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Number and hash that the last line had
    #[arg(long, value_name = "SEQ:HASH")]
    pub(crate) expect: Option<String>,
}

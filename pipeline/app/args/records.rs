//! `vaxloom check`, `vaxloom sof`, `vaxloom key` and `vaxloom audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// A project's key.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// File of the project's secret (mode 0600), from which pseudonyms and shifts of dates are made; default: the hexadecimal digits in the environment variable VAXLOOM_KEY; without a key ids stay
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Name of the project that the key is for; default: the environment variable VAXLOOM_PROJECT
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,
}

/// Checks that records are de-identified: every element of every resource, against a list of what may stay.
///
/// The report is JSON lines, one a reason, with file, line, path, rule and remedy, never a value; its last line is the summary.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom check export/
  vaxloom check export/ --profile limited-dataset --key project.key --project TRIAL1 --out clean/ -o report.jsonl --page report.html

Exit codes: 0 nothing identifying is left; 1 failed; 2 wrong use; 3 some resources are in quarantine; 4 so many that none of the batch may be used.")]
pub(crate) struct CheckArgs {
    /// Folders or files: FHIR R4 (NDJSON, Bundles, single resources), and tables of cBioPortal, GDC and OMOP
    #[arg(value_name = "DIR|FILE", required = true)]
    pub(crate) folders: Vec<PathBuf>,
    /// safe-harbor, limited-dataset, or a TOML file
    #[arg(long, alias = "deid-profile", value_name = "NAME|FILE", default_value = "safe-harbor")]
    pub(crate) profile: String,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
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
    /// The report as a page, for people
    #[arg(long, value_name = "FILE.html")]
    pub(crate) page: Option<PathBuf>,
}

/// Records of any source, through the gate, as tables: OMOP's, or the lake's own as CSV.
///
/// Reads what `vaxloom run --records` reads: FHIR R4, cBioPortal studies, OMOP tables, clinical tables of GDC.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom convert export/ --to omop -o omop/
  vaxloom convert study/ --key project.key --project TRIAL1 --to csv -o tables/

Exit codes: 0 done; 1 failed; 2 wrong use; 3 done, with records in quarantine; 4 so many that none may be used: nothing is written.")]
pub(crate) struct ConvertArgs {
    /// Folder of records
    #[arg(value_name = "DIR")]
    pub(crate) records: PathBuf,
    /// Tables to write
    #[arg(long, value_enum, default_value_t = ConvertFormat::Omop)]
    pub(crate) to: ConvertFormat,
    /// safe-harbor, limited-dataset, or a TOML file
    #[arg(long, alias = "deid-profile", value_name = "NAME|FILE", default_value = "safe-harbor")]
    pub(crate) profile: String,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// Folder of ViewDefinitions that take the place of built-in ones, or add rows
    #[arg(long, value_name = "DIR")]
    pub(crate) views: Option<PathBuf>,
    /// Folder for the tables
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConvertFormat {
    /// OMOP CDM 5.4, one CSV a table
    Omop,
    /// The columns of the lake's tables, one CSV a table
    Csv,
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
    #[arg(long, alias = "deid-profile", value_name = "NAME|FILE")]
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

/// Project keys: the secrets that pseudonyms are made with.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  vaxloom key create project.key
  vaxloom key id --key project.key --project TRIAL1
  vaxloom key pseudonym --key project.key --project TRIAL1 patient-17")]
pub(crate) enum KeyCommand {
    Create(KeyCreateArgs),
    Id(KeyIdArgs),
    Pseudonym(KeyPseudonymArgs),
    Rotate(KeyRotateArgs),
}

/// Makes a new random key in a file of mode 0600, and prints its id. A file that is there is never replaced.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vaxloom key create project.key")]
pub(crate) struct KeyCreateArgs {
    /// The new file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Prints the id of a key: which one it is, without telling it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vaxloom key id --key project.key --project TRIAL1")]
pub(crate) struct KeyIdArgs {
    #[command(flatten)]
    pub(crate) key: KeyArgs,
}

/// Prints the pseudonym of each id, as records and the sample sheet get it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  vaxloom key pseudonym --key project.key --project TRIAL1 patient-17"
)]
pub(crate) struct KeyPseudonymArgs {
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// Type of resource that the ids are of; samples of the sheet are of type Specimen
    #[arg(long, value_name = "TYPE", default_value = "Patient")]
    pub(crate) resource: String,
    /// Ids as the source has them
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,
}

/// Gives a whole lake the pseudonyms of another key, in one commit.
///
/// Pseudonyms do not say whose they are: the ids come from the sample sheet and the records that the lake was made from. No list of them is
/// kept.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  vaxloom key rotate --lake lake --key old.key --project TRIAL1 --new-key new.key --samples cohort.csv --records export/

Older versions of the tables keep the old pseudonyms until vaxloom lake vacuum takes them away.")]
pub(crate) struct KeyRotateArgs {
    /// Folder or URL of the lake
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) lake: PathBuf,
    /// Folder of the pages, which are removed; default: reports in the lake's folder; a lake in an object store needs it
    #[arg(long, value_name = "DIR")]
    pub(crate) reports: Option<PathBuf>,
    /// Audit trail that this is added to
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
    /// The key that the lake has, and the project's name
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// File of the new key (mode 0600)
    #[arg(long, value_name = "FILE")]
    pub(crate) new_key: PathBuf,
    /// Another name of the project; default: the same
    #[arg(long, value_name = "NAME")]
    pub(crate) new_project: Option<String>,
    /// Sample sheet with the ids of the source
    #[arg(long, value_name = "SHEET.csv")]
    pub(crate) samples: PathBuf,
    /// Folder of records
    #[arg(long, value_name = "DIR")]
    pub(crate) records: Option<PathBuf>,
    /// New file for the way back from the new pseudonyms to the ids, encrypted; without it none is kept
    #[arg(long, value_name = "FILE", requires = "map_key")]
    pub(crate) map: Option<PathBuf>,
    /// File of the map's own key (mode 0600): not one of the project's
    #[arg(long, value_name = "FILE", requires = "map")]
    pub(crate) map_key: Option<PathBuf>,
}

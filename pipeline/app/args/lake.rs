//! `vaxloom sql`, `vaxloom lake` and `vaxloom nightly`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// SQL queries over a lake and over files.
///
/// Files are tables too: vcf_scan('calls.vcf.gz'), gff_scan, maf_scan, fasta_scan. What could not be used of a file is listed by
/// vcf_refused, gff_refused, maf_refused. Without a query, a terminal gives a prompt, and other standard input is read as
/// queries, each with a semicolon at its end.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom sql --lake lake \"SELECT * FROM top_neoantigens WHERE patient_id = 'VX-0001'\"
  vaxloom sql --lake lake \"SELECT gene, rank FROM neoantigen VERSION AS OF 3\"
  vaxloom sql --lake s3://bucket/lake --format parquet -o summary.parquet \"SELECT * FROM cohort_summary\"
  vaxloom sql \"SELECT kind, count(*) FROM vcf_scan('calls.vcf.gz') WHERE filter = 'PASS' GROUP BY kind\"
  vaxloom sql --proteome proteins.fa.gz \"SELECT in_proteome('GADGVGKSAL')\"")]
pub(crate) struct SqlArgs {
    /// Folder or URL (s3://, gs://, az://, abfss://) of the lake; without it, functions can be called but there are no tables
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) lake: Option<PathBuf>,
    /// Folder of a reference, for consequence, in_proteome and proteome_occurrences
    #[arg(long, value_name = "DIR")]
    pub(crate) reference: Option<PathBuf>,
    /// Normal proteins, for in_proteome and proteome_occurrences: FASTA, or the folder of a reference; default: the reference's
    #[arg(long, value_name = "FASTA|DIR")]
    pub(crate) proteome: Option<PathBuf>,
    /// The query; without it, queries from standard input
    pub(crate) query: Option<String>,
    /// How the answer is written; default: what the ending of -o says, or else table
    #[arg(long, value_enum)]
    pub(crate) format: Option<OutputFormat>,
    /// Where the answer is written; default: standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Memory for the query; what needs more goes to temporary files
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(crate) memory_limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Columns drawn with lines
    Table,
    /// With a header
    Csv,
    /// With a header, and tabs
    Tsv,
    /// One object a line
    Json,
    Parquet,
    /// Arrow IPC file, Feather
    Arrow,
}

/// Upkeep of a lake: its history, its files, and going back.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  vaxloom lake history --lake lake")]
pub(crate) enum LakeCommand {
    History(HistoryArgs),
    Compact(CompactArgs),
    Vacuum(VacuumArgs),
    Restore(RestoreArgs),
    Forget(ForgetArgs),
    Gather(GatherArgs),
}

/// What the runs of a lake did, or the commits of one table.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vaxloom lake history --lake lake\n  vaxloom lake history --lake lake --table neoantigen"
)]
pub(crate) struct HistoryArgs {
    /// Folder or URL of the lake
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) lake: PathBuf,
    /// The commits of this table: their versions are those of VERSION AS OF
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub(crate) format: OutputFormat,
}

/// Puts small and overlapping files together. Rows stay as they are.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vaxloom lake compact --lake lake")]
pub(crate) struct CompactArgs {
    /// Folder or URL of the lake
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) lake: PathBuf,
}

/// Takes files away that only older runs need: their tables cannot be read any more.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vaxloom lake vacuum --lake lake --keep-days 30 --dry-run")]
pub(crate) struct VacuumArgs {
    /// Folder or URL of the lake
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) lake: PathBuf,
    /// Runs that finished in so many days, and the last one, are kept
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub(crate) keep_days: u32,
    /// Only counts the files
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Goes back to the tables of an earlier run. What came after stays in the history.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  vaxloom lake restore --lake lake --run 20261101T020000000Z-4711"
)]
pub(crate) struct RestoreArgs {
    /// Folder or URL of the lake
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) lake: PathBuf,
    /// Id of the run, as vaxloom lake history lists it
    #[arg(long, value_name = "ID")]
    pub(crate) run: String,
}

/// Removes a patient who has withdrawn, from every table and from their history, and proves it.
///
/// Readers can no longer go back to versions from before: each table's history begins anew. Scores of peptides that no other
/// patient has go too. Afterwards every file of the lake and of its pages is searched, in Parquet files every value; the proof
/// says what was searched, with the SHA-256 of each file, and is kept in the lake under .forgotten. It does not name the patient.
/// Of a lake in an object store, earlier versions of objects that the bucket keeps are the bucket's own: the proof says how to see
/// them. Input files, logs of other programs and copies of the lake are not this program's: take the patient out of the
/// sample sheet, or the next run brings the rows back.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom lake forget --lake lake VX-0001
  vaxloom lake forget --lake s3://bucket/lake --reports pages VX-0001

Exit codes: 0 forgotten; 1 failed, or the pseudonym is still found somewhere; 2 wrong use; 75 another run holds the lock.")]
pub(crate) struct ForgetArgs {
    /// Pseudonym of the patient
    #[arg(value_name = "PSEUDONYM")]
    pub(crate) patient: String,
    /// Folder or URL of the lake
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) lake: PathBuf,
    /// Folder of the pages; default: reports in the lake's folder; a lake in an object store needs it
    #[arg(long, value_name = "DIR")]
    pub(crate) reports: Option<PathBuf>,
    /// Audit trail that this is added to
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
}

/// Joins the parts of a run (vaxloom run --part K/N) into a lake, as one run.
///
/// All parts must be there, finished, of the same sheet and made with the same program, models, reference and settings. Patients
/// whose results the lake has already stay as they are. Parts are only read: where they are kept, the next run of each makes anew
/// what has changed.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  vaxloom lake gather --lake lake parts/*

Exit codes: 0 done; 1 failed, with the lake as it was; 2 wrong use; 3 done, with records in quarantine; 75 another run holds the lock.")]
pub(crate) struct GatherArgs {
    /// Folders of the parts
    #[arg(required = true, value_name = "PART")]
    pub(crate) parts: Vec<PathBuf>,
    /// Folder or URL of the lake; made when it is not there
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) lake: PathBuf,
    /// Folder for pages, FASTA and GenBank; default: reports in the lake's folder; a lake in an object store needs it
    #[arg(long, value_name = "DIR")]
    pub(crate) reports: Option<PathBuf>,
    /// Audit trail that this is added to
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
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

/// `512MB`, `4GiB`, or bytes.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: usize = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "kib" => 1 << 10,
        "m" | "mb" => 1_000_000,
        "mib" => 1 << 20,
        "g" | "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        other => return Err(format!("{other} is no unit; expected kB, MB, GB, KiB, MiB or GiB")),
    };
    let number: usize = digits
        .trim()
        .parse()
        .map_err(|_| "expected a number and a unit, such as 2GB".to_owned())?;
    number
        .checked_mul(unit)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "expected more than nothing, and less than everything".to_owned())
}

impl From<OutputFormat> for vaxloom_lake::query::Format {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Table => Self::Table,
            OutputFormat::Csv => Self::Csv,
            OutputFormat::Tsv => Self::Tsv,
            OutputFormat::Json => Self::Json,
            OutputFormat::Parquet => Self::Parquet,
            OutputFormat::Arrow => Self::Arrow,
        }
    }
}

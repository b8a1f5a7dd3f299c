//! What can be typed.

mod cluster;
mod genome;
mod lake;
mod models;
mod molecules;
mod rank;
mod records;
mod serve;
mod simulate;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use cluster::*;
pub(crate) use genome::*;
pub(crate) use lake::*;
pub(crate) use models::*;
pub(crate) use molecules::*;
pub(crate) use rank::*;
pub(crate) use records::*;
pub(crate) use serve::*;
pub(crate) use simulate::*;

use crate::part::Part;

/// From de-identified patient records and tumour variants to ranked candidate mRNA constructs.
///
/// Research use only: this is not a medical device, and a person decides.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Shared {
    /// Threads for everything together; default: all cores
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// No progress and no log but errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// How the log is written to standard error
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(Box<RunArgs>),
    Nightly(NightlyArgs),
    #[command(subcommand)]
    Reference(ReferenceCommand),
    Consequence(ConsequenceArgs),
    Predict(PredictArgs),
    Rank(RankArgs),
    Compare(CompareArgs),
    Design(DesignArgs),
    Fold(FoldArgs),
    Optimize(OptimizeArgs),
    Check(CheckArgs),
    Sof(SofArgs),
    Convert(ConvertArgs),
    #[command(subcommand)]
    Key(KeyCommand),
    #[command(subcommand)]
    Audit(AuditCommand),
    Sql(SqlArgs),
    Serve(ServeArgs),
    #[command(subcommand)]
    Lake(LakeCommand),
    Report(ReportArgs),
    Simulate(SimulateArgs),
    Scheduler(SchedulerArgs),
    Executor(ExecutorArgs),
    Train(TrainArgs),
    Evaluate(EvaluateArgs),
    Completions(CompletionsArgs),
}

/// The main job: sample sheet in, ranked constructs and a page a patient out.
///
/// Only patients whose inputs, or what their results rest on, have changed since the lake's last run are
/// run again.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vaxloom run --samples data-samples/samples.csv --records data-samples/records --lake lake
  vaxloom run --samples cohort.csv --reference grch38 --lake lake

  vaxloom run --samples cohort.csv --records export/ --key project.key --project TRIAL1 --lake lake
  vaxloom run --samples cohort.csv --reference grch38 --part 3/16 --lake parts/3

With a project key, patients and samples of the sheet are ids of the source, as in the records, and both become the same pseudonyms; a cell that is a pseudonym already stays.

Exit codes: 0 done; 1 failed; 2 wrong use; 3 done, with records in quarantine; 4 so many records in quarantine that none may be used; 75 another run holds the lock; 143 stopped by SIGTERM at a safe point."
)]
pub(crate) struct RunArgs {
    /// CSV with the columns patient,sample,vcf,tumor_sample,normal_sample,expression,rna_bam,fusions,hla,cnv,phased_vcf,purity
    #[arg(long, value_name = "SHEET.csv")]
    pub(crate) samples: PathBuf,
    /// Folder or URL (s3://, gs://, az://, abfss://) of the lake; made when it is not there
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) lake: PathBuf,
    /// Runs a part of the patients alone, such as 3/16, into a lake of its own; vaxloom lake gather joins the parts
    #[arg(long, value_name = "K/N", conflicts_with = "reports")]
    pub(crate) part: Option<Part>,
    /// Folder with records: FHIR R4 (Bundles, NDJSON), cBioPortal studies, OMOP tables (CSV, Parquet), clinical tables of GDC
    #[arg(long, value_name = "DIR")]
    pub(crate) records: Option<PathBuf>,
    /// What of the records may stay: safe-harbor, limited-dataset, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = "safe-harbor")]
    pub(crate) deid_profile: String,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// Folder of ViewDefinitions that take the place of built-in ones (schemas/views), or add rows to their tables
    #[arg(long, value_name = "DIR", requires = "records")]
    pub(crate) views: Option<PathBuf>,
    /// Audit trail that this run is added to
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
    /// Reference to compute consequences from, made by vaxloom reference build; without it they are VEP's, from the VCFs' CSQ
    #[arg(long, value_name = "DIR")]
    pub(crate) reference: Option<PathBuf>,
    /// Folder for pages, FASTA and GenBank; default: reports in the lake's folder; a lake in an object store needs it
    #[arg(long, value_name = "DIR")]
    pub(crate) reports: Option<PathBuf>,
    /// Ranking policy: vaxloom (the default), evidence, pvac-7, pvac-7-exploratory, pvac-6, or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Epitopes that T cells are known to answer, FASTA or one a line, for column foreignness
    #[arg(long, value_name = "FILE")]
    pub(crate) epitopes: Option<PathBuf>,
    /// Construct profile: inest, cov, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = "inest")]
    pub(crate) profile: String,
    /// quick: the codons of highest adaptation; full: codons that make the best molecule stable as well, and the molecule folded
    /// and checked, which takes some seconds a patient
    #[arg(long, value_enum, default_value_t = DesignEffort::Quick)]
    pub(crate) design: DesignEffort,
    /// Where predictions run: auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
    /// Patients that are run, and made visible, at a time, or fewer where they have 10,000 calls or 5 million rows of expression together: less
    /// memory, and less to do again after a stop
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) batch: u16,
    /// Reads every input to know whether it has changed; without it, a file whose size and times are as they were is trusted
    #[arg(long)]
    pub(crate) rehash: bool,
    #[command(flatten)]
    pub(crate) cluster: ClusterArgs,
}

/// How much is done for a patient's molecules.
#[derive(Debug, Clone, Copy, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DesignEffort {
    Quick,
    Full,
}

impl DesignEffort {
    /// As the lake takes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Full => "full",
        }
    }
}

/// The pages of a lake's patients, again.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vaxloom report --lake lake --patient VX-0001 -o pages")]
pub(crate) struct ReportArgs {
    /// Folder or URL of the lake
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) lake: PathBuf,
    /// One patient; default: all
    #[arg(long, value_name = "ID")]
    pub(crate) patient: Option<String>,
    /// Folder for pages, FASTA and GenBank
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
}

/// Completions for a shell.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  vaxloom completions bash > ~/.local/share/bash-completion/completions/vaxloom"
)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

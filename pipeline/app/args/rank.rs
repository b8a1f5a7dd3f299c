//! `vaxloom rank`.

use std::path::PathBuf;

use clap::Args;

/// Tiers and order of a table of scored epitopes, as pVACseq writes it, under a policy.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom rank --scores TUMOR.all_epitopes.tsv --policy pvac-7 -o TUMOR.aggregated.tsv
  vaxloom rank --scores TUMOR.all_epitopes.aggregated.tsv.gz --policy my-policy.toml
  vaxloom rank --show pvac-7 > my-policy.toml")]
pub(crate) struct RankArgs {
    /// all_epitopes.tsv of pVACseq, or an aggregated table whose tiers are set anew; plain or gzip
    #[arg(long, value_name = "TSV", required_unless_present = "show")]
    pub(crate) scores: Option<PathBuf>,
    /// pvac-7, pvac-7-exploratory, pvac-6, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = "pvac-7")]
    pub(crate) policy: String,
    /// Fraction of tumour cells in the sample; default: the clonal VAF is estimated from the table
    #[arg(long, value_name = "FRACTION")]
    pub(crate) purity: Option<f64>,
    /// Tables of pVACseq's allele-specific anchors (an allele and the weights of its positions a row); may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) anchors: Vec<PathBuf>,
    /// Writes the text of a built-in policy, to read or to change
    #[arg(long, value_name = "NAME", conflicts_with = "scores")]
    pub(crate) show: Option<String>,
    /// Output; default: standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// A patient's ranking in a lake beside pVACseq's table of the same tumour: which best peptides are the same, and why the others are not.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  vaxloom compare --pvacseq TUMOR.all_epitopes.aggregated.tsv --lake lake --patient VX-0001 -o comparison.tsv"
)]
pub(crate) struct CompareArgs {
    /// Aggregated table of pVACseq, plain or gzip
    #[arg(long, value_name = "TSV")]
    pub(crate) pvacseq: PathBuf,
    /// Folder of the lake
    #[arg(long, value_name = "DIR")]
    pub(crate) lake: PathBuf,
    /// The patient
    #[arg(long, value_name = "ID")]
    pub(crate) patient: String,
    /// Output; default: standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

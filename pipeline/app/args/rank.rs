//! `vaxloom rank`.

use std::path::PathBuf;

use clap::Args;

/// Tiers and order anew, without touching scores: of a table of scored epitopes, as pVACseq writes it, or of a whole lake.
///
/// Of a lake, a new version is written, and the answer lists the mutations whose tier or rank is another, with the reason.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom rank --scores TUMOR.all_epitopes.tsv --policy pvac-7 -o TUMOR.aggregated.tsv
  vaxloom rank --scores TUMOR.all_epitopes.aggregated.tsv.gz --policy my-policy.toml
  vaxloom rank --show pvac-7 > my-policy.toml
  vaxloom rank --lake lake --policy my-lake-policy.toml -o moved.tsv")]
pub(crate) struct RankArgs {
    /// all_epitopes.tsv of pVACseq, or an aggregated table whose tiers are set anew; plain or gzip
    #[arg(long, value_name = "TSV", required_unless_present_any = ["show", "lake"])]
    pub(crate) scores: Option<PathBuf>,
    /// Folder or URL of the lake
    #[arg(long, value_name = "DIR|URL", conflicts_with = "scores")]
    pub(crate) lake: Option<PathBuf>,
    /// Of a table: pvac-7 (the default), pvac-7-exploratory, pvac-6, or a TOML file; of a lake: these, vaxloom (the default), evidence, or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Fraction of tumour cells in the sample; default: the clonal VAF is estimated from the table
    #[arg(long, value_name = "FRACTION", conflicts_with = "lake")]
    pub(crate) purity: Option<f64>,
    /// Tables of pVACseq's allele-specific anchors (an allele and the weights of its positions a row); may be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "lake")]
    pub(crate) anchors: Vec<PathBuf>,
    /// Writes the text of a built-in policy, to read or to change
    #[arg(long, value_name = "NAME", conflicts_with_all = ["scores", "lake"])]
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
    /// Folder or URL of the lake
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) lake: PathBuf,
    /// The patient
    #[arg(long, value_name = "ID")]
    pub(crate) patient: String,
    /// Output; default: standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

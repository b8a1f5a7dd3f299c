//! `vaxloom predict`, `vaxloom train` and `vaxloom evaluate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Presentation and affinity of peptides by alleles.
///
/// Every peptide gives a row for each allele, in the order of the input; one that cannot be scored (a residue that is none of
/// the 20 standard ones, such as X, U or *; a length that the model does not know) says so in column note.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  printf 'GADGVGKSAL\\nVVGADGVGK\\n' | vaxloom predict --peptides - --alleles HLA-C*08:02,HLA-A*11:01
  vaxloom predict --peptides proteins.fasta --lengths 9 --alleles HLA-A*02:01 -o scores.parquet
  vaxloom predict --peptides peptides.csv --best -o best.tsv")]
pub(crate) struct PredictArgs {
    /// What to predict
    #[arg(long, value_enum, default_value_t = Task::Mhc1Presentation)]
    pub(crate) task: Task,
    /// A list with one peptide a line; FASTA (all windows); CSV or TSV with a column peptide, and allele or alleles, n_flank,
    /// c_flank, wildtype, name where they are there; Parquet with the same columns. - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) peptides: PathBuf,
    /// Alleles of every peptide, comma-separated; needed unless the rows name theirs
    #[arg(long, value_name = "A,B,...", value_delimiter = ',')]
    pub(crate) alleles: Vec<String>,
    /// The alleles are a genotype: one row a peptide, with its best allele
    #[arg(long)]
    pub(crate) best: bool,
    /// Lengths of the windows of FASTA; default: 8-11 of class I, 15 of class II
    #[arg(long, value_name = "N|FROM-TO")]
    pub(crate) lengths: Option<String>,
    /// Also the probability that a T cell responds, as far as the sequence tells (class I)
    #[arg(long)]
    pub(crate) immunogenicity: bool,
    /// Do not look at the residues beside a peptide
    #[arg(long)]
    pub(crate) no_flanks: bool,
    /// Folder of the model; default: the built-in one of the task
    #[arg(long, value_name = "DIR")]
    pub(crate) model: Option<PathBuf>,
    /// Output: .tsv, .csv or .parquet; default: TSV on standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Where predictions run: auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Task {
    /// Class I presentation and affinity
    Mhc1Presentation,
    /// Class II presentation
    Mhc2Presentation,
}

/// Trains a predictor from its recipe.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  vaxloom train models/mhc1-presentation/base/recipe.toml --data ../shared/data"
)]
pub(crate) struct TrainArgs {
    /// recipe.toml of a model
    pub(crate) recipe: PathBuf,
    /// Folder that the recipe's table paths are relative to
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Folder for weights and checkpoints; default: the recipe's
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Where it trains: auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
}

/// Measures a predictor beside its peers on a benchmark.
///
/// The benchmark is told by its files: presentation samples with a table of genotypes (alleles_by_file.tsv), affinities with
/// other tools' predictions (a folder predictions), or class II peptides (test_data.csv).
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  vaxloom evaluate --benchmark ../shared/data/presentation-benchmark --data ../shared/data"
)]
pub(crate) struct EvaluateArgs {
    /// Whose built-in model is measured
    #[arg(long, value_enum, default_value_t = Task::Mhc1Presentation)]
    pub(crate) task: Task,
    /// Folder of the benchmark
    #[arg(long, value_name = "DIR", required_unless_present = "immunogenicity")]
    pub(crate) benchmark: Option<PathBuf>,
    /// Measures the immunogenicity model of this recipe instead, on the recipe's own tables
    #[arg(long, value_name = "recipe.toml", conflicts_with = "benchmark")]
    pub(crate) immunogenicity: Option<PathBuf>,
    /// Folder of the training tables, to set aside what was trained on
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Folder of the model; default: the built-in one
    #[arg(long, value_name = "DIR")]
    pub(crate) model: Option<PathBuf>,
    /// Model card whose tables are brought up to date
    #[arg(long, value_name = "FILE")]
    pub(crate) card: Option<PathBuf>,
    /// Where predictions run: auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
}

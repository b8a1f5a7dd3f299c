//! `vaxloom simulate`.

use std::path::PathBuf;

use clap::Args;

/// A synthetic cohort of any size with the truth beside it, for tests of scale and of correctness.
///
/// Mutations by published load and signatures of each type of cancer, HLA by population, reads by purity and clones. Without a
/// reference, genes are made up, and a reference of them is built in DIR. Nothing in it comes from a person. The same
/// options give the same files.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom simulate --patients 1000 --out cohort
  vaxloom run --samples cohort/samples.csv --records cohort/records --reference cohort/reference --lake lake
  vaxloom simulate --patients 50 --cancer SKCM --population european --reference grch38 --out melanoma")]
pub(crate) struct SimulateArgs {
    /// Number of patients
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=9_999_999))]
    pub(crate) patients: u32,
    /// New folder for the cohort: samples.csv, and what it names
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Another seed gives another cohort
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Reference whose genes are mutated, made by vaxloom reference build; default: made-up genes
    #[arg(long, value_name = "DIR")]
    pub(crate) reference: Option<PathBuf>,
    /// Type of cancer: BLCA, BRCA, COAD, GBM, HNSC, KIRC, LIHC, LUAD, LUSC, OV, PAAD, PRAD, SKCM, STAD, UCEC, or mix, by incidence
    #[arg(long, value_name = "TYPE", default_value = "mix")]
    pub(crate) cancer: String,
    /// Population of the HLA genotypes: african, east-asian, european, south-asian, or mix
    #[arg(long, value_name = "P", default_value = "mix")]
    pub(crate) population: String,
    /// How many times the published mutational load tumours have
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = factor)]
    pub(crate) load: f64,
}

fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor| (0.000_1..=1000.0).contains(factor));
    factor.ok_or_else(|| "expected a number from 0.0001 to 1000".to_owned())
}

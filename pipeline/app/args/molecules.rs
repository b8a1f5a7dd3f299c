//! `vaxloom fold` and `vaxloom optimize`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Minimum free energy and structure of RNA molecules, and the energy of their ensemble (Turner 2004, 37 °C).
///
/// Every sequence gives RNAfold's lines, in the order of the input.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom fold molecules.fasta
  echo GGGGAAAACCCC | vaxloom fold - --dangles 0 --format json

Exit codes: 0 done; 1 failed; 2 wrong use; 3 done, but for sequences that are no RNA.")]
pub(crate) struct FoldArgs {
    /// FASTA, or one sequence a line, plain or gzip; T is read as U. - is standard input
    #[arg(value_name = "FASTA")]
    pub(crate) rna: PathBuf,
    /// Whether unpaired neighbours of stems count: 0 for never, 2 for always
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=2))]
    pub(crate) dangles: u8,
    /// Most unpaired bases of an interior loop, both sides together
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u8).range(0..=30))]
    pub(crate) max_interior_loop: u8,
    /// Also the ensemble's energy and the frequency of the structure; JSON has them unless a beam is used
    #[arg(long, short)]
    pub(crate) partition: bool,
    /// Keeps that many stretches for each last base instead of all: faster, not always the least energy; 500 above 4,000 bases, where
    /// random molecules came out 0.1 percent higher than the least
    #[arg(long, value_name = "N")]
    pub(crate) beam: Option<usize>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = MoleculeFormat::Text)]
    pub(crate) format: MoleculeFormat,
    /// Output; default: standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MoleculeFormat {
    /// Lines for people, as RNAfold and LinearDesign write them
    Text,
    /// One JSON object a line
    Json,
}

/// The coding sequence of a protein that is stable and of good codons, over all synonymous ones.
///
/// Least is `energy - lambda * L * ln CAI`, in kcal/mol, with the structure's energy without dangles. It is exact unless --beam is given.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom optimize --protein spike.fasta --lambda 3 --beam 500
  vaxloom optimize --protein - --lambda 4 --forbid GCTCTTC,GGTCTC --format json < protein.fasta
  vaxloom optimize --protein protein.fasta --front 8

Exit codes: 0 done; 1 failed; 2 wrong use; 3 done, but for proteins that cannot be written.")]
pub(crate) struct OptimizeArgs {
    /// FASTA, or one protein a line, plain or gzip; a last * asks for a stop codon. - is standard input
    #[arg(long, value_name = "FASTA")]
    pub(crate) protein: PathBuf,
    /// Weight of codon usage, kcal/mol for each unit of -ln w; 0 for stability alone
    #[arg(long, default_value_t = 0.0, value_name = "X")]
    pub(crate) lambda: f64,
    /// Designs along the trade of stability and codons, that many at most, up to this lambda (or 10)
    #[arg(long, value_name = "N")]
    pub(crate) front: Option<usize>,
    /// Keeps that many stretches for each last base instead of all: faster, not always the optimum
    #[arg(long, value_name = "N")]
    pub(crate) beam: Option<usize>,
    /// Rows of codon, residue, share, as LinearDesign reads them; default: human
    #[arg(long, value_name = "FILE")]
    pub(crate) codon_table: Option<PathBuf>,
    /// Most unpaired bases of an interior loop, both sides together
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u8).range(0..=30))]
    pub(crate) max_interior_loop: u8,
    /// Bases before the coding sequence, which fold along
    #[arg(long, default_value = "", value_name = "BASES", hide_default_value = true)]
    pub(crate) five_prime: String,
    /// Bases behind it
    #[arg(long, default_value = "", value_name = "BASES", hide_default_value = true)]
    pub(crate) three_prime: String,
    /// DNA sequences that must not occur on either strand, comma-separated
    #[arg(long, value_name = "A,B,...", value_delimiter = ',')]
    pub(crate) forbid: Vec<String>,
    /// The longest stretch of bases that may occur twice in the coding sequence
    #[arg(long, value_name = "N")]
    pub(crate) longest_repeat: Option<usize>,
    /// Cost of each uridine, kcal/mol
    #[arg(long, default_value_t = 0.0, value_name = "X")]
    pub(crate) uridine: f64,
    /// Cost of each CpG, kcal/mol
    #[arg(long, default_value_t = 0.0, value_name = "X")]
    pub(crate) cpg: f64,
    /// Cost of each UpA, kcal/mol
    #[arg(long, default_value_t = 0.0, value_name = "X")]
    pub(crate) upa: f64,
    /// Cost of each paired base at the beginning of the coding sequence, kcal/mol
    #[arg(long, default_value_t = 0.0, value_name = "X")]
    pub(crate) paired_start: f64,
    /// Bases that this beginning has
    #[arg(long, default_value_t = 45, value_name = "N")]
    pub(crate) start_bases: usize,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = MoleculeFormat::Text)]
    pub(crate) format: MoleculeFormat,
    /// Output; default: standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// A molecule of antigens given or chosen: order, joints, codons, checks.
///
/// Every molecule comes with its checks; the first is the best. Written are FASTA, GenBank, a manifest (JSON), tables of molecules and
/// junctional binders, and a drawing of each molecule; with --candidates also which antigens were chosen, and what each adds.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom design --peptides long-peptides.fasta --alleles HLA-A*02:01,HLA-B*07:02,HLA-C*07:02 -o design
  vaxloom design --peptides long-peptides.fasta --alleles HLA-A*02:01,DRB1*15:01 --profile cov --lambda 3 --beam 100 -o design
  vaxloom design --candidates scored.tsv --alleles HLA-A*02:01,HLA-A*24:02,HLA-B*07:02 -o design

Exit codes: 0 done; 1 failed; 2 wrong use.")]
pub(crate) struct DesignArgs {
    /// Antigens, the best first, as pVACvector reads them
    #[arg(long, value_name = "FASTA", required_unless_present = "candidates")]
    pub(crate) peptides: Option<PathBuf>,
    /// Instead of antigens, candidates to choose them from, tab-separated: antigen, gene, peptide, probability (of a response), ccf
    /// (fraction of the tumour's cells, may be empty), alleles (that present it, best first, comma-separated), class_2 (true or false)
    #[arg(long, value_name = "TSV", conflicts_with = "peptides")]
    pub(crate) candidates: Option<PathBuf>,
    /// The tumour is known to have kept all its HLA alleles; without, candidates are chosen so that losing one haplotype does least harm
    #[arg(long, requires = "candidates")]
    pub(crate) hla_retained: bool,
    /// Alleles of the patient, class I and class II, comma-separated
    #[arg(long, value_name = "A,B,...", value_delimiter = ',', required = true)]
    pub(crate) alleles: Vec<String>,
    /// Folder for the files
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Construct profile: inest, cov, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = "inest")]
    pub(crate) profile: String,
    /// What the molecules are named after
    #[arg(long, value_name = "NAME", default_value = "design")]
    pub(crate) name: String,
    /// Normal proteins, FASTA or the folder of a reference: junctional peptides that they have do not count
    #[arg(long, value_name = "FASTA|DIR")]
    pub(crate) proteome: Option<PathBuf>,
    /// Weights of codon usage for codons that make the molecule stable, comma-separated; without, the best codons are taken
    #[arg(long, value_name = "X,Y,...", value_delimiter = ',')]
    pub(crate) lambda: Vec<f64>,
    /// Beam of the search for stable codons; 0 is exact
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) beam: usize,
    /// Do not fold the finished molecules: no energies, and no checks that need them
    #[arg(long)]
    pub(crate) no_folding: bool,
    /// Where predictions run: auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
}

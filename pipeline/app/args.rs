//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    Run(RunArgs),
    #[command(subcommand)]
    Reference(ReferenceCommand),
    Consequence(ConsequenceArgs),
    Predict(PredictArgs),
    Sql(SqlArgs),
    Report(ReportArgs),
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

Exit codes: 0 done; 1 failed; 2 wrong use; 3 done, with records in quarantine; 75 another run holds the lock."
)]
pub(crate) struct RunArgs {
    /// CSV with the columns patient,sample,vcf,tumor_sample,normal_sample,expression,rna_bam,fusions,hla,cnv,phased_vcf,purity
    #[arg(long, value_name = "SHEET.csv")]
    pub(crate) samples: PathBuf,
    /// Folder of the lake; made when it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) lake: PathBuf,
    /// Folder with FHIR R4 records (Bundles, NDJSON)
    #[arg(long, value_name = "DIR")]
    pub(crate) records: Option<PathBuf>,
    /// Reference to compute consequences from, made by vaxloom reference build; without it they are VEP's, from the VCFs' CSQ
    #[arg(long, value_name = "DIR")]
    pub(crate) reference: Option<PathBuf>,
    /// Folder for pages, FASTA and GenBank; default: reports in the lake's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) reports: Option<PathBuf>,
    /// Ranking policy: a TOML file; default: the built-in one
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Construct profile: inest, cov, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = "inest")]
    pub(crate) profile: String,
    /// Where predictions run: auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub(crate) device: String,
}

/// Transcripts, sequence and proteome that consequences are computed from.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example:\n  vaxloom reference build --fasta GRCh38.fa.gz --gff Homo_sapiens.GRCh38.gff3.gz --out grch38"
)]
pub(crate) enum ReferenceCommand {
    Build(ReferenceBuildArgs),
    Info(ReferenceInfoArgs),
}

/// Builds a reference of an annotation, and a genome or the transcripts' own sequences.
///
/// Where DIR is a reference of the same content, it is left alone.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom reference build --fasta GRCh38.fa.gz --gff Homo_sapiens.GRCh38.gff3.gz --out grch38
  vaxloom reference build --gtf genes.gtf.gz --cdna cdna.all.fa.gz --cdna ncrna.fa.gz --proteins pep.all.fa.gz --out grch38

Exit codes: 0 done; 1 failed; 2 wrong use; 3 done, with lines, transcripts or proteins that were refused (refused.tsv).")]
pub(crate) struct ReferenceBuildArgs {
    /// FASTA of the genome, plain, gzip or bgzip; one of transcripts is taken as --cdna
    #[arg(long, value_name = "FILE", required_unless_present = "cdna", conflicts_with = "cdna")]
    pub(crate) fasta: Option<PathBuf>,
    /// Annotation: GFF3 or GTF of Ensembl, GENCODE or RefSeq
    #[arg(long, value_name = "FILE", visible_alias = "gtf")]
    pub(crate) gff: PathBuf,
    /// FASTA of transcripts, where there is no genome; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) cdna: Vec<PathBuf>,
    /// FASTA of the proteins that the transcripts should translate to; those that do not are listed
    #[arg(long, value_name = "FILE")]
    pub(crate) proteins: Option<PathBuf>,
    /// FASTA of the proteins whose peptides are normal; default: --proteins, else the translations
    #[arg(long, value_name = "FILE")]
    pub(crate) proteome: Option<PathBuf>,
    /// Folder of the reference
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace a reference of other sources
    #[arg(long)]
    pub(crate) force: bool,
}

/// What a reference was built from, and what is in it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vaxloom reference info grch38")]
pub(crate) struct ReferenceInfoArgs {
    /// Folder of the reference
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

/// Protein consequences of a VCF: computed from a reference, or as VEP annotated them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom consequence --vcf tumour.vcf.gz --reference grch38 --sample TUMOR -o consequences.parquet
  vaxloom consequence --vcf tumour.vep.vcf.gz --sample TUMOR -o consequences.tsv

Exit codes: 0 done; 1 failed; 2 wrong use; 3 done, with records or alleles that could not be used.")]
pub(crate) struct ConsequenceArgs {
    /// VCF 4.1 to 4.3, plain or bgzip, sorted; without --reference, with CSQ, WildtypeProtein and FrameshiftSequence
    #[arg(long, value_name = "FILE")]
    pub(crate) vcf: PathBuf,
    /// Reference to compute from, made by vaxloom reference build
    #[arg(long, value_name = "DIR")]
    pub(crate) reference: Option<PathBuf>,
    /// Tumour sample; may be left out when the VCF has one sample or names it in its header
    #[arg(long, value_name = "NAME")]
    pub(crate) sample: Option<String>,
    /// VCF whose genotypes say how calls are phased, and which germline calls lie beside them
    #[arg(long, value_name = "FILE", requires = "reference")]
    pub(crate) phased_vcf: Option<PathBuf>,
    /// Which calls are applied to a transcript together
    #[arg(long, value_enum, default_value_t = Haplotypes::Genotypes)]
    pub(crate) haplotypes: Haplotypes,
    /// Which rows are written; default: all with --reference, changed without
    #[arg(long, value_enum)]
    pub(crate) rows: Option<Rows>,
    /// Lists where a CSQ in the VCF disagrees with the reference: a .tsv file
    #[arg(long, value_name = "FILE", requires = "reference")]
    pub(crate) disagreements: Option<PathBuf>,
    /// Residues on each side of the change in FASTA windows
    #[arg(long, default_value_t = 8)]
    pub(crate) flank: usize,
    /// Output: .tsv, .parquet, or .fasta for windows
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Haplotypes {
    /// Those whose genotypes say that they lie on one copy of the chromosome
    Genotypes,
    /// Each call alone
    Alone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rows {
    /// Every transcript of every allele
    All,
    /// Those with a mutant protein
    Changed,
}

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

/// One SQL query over a lake, and over files.
///
/// Files are tables too: vcf_scan('calls.vcf.gz'), gff_scan, maf_scan, fasta_scan. What could not be used of a file is listed by
/// vcf_refused, gff_refused, maf_refused.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vaxloom sql --lake lake \"SELECT patient_id, gene, protein_change, best_peptide, best_allele, rank FROM neoantigen ORDER BY rank LIMIT 10\"
  vaxloom sql \"SELECT kind, count(*) FROM vcf_scan('calls.vcf.gz') WHERE filter = 'PASS' GROUP BY kind\"
  vaxloom sql --proteome proteins.fa.gz \"SELECT in_proteome('GADGVGKSAL')\"")]
pub(crate) struct SqlArgs {
    /// Folder of the lake; without it, functions can be called but there are no tables
    #[arg(long, value_name = "DIR")]
    pub(crate) lake: Option<PathBuf>,
    /// Folder of a reference, for consequence, in_proteome and proteome_occurrences
    #[arg(long, value_name = "DIR")]
    pub(crate) reference: Option<PathBuf>,
    /// Normal proteins, for in_proteome and proteome_occurrences: FASTA, or the folder of a reference; default: the reference's
    #[arg(long, value_name = "FASTA|DIR")]
    pub(crate) proteome: Option<PathBuf>,
    /// The query
    pub(crate) query: String,
    /// How the answer is written to standard output
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub(crate) format: OutputFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    Table,
    Csv,
    Json,
    Parquet,
}

/// The pages of a lake's patients, again.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vaxloom report --lake lake --patient VX-0001 -o pages")]
pub(crate) struct ReportArgs {
    /// Folder of the lake
    #[arg(long, value_name = "DIR")]
    pub(crate) lake: PathBuf,
    /// One patient; default: all
    #[arg(long, value_name = "ID")]
    pub(crate) patient: Option<String>,
    /// Folder for pages, FASTA and GenBank
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
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

/// Completions for a shell.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  vaxloom completions bash > ~/.local/share/bash-completion/completions/vaxloom"
)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

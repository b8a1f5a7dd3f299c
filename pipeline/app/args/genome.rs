//! `vaxloom reference` and `vaxloom consequence`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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

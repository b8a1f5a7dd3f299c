//! From a tumour's variant calls to the peptides that only the tumour makes.
//!
//! What goes in: [`vcf`] (VCF 4.1-4.3, with Ensembl VEP's [`csq`] or without), [`maf`], [`fusion`] (tables of fusion callers), [`expression`]
//! (tables of RNA quantifiers), [`mod@rna_evidence`] and [`mod@bam_readcount`] (reads that support an allele), [`mod@reference`] (transcripts and the
//! sequence under them), [`proteome`] (which peptides normal proteins have as well).
//!
//! What is made of it, in this order: [`effect`] computes what changes do to transcripts, haplotype by haplotype, and
//! [`mod@annotate`] does so for a whole VCF;
//! [`consequence`] gives wild-type and mutant proteins, from the reference or from VEP's annotation; [`hgvs`] names changes;
//! [`mod@windows`] cuts the short and long peptides that span a change; [`clonality`] says how many of the tumour's cells carry it.
//!
//! Plain types and pure functions: no tables, no engine. What cannot be used becomes a [`Quarantined`] row
//! or an [`Unusable`] entry with its rule and remedy; nothing is dropped in silence. Positions are 1-based.

pub mod annotate;
pub mod bam_readcount;
pub mod clonality;
pub mod consequence;
pub mod copy_number;
pub mod csq;
pub mod effect;
pub mod expression;
pub mod fusion;
pub mod hgvs;
pub mod maf;
pub mod proteome;
mod quarantine;
pub mod reference;
pub mod rna_evidence;
mod table;
mod text;
pub mod vcf;
pub mod windows;

pub use bam_readcount::{BamReadcounts, ReadcountError, read_bam_readcount};
pub use clonality::{CancerCellFraction, cancer_cell_fraction, estimate_purity};
pub use consequence::{Consequence, Unusable, VariantKey, consequences};
pub use copy_number::{CopyNumberContent, Segment, hla_loss, read_copy_number};
pub use csq::{CsqFormat, CsqFormatError};
pub use expression::{Expression, ExpressionError, read_expression};
pub use fusion::{Fusion, FusionContent, junction_windows, read_fusions};
pub use maf::{MafCall, MafContent, read_maf};
pub use proteome::{Proteome, ProteomeBuilder, ProteomeError, ProteomeReport};
pub use quarantine::Quarantined;
pub use rna_evidence::{
    EvidenceOptions, EvidenceTable, RnaEvidence, RnaEvidenceError, rna_evidence,
};
pub use table::TableError;
pub use vcf::{
    AnnotatedCalls, RawVcf, SampleNames, Samples, SomaticVariant, VcfContent, VcfError, read_calls,
    read_vcf,
};
pub use windows::{LongPeptide, PeptideWindow, long_peptide, peptides_in_proteins, windows};

//! From a tumour's variant calls to the peptides that only the tumour makes.
//!
//! The path, in the order of the modules:
//! [`vcf`] reads annotated somatic calls (VCF 4.1-4.3 with Ensembl VEP's CSQ) with their DNA and RNA evidence, and any VCF
//! record by record with its genotypes,
//! [`expression`] reads abundance tables of RNA quantifiers,
//! [`mod@rna_evidence`] counts the RNA reads that show a variant,
//! [`expression`] reads abundance tables of RNA quantifiers, [`mod@bam_readcount`] reads that support an allele,
//! [`csq`] knows the layout of a CSQ annotation,
//! [`consequence`] turns one annotation into wild-type and mutant proteins, transcript by transcript,
//! [`mod@windows`] cuts the short and long peptides that span the change,
//! [`proteome`] knows which peptides normal proteins have as well.
//! [`hgvs`] names changes of contigs, transcripts and proteins, and reads such names,
//! [`mod@windows`] cuts the short and long peptides that span the change.
//!
//! Plain types and pure functions: no tables, no engine. What cannot be used becomes a [`Quarantined`] row
//! or an [`Unusable`] entry with its rule and remedy; nothing is dropped in silence. Positions are 1-based.

pub mod clonality;
pub mod bam_readcount;
pub mod consequence;
pub mod csq;
pub mod effect;
pub mod expression;
pub mod hgvs;
pub mod proteome;
pub mod fusion;
mod hgvs;
pub mod maf;
mod quarantine;
pub mod reference;
mod table;
pub mod rna_evidence;
mod text;
pub mod vcf;
pub mod windows;

pub use clonality::{CancerCellFraction, Clonality, Locus, cancer_cell_fraction, estimate_purity};
pub use bam_readcount::{BamReadcounts, ReadcountError, read_bam_readcount};
pub use consequence::{Consequence, Unusable, VariantKey, consequences};
pub use csq::{CsqFormat, CsqFormatError};
pub use expression::{Expression, ExpressionError, read_expression};
pub use proteome::{Proteome, ProteomeBuilder, ProteomeError, ProteomeReport};
pub use fusion::{Fusion, FusionContent, junction_windows, read_fusions};
pub use maf::{MafCall, MafContent, read_maf};
pub use quarantine::Quarantined;
pub use table::TableError;
pub use rna_evidence::{
    EvidenceOptions, EvidenceTable, RnaEvidence, RnaEvidenceError, rna_evidence,
};
pub use vcf::{SampleNames, SomaticVariant, VcfContent, VcfError, read_vcf};
pub use vcf::{RawVcf, SampleNames, Samples, SomaticVariant, VcfContent, VcfError, read_vcf};
pub use windows::{LongPeptide, PeptideWindow, long_peptide, peptides_in_proteins, windows};

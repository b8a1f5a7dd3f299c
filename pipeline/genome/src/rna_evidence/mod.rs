//! RNA reads and fragments that show a variant's reference allele, its alternative allele, or another one, counted in
//! an aligned BAM or CRAM.
//!
//! The rules are isovar's (<https://github.com/openvax/isovar>, version 1.61.0, Apache-2.0), with its defaults:
//!
//! - Left out are reads that are unmapped, fail the vendor's check, are duplicates, have a mapping quality below 1
//!   (255, "unavailable" in the SAM specification and "unique" in STAR, is kept), no name or no sequence. Secondary and
//!   supplementary alignments are used.
//! - The variant is trimmed of the bases that REF and ALT share. A read's allele is what it has between the bases that
//!   are aligned to the first base of the locus (or the one before) and to the base after the locus (or its last one);
//!   for an insertion, between the two bases beside it. A read without these does not span; soft clips are not aligned
//!   and are no evidence. A read that skips a base of the locus (N in the CIGAR) is spliced over it and does not count;
//!   for an insertion the skip may not touch the place.
//! - An allele with an unknown base (N) is not counted; one that is neither REF nor ALT is `other`.
//! - A *read* is one sequenced segment (read group, read name, first or last mate), counted once however many
//!   alignments it has here; alignments with different alleles make it `other`. A *fragment* is a read group and read
//!   name.
//! - Primary mates that overlap are joined where their alignments take the same path: at each base the higher quality
//!   wins, and both reads count for the joined allele, even one that ends at the base beside an insertion. They stay apart where a base differs at equal or unknown
//!   quality, or the paths differ: then each read counts for its own allele, and the fragment for both.
//!
//! Where isovar reads the reference around an indel from the MD tag, this takes it from a [`SequenceSource`]. One rare
//! case differs: conflicting alignments of one mate do not make a mate that was joined to it `other` as well.

mod alignment;
mod allele;
mod bam;
mod counter;
mod cram;
mod error;
mod file;
mod mates;
mod site;
mod sites;
mod tally;

use std::path::Path;

use crate::consequence::VariantKey;
use crate::reference::SequenceSource;
use file::AlignmentFile;
use site::{Contigs, Site};
use sites::Sites;

pub use error::{NotCounted, RnaEvidenceError};

/// Which reads are counted, and what a fragment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvidenceOptions {
    /// Lowest mapping quality of a read that counts.
    pub min_mapping_quality: u8,
    /// Count reads that are marked as duplicates.
    pub keep_duplicates: bool,
    /// Count secondary alignments.
    pub keep_secondary: bool,
    /// Count supplementary alignments.
    pub keep_supplementary: bool,
    /// The tag of the unique molecular identifier (`RX`, `UB`). With it, fragments are molecules: fragments of one
    /// identifier, strand and place, or, where the reads have a cell barcode (`CB`), of one identifier, cell and strand
    /// (there the molecule is broken up after its amplification). The place of a pair is its leftmost base and its
    /// length; that of a single read its 5' end, soft clip included. Each molecule counts once, for the allele of most
    /// of its fragments; a tie, like a fragment whose mates disagree, is `other`. Where a tool has marked the copies of a
    /// molecule as duplicates, they vote only with `keep_duplicates`.
    pub umi_tag: Option<[u8; 2]>,
}

impl Default for EvidenceOptions {
    /// Those of isovar.
    fn default() -> Self {
        Self {
            min_mapping_quality: 1,
            keep_duplicates: false,
            keep_secondary: true,
            keep_supplementary: true,
            umi_tag: None,
        }
    }
}

/// What the RNA shows at one variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RnaEvidence {
    /// Reads with the reference allele.
    pub ref_reads: u64,
    /// Reads with the alternative allele.
    pub alt_reads: u64,
    /// Reads with any other allele.
    pub other_reads: u64,
    /// Fragments with a read of the reference allele.
    pub ref_fragments: u64,
    /// Fragments with a read of the alternative allele.
    pub alt_fragments: u64,
    /// Fragments with a read of another allele.
    pub other_fragments: u64,
    /// Distinct fragments: less than the three together where mates disagree.
    pub fragments: u64,
    /// Fragments that are no molecule's because their reads lack the UMI tag that was asked for.
    pub fragments_without_umi: u64,
    /// Further alignments, at the same place, of reads that are counted already.
    pub repeated_alignments: u64,
    /// Alignments over the variant or a base beside it that do not count.
    pub excluded: Excluded,
}

impl RnaEvidence {
    /// Fraction of the alternative allele among the reads; `None` without reads.
    pub fn read_vaf(&self) -> Option<f64> {
        fraction(self.alt_reads, self.ref_reads + self.alt_reads + self.other_reads)
    }

    /// Fraction of the alternative allele among the fragments; `None` without fragments.
    pub fn fragment_vaf(&self) -> Option<f64> {
        fraction(self.alt_fragments, self.fragments)
    }
}

fn fraction(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Alignments that do not count, each under the first reason in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Excluded {
    /// Not aligned, but placed here beside a mate.
    pub unmapped: u64,
    /// Failed the vendor's quality check.
    pub quality_check: u64,
    /// Marked as a duplicate.
    pub duplicate: u64,
    /// Secondary alignment, where these are left out.
    pub secondary: u64,
    /// Supplementary alignment, where these are left out.
    pub supplementary: u64,
    /// The record has no name, so that its fragment is unknown.
    pub no_name: u64,
    /// Mapping quality below the least.
    pub mapping_quality: u64,
    /// The record has no bases.
    pub no_sequence: u64,
    /// Spliced over the place.
    pub spliced: u64,
    /// Does not span the place.
    pub not_spanning: u64,
    /// Has an unknown base (N) there.
    pub unknown_base: u64,
}

/// The counts of all variants.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceTable {
    /// A row a variant, in the order of the variants; where the file cannot answer, the reason.
    pub rows: Vec<Result<RnaEvidence, NotCounted>>,
    /// What the user should know, in whole sentences.
    pub warnings: Vec<String>,
}

/// Counts the reads of `alignments`, a BAM or CRAM, at each of `variants`.
///
/// With an index beside the file (`.bai`, `.csi`, `.crai`) only the regions of the variants are read, in parallel;
/// otherwise the whole file, in any order of its records. The counts are the same. A CRAM may need `reference_fasta`.
///
/// `resolve` gives the name under which a contig is known in `sequences`, whatever name a file has for it; contigs of
/// the variants and of the alignments belong together if their names are equal, or else if their resolved names are
/// (see [`without_chr`]). With `sequences`, insertions and deletions that can be placed elsewhere in a repeat are
/// compared after left alignment; without, as they are aligned.
pub fn rna_evidence(
    alignments: &Path,
    reference_fasta: Option<&Path>,
    variants: &[VariantKey<'_>],
    options: EvidenceOptions,
    sequences: Option<&dyn SequenceSource>,
    resolve: &dyn Fn(&str) -> Option<String>,
) -> Result<EvidenceTable, RnaEvidenceError> {
    let file = AlignmentFile::open(alignments, reference_fasta)?;
    let contigs = Contigs::new(file.header(), resolve);
    let mut rows = Vec::with_capacity(variants.len());
    let mut placed = Vec::new();
    for (row, variant) in variants.iter().enumerate() {
        match Site::new(variant, &contigs, sequences)? {
            Ok(site) => {
                placed.push((row, site));
                rows.push(Ok(RnaEvidence::default()));
            }
            Err(reason) => rows.push(Err(reason)),
        }
    }
    let (order, sites) = Sites::sorted(placed);
    let counted = file.count(&sites, options)?;
    for (row, evidence) in order.into_iter().zip(counted) {
        rows[row] = Ok(evidence);
    }
    Ok(EvidenceTable { rows, warnings: file.warnings() })
}

/// The name of a contig without the prefix `chr`; the mitochondrion is `MT`.
pub fn without_chr(name: &str) -> Option<String> {
    let bare = match name.get(..3) {
        Some(prefix) if prefix.eq_ignore_ascii_case("chr") => &name[3..],
        _ => name,
    };
    Some(if bare.eq_ignore_ascii_case("M") { "MT".to_owned() } else { bare.to_owned() })
}

#[cfg(test)]
mod tests;

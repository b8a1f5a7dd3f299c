//! A transcript as an annotation describes it. Positions are on the contig, 1-based and inclusive.

use serde::{Deserialize, Serialize};

/// A stretch of a contig, 1-based and inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interval {
    /// First base.
    pub start: u32,
    /// Last base; not before `start`.
    pub end: u32,
}

impl Interval {
    /// Number of bases.
    pub fn len(self) -> u32 {
        self.end - self.start + 1
    }

    /// Never: an interval holds at least one base.
    pub fn is_empty(self) -> bool {
        false
    }

    /// Whether `position` is one of its bases.
    pub fn contains(self, position: u32) -> bool {
        (self.start..=self.end).contains(&position)
    }
}

/// The strand that is transcribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Strand {
    /// As the contig is written.
    Forward,
    /// The complement, read backwards.
    Reverse,
}

/// Bases to skip at the 5' end of a coding part to reach the next codon's first base (GFF3 column 8): 0, 1 or 2.
pub type Phase = u8;

/// A piece of the coding sequence within one exon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodingPart {
    /// Where it lies; the stop codon included.
    pub interval: Interval,
    /// `None` where the annotation has `.`.
    pub phase: Option<Phase>,
}

/// An untranslated part, as the annotation writes it or as follows from exons and coding parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utr {
    /// Where it lies.
    pub interval: Interval,
    /// Whether it is before the start codon.
    pub five_prime: bool,
    /// The annotation writes no untranslated parts of the transcript; this one follows from exons and coding parts.
    pub derived: bool,
}

/// One transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is a mark of its own in the annotation")]
pub struct Transcript {
    /// Identifier without a prefix such as `transcript:` and without version: `ENST00000269305`, `NM_000546`.
    pub id: String,
    /// Version of the identifier, where the annotation gives one.
    pub version: Option<String>,
    /// Identifier of the gene, without version.
    pub gene_id: String,
    /// Symbol of the gene, or its identifier where it has none.
    pub gene: String,
    /// Biotype of the transcript in Ensembl's terms (`protein_coding`, `nonsense_mediated_decay`, `lncRNA` ...).
    pub biotype: String,
    /// Contig as the annotation names it.
    pub contig: String,
    /// The strand that is transcribed.
    pub strand: Strand,
    /// From its first to its last base.
    pub interval: Interval,
    /// Exons, by position.
    pub exons: Vec<Interval>,
    /// Parts of the coding sequence, by position; empty for a transcript without.
    pub coding: Vec<CodingPart>,
    /// Untranslated parts, by position.
    pub utrs: Vec<Utr>,
    /// Identifier of the protein, with its version where given.
    pub protein_id: Option<String>,
    /// MANE Select.
    pub mane_select: bool,
    /// MANE Plus Clinical.
    pub mane_plus_clinical: bool,
    /// Canonical transcript of its gene (Ensembl).
    pub canonical: bool,
    /// Transcript support level, 1 (best) to 5.
    pub tsl: Option<i32>,
    /// APPRIS annotation, e.g. `principal1`.
    pub appris: Option<String>,
    /// The start of the coding sequence was not found.
    pub cds_start_not_found: bool,
    /// The end of the coding sequence was not found.
    pub cds_end_not_found: bool,
    /// First bases (in direction of translation) of the TGA codons that are read as selenocysteine.
    pub selenocysteines: Vec<u32>,
    /// Whether it is translated by the vertebrate mitochondrial code (NCBI table 2).
    pub mitochondrial: bool,
}

impl Transcript {
    /// `ENST00000269305.9`, or the identifier alone where there is no version.
    pub fn versioned_id(&self) -> String {
        match &self.version {
            Some(version) => format!("{}.{version}", self.id),
            None => self.id.clone(),
        }
    }
}

//! Changes of a contig: their normal forms, and their names (`g.`).

use super::edit::{self, StrandEdit};
use crate::reference::{ContigSequence, Strand};

/// A change of a contig's bases, without bases that both alleles share at an end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GenomicChange {
    /// First changed base, 1-based; of an insertion the base behind it.
    pub position: u32,
    /// Bases that go, upper case; empty for an insertion.
    pub reference: Vec<u8>,
    /// Bases that come, upper case; empty for a deletion.
    pub alternative: Vec<u8>,
}

impl GenomicChange {
    /// The change that POS, REF and one ALT of a VCF record describe; `None` where both alleles are equal.
    /// Shared bases go from the end first, so that an insertion or deletion stays as far left as it was written.
    pub fn from_vcf(position: u32, reference: &[u8], alternative: &[u8]) -> Option<Self> {
        let (old, new) = (reference.to_ascii_uppercase(), alternative.to_ascii_uppercase());
        if old == new {
            return None;
        }
        let shared = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        let (old, new) = (&old[..old.len() - shared], &new[..new.len() - shared]);
        let shared = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        Some(Self {
            position: position.saturating_add(shared as u32),
            reference: old[shared..].to_vec(),
            alternative: new[shared..].to_vec(),
        })
    }

    /// The same change of the contig, as far left as it can be written (Tan, Abecasis and Kang 2015, Bioinformatics
    /// 31:2202). Only insertions and deletions can move; an unknown base stops them.
    #[must_use]
    pub fn left_aligned(mut self, sequence: &ContigSequence) -> Self {
        let before = i64::from(self.position) - 1;
        let steps = self.moving_allele().map_or(0, |allele| {
            edit::shift_back(allele, before, i64::MAX, |at| base(sequence, at))
        });
        self.position -= steps as u32;
        self
    }

    /// The same change of the contig, as far right as it can be written.
    #[must_use]
    pub fn right_aligned(mut self, sequence: &ContigSequence) -> Self {
        let behind = i64::from(self.position) + self.reference.len() as i64;
        let steps = self
            .moving_allele()
            .map_or(0, |allele| edit::shift_on(allele, behind, i64::MAX, |at| base(sequence, at)));
        self.position += steps as u32;
        self
    }

    /// POS, REF and ALT of a VCF record: an insertion or deletion with the base before it, or the base behind it at
    /// the contig's start (VCF 4.3, section 1.6.1).
    pub fn to_vcf(&self, sequence: &ContigSequence) -> (u32, Vec<u8>, Vec<u8>) {
        let (reference, alternative) = (self.reference.clone(), self.alternative.clone());
        if !reference.is_empty() && !alternative.is_empty() {
            return (self.position, reference, alternative);
        }
        if self.position > 1 {
            let anchor = [sequence.base(self.position - 1)];
            let with = |allele: Vec<u8>| [anchor.as_slice(), &allele].concat();
            return (self.position - 1, with(reference), with(alternative));
        }
        let anchor = [sequence.base(self.position + reference.len() as u32)];
        let with = |allele: Vec<u8>| [allele.as_slice(), &anchor].concat();
        (self.position, with(reference), with(alternative))
    }

    /// The one allele of an insertion or deletion.
    fn moving_allele(&mut self) -> Option<&mut [u8]> {
        match (self.reference.as_mut_slice(), self.alternative.as_mut_slice()) {
            ([], allele @ [_, ..]) | (allele @ [_, ..], []) => Some(allele),
            _ => None,
        }
    }
}

/// `NC_000017.11:g.7675088C>T`: the change under `accession`, the contig's name in the database it comes from.
///
/// Insertions and deletions are written as far as possible towards the contig's end (HGVS' 3' rule), insertions that
/// repeat the bases before them as `dup`, reverse complements of two or more bases as `inv`. An insertion before the
/// contig's first or behind its last base has no neighbour to name: its place is then 0, or the length plus 1.
pub fn genomic(change: &GenomicChange, sequence: &ContigSequence, accession: &str) -> String {
    if let ([old], [new]) = (change.reference.as_slice(), change.alternative.as_slice()) {
        return format!(
            "{accession}:g.{}{}>{}",
            change.position,
            char::from(*old),
            char::from(*new)
        );
    }
    let last = sequence.length().map_or(i64::MAX, i64::from);
    let described = |first, last| {
        StrandEdit::new(change, Strand::Forward, sequence)
            .describe_within(last, |at| (first..=last).contains(&at).then(|| at.to_string()))
    };
    let described =
        described(1, last).or_else(|| described(i64::MIN, i64::MAX)).unwrap_or_default();
    format!("{accession}:g.{described}")
}

fn base(sequence: &ContigSequence, at: i64) -> u8 {
    u32::try_from(at).map_or(b'N', |position| sequence.base(position))
}

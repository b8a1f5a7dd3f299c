//! An exact index of a normal proteome: does a peptide occur in it, and where.
//!
//! The residues of all proteins lie one after the other in one text, a `*` behind each, with an array of their
//! positions sorted by what follows (a suffix array: Manber and Myers 1993, SIAM J Comput 22:935). A peptide is
//! found by binary search, at any length, in a microsecond. Proteins with the same residues are stored once, under
//! all their names. About 5 bytes a residue, in memory and in [`ProteomeParts`].
//!
//! Residues are compared by their letters alone: X, B, Z, J, U and O match only themselves, and I is not L.

mod builder;
mod error;
mod fasta;
mod header;
mod neighbours;
mod parts;
mod suffixes;

use std::borrow::Cow;

use rayon::prelude::*;

pub use builder::{Added, ProteinError, ProteomeBuilder};
pub use error::{PartsError, ProteomeError};
pub use fasta::ProteomeReport;
pub use neighbours::Neighbour;
pub use parts::{ProteinName, ProteomeParts};

/// Ends a protein in the text, and stands for a stop codon within one. Below every letter in ASCII.
const END: u8 = b'*';

/// A proteome that can be searched for peptides.
#[derive(Debug)]
pub struct Proteome {
    parts: ProteomeParts,
    /// Where in the suffix array each beginning of a few residues starts ([`suffixes::buckets`]).
    buckets: Vec<u32>,
}

/// A place where a peptide occurs. Ordered by protein, then gene, then position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence<'a> {
    /// Identifier of the protein.
    pub protein: &'a str,
    /// Its gene, where the source names one.
    pub gene: Option<&'a str>,
    /// 1-based position of the peptide's first residue in the protein.
    pub start: u32,
}

impl Proteome {
    /// Whether `peptide` occurs within a protein. Upper and lower case are the same.
    ///
    /// What holds anything but letters, and the empty peptide, occur nowhere.
    pub fn contains(&self, peptide: &str) -> bool {
        residues(peptide).is_some_and(|peptide| self.positions(&peptide).next().is_some())
    }

    /// [`Proteome::contains`] for many peptides, in their order, on all threads of the rayon pool.
    pub fn contains_all(&self, peptides: &[&str]) -> Vec<bool> {
        peptides.par_iter().map(|peptide| self.contains(peptide)).collect()
    }

    /// Every place where `peptide` occurs, in the order of [`Occurrence`]; one for each name of a protein.
    pub fn occurrences(&self, peptide: &str) -> impl Iterator<Item = Occurrence<'_>> {
        let mut found: Vec<_> = residues(peptide)
            .iter()
            .flat_map(|peptide| self.positions(peptide))
            .flat_map(|position| self.occurrences_at(position))
            .collect();
        found.sort_unstable();
        found.into_iter()
    }

    /// The residues of each protein, as far as a stop codon where one lies within it.
    pub fn sequences(&self) -> impl Iterator<Item = &str> {
        self.parts.residues.split(END as char).filter(|residues| !residues.is_empty())
    }

    /// Number of proteins with different residues.
    pub fn len(&self) -> usize {
        self.parts.starts.len()
    }

    /// Whether it has no protein.
    pub fn is_empty(&self) -> bool {
        self.parts.starts.is_empty()
    }

    /// Positions in the text at which `peptide` (upper-case letters, not empty) begins.
    fn positions(&self, peptide: &[u8]) -> impl Iterator<Item = u32> {
        let text = self.parts.residues.as_bytes();
        suffixes::positions(text, &self.parts.suffixes, &self.buckets, peptide)
    }

    /// What lies at a position of the text, under each name of its protein.
    fn occurrences_at(&self, position: u32) -> impl Iterator<Item = Occurrence<'_>> {
        let parts = &self.parts;
        let after = parts.starts.partition_point(|&start| start <= position);
        let protein = after.saturating_sub(1) as u32;
        let start = parts.starts.get(protein as usize).map_or(0, |start| position - start) + 1;
        let first = parts.names.partition_point(|name| name.protein < protein);
        let names = parts.names[first..].iter().take_while(move |name| name.protein == protein);
        names.map(move |name| Occurrence {
            protein: &name.identifier,
            gene: name.gene.as_deref(),
            start,
        })
    }
}

/// The upper-case residues of a peptide, or `None` where it is empty or holds anything but letters.
fn residues(peptide: &str) -> Option<Cow<'_, [u8]>> {
    let bytes = peptide.as_bytes();
    if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_alphabetic) {
        return None;
    }
    let lower = bytes.iter().any(u8::is_ascii_lowercase);
    Some(if lower { bytes.to_ascii_uppercase().into() } else { bytes.into() })
}

#[cfg(test)]
mod tests;

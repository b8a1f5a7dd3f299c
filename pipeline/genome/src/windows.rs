//! Peptides that span a change: the short ones that HLA may present, the long one that a vaccine carries, and
//! the windows that pVACseq cuts.
//!
//! Proteins are in one-letter codes; positions are 1-based and inclusive unless a comment says otherwise.

use std::collections::{BTreeSet, HashSet};
use std::ops::RangeInclusive;

use serde::Serialize;

/// The residues that predictors know.
const STANDARD: &[u8; 20] = b"ACDEFGHIKLMNPQRSTVWY";

/// Residues of a frameshift that pVACseq keeps after the change (its option `--downstream-sequence-length`).
const DOWNSTREAM: usize = 1000;

/// A short peptide that only the tumour makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeptideWindow {
    /// The mutant peptide.
    pub peptide: String,
    /// The wild-type residues at the same place, where the change only exchanges residues.
    pub wildtype_peptide: Option<String>,
    /// Number of residues.
    pub length: i32,
    /// Where it begins in the mutant protein.
    pub start: i32,
    /// First changed residue within the peptide.
    pub mutation_start: i32,
    /// Last changed residue within the peptide.
    pub mutation_end: i32,
}

/// All windows of the asked `lengths` that hold a changed residue (for a deletion: that span the junction) and
/// that the wild-type protein does not have anywhere. Windows with other than the 20 standard residues are left
/// out. Sorted by length, then start.
///
/// A window that holds only one of the two neighbours of a deletion, or repeats of an insertion that were
/// there before, is a piece of the wild type: the second condition removes it.
pub fn windows(
    mutant_protein: &str,
    wildtype_protein: &str,
    mutant_start: i32,
    mutant_end: i32,
    frameshift: bool,
    lengths: RangeInclusive<usize>,
) -> Vec<PeptideWindow> {
    let mutant = mutant_protein.as_bytes();
    let Some((first, last)) = zero_based(mutant, mutant_start, mutant_end) else {
        return Vec::new();
    };
    let aligned = (!frameshift && only_exchanged(mutant, wildtype_protein.as_bytes(), first, last))
        .then_some(wildtype_protein.as_bytes());
    let mut found = Vec::new();
    for length in lengths.filter(|&length| (1..=mutant.len()).contains(&length)) {
        for start in (first + 1).saturating_sub(length)..=last.min(mutant.len() - length) {
            let Some(peptide) = standard(&mutant[start..start + length]) else {
                continue;
            };
            if !wildtype_protein.contains(peptide) {
                found.push(PeptideWindow {
                    peptide: peptide.to_owned(),
                    wildtype_peptide: aligned
                        .and_then(|all| standard(&all[start..start + length]))
                        .map(str::to_owned),
                    length: length as i32,
                    start: start as i32 + 1,
                    mutation_start: first.saturating_sub(start) as i32 + 1,
                    mutation_end: (last - start + 1).min(length) as i32,
                });
            }
        }
    }
    found
}

/// The changed range as 0-based indices, inclusive; `None` where it is not within the protein.
fn zero_based(mutant: &[u8], start: i32, end: i32) -> Option<(usize, usize)> {
    let first = usize::try_from(start).ok()?.checked_sub(1)?;
    let last = usize::try_from(end).ok()?.checked_sub(1)?;
    (first <= last && last < mutant.len()).then_some((first, last))
}

fn only_exchanged(mutant: &[u8], wildtype: &[u8], first: usize, last: usize) -> bool {
    mutant.len() == wildtype.len()
        && mutant[..first] == wildtype[..first]
        && mutant[last + 1..] == wildtype[last + 1..]
}

/// Whether predictors know a residue.
pub(crate) fn is_standard(residue: u8) -> bool {
    STANDARD.contains(&residue)
}

fn standard(residues: &[u8]) -> Option<&str> {
    let known = residues.iter().copied().all(is_standard);
    known.then(|| std::str::from_utf8(residues).ok()).flatten()
}

/// Those of `peptides` that occur in one of `proteins`, in the order given: a change can make a piece of another
/// protein, or of another isoform, to which T cells are tolerant.
pub fn peptides_in_proteins<'a>(peptides: &[&'a str], proteins: &[&str]) -> Vec<&'a str> {
    let lengths: BTreeSet<usize> =
        peptides.iter().map(|peptide| peptide.len()).filter(|&n| n > 0).collect();
    let wanted: HashSet<&[u8]> = peptides.iter().map(|peptide| peptide.as_bytes()).collect();
    let mut found: HashSet<&[u8]> = HashSet::new();
    for protein in proteins {
        for &length in &lengths {
            found.extend(
                protein.as_bytes().windows(length).filter(|window| wanted.contains(window)),
            );
        }
    }
    peptides.iter().copied().filter(|peptide| found.contains(peptide.as_bytes())).collect()
}

/// A long peptide around a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LongPeptide {
    /// The residues.
    pub sequence: String,
    /// Where it begins in the mutant protein.
    pub start: i32,
    /// First changed residue within the peptide.
    pub mutation_start: i32,
    /// Last changed residue within the peptide.
    pub mutation_end: i32,
}

/// `length` residues with the change in the middle, shifted at the protein's ends, shorter where the protein is.
///
/// A change that runs to the end of the protein, as a frameshift's does, or that is longer than `length`, is
/// preceded by `(length - 1) / 2` residues (13 of 27), by more only where the protein ends too early.
/// A range outside the protein is drawn to its nearest residue.
pub fn long_peptide(
    mutant_protein: &str,
    mutant_start: i32,
    mutant_end: i32,
    length: usize,
) -> LongPeptide {
    let residues: Vec<char> = mutant_protein.chars().collect();
    let length = length.min(residues.len());
    let clamp = |position: i32| {
        (usize::try_from(position).unwrap_or(0).max(1) - 1).min(residues.len().saturating_sub(1))
    };
    let (first, last) = (clamp(mutant_start), clamp(mutant_end.max(mutant_start)));
    let changed = last - first + 1;
    let centred = changed <= length && last + 1 < residues.len();
    let before = if centred { (length - changed) / 2 } else { length.saturating_sub(1) / 2 };
    let start = first.saturating_sub(before).min(residues.len() - length);
    LongPeptide {
        sequence: residues[start..start + length].iter().collect(),
        start: start as i32 + 1,
        mutation_start: (first - start) as i32 + 1,
        mutation_end: (last - start + 1).min(length) as i32,
    }
}

/// An exchange of residues as pVACseq cuts around it.
pub(crate) struct Cut<'a> {
    /// 0-based.
    pub(crate) start: usize,
    /// Number of wild-type residues that go.
    pub(crate) reference: usize,
    pub(crate) alternative: &'a str,
    pub(crate) stop: bool,
    /// Length of the middle of the window: the wild type's residues, or an insertion's new ones.
    pub(crate) span: usize,
}

/// pVACseq's `get_wildtype_subsequence`: at the start of the protein the window keeps its length but not its
/// centre, and likewise at the end.
pub(crate) fn cut_exchange(
    wildtype: &str,
    cut: &Cut<'_>,
    flank: usize,
) -> Option<(String, String)> {
    let size = (2 * flank + cut.span).min(wildtype.len());
    let to_end = wildtype.len().checked_sub(cut.start + 1)?;
    let start = if cut.start < flank {
        0
    } else if to_end < flank {
        wildtype.len() - size
    } else {
        cut.start - flank
    };
    let window = wildtype.get(start..(start + size).min(wildtype.len()))?;
    let (before, rest) = window.split_at_checked(cut.start.checked_sub(start)?)?;
    let after = if cut.stop { "" } else { rest.get(cut.reference..).unwrap_or_default() };
    novel(window.to_owned(), [before, cut.alternative, after].concat())
}

/// pVACseq's `get_frameshift_subsequences`; `start` is the 0-based first codon that the variant touches.
pub(crate) fn cut_frameshift(
    wildtype: &str,
    mutant: &str,
    start: usize,
    flank: usize,
) -> Option<(String, String)> {
    let from = start.saturating_sub(flank);
    let wildtype = wildtype.get(from..wildtype.len().min(start + flank))?;
    let mutant = mutant.get(from..mutant.len().min(start + DOWNSTREAM))?;
    novel(wildtype.to_owned(), mutant.to_owned())
}

fn novel(wildtype: String, mutant: String) -> Option<(String, String)> {
    let known = standard(wildtype.as_bytes()).is_some() && standard(mutant.as_bytes()).is_some();
    (known && !wildtype.contains(&mutant)).then_some((wildtype, mutant))
}

#[cfg(test)]
mod tests;

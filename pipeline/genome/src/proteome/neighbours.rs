//! Peptides of the proteome that differ in a few residues.

use super::{END, Occurrence, Proteome, residues};

/// A peptide of the proteome, of the same length as the one asked for. Ordered by mismatches, residues and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Neighbour<'a> {
    /// Number of positions at which it differs; 0 for an exact match.
    pub mismatches: usize,
    /// Its residues.
    pub residues: &'a str,
    /// Where it occurs.
    pub occurrence: Occurrence<'a>,
}

impl Proteome {
    /// Every peptide of the proteome that differs from `peptide` at no more than `max_mismatches` positions, exact
    /// matches included, nearest first. At least one residue always agrees.
    ///
    /// Cut into one piece more than the mismatches allowed, a peptide has a piece that is found unchanged in each
    /// neighbour (the pigeonhole principle): pieces are looked up, and what surrounds them is compared. For 8 residues
    /// and two mismatches a piece has two residues, and the search takes milliseconds instead of microseconds.
    pub fn nearest(&self, peptide: &str, max_mismatches: usize) -> Vec<Neighbour<'_>> {
        let Some(peptide) = residues(peptide) else {
            return Vec::new();
        };
        let allowed = max_mismatches.min(peptide.len() - 1);
        let mut found: Vec<_> = self
            .near_positions(&peptide, allowed)
            .into_iter()
            .flat_map(|(position, mismatches)| {
                let residues = &self.parts.residues[position..position + peptide.len()];
                self.occurrences_at(position as u32).map(move |occurrence| Neighbour {
                    mismatches,
                    residues,
                    occurrence,
                })
            })
            .collect();
        found.sort_unstable();
        found
    }

    /// Positions in the text with the number of mismatches there, each once.
    fn near_positions(&self, peptide: &[u8], allowed: usize) -> Vec<(usize, usize)> {
        let text = self.parts.residues.as_bytes();
        let pieces = allowed + 1;
        let mut found = Vec::new();
        for piece in 0..pieces {
            let from = piece * peptide.len() / pieces;
            let to = (piece + 1) * peptide.len() / pieces;
            let starts = self.positions(&peptide[from..to]);
            found.extend(starts.filter_map(|start| {
                let position = (start as usize).checked_sub(from)?;
                let window = text.get(position..position + peptide.len())?;
                let mismatches = mismatches(window, peptide);
                (mismatches <= allowed && !window.contains(&END)).then_some((position, mismatches))
            }));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn mismatches(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).filter(|(left, right)| left != right).count()
}

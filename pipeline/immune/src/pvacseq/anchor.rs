//! Whether a change is one of anchor residues alone, which T cells do not see.

use std::collections::HashMap;
use std::io::Read;

use csv::ByteRecord;

use super::rules::Limits;
use super::table::{Table, TableError};

/// Limits of IC50 for single alleles.
const CUTOFFS: &str = include_str!("allele_cutoffs.tsv");

/// How much each position of a peptide matters for binding an allele: weights that sum to about 1, for each allele and length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AnchorWeights {
    /// Positions (1-based) with their weights, heaviest first.
    by_allele: HashMap<(String, usize), Vec<(usize, f64)>>,
}

impl AnchorWeights {
    /// Adds the weights of an allele for peptides of `weights.len()` residues.
    pub fn insert(&mut self, allele: &str, weights: &[f64]) {
        let mut order: Vec<(usize, f64)> = (1..).zip(weights.iter().copied()).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        self.by_allele.insert((allele.to_owned(), weights.len()), order);
    }

    /// Adds a table with a row an allele (first column) and a column a position, as pVACview's `Normalized_anchor_predictions_9_mer.tsv`.
    ///
    /// Like pVACseq, weights are ordered as text, so that one written as `5e-05` comes before `0.4`.
    pub fn read(&mut self, file: &str, input: impl Read) -> Result<(), TableError> {
        let mut table = Table::open(file, input)?;
        let mut record = ByteRecord::new();
        while let Some(line) = table.next(&mut record)? {
            let cells: Option<Vec<&str>> =
                record.iter().map(|cell| std::str::from_utf8(cell).ok()).collect();
            let cells = cells.unwrap_or_default();
            let mut weights: Vec<(usize, &str)> =
                (1..).zip(cells.iter().skip(1).copied()).collect();
            weights.sort_by(|a, b| b.1.cmp(a.1));
            let weights: Option<Vec<(usize, f64)>> = weights
                .iter()
                .map(|(position, text)| Some((*position, text.parse().ok()?)))
                .collect();
            let (Some(weights), Some(allele)) = (weights, cells.first()) else {
                let message = "expected an allele and a number for each position".to_owned();
                return Err(TableError::Weights { file: file.to_owned(), line, message });
            };
            self.by_allele.insert(((*allele).to_owned(), weights.len()), weights);
        }
        Ok(())
    }

    /// The heaviest positions, until their weights exceed `contribution`; `None` for an allele and length that are not there.
    pub fn anchors(&self, allele: &str, length: usize, contribution: f64) -> Option<Vec<usize>> {
        let weights = self.by_allele.get(&(allele.to_owned(), length))?;
        let mut sum = 0.0;
        let enough = weights.iter().position(|(_, weight)| {
            sum += weight;
            sum > contribution
        })?;
        Some(weights[..=enough].iter().map(|(position, _)| *position).collect())
    }
}

/// What decides whether a change is one of anchors alone.
pub(super) struct AnchorRule<'a> {
    limits: &'a Limits,
    weights: Option<&'a AnchorWeights>,
    cutoffs: HashMap<&'static str, f64>,
}

impl<'a> AnchorRule<'a> {
    pub(super) fn new(limits: &'a Limits, weights: Option<&'a AnchorWeights>) -> Self {
        let lines =
            CUTOFFS.lines().filter(|line| limits.allele_specific_ic50 && !line.starts_with('#'));
        let cutoffs = lines
            .filter_map(|line| line.split_once('\t'))
            .filter_map(|(allele, cutoff)| Some((allele, cutoff.parse().ok()?)))
            .collect();
        Self { limits, weights, cutoffs }
    }

    /// IC50 (nM) under which a peptide binds an allele; `None` where rules have no limit.
    pub(super) fn ic50_limit(&self, allele: &str) -> Option<f64> {
        self.cutoffs.get(allele).copied().or(self.limits.metrics[0])
    }

    /// Whether T cells can see the change: another residue than an anchor changed, or the wild type does not bind.
    /// `wild_type_binds` says what an unknown IC50 of the wild type counts as.
    pub(super) fn passes(&self, change: &Change<'_>, unknown_binds: bool) -> bool {
        let Some(positions) = change.positions.and_then(|text| positions(text.as_bytes())) else {
            return true;
        };
        if positions.len() > self.limits.anchor_changes {
            return true;
        }
        let length = change.length;
        let weighed = self.weights.and_then(|weights| {
            weights.anchors(change.allele, length, self.limits.anchor_contribution)
        });
        let anchors = weighed.unwrap_or_else(|| vec![1, 2, length.saturating_sub(1), length]);
        if !positions.iter().all(|position| anchors.contains(position)) {
            return true;
        }
        if change.wild_type_ic50.is_nan() {
            return !unknown_binds;
        }
        self.ic50_limit(change.allele).is_none_or(|limit| change.wild_type_ic50 >= limit)
    }
}

/// A changed peptide.
pub(super) struct Change<'a> {
    pub(super) allele: &'a str,
    /// Residues.
    pub(super) length: usize,
    /// 1-based, such as `7, 8`.
    pub(super) positions: Option<&'a str>,
    /// NaN: unknown.
    pub(super) wild_type_ic50: f64,
}

/// Positions of a list such as `7, 8`; `None` for anything else.
pub(super) fn positions(cell: &[u8]) -> Option<Vec<usize>> {
    std::str::from_utf8(cell).ok()?.split(", ").map(|position| position.parse().ok()).collect()
}

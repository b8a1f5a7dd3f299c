//! The training tables of a recipe, joined: usable rows, each once, none of a test set.

use crate::data::{DataError, Measured, Row, read_rows};
use crate::excluded::Excluded;
use crate::recipe::Recipe;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// Rows of tables before they are split: what is the same twice is one.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// Each with the epoch (1-based) that first sees it.
    pub(crate) rows: Vec<(Row, u64)>,
    /// Rows that are not among them, by reason.
    pub(crate) removed: BTreeMap<String, usize>,
}

impl Tables {
    /// Reads the recipe's ligands and affinities; `sequences` are the molecules that there are.
    pub(crate) fn read(
        recipe: &Recipe,
        root: &Path,
        sequences: &BTreeMap<String, String>,
    ) -> Result<Self, DataError> {
        let class = recipe.architecture.class;
        let excluded = Excluded::read(root, &recipe.excluded, class)?;
        let mut tables = Self::default();
        let mut seen = HashSet::new();
        for table in recipe.ligands.iter().chain(&recipe.affinities) {
            let rows = read_rows(root, table, class)?;
            for (reason, count) in rows.removed {
                *tables.removed.entry(reason).or_default() += count;
            }
            for row in rows.rows {
                if row.molecules.iter().any(|molecule| !sequences.contains_key(molecule)) {
                    tables.remove("molecule without pseudo-sequence");
                } else if let Some(reason) = excluded.reason(&row) {
                    tables.remove(reason);
                } else if seen.insert((row.peptide, row.molecules.clone(), key(row.measured))) {
                    tables.rows.push((row, table.from_epoch));
                } else {
                    tables.remove("same row twice");
                }
            }
        }
        Ok(tables)
    }

    fn remove(&mut self, reason: &str) {
        *self.removed.entry(reason.to_owned()).or_default() += 1;
    }
}

/// A measurement that can be compared.
fn key(measured: Measured) -> Option<(u32, u8)> {
    match measured {
        Measured::Ligand => None,
        Measured::Affinity { target, bound } => Some((target.to_bits(), bound as u8)),
    }
}

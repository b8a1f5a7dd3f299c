//! A training recipe: everything that decides what a training run yields.

use crate::architecture::Architecture;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

const TASK: &str = "mhc1-presentation";

/// `recipe.toml` of a model folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What is predicted; this trainer knows `mhc1-presentation`.
    pub task: String,
    /// The model's name within its task.
    pub name: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// Widths of the layers.
    pub architecture: Architecture,
    /// How the weights are found.
    pub optimiser: Optimiser,
    /// What is put beside the ligands.
    pub decoys: Decoys,
    /// Tables of ligands.
    pub ligands: Vec<Table>,
    /// Table of natural human windows, the source of the decoys.
    pub windows: Table,
    /// Table of alleles and their pseudo-sequences.
    pub pseudosequences: Table,
    /// How scores become percentiles.
    pub calibration: Calibration,
}

/// Optimisation (Adam, Kingma and Ba 2015) and when it ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimiser {
    /// Passes over the ligands at most.
    pub epochs: u64,
    /// Epochs without a better held-out average precision before the end.
    pub patience: u64,
    /// Rows a step.
    pub batch: usize,
    /// Learning rate of the first epoch.
    pub learning_rate: f64,
    /// Factor on the learning rate after every epoch.
    pub decay: f64,
    /// Fraction of units dropped in both hidden layers.
    pub dropout: f64,
    /// Fraction of the distinct peptides held out for early stopping.
    pub held_out: f64,
}

/// Decoys: natural human windows, 8 to 11 residues with equal weight, drawn anew for every epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decoys {
    /// Decoys beside each ligand, with the ligand's allele.
    pub per_ligand: usize,
}

/// Calibration on random natural peptides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Distinct peptides, 8 to 11 residues in equal parts.
    pub peptides: usize,
}

/// One published table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its layout.
    pub format: Format,
    /// Path below the data root.
    pub path: PathBuf,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// Licence of the rows.
    pub licence: String,
    /// Where it was published.
    pub source: String,
}

/// Layouts that the reader knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Space-separated `allele len seq`, alleles as `A0201`.
    Hlathena,
    /// CSV `peptide,mhc_class,mhc_restriction`, alleles as `HLA-A*02:01`.
    Maptac,
    /// bzip2-compressed CSV with columns `n_flank`, `peptide` and `c_flank`.
    MhcflurryWindows,
    /// CSV `allele,pseudosequence`, alleles as `HLA-A02:01`.
    Pseudosequences,
}

/// Why a recipe cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The file cannot be read.
    #[error("recipe {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not a recipe.
    #[error("recipe {path}: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, column and cause.
        source: Box<toml::de::Error>,
    },
    /// A value is outside its range.
    #[error("recipe {path}: {field} is {found}, expected {expected}")]
    Value {
        /// The file.
        path: PathBuf,
        /// Key in the file.
        field: &'static str,
        /// The value found.
        found: String,
        /// The range.
        expected: &'static str,
    },
}

impl Recipe {
    /// Reads and checks a recipe.
    pub fn read(path: &Path) -> Result<Self, RecipeError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| RecipeError::Read { path: path.to_owned(), source })?;
        let recipe: Self = toml::from_str(&text).map_err(|source| RecipeError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        recipe.check(path)?;
        Ok(recipe)
    }

    fn check(&self, path: &Path) -> Result<(), RecipeError> {
        let refuse = |field, found: &dyn fmt::Display, expected| {
            let (path, found) = (path.to_owned(), found.to_string());
            Err(RecipeError::Value { path, field, found, expected })
        };
        if self.task != TASK {
            return refuse("task", &self.task, TASK);
        }
        let Optimiser { epochs, batch, learning_rate, decay, dropout, held_out, .. } =
            self.optimiser;
        let (most, above_0) = (f64::MAX, f64::MIN_POSITIVE);
        for (field, found, range, expected) in [
            ("optimiser.epochs", epochs as f64, 1.0..=most, "1 or more"),
            ("optimiser.batch", batch as f64, 1.0..=most, "1 or more"),
            ("optimiser.learning_rate", learning_rate, above_0..=most, "a number above 0"),
            ("optimiser.decay", decay, above_0..=1.0, "above 0, at most 1"),
            ("optimiser.dropout", dropout, 0.0..=0.9, "0 to 0.9"),
            ("optimiser.held_out", held_out, above_0..=0.5, "above 0, at most 0.5"),
            ("decoys.per_ligand", self.decoys.per_ligand as f64, 1.0..=most, "1 or more"),
            ("ligands", self.ligands.len() as f64, 1.0..=most, "1 table or more"),
            ("calibration.peptides", self.calibration.peptides as f64, 400.0..=most, "400 or more"),
        ] {
            if !range.contains(&found) {
                return refuse(field, &found, expected);
            }
        }
        Ok(())
    }
}

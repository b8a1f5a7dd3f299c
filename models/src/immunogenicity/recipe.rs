//! A recipe: everything that decides what training yields, but for the presentation model that is handed in.

use super::ImmunogenicityError;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// `recipe.toml` of a model folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// `immunogenicity`.
    pub task: String,
    /// The model's name within its task.
    pub name: String,
    /// Seed of the folds.
    pub seed: u64,
    /// The presentation model that it stands on, such as `mhc1-presentation/base`.
    pub presentation: String,
    /// How the weights are found.
    pub regression: Regression,
    /// Assays to train on.
    pub assays: Table,
    /// Test sets: no row of training may be close to one of their peptides.
    #[serde(default)]
    pub excluded: Vec<Table>,
}

/// Penalised logistic regression and the choice of its penalty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regression {
    /// L2 penalties of the standardised features to choose from.
    pub penalties: Vec<f64>,
    /// L2 penalty of the alleles' intercepts and of the codons' GC content.
    pub nuisance_penalty: f64,
    /// Folds of the cross-validation; close peptides share one.
    pub folds: usize,
    /// Residues in a row that two peptides share when they are close.
    pub shared: usize,
    /// Alleles with at least so many positives and negatives are judged by themselves.
    pub fewest: usize,
}

/// One published table: CSV with columns `peptide`, `HLA` and those named here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What it is called in the figures.
    pub title: String,
    /// Path below the data root.
    pub path: PathBuf,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// Licence of the rows.
    pub licence: String,
    /// Where it was published.
    pub source: String,
    /// Column of the response: `Negative` or `0`; `1`, or a word that starts with `Positive`.
    pub label: String,
    /// Column of the number of responders, where there is one: a negative row with responders is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responders: Option<String>,
    /// Column of the wild-type peptide, where there is one; an empty field is no wild type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wild_type: Option<String>,
    /// Columns with the scores of other tools, higher being likelier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
}

/// Another tool's column in a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// What it is called in the figures.
    pub name: String,
    /// The column.
    pub column: String,
}

impl Recipe {
    /// Reads and checks a recipe; also gives the SHA-256 of the file.
    pub fn read(path: &Path) -> Result<(Self, String), ImmunogenicityError> {
        let bytes = std::fs::read(path)
            .map_err(|source| ImmunogenicityError::Read { path: path.to_owned(), source })?;
        let recipe: Self = toml::from_slice(&bytes).map_err(|source| {
            ImmunogenicityError::Recipe { path: path.to_owned(), source: Box::new(source) }
        })?;
        recipe.check(path)?;
        Ok((recipe, crate::data::sha256(&bytes)))
    }

    fn check(&self, path: &Path) -> Result<(), ImmunogenicityError> {
        let refuse = |field, found: String, expected| {
            Err(ImmunogenicityError::Value { path: path.to_owned(), field, found, expected })
        };
        if self.task != "immunogenicity" {
            return refuse("task", self.task.clone(), "immunogenicity");
        }
        let Regression { penalties, nuisance_penalty, folds, shared, fewest } = &self.regression;
        if penalties.is_empty() {
            return refuse("regression.penalties", "empty".to_owned(), "at least one penalty");
        }
        for &penalty in penalties.iter().chain([nuisance_penalty]) {
            // Without any penalty, classes that can be told apart would have no fit.
            if !(penalty > 0.0 && penalty.is_finite()) {
                return refuse("regression.penalties", penalty.to_string(), "numbers above 0");
            }
        }
        for (field, found, range, expected) in [
            ("regression.folds", folds, 2..=100, "2 to 100"),
            ("regression.shared", shared, 5..=14, "5 to 14"),
            ("regression.fewest", fewest, 2..=1000, "2 to 1,000"),
        ] {
            if !range.contains(found) {
                return refuse(field, found.to_string(), expected);
            }
        }
        Ok(())
    }
}

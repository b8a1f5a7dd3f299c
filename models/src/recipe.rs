//! A training recipe: everything that decides what a training run yields.

use crate::architecture::{Architecture, Head};
use crate::encoding::{Class, Flanks};
use crate::molecules::normal_form;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What a recipe may predict, with the class and the heads that it may have.
const TASKS: [(&str, Class, Head); 3] = [
    ("mhc1-presentation", Class::One, Head::Presentation),
    ("mhc1-affinity", Class::One, Head::Affinity),
    ("mhc2-presentation", Class::Two, Head::Presentation),
];

/// `recipe.toml` of a model folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What is predicted: `mhc1-presentation`, `mhc1-affinity` or `mhc2-presentation`.
    pub task: String,
    /// The model's name within its task.
    pub name: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// Shapes of the network.
    pub architecture: Architecture,
    /// How the weights are found.
    pub optimiser: Optimiser,
    /// What is kept from training to choose the best epoch by.
    pub held_out: HeldOut,
    /// What is put beside the ligands.
    pub decoys: Decoys,
    /// How scores become percentiles.
    pub calibration: Calibration,
    /// Tables of ligands.
    #[serde(default)]
    pub ligands: Vec<Table>,
    /// Tables of measured affinities.
    #[serde(default)]
    pub affinities: Vec<Table>,
    /// Test sets: none of their rows may enter training.
    #[serde(default)]
    pub excluded: Vec<Table>,
    /// Table of natural human windows, the source of the decoys.
    pub windows: Table,
    /// Tables of molecules and their pseudo-sequences: one of class I, or those of both chains of class II.
    pub pseudosequences: Vec<Table>,
}

/// Optimisation (Adam, Kingma and Ba 2015) and when it ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimiser {
    /// Passes over the training rows at most.
    pub epochs: u64,
    /// Epochs without a better held-out figure before the end.
    pub patience: u64,
    /// Rows a step.
    pub batch: usize,
    /// Learning rate of the first step; it falls to zero along a line over the epochs.
    pub learning_rate: f64,
    /// Fraction of units dropped in both hidden layers.
    pub dropout: f64,
    /// Weight of the affinity rows' loss beside that of ligands and decoys.
    #[serde(default = "one")]
    pub affinity_weight: f64,
}

fn one() -> f64 {
    1.0
}

/// What is held out of training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// Fraction of the distinct peptides, each with all its rows.
    pub peptides: f64,
    /// Molecules without any training row, measured apart at the end.
    #[serde(default)]
    pub molecules: Vec<String>,
}

/// Decoys: natural human windows, drawn anew for every epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decoys {
    /// Decoys beside each ligand, with the ligand's molecule or genotype.
    pub per_ligand: usize,
    /// Shortest and longest decoy; each length has equal weight.
    pub lengths: [usize; 2],
    /// Whether a decoy has the length of its ligand instead, so that the model learns nothing of lengths.
    #[serde(default)]
    pub matched: bool,
    /// Of these, how many are ligands of other molecules instead.
    #[serde(default)]
    pub of_other_molecules: usize,
}

/// Calibration on random natural peptides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Distinct peptides, as many of each length.
    pub peptides: usize,
    /// Shortest and longest.
    pub lengths: [usize; 2],
}

/// One published table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its layout.
    pub format: Format,
    /// Path below the data root.
    pub path: PathBuf,
    /// SHA-256 of the file, lower-case hexadecimal; of a benchmark in several files, of all of them in order.
    pub sha256: String,
    /// Licence of the rows.
    pub licence: String,
    /// Where it was published.
    pub source: String,
    /// The epoch (1-based) that first sees a table of ligands.
    #[serde(default = "first_epoch", skip_serializing_if = "is_first")]
    pub from_epoch: u64,
    /// What a test set removes from training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removes: Option<Removes>,
    /// Alpha chains of the molecules that the table names by their beta chain alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub alpha: BTreeMap<String, String>,
}

fn first_epoch() -> u64 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_first(epoch: &u64) -> bool {
    *epoch == 1
}

/// What a test set removes from the training tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removes {
    /// Its peptides with the molecule, or with the same genotype, that it has them with.
    Pairs,
    /// Its peptides, whatever the molecule.
    Peptides,
}

/// Layouts that the reader knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Space-separated `allele len seq`, alleles as `A0201`.
    Hlathena,
    /// CSV `peptide,mhc_class,mhc_restriction`, molecules as `HLA-A*02:01`.
    Maptac,
    /// CSV with `peptide`, `allele` and `presented`, class II molecules.
    Hlaiipred,
    /// bzip2-compressed CSV with `peptide`, `hit` and `hla`, a genotype; `n_flank` and `c_flank` where they are there.
    MhcflurryMultiallelic,
    /// bzip2-compressed CSV with `allele`, `peptide`, `measurement_value` (nM) and `measurement_inequality`.
    CuratedAffinity,
    /// Tab-separated `species`, `mhc`, `sequence`, `inequality`, `meas` (nM).
    KimBlind,
    /// A table of file names and genotypes, beside the samples' CSV files with `Sequence` and `Ligand`.
    PresentationBenchmark,
    /// CSV with `HLA`, `peptide` and `label`, class II molecules.
    ClassTwoBenchmark,
    /// CSV `allele,pseudosequence`, alleles as `HLA-A02:01`.
    Pseudosequences,
    /// FASTA of one chain's pseudo-sequences, names as `DRB1*01:01`.
    ChainPseudosequences,
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

/// The task of a recipe, whatever else is in it.
pub fn recipe_task(path: &Path) -> Result<String, RecipeError> {
    #[derive(Deserialize)]
    struct Task {
        task: String,
    }
    Ok(parse::<Task>(path)?.task)
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, RecipeError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| RecipeError::Read { path: path.to_owned(), source })?;
    toml::from_str(&text)
        .map_err(|source| RecipeError::Parse { path: path.to_owned(), source: Box::new(source) })
}

/// What is outside its range.
struct Wrong {
    field: &'static str,
    found: String,
    expected: &'static str,
}

#[allow(clippy::unnecessary_wraps, reason = "it ends a check that may find nothing")]
fn wrong(field: &'static str, found: &dyn fmt::Display, expected: &'static str) -> Option<Wrong> {
    Some(Wrong { field, found: found.to_string(), expected })
}

impl Recipe {
    /// Reads and checks a recipe.
    pub fn read(path: &Path) -> Result<Self, RecipeError> {
        let recipe: Self = parse(path)?;
        recipe.check(path)?;
        Ok(recipe)
    }

    fn check(&self, path: &Path) -> Result<(), RecipeError> {
        let wrong =
            self.wrong_shape().or_else(|| self.wrong_number()).or_else(|| self.wrong_table());
        wrong.map_or(Ok(()), |Wrong { field, found, expected }| {
            Err(RecipeError::Value { path: path.to_owned(), field, found, expected })
        })
    }

    /// Class and heads that are not those of the task and of the tables.
    fn wrong_shape(&self) -> Option<Wrong> {
        let known = "mhc1-presentation, mhc1-affinity or mhc2-presentation";
        let Some((_, class, head)) = TASKS.iter().find(|(task, ..)| *task == self.task) else {
            return wrong("task", &self.task, known);
        };
        let Architecture { class: found, heads, .. } = &self.architecture;
        if found != class || !heads.contains(head) {
            let found = format!("{found:?} {heads:?}");
            return wrong("architecture", &found, "the class and the head of the task");
        }
        let fits = |head, tables: &[Table]| heads.contains(&head) != tables.is_empty();
        if !fits(Head::Presentation, &self.ligands) || !fits(Head::Affinity, &self.affinities) {
            let expected = "one head for ligands, one for affinities";
            return wrong("architecture.heads", &format!("{heads:?}"), expected);
        }
        None
    }

    fn wrong_number(&self) -> Option<Wrong> {
        let (shortest, longest) = self.architecture.class.lengths();
        for [from, to] in [self.decoys.lengths, self.calibration.lengths] {
            if from > to || from < shortest || to > longest {
                let found = format!("{from} to {to}");
                return wrong("lengths", &found, "lengths of the class, shortest first");
            }
        }
        let Architecture { members, first, second, flank, .. } = self.architecture;
        let Optimiser { epochs, batch, learning_rate, dropout, affinity_weight, .. } =
            self.optimiser;
        let (most, above_0) = (f64::MAX, f64::MIN_POSITIVE);
        let ranges = [
            ("architecture.members", members as f64, 1.0..=64.0, "1 to 64"),
            ("architecture.first", first as f64, 1.0..=65_536.0, "1 to 65,536"),
            ("architecture.second", second as f64, 1.0..=65_536.0, "1 to 65,536"),
            ("architecture.flank", flank as f64, 0.0..=Flanks::LONGEST as f64, "0 to 15"),
            ("optimiser.epochs", epochs as f64, 1.0..=most, "1 or more"),
            ("optimiser.batch", batch as f64, 1.0..=most, "1 or more"),
            ("optimiser.learning_rate", learning_rate, above_0..=most, "a number above 0"),
            ("optimiser.dropout", dropout, 0.0..=0.9, "0 to 0.9"),
            ("held_out.peptides", self.held_out.peptides, above_0..=0.5, "above 0, at most 0.5"),
            ("optimiser.affinity_weight", affinity_weight, 0.0..=most, "0 or more"),
            ("decoys.per_ligand", self.decoys.per_ligand as f64, 1.0..=1000.0, "1 to 1,000"),
            ("calibration.peptides", self.calibration.peptides as f64, 400.0..=most, "400 or more"),
        ];
        let (field, found, _, expected) =
            ranges.into_iter().find(|(_, found, range, _)| !range.contains(found))?;
        wrong(field, &found, expected)
    }

    /// Names of no molecules, and tables that no first epoch sees.
    fn wrong_table(&self) -> Option<Wrong> {
        let class = self.architecture.class;
        let unnamed = |name: &&String| normal_form(name, class, None).is_none();
        if let Some(name) = self.held_out.molecules.iter().find(unnamed) {
            return wrong("held_out.molecules", name, "molecules of the class");
        }
        let tables = self.ligands.iter().chain(&self.affinities);
        let first_seen = tables.map(|table| table.from_epoch).min().unwrap_or_default();
        if first_seen > 1 {
            return wrong("from_epoch", &first_seen, "1 of one table at least");
        }
        None
    }

    /// The longest natural peptide that is drawn.
    pub fn longest_natural(&self) -> usize {
        let matched = if self.decoys.matched { self.architecture.class.lengths().1 } else { 0 };
        matched.max(self.decoys.lengths[1]).max(self.calibration.lengths[1])
    }
}

#[cfg(test)]
mod tests;

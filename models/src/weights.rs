//! A trained model's files: `config.json`, `weights.safetensors`, `calibration.safetensors`.
//!
//! The configuration names the other two by SHA-256, so a truncated, altered or exchanged file is
//! refused before its content is believed.

use crate::ModelError;
use crate::architecture::Architecture;
use crate::calibrate::Calibration;
use crate::data::sha256;
use crate::molecules::{Molecule, MoleculeTable, normal_form};
use crate::recipe::Table;
use crate::tensors::{Entry, TensorFileError, read_bytes, read_counts, read_floats, serialize};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use tch::{Kind, Tensor};
use vaxloom_immune::encoding::{AMINO_ACIDS, PSEUDOSEQUENCE};

/// Name of the configuration in a model folder.
pub const CONFIG: &str = "config.json";
/// Name of the weights in a model folder.
pub const WEIGHTS: &str = "weights.safetensors";
/// Name of the calibration in a model folder.
pub const CALIBRATION: &str = "calibration.safetensors";
/// Layout of the files. Raised when an older program could not read them.
pub const FORMAT: u32 = 2;

/// `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Layout of the files, [`FORMAT`].
    pub format: u32,
    /// What is predicted, such as `mhc1-presentation`.
    pub task: String,
    /// Name within the task.
    pub name: String,
    /// First 12 digits of the SHA-256 of both files' SHA-256: changes whenever a score could.
    pub version: String,
    /// Shapes of the network.
    pub architecture: Architecture,
    /// Of `weights.safetensors`.
    pub weights_sha256: String,
    /// Of `calibration.safetensors`.
    pub calibration_sha256: String,
    /// How the weights came about.
    pub training: Training,
}

/// What every layout of `config.json` has.
#[derive(Deserialize)]
struct Layout {
    format: u32,
}

/// What a training run did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Of the recipe file.
    pub recipe_sha256: String,
    /// Distinct pairs of peptide and molecule or genotype that were trained on.
    pub ligands: usize,
    /// Measured affinities that were trained on.
    pub affinities: usize,
    /// Rows held out for the choice of the epoch.
    pub held_out: usize,
    /// Molecules that the rows name.
    pub molecules: usize,
    /// Rows of the tables that were not used, by reason.
    pub removed: BTreeMap<String, usize>,
    /// After each epoch, on what was held out.
    pub held_out_figures: Vec<HeldOutFigures>,
    /// Figures of the molecules that were held out with all their rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_out_molecules: Vec<HeldOutMolecule>,
    /// The epoch (1-based) whose weights were kept.
    pub best_epoch: u64,
    /// Time spent on epochs.
    pub seconds: f64,
    /// The tables that were trained on.
    pub tables: Vec<Table>,
    /// The test sets whose rows were removed.
    #[serde(default)]
    pub excluded: Vec<Table>,
}

/// How well held-out rows are predicted; the best epoch is that of the highest mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeldOutFigures {
    /// Average precision of ligands among their decoys.
    pub average_precision: Option<f64>,
    /// Pearson correlation of exactly known affinities.
    pub correlation: Option<f64>,
}

impl HeldOutFigures {
    /// Of the figures that there are.
    pub fn mean(&self) -> f64 {
        let figures: Vec<f64> =
            [self.average_precision, self.correlation].into_iter().flatten().collect();
        figures.iter().sum::<f64>() / figures.len().max(1) as f64
    }
}

impl fmt::Display for HeldOutFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named =
            [("average precision", self.average_precision), ("correlation", self.correlation)];
        let figures =
            named.iter().filter_map(|(name, figure)| Some(format!("{name} {:.5}", (*figure)?)));
        f.write_str(&figures.collect::<Vec<_>>().join(", "))
    }
}

/// How well the ligands of a molecule without training rows are told from decoys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldOutMolecule {
    /// Normal form.
    pub name: String,
    /// Its ligands.
    pub ligands: usize,
    /// Area under the receiver operating characteristic.
    pub auroc: f64,
    /// Average precision.
    pub average_precision: f64,
    /// Share of ligands among the best n, where n is their number.
    pub ppv_n: f64,
}

/// The three files in memory.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    /// `config.json`.
    pub config: Cow<'static, [u8]>,
    /// `weights.safetensors`.
    pub weights: Cow<'static, [u8]>,
    /// `calibration.safetensors`.
    pub calibration: Cow<'static, [u8]>,
}

/// A model as its files say it is, on the CPU.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) config: Config,
    pub(crate) parameters: Vec<Tensor>,
    pub(crate) molecules: MoleculeTable,
    pub(crate) calibration: Calibration,
}

impl ModelFiles {
    /// Reads a model folder.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map(Cow::Owned).map_err(|source| ModelError::Read { path, source })
        };
        Ok(Self { config: read(CONFIG)?, weights: read(WEIGHTS)?, calibration: read(CALIBRATION)? })
    }

    /// Writes a model folder; the configuration last, so that a kill leaves no folder that looks
    /// complete.
    pub fn write(&self, folder: &Path) -> Result<(), ModelError> {
        let files =
            [(CALIBRATION, &self.calibration), (WEIGHTS, &self.weights), (CONFIG, &self.config)];
        for (name, bytes) in files {
            let path = folder.join(name);
            std::fs::write(&path, bytes).map_err(|source| ModelError::Write { path, source })?;
        }
        Ok(())
    }

    /// Checks and parses.
    pub(crate) fn parse(&self) -> Result<Model, ModelError> {
        let failed = |source| ModelError::Config { source };
        // The layout first: another one need not have this one's fields.
        let Layout { format: found } = serde_json::from_slice(&self.config).map_err(failed)?;
        if found != FORMAT {
            return Err(ModelError::Format { found });
        }
        let config: Config = serde_json::from_slice(&self.config).map_err(failed)?;
        for (file, bytes, expected) in [
            (WEIGHTS, &self.weights, &config.weights_sha256),
            (CALIBRATION, &self.calibration, &config.calibration_sha256),
        ] {
            let found = sha256(bytes);
            if found != *expected {
                return Err(ModelError::Checksum { file, found, expected: expected.clone() });
            }
        }
        let (parameters, molecules) =
            parse_weights(&self.weights, &config.architecture).map_err(ModelError::weights)?;
        let (sequences, heads) =
            (molecules.pseudosequences().len(), config.architecture.heads.len());
        let calibration = Calibration::parse(&self.calibration, sequences, heads)
            .map_err(ModelError::calibration)?;
        Ok(Model { config, parameters, molecules, calibration })
    }
}

/// The version that a pair of checksums stands for.
pub(crate) fn version(weights_sha256: &str, calibration_sha256: &str) -> String {
    let mut version = sha256(format!("{weights_sha256}{calibration_sha256}").as_bytes());
    version.truncate(12);
    version
}

/// `weights.safetensors`: matrices in half precision, biases in full, and the molecules.
pub(crate) fn serialize_weights(
    parameters: &[Tensor],
    architecture: &Architecture,
    molecules: &MoleculeTable,
) -> Result<Vec<u8>, TensorFileError> {
    let mut entries = Vec::new();
    for ((name, _), tensor) in architecture.shapes().iter().zip(parameters) {
        let kind = if name.ends_with("bias") { Kind::Float } else { Kind::Half };
        entries.push(Entry::floats(name, tensor, kind)?);
    }
    let sequences = molecules.pseudosequences();
    let names: Vec<&str> = molecules.molecules().iter().map(|m| m.name.as_str()).collect();
    let names = names.join("\n").into_bytes();
    entries.push(Entry::bytes(
        "pseudosequences",
        &[sequences.len(), PSEUDOSEQUENCE],
        sequences.concat(),
    ));
    entries.push(Entry::bytes("molecule_names", &[names.len()], names));
    let per_molecule = |name, value: fn(&Molecule) -> usize| {
        Entry::integers(name, molecules.molecules().iter().map(|m| value(m) as i32))
    };
    entries.push(per_molecule("molecule_pseudosequence", |m| m.pseudosequence));
    entries.push(per_molecule("molecule_ligands", |m| m.ligands));
    entries.push(per_molecule("molecule_affinities", |m| m.affinities));
    serialize(&entries, None)
}

pub(crate) fn parse_weights(
    bytes: &[u8],
    architecture: &Architecture,
) -> Result<(Vec<Tensor>, MoleculeTable), TensorFileError> {
    let file = SafeTensors::deserialize(bytes)?;
    let shapes = architecture.shapes();
    let parameters = shapes.iter().map(|(name, shape)| read_floats(&file, name, shape));
    Ok((parameters.collect::<Result<_, _>>()?, parse_molecules(&file, architecture)?))
}

fn parse_molecules(
    file: &SafeTensors<'_>,
    architecture: &Architecture,
) -> Result<MoleculeTable, TensorFileError> {
    let inconsistent = || TensorFileError::Molecules;
    let (sequences, rest) = read_bytes(file, "pseudosequences")?.as_chunks::<PSEUDOSEQUENCE>();
    let residues = sequences.iter().flatten().all(|&c| usize::from(c) < AMINO_ACIDS.len());
    let names =
        std::str::from_utf8(read_bytes(file, "molecule_names")?).map_err(|_| inconsistent())?;
    let names: Vec<&str> = names.lines().collect();
    let rows = read_counts(file, "molecule_pseudosequence")?;
    let ligands = read_counts(file, "molecule_ligands")?;
    let affinities = read_counts(file, "molecule_affinities")?;
    let is_normal =
        |name: &&str| normal_form(name, architecture.class, None).as_deref() == Some(*name);
    let consistent = rest.is_empty()
        && residues
        && [&rows, &ligands, &affinities].iter().all(|column| column.len() == names.len())
        && names.iter().all(is_normal)
        && rows.iter().all(|&row| row < sequences.len());
    if !consistent {
        return Err(inconsistent());
    }
    let molecules = names.iter().enumerate().map(|(i, name)| Molecule {
        name: (*name).to_owned(),
        pseudosequence: rows[i],
        ligands: ligands[i],
        affinities: affinities[i],
    });
    Ok(MoleculeTable::new(molecules.collect(), sequences.to_vec()))
}

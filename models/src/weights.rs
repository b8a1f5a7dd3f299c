//! A trained model's files: `config.json`, `weights.safetensors`, `calibration.safetensors`.
//!
//! The configuration names the other two by SHA-256, so a truncated, altered or exchanged file is
//! refused before its content is believed.

use crate::ModelError;
use crate::alleles::{Allele, AlleleTable, normal_form};
use crate::architecture::Architecture;
use crate::calibrate::Calibration;
use crate::data::sha256;
use crate::recipe::Table;
use crate::tensors::{Entry, TensorFileError, read_bytes, read_counts, read_floats, serialize};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
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
pub const FORMAT: u32 = 1;

/// `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Layout of the files, [`FORMAT`].
    pub format: u32,
    /// `mhc1-presentation`.
    pub task: String,
    /// Name within the task.
    pub name: String,
    /// First 12 digits of the SHA-256 of both files' SHA-256: changes whenever a score could.
    pub version: String,
    /// Widths of the layers.
    pub architecture: Architecture,
    /// Of `weights.safetensors`.
    pub weights_sha256: String,
    /// Of `calibration.safetensors`.
    pub calibration_sha256: String,
    /// How the weights came about.
    pub training: Training,
}

/// What a training run did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Of the recipe file.
    pub recipe_sha256: String,
    /// Distinct pairs of peptide and allele that were trained on.
    pub ligands: usize,
    /// Pairs held out for early stopping.
    pub held_out_ligands: usize,
    /// Alleles with ligands.
    pub alleles: usize,
    /// Rows of the tables that were not used, by reason.
    pub removed: BTreeMap<String, usize>,
    /// Average precision on the held-out ligands and their decoys after each epoch.
    pub held_out_average_precision: Vec<f64>,
    /// The epoch (1-based) whose weights were kept.
    pub best_epoch: u64,
    /// Time spent on epochs.
    pub seconds: f64,
    /// The tables of ligands.
    pub tables: Vec<Table>,
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
    pub(crate) alleles: AlleleTable,
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
        let config: Config =
            serde_json::from_slice(&self.config).map_err(|source| ModelError::Config { source })?;
        if config.format != FORMAT {
            return Err(ModelError::Format { found: config.format });
        }
        for (file, bytes, expected) in [
            (WEIGHTS, &self.weights, &config.weights_sha256),
            (CALIBRATION, &self.calibration, &config.calibration_sha256),
        ] {
            let found = sha256(bytes);
            if found != *expected {
                return Err(ModelError::Checksum { file, found, expected: expected.clone() });
            }
        }
        let (parameters, alleles) = parse_weights(&self.weights, &config.architecture)
            .map_err(|source| ModelError::Tensors { file: WEIGHTS, source })?;
        let calibration = Calibration::parse(&self.calibration, alleles.pseudosequences().len())
            .map_err(|source| ModelError::Tensors { file: CALIBRATION, source })?;
        Ok(Model { config, parameters, alleles, calibration })
    }
}

/// The version that a pair of checksums stands for.
pub(crate) fn version(weights_sha256: &str, calibration_sha256: &str) -> String {
    let mut version = sha256(format!("{weights_sha256}{calibration_sha256}").as_bytes());
    version.truncate(12);
    version
}

/// `weights.safetensors`: matrices in half precision, and the alleles.
pub(crate) fn serialize_weights(
    parameters: &[Tensor],
    architecture: &Architecture,
    alleles: &AlleleTable,
) -> Result<Vec<u8>, TensorFileError> {
    let mut entries = Vec::new();
    for ((name, [rows, _]), tensor) in architecture.shapes().iter().zip(parameters) {
        let kind = if *rows > 1 { Kind::Half } else { Kind::Float };
        entries.push(Entry::floats(name, tensor, kind)?);
    }
    let sequences = alleles.pseudosequences();
    let names: Vec<&str> = alleles.alleles().iter().map(|a| a.name.as_str()).collect();
    let names = names.join("\n").into_bytes();
    entries.push(Entry::bytes(
        "pseudosequences",
        &[sequences.len(), PSEUDOSEQUENCE],
        sequences.concat(),
    ));
    entries.push(Entry::bytes("allele_names", &[names.len()], names));
    let per_allele = |name, value: fn(&Allele) -> usize| {
        Entry::integers(name, alleles.alleles().iter().map(|a| value(a) as i32))
    };
    entries.push(per_allele("allele_pseudosequence", |a| a.pseudosequence));
    entries.push(per_allele("allele_ligands", |a| a.ligands));
    serialize(&entries, None)
}

pub(crate) fn parse_weights(
    bytes: &[u8],
    architecture: &Architecture,
) -> Result<(Vec<Tensor>, AlleleTable), TensorFileError> {
    let file = SafeTensors::deserialize(bytes)?;
    let shapes = architecture.shapes();
    let parameters = shapes.iter().map(|(name, shape)| read_floats(&file, name, shape));
    Ok((parameters.collect::<Result<_, _>>()?, parse_alleles(&file)?))
}

fn parse_alleles(file: &SafeTensors<'_>) -> Result<AlleleTable, TensorFileError> {
    let inconsistent = || TensorFileError::Alleles;
    let (sequences, rest) = read_bytes(file, "pseudosequences")?.as_chunks::<PSEUDOSEQUENCE>();
    let residues = sequences.iter().flatten().all(|&c| usize::from(c) < AMINO_ACIDS.len());
    let names =
        std::str::from_utf8(read_bytes(file, "allele_names")?).map_err(|_| inconsistent())?;
    let names: Vec<&str> = names.lines().collect();
    let rows = read_counts(file, "allele_pseudosequence")?;
    let ligands = read_counts(file, "allele_ligands")?;
    let consistent = rest.is_empty()
        && residues
        && names.len() == rows.len()
        && names.len() == ligands.len()
        && names.iter().all(|name| normal_form(name).as_deref() == Some(*name))
        && rows.iter().all(|&row| row < sequences.len());
    if !consistent {
        return Err(inconsistent());
    }
    let alleles = names.iter().zip(rows).zip(ligands).map(|((name, pseudosequence), ligands)| {
        Allele { name: (*name).to_owned(), pseudosequence, ligands }
    });
    Ok(AlleleTable::new(alleles.collect(), sequences.to_vec()))
}

//! A trained model's files: `config.json`, which names `weights.safetensors` by SHA-256.

use super::ImmunogenicityError;
use super::features::{FEATURES, names};
use super::recipe::Table;
use crate::data::sha256;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

/// Name of the configuration in a model folder.
pub const CONFIG: &str = "config.json";
/// Name of the weights in a model folder.
pub const WEIGHTS: &str = "weights.safetensors";
/// Layout of the files. Raised when an older program could not read them.
pub const FORMAT: u32 = 1;

/// `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Layout of the files, [`FORMAT`].
    pub format: u32,
    /// `immunogenicity`.
    pub task: String,
    /// Name within the task.
    pub name: String,
    /// First 12 digits of the SHA-256 of the weights: changes whenever a score could, given the presentation model.
    pub version: String,
    /// The presentation model that it was trained on.
    pub presentation: String,
    /// Version of that model.
    pub presentation_version: String,
    /// Names of the features, in the order of the weights.
    pub features: Vec<String>,
    /// Of `weights.safetensors`.
    pub weights_sha256: String,
    /// How the weights came about.
    pub training: Training,
}

/// What a training run did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Of the recipe file.
    pub recipe_sha256: String,
    /// Rows trained on.
    pub rows: usize,
    /// Of these, with a response.
    pub positives: usize,
    /// Of these, with a wild type.
    pub with_wild_type: usize,
    /// Distinct alleles.
    pub alleles: usize,
    /// Groups of close peptides.
    pub groups: usize,
    /// Rows of the table that were not used, by reason.
    pub removed: BTreeMap<String, usize>,
    /// Penalties, each with the mean log loss of rows outside the fold, allele and codons' GC content being given.
    pub log_loss: Vec<(f64, f64)>,
    /// The penalty with the least.
    pub penalty: f64,
    /// Coefficient of the codons' GC content (standardised), which enters no prediction.
    pub codon_gc: f64,
    /// The table of assays.
    pub assays: Table,
    /// The test sets.
    pub excluded: Vec<Table>,
}

impl Training {
    /// Share of the rows with a response, 0 to 1.
    pub fn share(&self) -> f64 {
        self.positives as f64 / self.rows.max(1) as f64
    }
}

/// `weights.safetensors`: features are standardised, then weighed.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// Mean of each feature where it has a value; what has none is taken for it.
    pub means: [f64; FEATURES],
    /// Standard deviation of each feature, above 0.
    pub scales: [f64; FEATURES],
    /// Of the standardised features.
    pub weights: [f64; FEATURES],
    /// Logit of a peptide whose features are all at their means.
    pub intercept: f64,
}

/// The two files in memory.
#[derive(Debug, Clone)]
pub struct ImmunogenicityFiles {
    /// `config.json`.
    pub config: Cow<'static, [u8]>,
    /// `weights.safetensors`.
    pub weights: Cow<'static, [u8]>,
}

impl ImmunogenicityFiles {
    /// Reads a model folder.
    pub fn read(folder: &Path) -> Result<Self, ImmunogenicityError> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path)
                .map(Cow::Owned)
                .map_err(|source| ImmunogenicityError::Read { path, source })
        };
        Ok(Self { config: read(CONFIG)?, weights: read(WEIGHTS)? })
    }

    /// Writes a model folder; the configuration last, so that a kill leaves no folder that looks complete.
    pub fn write(&self, folder: &Path) -> Result<(), ImmunogenicityError> {
        let refused = |path: &Path| {
            let path = path.to_owned();
            move |source| ImmunogenicityError::Write { path, source }
        };
        std::fs::create_dir_all(folder).map_err(refused(folder))?;
        for (name, bytes) in [(WEIGHTS, &self.weights), (CONFIG, &self.config)] {
            let path = folder.join(name);
            std::fs::write(&path, bytes).map_err(refused(&path))?;
        }
        Ok(())
    }

    /// Checks and parses.
    pub fn parse(&self) -> Result<(Config, Weights), ImmunogenicityError> {
        let config: Config = serde_json::from_slice(&self.config)
            .map_err(|source| ImmunogenicityError::Config { source })?;
        if config.format != FORMAT {
            return Err(ImmunogenicityError::Format { found: config.format });
        }
        if config.features != names() {
            let (found, expected) = (config.features.join(", "), names().join(", "));
            return Err(ImmunogenicityError::Features { found, expected });
        }
        let found = sha256(&self.weights);
        if found != config.weights_sha256 {
            let expected = config.weights_sha256;
            return Err(ImmunogenicityError::Checksum { found, expected });
        }
        Ok((config, Weights::parse(&self.weights)?))
    }
}

impl Weights {
    /// As the bytes of a file.
    pub fn serialize(&self) -> Result<Vec<u8>, ImmunogenicityError> {
        let bytes = |values: &[f64]| -> Vec<u8> {
            values.iter().flat_map(|value| value.to_le_bytes()).collect()
        };
        let tensors = [
            ("intercept", bytes(&[self.intercept])),
            ("means", bytes(&self.means)),
            ("scales", bytes(&self.scales)),
            ("weights", bytes(&self.weights)),
        ];
        let mut views = Vec::new();
        for (name, data) in &tensors {
            views.push((*name, TensorView::new(Dtype::F64, vec![data.len() / 8], data)?));
        }
        Ok(safetensors::serialize(views, None)?)
    }

    /// From the bytes of a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, ImmunogenicityError> {
        let file = SafeTensors::deserialize(bytes)?;
        let [intercept] = read(&file, "intercept")?;
        let scales: [f64; FEATURES] = read(&file, "scales")?;
        if let Some(scale) = scales.iter().find(|scale| **scale <= 0.0) {
            let (found, expected) = (scale.to_string(), "above 0".to_owned());
            return Err(ImmunogenicityError::Tensor { name: "scales", found, expected });
        }
        let (means, weights) = (read(&file, "means")?, read(&file, "weights")?);
        Ok(Self { means, scales, weights, intercept })
    }
}

fn read<const N: usize>(
    file: &SafeTensors<'_>,
    name: &'static str,
) -> Result<[f64; N], ImmunogenicityError> {
    let view = file.tensor(name)?;
    let (values, _) = view.data().as_chunks::<8>();
    let values: Vec<f64> = values.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
    let refuse = |found, expected| ImmunogenicityError::Tensor { name, found, expected };
    if let Some(value) = values.iter().find(|value| !value.is_finite()) {
        return Err(refuse(value.to_string(), "finite".to_owned()));
    }
    if view.dtype() != Dtype::F64 || view.shape() != [N] {
        let found = format!("{:?} {:?}", view.dtype(), view.shape());
        return Err(refuse(found, format!("F64 [{N}]")));
    }
    <[f64; N]>::try_from(values)
        .map_err(|values| refuse(format!("{} values", values.len()), format!("{N} values")))
}

//! Class I presentation, for the rest of the pipeline.
//!
//! Tensors are `Send`, not `Sync`: the network lies behind one mutex, and the call that holds it
//! shares it out to as many workers as [`set_threads`](crate::set_threads) allows. Scoring is bound
//! by arithmetic, so callers that wait for one another lose nothing.

use crate::ModelError;
use crate::alleles::AlleleTable;
use crate::architecture::Network;
use crate::calibrate::{Calibration, floats};
use crate::device::choose_device;
use crate::encoding::Peptide;
use crate::weights::{Config, Model, ModelFiles};
use crate::workers::share_out;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use tch::{Device, TchError, Tensor};
use vaxloom_immune::{AlleleMatch, PredictError, Predictor, Presentation, Unscorable};

/// Pairs of one forward on the CPU: their first layer fits into a core's cache. Every forward has
/// as many rows, the last one filled up, so that a pair's arithmetic does not depend on how many
/// others there are.
const BLOCK: usize = 512;
/// The same on a GPU, where a forward must be large to be worth its start.
const GPU_BLOCK: usize = 16_384;
/// Pairs whose peptides are encoded together; bounds a worker's first-layer parts to 64 MB.
const CHUNK: usize = 32_768;

/// A trained predictor of class I presentation.
pub struct Mhc1Presentation {
    name: String,
    config: Config,
    alleles: AlleleTable,
    calibration: Calibration,
    network: Mutex<Network>,
}

/// Without the weights.
impl fmt::Debug for Mhc1Presentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.config.version)
    }
}

/// A pair that can be scored.
struct Job {
    /// Its place among the logits.
    place: usize,
    /// Row among the encoded peptides.
    peptide: i64,
    /// Row among the encoded alleles.
    allele: i64,
    pseudosequence: usize,
}

impl Mhc1Presentation {
    /// Loads a model folder onto the CPU.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        Self::from_files(&ModelFiles::read(folder)?)
    }

    /// The model that the program carries, onto the CPU.
    pub fn built_in() -> Result<Self, ModelError> {
        Self::from_files(&ModelFiles {
            config: include_bytes!("../mhc1-presentation/base/config.json").as_slice().into(),
            weights: include_bytes!("../mhc1-presentation/base/weights.safetensors")
                .as_slice()
                .into(),
            calibration: include_bytes!("../mhc1-presentation/base/calibration.safetensors")
                .as_slice()
                .into(),
        })
    }

    /// Takes a model's files from memory, onto the CPU.
    pub fn from_files(files: &ModelFiles) -> Result<Self, ModelError> {
        let Model { config, parameters, alleles, calibration } = files.parse()?;
        Ok(Self {
            name: format!("{}/{}", config.task, config.name),
            network: Mutex::new(Network::new(&parameters, Device::Cpu)?),
            config,
            alleles,
            calibration,
        })
    }

    /// Moves the network to a device, named as in [`choose_device`]; the text says which it is and
    /// why.
    pub fn on_device(self, device: &str) -> Result<(Self, String), ModelError> {
        let (device, why) = choose_device(device)?;
        let network = self.network.into_inner().unwrap_or_else(PoisonError::into_inner);
        let network = Mutex::new(Network::new(network.parameters(), device)?);
        Ok((Self { network, ..self }, why))
    }

    /// What the model's `config.json` says.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The alleles that the model knows by name.
    pub fn alleles(&self) -> &AlleleTable {
        &self.alleles
    }

    fn predict_chunk(
        &self,
        network: &Network,
        pairs: &[(&str, &str)],
    ) -> Result<Vec<Result<Presentation, Unscorable>>, TchError> {
        let mut peptides = Distinct::default();
        let mut alleles = Distinct::default();
        let mut scorable = 0;
        let mut job = |peptide, allele| {
            let (peptide, ()) = peptides
                .index(peptide, |text, bytes| Peptide::parse(text).map(|p| p.encode(bytes)))?;
            let (allele, pseudosequence) = alleles.index(allele, |name, bytes| {
                let (allele, _) = self.alleles.resolve(name)?;
                bytes.extend(self.alleles.pseudosequences()[allele.pseudosequence]);
                Ok(allele.pseudosequence)
            })?;
            scorable += 1;
            Ok(Job { place: scorable - 1, peptide, allele, pseudosequence })
        };
        let jobs: Vec<Result<Job, Unscorable>> = pairs.iter().map(|(p, a)| job(p, a)).collect();
        let scorable: Vec<&Job> = jobs.iter().flatten().collect();
        let logits = logits(network, &peptides.bytes, &alleles.bytes, &scorable)?;
        let present = |job: Job| self.presentation(job.pseudosequence, logits[job.place]);
        Ok(jobs.into_iter().map(|job| job.map(present)).collect())
    }

    /// Six decimals of the score and four digits of the percentile: what is beyond is noise of the
    /// device.
    fn presentation(&self, pseudosequence: usize, logit: f32) -> Presentation {
        let score = 1.0 / (1.0 + (-f64::from(logit)).exp());
        let percentile = f64::from(self.calibration.percentile(pseudosequence, logit));
        let digits = 10f64.powf(3.0 - percentile.log10().floor());
        Presentation {
            score: ((score * 1e6).round() / 1e6) as f32,
            percentile: ((percentile * digits).round() / digits) as f32,
        }
    }
}

impl Predictor for Mhc1Presentation {
    fn model(&self) -> &str {
        &self.name
    }

    fn version(&self) -> &str {
        &self.config.version
    }

    fn resolve(&self, allele: &str) -> Result<AlleleMatch, Unscorable> {
        self.alleles.resolve(allele).map(|(_, found)| found)
    }

    fn predict(
        &self,
        pairs: &[(&str, &str)],
    ) -> Result<Vec<Result<Presentation, Unscorable>>, PredictError> {
        let network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        let scored = share_out(&network, pairs, BLOCK, |network, share| {
            let mut results = Vec::with_capacity(share.len());
            for chunk in share.chunks(CHUNK) {
                results.extend(self.predict_chunk(network, chunk)?);
            }
            Ok(results)
        });
        scored.map_err(|error| PredictError {
            model: self.name.clone(),
            message: format!("libtorch: {error}"),
        })
    }
}

/// The jobs' logits, block by block.
fn logits(
    network: &Network,
    peptides: &[u8],
    alleles: &[u8],
    jobs: &[&Job],
) -> Result<Vec<f32>, TchError> {
    let mut logits = Vec::with_capacity(jobs.len());
    if jobs.is_empty() {
        return Ok(logits);
    }
    let peptides = network.peptide_part(peptides)?;
    let alleles = network.allele_part(alleles)?;
    let rows = if network.device() == Device::Cpu { BLOCK } else { GPU_BLOCK };
    for block in jobs.chunks(rows) {
        let select = |part: &Tensor, row: fn(&&Job) -> i64| {
            let mut index: Vec<i64> = block.iter().map(row).collect();
            index.resize(rows, 0);
            part.f_index_select(0, &Tensor::f_from_slice(&index)?.f_to(network.device())?)
        };
        let (peptides, alleles) =
            (select(&peptides, |j| j.peptide)?, select(&alleles, |j| j.allele)?);
        let of_block = floats(&network.logits(&peptides, &alleles, None)?)?;
        logits.extend_from_slice(&of_block[..block.len()]);
    }
    Ok(logits)
}

/// Texts, each encoded once, with their indices among those that could be encoded.
struct Distinct<'a, T> {
    seen: HashMap<&'a str, Result<(i64, T), Unscorable>>,
    bytes: Vec<u8>,
    encoded: i64,
}

impl<T> Default for Distinct<'_, T> {
    fn default() -> Self {
        Self { seen: HashMap::new(), bytes: Vec::new(), encoded: 0 }
    }
}

impl<'a, T: Clone> Distinct<'a, T> {
    fn index(
        &mut self,
        text: &'a str,
        encode: impl FnOnce(&str, &mut Vec<u8>) -> Result<T, Unscorable>,
    ) -> Result<(i64, T), Unscorable> {
        let Self { seen, bytes, encoded } = self;
        let entry = seen.entry(text).or_insert_with(|| {
            let value = encode(text, bytes)?;
            *encoded += 1;
            Ok((*encoded - 1, value))
        });
        entry.clone()
    }
}

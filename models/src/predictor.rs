//! Presentation and affinity, for the rest of the pipeline.
//!
//! Tensors are `Send`, not `Sync`: the network lies behind one mutex, and the call that holds it shares it out to as
//! many workers as [`set_threads`](crate::set_threads) allows. Scoring is bound by arithmetic, so callers that wait for
//! one another lose nothing.

use crate::ModelError;
use crate::architecture::{Head, Network};
use crate::calibrate::Calibration;
use crate::data::WEAKEST;
use crate::device::choose_device;
use crate::encoding::{Encoding, Flanks, Peptide};
use crate::forward::{Best, Scorer};
use crate::molecules::MoleculeTable;
use crate::weights::{Config, Model, ModelFiles};
use crate::workers::share_out;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use tch::{Device, TchError};
use vaxloom_immune::probability::LOWEST_PERCENTILE;
use vaxloom_immune::{Affinity, AlleleMatch, PredictError, Predictor, Presentation, Unscorable};

/// Peptides, or pairs, whose first-layer parts a worker holds at once.
const CHUNK: usize = 16_384;
/// A worker is not started for less.
const LEAST: usize = 512;

/// A peptide, with what lies beside it in its protein where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Site<'a> {
    /// The peptide.
    pub peptide: &'a str,
    /// Residues before and after it, in the order of the protein.
    pub flanks: Option<(&'a str, &'a str)>,
}

/// What became of a pair.
type Scored = Result<Presentation, Unscorable>;

/// A trained predictor of the peptides that MHC molecules present or bind.
pub struct MhcPredictor {
    name: String,
    config: Config,
    molecules: MoleculeTable,
    calibration: Calibration,
    encoding: Encoding,
    network: Mutex<Network>,
}

/// Without the weights.
impl fmt::Debug for MhcPredictor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.config.version)
    }
}

impl MhcPredictor {
    /// Loads a model folder onto the CPU.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        Self::from_files(&ModelFiles::read(folder)?)
    }

    /// Takes a model's files from memory, onto the CPU.
    pub fn from_files(files: &ModelFiles) -> Result<Self, ModelError> {
        let Model { config, parameters, molecules, calibration } = files.parse()?;
        Ok(Self {
            name: format!("{}/{}", config.task, config.name),
            network: Mutex::new(Network::new(&config.architecture, &parameters, Device::Cpu)?),
            encoding: config.architecture.encoding(),
            config,
            molecules,
            calibration,
        })
    }

    /// Moves the network to a device, named as in [`choose_device`]; the text says which it is and why.
    pub fn on_device(self, device: &str) -> Result<(Self, String), ModelError> {
        let (device, why) = choose_device(device)?;
        let network = self.network.into_inner().unwrap_or_else(PoisonError::into_inner);
        let network =
            Mutex::new(Network::new(network.architecture(), network.parameters(), device)?);
        Ok((Self { network, ..self }, why))
    }

    /// Whether the network is on an accelerator.
    pub fn accelerated(&self) -> bool {
        let network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        network.device() != Device::Cpu
    }

    /// What the model's `config.json` says.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The molecules that the model knows by name.
    pub fn molecules(&self) -> &MoleculeTable {
        &self.molecules
    }

    /// Scores every peptide with every molecule (normal form): `[peptides, molecules]`, peptide after peptide. The
    /// fastest way to many scores: N peptides and M molecules are encoded once each.
    pub fn predict_grid(
        &self,
        peptides: &[Site<'_>],
        molecules: &[&str],
    ) -> Result<Vec<Scored>, PredictError> {
        let mut encoded = Vec::new();
        let columns: Vec<Result<(usize, usize), Unscorable>> =
            molecules.iter().map(|name| self.encode_molecule(name, &mut encoded)).collect();
        self.share_out(peptides, |scorer, share| {
            let parts = scorer.molecules(&encoded)?;
            let mut results = Vec::with_capacity(share.len() * columns.len());
            for chunk in share.chunks(CHUNK) {
                let rows = self.encode_sites(chunk);
                let mut of_molecule = Vec::with_capacity(columns.len());
                let peptide_parts = scorer.peptides(&rows.bytes)?;
                for column in &columns {
                    of_molecule.push(match column {
                        Ok((row, _)) => scorer.column(&peptide_parts, &parts, *row, &rows.ends)?,
                        Err(_) => Vec::new(),
                    });
                }
                for site in &rows.sites {
                    for (column, best) in columns.iter().zip(&of_molecule) {
                        results.push(match (site, column) {
                            (Err(reason), _) | (_, Err(reason)) => Err(reason.clone()),
                            (Ok(place), Ok((_, sequence))) => {
                                Ok(self.presentation(*sequence, &best[*place]))
                            }
                        });
                    }
                }
            }
            Ok(results)
        })
    }

    /// Scores pairs of a site and a molecule (normal form); a pair's result depends on no other pair.
    pub fn predict_sites(&self, pairs: &[(Site<'_>, &str)]) -> Result<Vec<Scored>, PredictError> {
        self.share_out(pairs, |scorer, share| {
            let mut results = Vec::with_capacity(share.len());
            for chunk in share.chunks(CHUNK) {
                results.extend(self.predict_chunk(scorer, chunk)?);
            }
            Ok(results)
        })
    }

    fn share_out<T: Sync>(
        &self,
        items: &[T],
        work: impl Fn(&Scorer<'_>, &[T]) -> Result<Vec<Scored>, TchError> + Sync,
    ) -> Result<Vec<Scored>, PredictError> {
        let network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        let scored =
            share_out(&network, items, LEAST, |network, share| work(&Scorer::new(network), share));
        scored.map_err(|error| PredictError {
            model: self.name.clone(),
            message: format!("libtorch: {error}"),
        })
    }

    fn predict_chunk(
        &self,
        scorer: &Scorer<'_>,
        pairs: &[(Site<'_>, &str)],
    ) -> Result<Vec<Scored>, TchError> {
        let mut sites: HashMap<Site<'_>, usize> = HashMap::new();
        let mut distinct = Vec::new();
        let mut molecules: HashMap<&str, Result<(usize, usize), Unscorable>> = HashMap::new();
        let mut encoded = Vec::new();
        let mut jobs = Vec::with_capacity(pairs.len());
        for (site, name) in pairs {
            let place = *sites.entry(*site).or_insert_with(|| {
                distinct.push(*site);
                distinct.len() - 1
            });
            let molecule = molecules
                .entry(name)
                .or_insert_with(|| self.encode_molecule(name, &mut encoded))
                .clone();
            jobs.push((place, molecule));
        }
        let rows = self.encode_sites(&distinct);
        let (mut wanted, mut results) = (Vec::new(), Vec::with_capacity(pairs.len()));
        for (place, molecule) in jobs {
            results.push(match (&rows.sites[place], molecule) {
                (Err(reason), _) => Err(reason.clone()),
                (_, Err(reason)) => Err(reason),
                (Ok(place), Ok((row, sequence))) => {
                    wanted.push((rows.range(*place), row));
                    Ok((wanted.len() - 1, sequence))
                }
            });
        }
        let parts = (scorer.peptides(&rows.bytes)?, scorer.molecules(&encoded)?);
        let best = scorer.pairs(&parts.0, &parts.1, &wanted)?;
        let present = |(place, sequence): (usize, usize)| self.presentation(sequence, &best[place]);
        Ok(results.into_iter().map(|job| job.map(present)).collect())
    }

    /// Appends a molecule's pseudo-sequence: its row among the encoded, and among the model's.
    fn encode_molecule(
        &self,
        name: &str,
        encoded: &mut Vec<u8>,
    ) -> Result<(usize, usize), Unscorable> {
        let (molecule, _) = self.molecules.resolve(name)?;
        let sequence = self.molecules.pseudosequences()[molecule.pseudosequence];
        encoded.extend(sequence);
        Ok((encoded.len() / sequence.len() - 1, molecule.pseudosequence))
    }

    fn encode_sites(&self, sites: &[Site<'_>]) -> Rows {
        let mut rows = Rows::default();
        let class = self.config.architecture.class;
        for site in sites {
            let peptide = Peptide::parse(site.peptide, class);
            rows.sites.push(peptide.map(|peptide| {
                let flanks = site
                    .flanks
                    .map_or(Flanks::UNKNOWN, |(before, after)| Flanks::parse(before, after));
                self.encoding.encode(&peptide, &flanks, &mut rows.bytes);
                rows.ends.push(rows.bytes.len() / self.encoding.width());
                rows.ends.len() - 1
            }));
        }
        rows
    }

    /// Six decimals of the score, three of the spread, and four digits of the others: what is beyond is noise of the device.
    fn presentation(&self, sequence: usize, best: &Best) -> Presentation {
        let architecture = &self.config.architecture;
        let of_head = |head: Head| {
            let place = architecture.head(head)?;
            let logit = best.logits[place];
            let score = 1.0 / (1.0 + (-f64::from(logit)).exp());
            Some((score, digits(f64::from(self.calibration.percentile(sequence, place, logit)))))
        };
        let affinity = of_head(Head::Affinity);
        // A model of affinity alone scores by it.
        let (score, percentile) =
            of_head(Head::Presentation).or(affinity).unwrap_or((f64::NAN, f32::NAN));
        let rank = |logit: f32| {
            let percentile = f64::from(self.calibration.percentile(sequence, 0, logit));
            percentile.max(LOWEST_PERCENTILE).log10()
        };
        let logit = best.logits[0];
        let spread = (rank(logit - best.spread) - rank(logit + best.spread)) / 2.0;
        Presentation {
            spread: Some(((spread * 1e3).round() / 1e3) as f32),
            score: ((score * 1e6).round() / 1e6) as f32,
            percentile,
            affinity: affinity.map(|(score, percentile)| Affinity {
                nanomolar: digits(WEAKEST.powf(1.0 - score)),
                percentile,
            }),
            core: best.core,
        }
    }
}

/// Four significant digits.
fn digits(value: f64) -> f32 {
    let scale = 10f64.powf(3.0 - value.log10().floor());
    ((value * scale).round() / scale) as f32
}

/// Encoded peptides.
#[derive(Default)]
struct Rows {
    bytes: Vec<u8>,
    /// By encoded peptide: where its rows end.
    ends: Vec<usize>,
    /// By site: its place among the encoded peptides.
    sites: Vec<Result<usize, Unscorable>>,
}

impl Rows {
    fn range(&self, place: usize) -> std::ops::Range<usize> {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[place]
    }
}

impl Predictor for MhcPredictor {
    fn model(&self) -> &str {
        &self.name
    }

    fn version(&self) -> &str {
        &self.config.version
    }

    fn resolve(&self, allele: &str) -> Result<AlleleMatch, Unscorable> {
        self.molecules.resolve(allele).map(|(_, found)| found)
    }

    fn predict(&self, pairs: &[(&str, &str)]) -> Result<Vec<Scored>, PredictError> {
        let site = |&(peptide, molecule)| (Site { peptide, flanks: None }, molecule);
        self.predict_sites(&pairs.iter().map(site).collect::<Vec<_>>())
    }
}

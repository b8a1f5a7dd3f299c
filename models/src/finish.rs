//! From the last epoch to a model's files.

use crate::ModelError;
use crate::architecture::Network;
use crate::batch::Target;
use crate::calibrate::calibrate;
use crate::data::sha256;
use crate::dataset::{Stream, stream};
use crate::epochs::Run;
use crate::molecules::{Counts, MoleculeTable};
use crate::speed::TELL_EVERY;
use crate::train::TrainError;
use crate::weights::{
    Config, FORMAT, HeldOutMolecule, ModelFiles, Training, parse_weights, serialize_weights,
    version,
};
use std::time::Instant;
use tch::{TchError, no_grad};
use vaxloom_immune::metrics::{auroc, average_precision, ppv_at_n};

impl Run<'_> {
    /// The best epoch's model, calibrated with the weights as they are stored.
    pub(crate) fn model_files(
        &self,
        progress: &mut dyn FnMut(&str),
    ) -> Result<ModelFiles, TrainError> {
        let architecture = &self.recipe.architecture;
        let device = self.network.device();
        let molecules = self.molecule_table(&Network::new(architecture, &self.best, device)?)?;
        let weights =
            serialize_weights(&self.best, architecture, &molecules).map_err(ModelError::weights)?;
        let stored = parse_weights(&weights, architecture).map_err(ModelError::weights)?.0;
        let network = Network::new(architecture, &stored, device)?;
        let rng = &mut stream(self.recipe.seed, Stream::Calibration);
        let calibration = &self.recipe.calibration;
        let peptides = self.data.natural.distinct(calibration.peptides, calibration.lengths, rng);
        let sequences = molecules.pseudosequences();
        let mut told = Instant::now();
        let calibration = calibrate(&network, sequences, &peptides, |done| {
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                progress(&format!("calibration: {done} of {} pseudo-sequences", sequences.len()));
            }
        })
        .map_err(ModelError::calibration)?;
        let held_out_molecules = self.held_out_molecules(&network)?;
        let config = self.config(sha256(&weights), sha256(&calibration), held_out_molecules);
        let config =
            serde_json::to_vec_pretty(&config).map_err(|source| ModelError::Config { source })?;
        Ok(ModelFiles {
            config: config.into(),
            weights: weights.into(),
            calibration: calibration.into(),
        })
    }

    fn config(
        &self,
        weights_sha256: String,
        calibration_sha256: String,
        held_out_molecules: Vec<HeldOutMolecule>,
    ) -> Config {
        let (ligands, affinities) = self.data.kinds();
        Config {
            format: FORMAT,
            task: self.recipe.task.clone(),
            name: self.recipe.name.clone(),
            version: version(&weights_sha256, &calibration_sha256),
            architecture: self.recipe.architecture.clone(),
            weights_sha256,
            calibration_sha256,
            training: Training {
                recipe_sha256: self.standing.recipe_sha256.clone(),
                ligands,
                affinities,
                held_out: self.data.counts().1,
                molecules: self.data.training_molecules.len(),
                removed: self.data.removed.clone(),
                held_out_figures: self.standing.held_out.clone(),
                held_out_molecules,
                best_epoch: self.standing.best().map_or(0, |(epoch, _)| epoch),
                seconds: self.standing.seconds.round(),
                tables: [&self.recipe.ligands, &self.recipe.affinities]
                    .into_iter()
                    .flatten()
                    .cloned()
                    .collect(),
                excluded: self.recipe.excluded.clone(),
            },
        }
    }

    /// AUROC, average precision and PPVn of each molecule that was held out.
    fn held_out_molecules(&self, network: &Network) -> Result<Vec<HeldOutMolecule>, TrainError> {
        let mut figures = vec![];
        for (name, batches) in self.data.held_out_molecules() {
            // A held-out molecule is among the training molecules by name only: no row of it was trained on.
            let (scores, targets) = self.logits_of(network, &batches)?;
            let labels: Vec<bool> = targets.iter().map(|t| **t == Target::Ligand).collect();
            let diverged = |_| TrainError::Diverged { epoch: self.standing.epochs };
            figures.push(HeldOutMolecule {
                name: name.to_owned(),
                ligands: labels.iter().filter(|&&label| label).count(),
                auroc: auroc(&scores, &labels).map_err(diverged)?,
                average_precision: average_precision(&scores, &labels).map_err(diverged)?,
                ppv_n: ppv_at_n(&scores, &labels).map_err(diverged)?,
            });
        }
        Ok(figures)
    }

    /// All molecules, with the rows of training that stand for each.
    fn molecule_table(&self, network: &Network) -> Result<MoleculeTable, TchError> {
        let (batches, affinities) = self.data.training_rows();
        let mut ligands = Counts::new();
        no_grad(|| {
            let molecules = network.molecule_part(&self.data.training_sequences)?;
            for batch in &batches {
                for molecule in batch.best(network, &molecules)?.molecules {
                    let name = &self.data.training_molecules[molecule as usize];
                    *ligands.entry(name.clone()).or_default() += 1;
                }
            }
            Ok::<_, TchError>(())
        })?;
        Ok(MoleculeTable::from_sequences(&self.data.sequences, &ligands, &affinities))
    }
}

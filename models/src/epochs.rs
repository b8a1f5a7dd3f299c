//! The epochs of a training run, and the model that they end in.

use crate::ModelError;
use crate::architecture::{Architecture, Dropout, Network, initialise};
use crate::calibrate::{calibrate, floats};
use crate::checkpoint::{Checkpoint, CheckpointError, Standing};
use crate::data::sha256;
use crate::dataset::{Batch, Dataset, Stream, stream};
use crate::optimiser::Adam;
use crate::recipe::Recipe;
use crate::train::{TrainError, create_folder};
use crate::weights::{
    Config, FORMAT, ModelFiles, Training, parse_weights, serialize_weights, version,
};
use rand::Rng;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tch::{Device, Kind, Reduction, TchError, Tensor, no_grad};
use vaxloom_immune::metrics::average_precision;

/// Rows at a time where no gradient is wanted.
const SCORING_ROWS: usize = 8192;
/// How often progress is told within an epoch.
const TELL_EVERY: Duration = Duration::from_secs(15);
/// The extension keeps it out of version control.
const CHECKPOINT: &str = "checkpoint.safetensors.tmp";

/// A training run on its way.
pub(crate) struct Run<'a> {
    recipe: &'a Recipe,
    data: &'a Dataset,
    held_out: Batch,
    checkpoint: PathBuf,
    standing: Standing,
    network: Network,
    best: Vec<Tensor>,
    adam: Adam,
}

impl<'a> Run<'a> {
    pub(crate) fn start(
        recipe: &'a Recipe,
        data: &'a Dataset,
        recipe_sha256: String,
        folder: &Path,
        device: Device,
    ) -> Result<Self, TrainError> {
        create_folder(folder)?;
        let checkpoint = folder.join(CHECKPOINT);
        let saved = Checkpoint::load(&checkpoint, &recipe.architecture, &recipe_sha256)?;
        let state = saved.map_or_else(|| beginning(recipe, recipe_sha256), Ok)?;
        let network = Network::new(&state.parameters, device)?;
        for parameter in network.parameters() {
            let _ = parameter.f_set_requires_grad(true)?;
        }
        Ok(Self {
            recipe,
            data,
            held_out: data.held_out(),
            checkpoint,
            standing: state.standing,
            network,
            best: state.best,
            adam: state.adam.on(device)?,
        })
    }

    /// Trains until the recipe's last epoch, or until the held-out score has stopped rising.
    pub(crate) fn all_epochs(&mut self, progress: &mut dyn FnMut(&str)) -> Result<(), TrainError> {
        if self.standing.epochs > 0 {
            progress(&format!("going on after epoch {}", self.standing.epochs));
        }
        while !self.is_over() {
            let begin = Instant::now();
            let loss = self.epoch(progress)?;
            let precision = self.held_out_precision()?;
            self.standing.epochs += 1;
            self.standing.held_out.push(precision);
            self.standing.seconds += begin.elapsed().as_secs_f64();
            let epoch = self.standing.epochs;
            if self.standing.best().is_some_and(|(best, _)| best == epoch) {
                self.best = copies(self.network.parameters())?;
            }
            self.save()?;
            progress(&format!(
                "epoch {epoch}: loss {loss:.5}, held-out average precision {precision:.5}, \
                 {:.0} s in all",
                self.standing.seconds
            ));
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        let waited = self.standing.best().map_or(0, |(best, _)| self.standing.epochs - best);
        self.standing.epochs >= self.recipe.optimiser.epochs
            || waited >= self.recipe.optimiser.patience.max(1)
    }

    /// One pass over the training ligands; its mean loss.
    fn epoch(&mut self, progress: &mut dyn FnMut(&str)) -> Result<f64, TrainError> {
        let optimiser = &self.recipe.optimiser;
        let epoch = self.standing.epochs;
        let rate = optimiser.learning_rate * optimiser.decay.powf(epoch as f64);
        let rng = &mut stream(self.recipe.seed, Stream::Epoch(epoch));
        let order = self.data.epoch_order(rng);
        let total = Tensor::f_zeros([1], (Kind::Double, self.network.device()))?;
        let (mut rows_done, begin, mut told) = (0, Instant::now(), Instant::now());
        for rows in order.chunks(optimiser.batch) {
            let batch = self.data.batch(rows, rng);
            let loss = self.step(&batch, rate, rng)?;
            let _ = total.shallow_clone().f_add_(&loss.f_mul_scalar(rows.len() as i64)?)?;
            rows_done += rows.len();
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                let speed = rows_done as f64 / begin.elapsed().as_secs_f64();
                progress(&format!(
                    "epoch {}: {rows_done} of {} rows, {speed:.0} a second",
                    epoch + 1,
                    order.len()
                ));
            }
        }
        let mean = total.f_double_value(&[0])? / order.len() as f64;
        if mean.is_finite() { Ok(mean) } else { Err(TrainError::Diverged { epoch: epoch + 1 }) }
    }

    /// One step of the optimiser; the batch's mean loss, without its graph.
    fn step(&mut self, batch: &Batch, rate: f64, rng: &mut impl Rng) -> Result<Tensor, TchError> {
        let device = self.network.device();
        let recipe = self.recipe;
        let dropout = dropout(
            &recipe.architecture,
            recipe.optimiser.dropout,
            batch.alleles.len(),
            rng,
            device,
        )?;
        let logits = self.logits(&batch.peptides, &batch.alleles, Some(&dropout))?;
        let labels: Vec<f32> = batch.ligand.iter().map(|&l| f32::from(u8::from(l))).collect();
        let labels = Tensor::f_from_slice(&labels)?.f_to(device)?;
        let loss = logits.f_binary_cross_entropy_with_logits::<Tensor>(
            &labels,
            None,
            None,
            Reduction::Mean,
        )?;
        loss.f_backward()?;
        self.adam.step(self.network.parameters(), rate)?;
        loss.f_detach()
    }

    /// Logits of rows. The part of a training allele is computed once for all of its rows.
    fn logits(
        &self,
        peptides: &[u8],
        alleles: &[i64],
        dropout: Option<&Dropout>,
    ) -> Result<Tensor, TchError> {
        let index = Tensor::f_from_slice(alleles)?.f_to(self.network.device())?;
        let allele_part =
            self.network.allele_part(&self.data.training_alleles)?.f_index_select(0, &index)?;
        self.network.logits(&self.network.peptide_part(peptides)?, &allele_part, dropout)
    }

    fn held_out_precision(&self) -> Result<f64, TrainError> {
        let mut scores = Vec::with_capacity(self.held_out.ligand.len());
        no_grad(|| {
            for (peptides, alleles) in self.held_out.chunks(SCORING_ROWS) {
                let logits = floats(&self.logits(peptides, alleles, None)?)?;
                scores.extend(logits);
            }
            Ok::<_, TchError>(())
        })?;
        // Both classes are there (`read_data`), so it is the scores that are no numbers.
        average_precision(&scores, &self.held_out.ligand)
            .map_err(|_| TrainError::Diverged { epoch: self.standing.epochs + 1 })
    }

    fn save(&self) -> Result<(), CheckpointError> {
        let parameters = self.network.parameters();
        Checkpoint::save(
            &self.checkpoint,
            &self.recipe.architecture,
            &self.standing,
            &self.adam,
            parameters,
            &self.best,
        )
    }

    /// The best epoch's model, calibrated with the weights as they are stored.
    pub(crate) fn model_files(
        &self,
        progress: &mut dyn FnMut(&str),
    ) -> Result<ModelFiles, TrainError> {
        let architecture = self.recipe.architecture;
        let alleles = &self.data.alleles;
        let weights =
            serialize_weights(&self.best, &architecture, alleles).map_err(ModelError::weights)?;
        let stored = parse_weights(&weights, &architecture).map_err(ModelError::weights)?.0;
        let network = Network::new(&stored, self.network.device())?;
        let rng = &mut stream(self.recipe.seed, Stream::Calibration);
        let peptides = self.data.natural.distinct(self.recipe.calibration.peptides, rng);
        let sequences = alleles.pseudosequences();
        let mut told = Instant::now();
        let calibration = calibrate(&network, sequences, &peptides, |done| {
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                progress(&format!("calibration: {done} of {} pseudo-sequences", sequences.len()));
            }
        })
        .map_err(ModelError::calibration)?;
        let config = self.config(sha256(&weights), sha256(&calibration));
        let config =
            serde_json::to_vec_pretty(&config).map_err(|source| ModelError::Config { source })?;
        Ok(ModelFiles {
            config: config.into(),
            weights: weights.into(),
            calibration: calibration.into(),
        })
    }

    fn config(&self, weights_sha256: String, calibration_sha256: String) -> Config {
        let (ligands, held_out_ligands) = self.data.ligand_counts();
        Config {
            format: FORMAT,
            task: self.recipe.task.clone(),
            name: self.recipe.name.clone(),
            version: version(&weights_sha256, &calibration_sha256),
            architecture: self.recipe.architecture,
            weights_sha256,
            calibration_sha256,
            training: Training {
                recipe_sha256: self.standing.recipe_sha256.clone(),
                ligands,
                held_out_ligands,
                alleles: self.data.training_allele_count(),
                removed: self.data.removed.clone(),
                held_out_average_precision: self.standing.held_out.clone(),
                best_epoch: self.standing.best().map_or(0, |(epoch, _)| epoch),
                seconds: self.standing.seconds.round(),
                tables: self.recipe.ligands.clone(),
            },
        }
    }

    pub(crate) fn forget_checkpoint(&self) {
        // The model is written; a checkpoint that stays would only be read by the next run of the
        // same recipe.
        let _ = std::fs::remove_file(&self.checkpoint);
    }
}

/// The state before the first epoch.
fn beginning(recipe: &Recipe, recipe_sha256: String) -> Result<Checkpoint, TchError> {
    let rng = &mut stream(recipe.seed, Stream::Weights);
    let parameters = initialise(&recipe.architecture, rng)?;
    let standing = Standing { recipe_sha256, epochs: 0, held_out: vec![], seconds: 0.0 };
    let (best, adam) = (copies(&parameters)?, Adam::new(&parameters)?);
    Ok(Checkpoint { standing, parameters, best, adam })
}

fn copies(parameters: &[Tensor]) -> Result<Vec<Tensor>, TchError> {
    let copy = |parameter: &Tensor| {
        let parameter = parameter.f_detach()?;
        let mut copy = parameter.f_zeros_like()?;
        copy.f_copy_(&parameter)?;
        Ok(copy)
    };
    parameters.iter().map(copy).collect()
}

/// Draws which units are dropped: one random byte a unit.
fn dropout(
    architecture: &Architecture,
    fraction: f64,
    rows: usize,
    rng: &mut impl Rng,
    device: Device,
) -> Result<Dropout, TchError> {
    let dropped = (fraction * 256.0).round() as i64;
    let scale = 256.0 / (256 - dropped) as f64;
    let mut draw = |units: usize| {
        let mut bytes = vec![0; rows * units];
        rng.fill_bytes(&mut bytes);
        Tensor::f_from_slice(&bytes)?
            .f_view([rows as i64, units as i64])?
            .f_to(device)?
            .f_ge(dropped)?
            .f_to_kind(Kind::Float)?
            .f_mul_scalar_(scale)
    };
    Ok(Dropout { first: draw(architecture.first)?, second: draw(architecture.second)? })
}

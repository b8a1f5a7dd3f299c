//! The epochs of a training run, and the model that they end in.

use crate::architecture::{Network, initialise};
use crate::batch::{Batch, Target, select};
use crate::checkpoint::{Checkpoint, CheckpointError, Standing};
use crate::data::Bound;
use crate::dataset::{Dataset, Stream, stream};
use crate::dropout::Dropped;
use crate::loss::loss;
use crate::optimiser::Adam;
use crate::recipe::Recipe;
use crate::speed::Speed;
use crate::train::{TrainError, create_folder};
use crate::weights::HeldOutFigures;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::Instant;
use tch::{Device, Kind, TchError, Tensor, no_grad};
use vaxloom_immune::metrics::{average_precision, pearson};

/// Batches that are made while the network learns from one.
const BATCHES_AHEAD: usize = 4;
/// The extension keeps it out of version control.
const CHECKPOINT: &str = "checkpoint.safetensors.tmp";

/// A training run on its way.
pub(crate) struct Run<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) data: &'a Dataset,
    held_out: Vec<Batch>,
    checkpoint: PathBuf,
    pub(crate) standing: Standing,
    pub(crate) network: Network,
    pub(crate) best: Vec<Tensor>,
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
        let network = Network::new(&recipe.architecture, &state.parameters, device)?;
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

    /// Trains until the recipe's last epoch, or until the held-out figure has stopped rising.
    pub(crate) fn all_epochs(&mut self, progress: &mut dyn FnMut(&str)) -> Result<(), TrainError> {
        if self.standing.epochs > 0 {
            progress(&format!("going on after epoch {}", self.standing.epochs));
        }
        while !self.is_over() {
            let begin = Instant::now();
            let loss = self.epoch(progress)?;
            let figures = self.held_out_figures()?;
            self.standing.epochs += 1;
            self.standing.held_out.push(figures);
            self.standing.seconds += begin.elapsed().as_secs_f64();
            let epoch = self.standing.epochs;
            if self.standing.best().is_some_and(|(best, _)| best == epoch) {
                self.best = copies(self.network.parameters())?;
            }
            self.save()?;
            progress(&format!(
                "epoch {epoch}: loss {loss:.5}, held out {figures}, {:.0} s in all",
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

    /// One pass over the training rows; their mean loss. While the network learns from a batch, another thread makes the
    /// next ones.
    fn epoch(&mut self, progress: &mut dyn FnMut(&str)) -> Result<f64, TrainError> {
        let (recipe, data, epoch) = (self.recipe, self.data, self.standing.epochs);
        let mut rng = stream(recipe.seed, Stream::Epoch(epoch));
        let order = data.epoch_order(epoch, &mut rng);
        let total = Tensor::f_zeros([1], (Kind::Double, self.network.device()))?;
        let mut speed = Speed::new(epoch, order.len());
        std::thread::scope(|scope| {
            let (sender, batches) = sync_channel(BATCHES_AHEAD);
            let draws = order.chunks(recipe.optimiser.batch);
            scope.spawn(move || {
                for draws in draws {
                    let batch = data.batch(draws, &mut rng);
                    let dropped = Dropped::draw(&recipe.architecture, batch.len(), &mut rng);
                    // The other side hangs up when it has failed.
                    if sender.send((batch, dropped)).is_err() {
                        break;
                    }
                }
            });
            for (batch, dropped) in batches {
                // Down to zero along a line.
                let passed = epoch as f64 + speed.part();
                let rate = 1.0 - passed / recipe.optimiser.epochs as f64;
                let loss = self.step(&batch, recipe.optimiser.learning_rate * rate, &dropped)?;
                let _ = total.shallow_clone().f_add_(&loss)?;
                speed.add(batch.len(), progress);
            }
            Ok::<_, TrainError>(())
        })?;
        let mean = total.f_double_value(&[0])? / (order.len() * recipe.architecture.members) as f64;
        if mean.is_finite() { Ok(mean) } else { Err(TrainError::Diverged { epoch: epoch + 1 }) }
    }

    /// One step of the optimiser; the batch's loss, summed over rows and members, without its graph.
    fn step(&mut self, batch: &Batch, rate: f64, dropped: &Dropped) -> Result<Tensor, TchError> {
        let network = &self.network;
        let molecules = network.molecule_part(&self.data.training_sequences)?;
        let chosen = no_grad(|| batch.best(network, &molecules))?;
        let peptides = batch.part_of(network, &chosen)?;
        let sum = peptides.f_add(&select(&molecules, &chosen.molecules)?)?;
        let recipe = self.recipe;
        let dropout = dropped.multipliers(
            &recipe.architecture,
            recipe.optimiser.dropout,
            network.device(),
        )?;
        let logits = network.member_logits(sum, Some(&dropout))?;
        let weight = recipe.optimiser.affinity_weight;
        let loss = loss(&recipe.architecture, weight, &logits, &batch.targets)?;
        loss.f_div_scalar(batch.len() as f64)?.f_backward()?;
        self.adam.step(self.network.parameters(), rate)?;
        loss.f_detach()
    }

    fn held_out_figures(&self) -> Result<HeldOutFigures, TrainError> {
        let (logits, targets) = self.logits_of(&self.network, &self.held_out)?;
        if logits.iter().any(|logit| !logit.is_finite()) {
            return Err(TrainError::Diverged { epoch: self.standing.epochs + 1 });
        }
        let (mut scores, mut labels) = (vec![], vec![]);
        let (mut predicted, mut measured) = (vec![], vec![]);
        for (logit, target) in logits.into_iter().zip(targets) {
            match target {
                Target::Ligand | Target::Decoy => {
                    scores.push(logit);
                    labels.push(*target == Target::Ligand);
                }
                Target::Affinity { target, bound: Bound::Exact } => {
                    predicted.push(1.0 / (1.0 + (-f64::from(logit)).exp()));
                    measured.push(f64::from(*target));
                }
                Target::Affinity { .. } => (),
            }
        }
        // What is not defined of the rows that are held out, such as a correlation of one value, is left out.
        Ok(HeldOutFigures {
            average_precision: average_precision(&scores, &labels).ok(),
            correlation: pearson(&predicted, &measured).ok(),
        })
    }

    /// The ensemble's logits of every example, with its target.
    pub(crate) fn logits_of<'b>(
        &self,
        network: &Network,
        batches: &'b [Batch],
    ) -> Result<(Vec<f32>, Vec<&'b Target>), TchError> {
        no_grad(|| {
            let molecules = network.molecule_part(&self.data.training_sequences)?;
            let mut logits = Vec::new();
            for batch in batches {
                logits.extend(batch.logits(network, &molecules)?);
            }
            Ok((logits, batches.iter().flat_map(|batch| &batch.targets).collect()))
        })
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

#[cfg(test)]
mod tests;

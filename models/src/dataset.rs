//! What a training run learns from: measured rows, those held out, and decoys.

use crate::batch::{Batch, Target};
use crate::data::{DataError, Measured, Row, read_windows};
use crate::encoding::{Encoding, Flanks, Peptide, encode_pseudosequence};
use crate::molecules::{Counts, normal_form};
use crate::pseudosequences::read_pseudosequences;
use crate::recipe::Recipe;
use crate::sampling::NaturalPeptides;
use crate::tables::Tables;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

/// Which random numbers are drawn: each use has a stream of the recipe's seed, so that an epoch's draws depend on
/// nothing that was drawn before it and a resumed run repeats them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Weights,
    HeldOut,
    HeldOutDecoys,
    Calibration,
    Epoch(u64),
}

pub(crate) fn stream(seed: u64, stream: Stream) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(match stream {
        Stream::Weights => 0,
        Stream::HeldOut => 1,
        Stream::HeldOutDecoys => 2,
        Stream::Calibration => 3,
        Stream::Epoch(epoch) => 1000 + epoch,
    });
    rng
}

/// A measured row, its molecules by their place among the training molecules.
#[derive(Debug)]
struct Example {
    peptide: Peptide,
    flanks: Flanks,
    molecules: Vec<u16>,
    measured: Measured,
    from_epoch: u64,
}

/// The tables of a recipe, ready to draw batches from.
#[derive(Debug)]
pub(crate) struct Dataset {
    /// Pseudo-sequences of every molecule of the model, by name.
    pub(crate) sequences: BTreeMap<String, String>,
    /// Names of the molecules that rows name.
    pub(crate) training_molecules: Vec<String>,
    /// Their encoded pseudo-sequences, one after the other.
    pub(crate) training_sequences: Vec<u8>,
    /// Rows that were not used, by reason.
    pub(crate) removed: BTreeMap<String, usize>,
    pub(crate) natural: NaturalPeptides,
    pub(crate) encoding: Encoding,
    train: Vec<Example>,
    held_out: Vec<Example>,
    /// Of molecules that have no row in training.
    of_held_out_molecules: Vec<Example>,
    known: HashSet<(u16, Peptide)>,
    ligands: Vec<u32>,
    per_ligand: usize,
    of_other_molecules: usize,
    matched: bool,
    seed: u64,
}

impl Dataset {
    /// Reads the recipe's tables. `None` in place of a data set where the windows hold no peptide.
    pub(crate) fn read(recipe: &Recipe, root: &Path) -> Result<Option<Self>, DataError> {
        let sequences =
            read_pseudosequences(root, &recipe.pseudosequences, recipe.architecture.class)?;
        let tables = Tables::read(recipe, root, &sequences)?;
        let windows = read_windows(root, &recipe.windows)?;
        let natural = NaturalPeptides::new(windows, recipe.decoys.lengths)
            .filter(|natural| natural.holds(recipe.longest_natural()));
        let Some(natural) = natural else {
            return Ok(None);
        };
        Ok(Some(Self::split(recipe, sequences, tables, natural)))
    }

    fn split(
        recipe: &Recipe,
        sequences: BTreeMap<String, String>,
        tables: Tables,
        natural: NaturalPeptides,
    ) -> Self {
        let names: BTreeSet<&String> =
            tables.rows.iter().flat_map(|(row, _)| &row.molecules).collect();
        let names: Vec<String> = names.into_iter().cloned().collect();
        let places: HashMap<&str, u16> =
            names.iter().enumerate().map(|(i, name)| (name.as_str(), i as u16)).collect();
        let held_out_peptides = held_out_peptides(recipe, &tables.rows);
        let class = recipe.architecture.class;
        let held_out_molecules: HashSet<u16> = recipe
            .held_out
            .molecules
            .iter()
            .filter_map(|name| places.get(normal_form(name, class, None)?.as_str()).copied())
            .collect();
        let (mut train, mut held_out, mut of_held_out_molecules) = (vec![], vec![], vec![]);
        let mut known = HashSet::new();
        for (row, from_epoch) in tables.rows {
            let Row { peptide, flanks, molecules, measured } = row;
            let molecules: Vec<u16> = molecules.iter().map(|name| places[name.as_str()]).collect();
            if measured == Measured::Ligand {
                known.extend(molecules.iter().map(|&molecule| (molecule, peptide)));
            }
            let part = if molecules.iter().any(|m| held_out_molecules.contains(m)) {
                &mut of_held_out_molecules
            } else if held_out_peptides.contains(&peptide) {
                &mut held_out
            } else {
                &mut train
            };
            part.push(Example { peptide, flanks, molecules, measured, from_epoch });
        }
        let training_sequences = names
            .iter()
            .filter_map(|name| encode_pseudosequence(&sequences[name]))
            .flatten()
            .collect();
        let is_ligand = |(_, example): &(usize, &Example)| example.measured == Measured::Ligand;
        let ligands = train.iter().enumerate().filter(is_ligand).map(|(i, _)| i as u32).collect();
        Self {
            sequences,
            training_molecules: names,
            training_sequences,
            removed: tables.removed,
            natural,
            encoding: recipe.architecture.encoding(),
            train,
            held_out,
            of_held_out_molecules,
            known,
            ligands,
            per_ligand: recipe.decoys.per_ligand,
            of_other_molecules: recipe.decoys.of_other_molecules.min(recipe.decoys.per_ligand),
            matched: recipe.decoys.matched,
            seed: recipe.seed,
        }
    }

    /// Rows for training and rows held out.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.train.len(), self.held_out.len())
    }

    /// Ligands and affinities among the training rows.
    pub(crate) fn kinds(&self) -> (usize, usize) {
        (self.ligands.len(), self.train.len() - self.ligands.len())
    }

    /// The rows of an epoch (0-based) in a new order: a ligand comes once itself and `per_ligand` times as a decoy.
    pub(crate) fn epoch_order(&self, epoch: u64, rng: &mut impl Rng) -> Vec<Draw> {
        let mut order = Vec::new();
        for (i, example) in self.train.iter().enumerate() {
            if example.from_epoch > epoch + 1 {
                continue;
            }
            let example_index = i as u32;
            order.push(Draw { example: example_index, decoy: 0 });
            if example.measured == Measured::Ligand {
                let decoys = 1..=self.per_ligand as u16;
                order.extend(decoys.map(|decoy| Draw { example: example_index, decoy }));
            }
        }
        order.shuffle(rng);
        order
    }

    /// Some rows of [`Self::epoch_order`], their decoys drawn anew.
    pub(crate) fn batch(&self, draws: &[Draw], rng: &mut impl Rng) -> Batch {
        let mut batch = Batch::default();
        for draw in draws {
            let example = &self.train[draw.example as usize];
            // Half of the time without flanks, which are unknown as often as not.
            let known = if rng.random() { example.flanks } else { Flanks::UNKNOWN };
            if draw.decoy == 0 {
                let (peptide, target) =
                    ((&example.peptide, &known), Target::from(example.measured));
                batch.push(&self.encoding, peptide, &example.molecules, target);
                continue;
            }
            let (peptide, flanks) = self.decoy(example, draw.decoy, rng);
            // A decoy knows its flanks when the ligand does: to know them must not give a decoy away.
            let flanks = if known == Flanks::UNKNOWN { known } else { flanks };
            // None of the genotype's molecules presents a decoy: any of them will do, and one costs less than all.
            let molecule = example.molecules[rng.random_range(0..example.molecules.len())];
            batch.push(&self.encoding, (&peptide, &flanks), &[molecule], Target::Decoy);
        }
        batch
    }

    /// A peptide that is no known ligand of the example's molecules: a natural one, or a ligand of others.
    fn decoy(&self, example: &Example, decoy: u16, rng: &mut impl Rng) -> (Peptide, Flanks) {
        let mut attempts = 0;
        loop {
            // Where no other molecule has a ligand, a natural peptide has to do.
            let of_others = usize::from(decoy) <= self.of_other_molecules && attempts < ATTEMPTS;
            attempts += 1;
            let (peptide, flanks) = if of_others {
                let other =
                    &self.train[self.ligands[rng.random_range(0..self.ligands.len())] as usize];
                (other.peptide, other.flanks)
            } else if self.matched {
                self.natural.draw_of_length(example.peptide.residues().len(), rng)
            } else {
                self.natural.draw(rng)
            };
            if !example.molecules.iter().any(|&molecule| self.known.contains(&(molecule, peptide)))
            {
                return (peptide, flanks);
            }
        }
    }

    /// The held-out rows with decoys that are the same at every call, in parts of some thousand candidates.
    pub(crate) fn held_out(&self) -> Vec<Batch> {
        let mut rng = stream(self.seed, Stream::HeldOutDecoys);
        self.batches(self.held_out.iter(), &mut rng)
    }

    /// By molecule without training rows: its ligands with decoys.
    pub(crate) fn held_out_molecules(&self) -> Vec<(&str, Vec<Batch>)> {
        let mut rng = stream(self.seed, Stream::HeldOutDecoys);
        let names = self.training_molecules.iter().enumerate();
        let of = |place: usize| {
            let alone =
                move |e: &&Example| e.molecules == [place as u16] && e.measured == Measured::Ligand;
            self.of_held_out_molecules.iter().filter(alone)
        };
        names
            .filter(|(place, _)| of(*place).next().is_some())
            .map(|(place, name)| (name.as_str(), self.batches(of(place), &mut rng)))
            .collect()
    }

    fn batches<'a>(
        &'a self,
        examples: impl Iterator<Item = &'a Example>,
        rng: &mut impl Rng,
    ) -> Vec<Batch> {
        let mut batches = vec![Batch::default()];
        for example in examples {
            if batches.last().is_some_and(|batch| batch.len() >= ROWS_HELD_OUT) {
                batches.push(Batch::default());
            }
            let Some(batch) = batches.last_mut() else {
                continue;
            };
            let target = Target::from(example.measured);
            let mut push = |peptide: &Peptide, target| {
                let peptide = (peptide, &Flanks::UNKNOWN);
                batch.push(&self.encoding, peptide, &example.molecules, target);
            };
            push(&example.peptide, target);
            let decoys = if target == Target::Ligand { self.per_ligand as u16 } else { 0 };
            for decoy in 1..=decoys {
                push(&self.decoy(example, decoy, rng).0, Target::Decoy);
            }
        }
        batches
    }

    /// The training ligands, for their best molecules to be counted; and the affinities, counted.
    pub(crate) fn training_rows(&self) -> (Vec<Batch>, Counts) {
        let mut affinities = Counts::new();
        let (mut batches, mut batch) = (vec![], Batch::default());
        for example in &self.train {
            if example.measured == Measured::Ligand {
                let peptide = (&example.peptide, &Flanks::UNKNOWN);
                batch.push(&self.encoding, peptide, &example.molecules, Target::Ligand);
            } else {
                for &molecule in &example.molecules {
                    let name = &self.training_molecules[usize::from(molecule)];
                    *affinities.entry(name.clone()).or_default() += 1;
                }
            }
            if batch.len() >= ROWS_HELD_OUT {
                batches.push(std::mem::take(&mut batch));
            }
        }
        batches.push(batch);
        (batches, affinities)
    }
}

/// Ligands that are drawn before it is believed that there is none of other molecules.
const ATTEMPTS: usize = 1000;
/// Examples of one batch where no gradient is wanted.
const ROWS_HELD_OUT: usize = 4096;

/// One row of an epoch: an example, or one of its decoys (1-based).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw {
    example: u32,
    decoy: u16,
}

/// A random part of the distinct peptides. A peptide is held out for all its molecules.
fn held_out_peptides(recipe: &Recipe, rows: &[(Row, u64)]) -> HashSet<Peptide> {
    let distinct: BTreeSet<Peptide> = rows.iter().map(|(row, _)| row.peptide).collect();
    let mut distinct: Vec<Peptide> = distinct.into_iter().collect();
    distinct.shuffle(&mut stream(recipe.seed, Stream::HeldOut));
    let count = (distinct.len() as f64 * recipe.held_out.peptides).ceil() as usize;
    distinct.truncate(count);
    distinct.into_iter().collect()
}

#[cfg(test)]
pub(crate) mod tests;

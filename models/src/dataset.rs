//! What a training run learns from: ligands, the peptides held out, and decoys.

use crate::alleles::AlleleTable;
use crate::data::{DataError, Ligand, read_ligands, read_pseudosequences, read_windows};
use crate::encoding::{PEPTIDE_BYTES, Peptide};
use crate::recipe::Recipe;
use crate::sampling::NaturalPeptides;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use vaxloom_immune::encoding::PSEUDOSEQUENCE;

/// Which random numbers are drawn: each use has a stream of the recipe's seed, so that an epoch's
/// draws depend on nothing that was drawn before it and a resumed run repeats them.
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

/// A peptide with the index of its allele among the training alleles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Pair {
    allele: u16,
    peptide: Peptide,
}

/// Rows as the network takes them.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) peptides: Vec<u8>,
    pub(crate) alleles: Vec<i64>,
    pub(crate) ligand: Vec<bool>,
}

impl Batch {
    fn push(&mut self, pair: Pair, ligand: bool) {
        pair.peptide.encode(&mut self.peptides);
        self.alleles.push(pair.allele.into());
        self.ligand.push(ligand);
    }

    /// Parts of at most `rows` rows.
    pub(crate) fn chunks(&self, rows: usize) -> impl Iterator<Item = (&[u8], &[i64])> {
        self.peptides.chunks(rows * PEPTIDE_BYTES).zip(self.alleles.chunks(rows))
    }
}

/// The tables of a recipe, ready to draw batches from.
#[derive(Debug)]
pub(crate) struct Dataset {
    /// Every allele of the model.
    pub(crate) alleles: AlleleTable,
    /// Encoded pseudo-sequences of the alleles that have ligands, one after the other.
    pub(crate) training_alleles: Vec<u8>,
    /// Rows that were not used, by reason.
    pub(crate) removed: BTreeMap<String, usize>,
    pub(crate) natural: NaturalPeptides,
    train: Vec<Pair>,
    held_out: Vec<Pair>,
    known: HashSet<Pair>,
    decoys_per_ligand: usize,
    seed: u64,
}

impl Dataset {
    /// Reads the recipe's tables. `None` in place of a data set where the windows hold no peptide.
    pub(crate) fn read(recipe: &Recipe, root: &Path) -> Result<Option<Self>, DataError> {
        let sequences = read_pseudosequences(root, &recipe.pseudosequences)?;
        let mut removed = BTreeMap::new();
        let mut rows = BTreeSet::new();
        for table in &recipe.ligands {
            let ligands = read_ligands(root, table)?;
            for (reason, count) in ligands.removed {
                *removed.entry(reason).or_default() += count;
            }
            for ligand in ligands.rows {
                if !sequences.contains_key(&ligand.allele) {
                    *removed.entry("allele without pseudo-sequence".to_owned()).or_default() += 1;
                } else if !rows.insert(ligand) {
                    *removed.entry("same pair twice".to_owned()).or_default() += 1;
                }
            }
        }
        let Some(natural) = NaturalPeptides::new(read_windows(root, &recipe.windows)?) else {
            return Ok(None);
        };
        Ok(Some(Self::split(recipe, &sequences, &rows, removed, natural)))
    }

    fn split(
        recipe: &Recipe,
        sequences: &BTreeMap<String, String>,
        rows: &BTreeSet<Ligand>,
        removed: BTreeMap<String, usize>,
        natural: NaturalPeptides,
    ) -> Self {
        let held_out_peptides = held_out_peptides(recipe, rows);
        let names: Vec<&String> =
            rows.iter().map(|r| &r.allele).collect::<BTreeSet<_>>().into_iter().collect();
        let mut counts = BTreeMap::new();
        let (mut train, mut held_out) = (vec![], vec![]);
        for ligand in rows {
            let allele = names.binary_search(&&ligand.allele).unwrap_or_default() as u16;
            let pair = Pair { allele, peptide: ligand.peptide };
            if held_out_peptides.contains(&ligand.peptide) {
                held_out.push(pair);
            } else {
                *counts.entry(ligand.allele.clone()).or_default() += 1;
                train.push(pair);
            }
        }
        let alleles = AlleleTable::from_sequences(sequences, &counts);
        let training_alleles = names
            .iter()
            .filter_map(|name| alleles.get(name))
            .flat_map(|allele| alleles.pseudosequences()[allele.pseudosequence])
            .collect();
        Self {
            alleles,
            training_alleles,
            removed,
            natural,
            known: train.iter().chain(&held_out).copied().collect(),
            train,
            held_out,
            decoys_per_ligand: recipe.decoys.per_ligand,
            seed: recipe.seed,
        }
    }

    /// Ligands for training and ligands held out.
    pub(crate) fn ligand_counts(&self) -> (usize, usize) {
        (self.train.len(), self.held_out.len())
    }

    /// Alleles with ligands.
    pub(crate) fn training_allele_count(&self) -> usize {
        self.training_alleles.len() / PSEUDOSEQUENCE
    }

    /// The rows of an epoch in a new order: a ligand has `1 + decoys_per_ligand` of them.
    pub(crate) fn epoch_order(&self, rng: &mut impl Rng) -> Vec<u32> {
        let rows = self.train.len() * (1 + self.decoys_per_ligand);
        let mut order: Vec<u32> = (0..rows as u32).collect();
        order.shuffle(rng);
        order
    }

    /// Some rows of [`Self::epoch_order`], their decoys drawn anew.
    pub(crate) fn batch(&self, rows: &[u32], rng: &mut impl Rng) -> Batch {
        let mut batch = Batch::default();
        for &row in rows {
            let row = row as usize;
            let ligand = self.train[row / (1 + self.decoys_per_ligand)];
            if row.is_multiple_of(1 + self.decoys_per_ligand) {
                batch.push(ligand, true);
            } else {
                batch.push(self.decoy(ligand.allele, rng), false);
            }
        }
        batch
    }

    /// The held-out ligands with decoys that are the same at every call.
    pub(crate) fn held_out(&self) -> Batch {
        let mut rng = stream(self.seed, Stream::HeldOutDecoys);
        let mut batch = Batch::default();
        for &ligand in &self.held_out {
            batch.push(ligand, true);
            for _ in 0..self.decoys_per_ligand {
                batch.push(self.decoy(ligand.allele, &mut rng), false);
            }
        }
        batch
    }

    /// A natural peptide that is no known ligand of the allele.
    fn decoy(&self, allele: u16, rng: &mut impl Rng) -> Pair {
        loop {
            let pair = Pair { allele, peptide: self.natural.draw(rng) };
            if !self.known.contains(&pair) {
                return pair;
            }
        }
    }
}

/// A random part of the distinct peptides. A peptide is held out for all its alleles.
fn held_out_peptides(recipe: &Recipe, rows: &BTreeSet<Ligand>) -> HashSet<Peptide> {
    let distinct: BTreeSet<Peptide> = rows.iter().map(|r| r.peptide).collect();
    let mut distinct: Vec<Peptide> = distinct.into_iter().collect();
    distinct.shuffle(&mut stream(recipe.seed, Stream::HeldOut));
    let count = (distinct.len() as f64 * recipe.optimiser.held_out).ceil() as usize;
    distinct.truncate(count);
    distinct.into_iter().collect()
}

//! The ensemble of all structures: its energy, and how probable each pair and each unpaired base is.
//!
//! Inside weights are filled from the 3' end like least energies; what lies outside a stretch follows by taking the
//! inside recursion apart term by term. Every matrix is kept with its mirror image below the diagonal, so that rows
//! and columns are both read in a line.
//!
//! Time O(n³), memory 32 n² bytes.

mod outside;

use crate::energy::{
    Base, Dangles, MULTI_CLOSING, SHORTEST_HAIRPIN, Turner2004, pair, terminal, turned, turner_2004,
};

use super::algebra::{Algebra, Boltzmann};
use super::interior::InteriorRows;
use super::{FoldSettings, Rna, mfe};

/// Gas constant times 37 °C, hundredths of kcal/mol.
const KT: f64 = 0.198_717 * 310.15;

/// What a dangling base of no energy still counts for in an ensemble, hundredths of kcal/mol. ViennaRNA smooths the step at
/// zero where dangling ends stop helping, so as to be differentiable in temperature; published ensemble energies hold it.
const SMOOTHED_ZERO: f64 = 1.698_166;

/// The ensemble of a molecule's structures.
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    /// Ensemble free energy, kcal/mol.
    pub energy: f64,
    /// For each base the probability that it pairs with none.
    pub unpaired: Vec<f64>,
    pairs: Square,
}

/// Why there are no probabilities.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartitionError {
    /// Stability is spread so unevenly that weights leave the range of numbers.
    #[error(
        "{bases} bases whose stability is too uneven for a partition function; fold parts of it on their own"
    )]
    Range {
        /// Length of the molecule.
        bases: usize,
    },
}

impl Ensemble {
    /// Probability of the pair of two bases, 0-based.
    pub fn pair(&self, five: usize, three: usize) -> f64 {
        self.pairs.get(five, three)
    }

    /// How often a structure of `energy` kcal/mol occurs in the ensemble.
    pub fn frequency(&self, energy: f64) -> f64 {
        ((self.energy - energy) * 100.0 / KT).exp()
    }

    /// Share of unpaired bases, the mean of their probabilities.
    pub fn mean_unpaired(&self) -> f64 {
        self.unpaired.iter().sum::<f64>() / self.unpaired.len() as f64
    }
}

/// The ensemble of `rna`'s structures.
pub fn partition(rna: &Rna, settings: FoldSettings) -> Result<Ensemble, PartitionError> {
    let inside = Inside::fill(rna, settings);
    let total = inside.behind[0];
    if !total.is_normal() || inside.closed.values.iter().any(|weight| !weight.is_finite()) {
        return Err(PartitionError::Range { bases: rna.len() });
    }
    let energy = -KT * (total.ln() - rna.len() as f64 * inside.algebra.log_base) / 100.0 + 0.0;
    let pairs = outside::pairs(&inside);
    let unpaired: Vec<f64> =
        (0..rna.len()).map(|i| (1.0 - pairs.row(i).iter().sum::<f64>()).max(0.0)).collect();
    if unpaired.iter().any(|probability| !probability.is_finite()) {
        return Err(PartitionError::Range { bases: rna.len() });
    }
    Ok(Ensemble { energy, unpaired, pairs })
}

/// A symmetric matrix.
#[derive(Debug, Clone, PartialEq)]
struct Square {
    length: usize,
    values: Vec<f64>,
}

impl Square {
    fn new(length: usize) -> Self {
        Self { length, values: vec![0.0; length * length] }
    }

    fn get(&self, i: usize, j: usize) -> f64 {
        self.values[i * self.length + j]
    }

    fn set(&mut self, i: usize, j: usize, value: f64) {
        self.values[i * self.length + j] = value;
        self.values[j * self.length + i] = value;
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.length..][..self.length]
    }
}

/// Weights of stretches, and what both directions ask of the energy model.
struct Inside<'a> {
    bases: &'a [Base],
    settings: FoldSettings,
    model: &'static Turner2004,
    algebra: Boltzmann,
    /// Closed by a pair.
    closed: Square,
    /// A stem of a multiloop at the first base, unpaired bases behind it.
    stem: Square,
    /// One stem or more, with unpaired bases anywhere.
    multi: Square,
    /// Of everything from a base to the 3' end.
    behind: Vec<f64>,
}

impl<'a> Inside<'a> {
    fn fill(rna: &'a Rna, settings: FoldSettings) -> Self {
        let bases = rna.bases();
        let length = bases.len();
        let least = f64::from(mfe(rna, settings).energy);
        let algebra = Boltzmann { kt: KT, log_base: least / (KT * length as f64) };
        let square = Square::new(length);
        let mut inside = Self {
            bases,
            settings,
            model: turner_2004(),
            algebra,
            closed: square.clone(),
            stem: square.clone(),
            multi: square,
            behind: vec![1.0; length + 1],
        };
        let algebra = inside.algebra;
        let mut rows = InteriorRows::new(&algebra, bases, settings.longest());
        let mut behind = Stems { one: vec![0.0; length], several: vec![0.0; length] };
        for i in (0..length).rev() {
            behind = inside.fill_row(i, &behind, &mut rows);
        }
        inside
    }

    /// Fills row `i`, from the row behind it.
    fn fill_row(
        &mut self,
        i: usize,
        behind: &Stems,
        rows: &mut InteriorRows<'_, Boltzmann>,
    ) -> Stems {
        let length = self.bases.len();
        let mut stems = Stems { one: vec![0.0; length], several: vec![0.0; length] };
        let open = self.algebra.value(0, 1);
        let mut exterior = open * self.behind[i + 1];
        for j in i + SHORTEST_HAIRPIN + 1..length {
            let mut stem = self.stem.get(i, j - 1) * open;
            if pair(self.bases[i], self.bases[j]) != 0 {
                let hairpin = self.algebra.value(self.model.hairpin(&self.bases[i..=j]), j - i + 1);
                let closed =
                    hairpin + rows.all(i, j) + behind.several[j - 1] * self.closing_stem(i, j);
                self.closed.set(i, j, closed);
                stem += closed * self.inner_stem(i, j);
                exterior += closed * self.exterior_stem(i, j) * self.behind[j + 1];
            }
            self.stem.set(i, j, stem);
            stems.several[j] =
                Boltzmann::along(&self.multi.row(i)[i..j], &self.stem.row(j)[i + 1..=j]);
            stems.one[j] = stem + open * behind.one[j];
            self.multi.set(i, j, stems.one[j] + stems.several[j]);
        }
        self.behind[i] = exterior;
        let row = [vec![0.0; i], self.closed.row(i)[i..].to_vec()].concat();
        rows.push(i, &row);
        stems
    }

    /// A multiloop's initiation, its closing stem and its closing pair.
    fn closing_stem(&self, i: usize, j: usize) -> f64 {
        let closing = turned(pair(self.bases[i], self.bases[j]));
        let (five, three) = (self.bases[j - 1], self.bases[i + 1]);
        let energy = MULTI_CLOSING
            + self.model.multi_stem(self.settings.dangles, closing, Some(five), Some(three));
        self.algebra.value(energy, 2)
    }

    fn inner_stem(&self, i: usize, j: usize) -> f64 {
        let pair = pair(self.bases[i], self.bases[j]);
        let energy =
            self.model.multi_stem(self.settings.dangles, pair, self.before(i), self.after(j));
        self.algebra.value(energy, 0)
    }

    fn exterior_stem(&self, i: usize, j: usize) -> f64 {
        let pair = pair(self.bases[i], self.bases[j]);
        let (five, three) = (self.before(i), self.after(j));
        let energy = self.model.exterior_stem(self.settings.dangles, pair, five, three);
        let dangling =
            self.settings.dangles == Dangles::Both && (five.is_some() || three.is_some());
        let smoothed =
            if dangling && energy == terminal(pair) { (SMOOTHED_ZERO / KT).exp() } else { 1.0 };
        smoothed * self.algebra.value(energy, 0)
    }

    fn before(&self, i: usize) -> Option<Base> {
        i.checked_sub(1).map(|at| self.bases[at])
    }

    fn after(&self, j: usize) -> Option<Base> {
        self.bases.get(j + 1).copied()
    }
}

/// Weights of one row: exactly one stem of a multiloop, and two or more, with unpaired bases anywhere.
struct Stems {
    one: Vec<f64>,
    several: Vec<f64>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fold::{Structure, evaluate};

    /// Every structure of `bases` from `at` on, as brackets that may still be open.
    fn structures(length: usize) -> Vec<String> {
        let mut all = vec![(String::new(), 0)];
        for _ in 0..length {
            let longer = |(text, open): (String, usize)| {
                let more = [(".", Some(open)), ("(", Some(open + 1)), (")", open.checked_sub(1))];
                more.into_iter()
                    .filter_map(move |(sign, open)| Some((format!("{text}{sign}"), open?)))
            };
            all = all.into_iter().flat_map(longer).collect();
        }
        all.into_iter().filter(|(_, open)| *open == 0).map(|(text, _)| text).collect()
    }

    #[test]
    fn weights_of_all_structures_add_up() {
        let structures = structures(12);
        for text in ["GGGAAACCCUUU", "GCAUNCGUAGCU", "GGCAAAAGCUGC", "AAAAAAAAAAAA"] {
            let rna = Rna::parse(text).unwrap();
            for dangles in [Dangles::None, Dangles::Both] {
                let ensemble =
                    partition(&rna, FoldSettings { dangles, ..FoldSettings::default() }).unwrap();
                let weigh = |text: &String| {
                    let structure = Structure::parse(text).unwrap();
                    let energy = evaluate(&rna, &structure, dangles).ok()?;
                    Some((structure, (-f64::from(energy) / KT).exp()))
                };
                let weights: Vec<(Structure, f64)> = structures.iter().filter_map(weigh).collect();
                let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
                // Smoothing of dangling ends is all that may differ.
                let within = if dangles == Dangles::None { 1e-9 } else { 0.02 };
                assert!(
                    (ensemble.energy + KT * total.ln() / 100.0).abs() < within,
                    "{text} {dangles:?}"
                );
                for base in 0..text.len() {
                    let open =
                        weights.iter().filter(|(structure, _)| structure.partner(base).is_none());
                    let unpaired = open.map(|(_, weight)| weight).sum::<f64>() / total;
                    assert!(
                        (ensemble.unpaired[base] - unpaired).abs() < within,
                        "{text} {dangles:?} {base}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_shortest_molecules_have_an_ensemble() {
        for text in ["A", "GC", "GAAC", "GAAAC", "NNNNNN"] {
            let ensemble = partition(&Rna::parse(text).unwrap(), FoldSettings::default()).unwrap();
            assert_eq!(ensemble.unpaired.len(), text.len());
            assert!(
                ensemble.energy <= 0.0 && ensemble.energy.is_sign_negative() == (text == "GAAAC"),
                "{text}"
            );
        }
    }
}

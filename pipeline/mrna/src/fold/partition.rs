//! The ensemble of all structures: its energy, and how probable each pair and each unpaired base is.
//!
//! Inside weights are filled from the 3' end like least energies; what lies outside a stretch follows by taking the
//! inside recursion apart term by term. A multiloop is split before its last stem, by the pair that closes the stem; bases behind
//! it go one by one. So the sums that count, three of O(n³), run over the partners of a base alone.
//!
//! Time O(n³), memory 14 n² bytes.

mod outside;
mod partners;

use crate::energy::{
    Base, Dangles, Dcal, MULTI_CLOSING, SHORTEST_HAIRPIN, Turner2004, pair, terminal, turned,
    turner_2004,
};

use super::algebra::{Algebra, Boltzmann};
use super::interior::InteriorRows;
use super::{FoldSettings, Rna, mfe};
use partners::{ByFirst, ByLast, Columns, Partners};

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
    partners: Partners,
    pairs: ByFirst,
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
        self.pairs.get(&self.partners, five.min(three), five.max(three))
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
    partition_about(rna, settings, mfe(rna, settings).energy)
}

/// [`partition`] where the least energy is known already.
pub(crate) fn partition_about(
    rna: &Rna,
    settings: FoldSettings,
    least: Dcal,
) -> Result<Ensemble, PartitionError> {
    let length = rna.len();
    let algebra = Boltzmann::new(KT, f64::from(least) / (KT * length as f64), length);
    let inside = Inside::fill(rna, settings, &algebra);
    let total = inside.behind[0];
    if !total.is_normal() || inside.closed.all().iter().any(|weight| !weight.is_finite()) {
        return Err(PartitionError::Range { bases: length });
    }
    let energy = -KT * (total.ln() - length as f64 * algebra.log_base()) / 100.0 + 0.0;
    let pairs = outside::pairs(&inside);
    let mut paired = vec![0.0; length];
    for i in 0..length {
        for (&j, probability) in inside.partners.behind(i).iter().zip(pairs.row(i)) {
            paired[i] += probability;
            paired[j] += probability;
        }
    }
    let unpaired: Vec<f64> = paired.into_iter().map(|paired| (1.0 - paired).max(0.0)).collect();
    if unpaired.iter().any(|probability| !probability.is_finite()) {
        return Err(PartitionError::Range { bases: length });
    }
    Ok(Ensemble { energy, unpaired, partners: inside.partners, pairs })
}

/// Weights of stretches, and what both directions ask of the energy model.
struct Inside<'a> {
    bases: &'a [Base],
    settings: FoldSettings,
    model: &'static Turner2004,
    algebra: &'a Boltzmann,
    partners: Partners,
    /// Closed by a pair.
    closed: ByFirst,
    /// The same as a stem of a multiloop.
    stems: ByFirst,
    /// One stem or more of a multiloop, with unpaired bases anywhere.
    multi: Columns,
    /// Of everything from a base to the 3' end.
    behind: Vec<f64>,
}

impl<'a> Inside<'a> {
    fn fill(rna: &'a Rna, settings: FoldSettings, algebra: &'a Boltzmann) -> Self {
        let bases = rna.bases();
        let length = bases.len();
        let partners = Partners::new(bases);
        let closed = ByFirst::new(&partners);
        let stems_to = ByLast::new(&partners);
        let mut inside = Self {
            bases,
            settings,
            model: turner_2004(),
            algebra,
            stems: closed.clone(),
            closed,
            partners,
            multi: Columns::new(length),
            behind: vec![1.0; length + 1],
        };
        let mut rows = Rows {
            stems_to,
            before: std::array::from_fn(|kind| vec![0.0; inside.partners.of(kind).len()]),
            one: vec![0.0; length],
            several: vec![0.0; length],
            several_behind: vec![0.0; length],
            closed: vec![0.0; length],
            interior: InteriorRows::new(algebra, bases, settings.longest()),
        };
        for i in (0..length).rev() {
            inside.fill_row(i, &mut rows);
        }
        inside
    }

    /// Fills row `i`, from the row behind it.
    fn fill_row(&mut self, i: usize, rows: &mut Rows<'a>) {
        let open = self.algebra.value(0, 1);
        let mut exterior = open * self.behind[i + 1];
        rows.start(i, &self.partners);
        let (mut at, mut stem) = (0, 0.0);
        for j in i + 1..self.bases.len() {
            let kind = self.partners.kind(j);
            stem *= open;
            if pair(self.bases[i], self.bases[j]) != 0 {
                if j > i + SHORTEST_HAIRPIN {
                    let closed = self.close(i, j, rows);
                    let as_stem = closed * self.inner_stem(i, j);
                    stem += as_stem;
                    exterior += closed * self.exterior_stem(i, j) * self.behind[j + 1];
                    rows.closed[j] = closed;
                    rows.stems_to.set(&self.partners, i, j, as_stem);
                    self.closed.row_mut(i)[at] = closed;
                    self.stems.row_mut(i)[at] = as_stem;
                }
                at += 1;
            }
            let (first, last) = (self.partners.before(kind, i + 1), self.partners.before(kind, j));
            let split = Boltzmann::along(
                &rows.before[kind][first..last],
                &rows.stems_to.column(j)[first..last],
            );
            rows.several[j] = open * rows.several[j - 1] + split;
            rows.one[j] = stem + open * rows.one[j];
            let multi = rows.one[j] + rows.several[j];
            self.multi.set(i, j, multi);
            if j + 1 < self.bases.len() {
                for (kind, place) in self.partners.places(j + 1) {
                    rows.before[kind][place] = multi;
                }
            }
        }
        self.behind[i] = exterior;
        rows.interior.push(i, &rows.closed);
    }

    fn close(&self, i: usize, j: usize, rows: &Rows<'_>) -> f64 {
        let hairpin = self.algebra.value(self.model.hairpin(&self.bases[i..=j]), j - i + 1);
        hairpin + rows.interior.all(i, j) + rows.several_behind[j - 1] * self.closing_stem(i, j)
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

/// What filling a row needs of the rows behind it, and the row itself; by last base.
struct Rows<'a> {
    /// Stems of a multiloop that end at a base.
    stems_to: ByLast,
    /// For each kind of base, by the positions that pair with it: one stem or more of the row before such a position.
    before: [Vec<f64>; 5],
    /// Exactly one stem of a multiloop, unpaired bases anywhere.
    one: Vec<f64>,
    /// Two stems or more.
    several: Vec<f64>,
    several_behind: Vec<f64>,
    closed: Vec<f64>,
    interior: InteriorRows<'a, Boltzmann>,
}

impl Rows<'_> {
    /// Makes room for row `i`.
    fn start(&mut self, i: usize, partners: &Partners) {
        std::mem::swap(&mut self.several, &mut self.several_behind);
        self.several.fill(0.0);
        self.closed.fill(0.0);
        for (kind, before) in self.before.iter_mut().enumerate() {
            before[partners.before(kind, i)..].fill(0.0);
        }
    }
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

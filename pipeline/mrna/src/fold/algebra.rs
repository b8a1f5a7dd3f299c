//! What folding adds up: least energies, or Boltzmann weights.

use crate::energy::{Dcal, IMPOSSIBLE};

/// One recursion serves both: `both` joins independent parts, `either` alternatives.
pub(super) trait Algebra {
    /// An energy or a weight.
    type Value: Copy + PartialEq;
    /// Of what cannot be.
    const NONE: Self::Value;
    /// Of a loop with this energy that brings in `bases` new bases.
    fn value(&self, energy: Dcal, bases: usize) -> Self::Value;
    fn both(one: Self::Value, other: Self::Value) -> Self::Value;
    fn either(one: Self::Value, other: Self::Value) -> Self::Value;
    /// Each of `ones` with its fellow of `others`, all as alternatives.
    fn along(ones: &[Self::Value], others: &[Self::Value]) -> Self::Value;
}

/// Energies, of which the least counts.
pub(super) struct Least;

impl Algebra for Least {
    type Value = Dcal;
    const NONE: Dcal = IMPOSSIBLE;

    fn value(&self, energy: Dcal, _bases: usize) -> Dcal {
        energy
    }

    fn both(one: Dcal, other: Dcal) -> Dcal {
        one + other
    }

    fn either(one: Dcal, other: Dcal) -> Dcal {
        one.min(other)
    }

    /// Sums of two stay inside the range of numbers: unchecked, they are made side by side.
    fn along(ones: &[Dcal], others: &[Dcal]) -> Dcal {
        let sums = ones.iter().zip(others).map(|(one, other)| one.wrapping_add(*other));
        sums.min().unwrap_or(IMPOSSIBLE)
    }
}

/// Boltzmann weights, which add up; every base divides by the same number, so that weights of long molecules stay in range.
pub(super) struct Boltzmann {
    /// Gas constant times temperature, hundredths of kcal/mol.
    kt: f64,
    /// Logarithm of what a base multiplies by.
    log_base: f64,
    /// Of the energies from [`LOWEST`] on.
    by_energy: Vec<f64>,
    /// Of bases that bring in no energy, by their number.
    by_bases: Vec<f64>,
}

/// Energies of single loops lie between these; what does not is worked out where it is asked for.
const LOWEST: Dcal = -2000;
const HIGHEST: Dcal = 4000;

impl Boltzmann {
    /// For molecules of `length` bases.
    pub(super) fn new(kt: f64, log_base: f64, length: usize) -> Self {
        let by_energy = (LOWEST..HIGHEST).map(|energy| (-f64::from(energy) / kt).exp()).collect();
        let by_bases = (0..=length).map(|bases| (bases as f64 * log_base).exp()).collect();
        Self { kt, log_base, by_energy, by_bases }
    }

    /// Logarithm of what a base multiplies by.
    pub(super) fn log_base(&self) -> f64 {
        self.log_base
    }
}

impl Algebra for Boltzmann {
    type Value = f64;
    const NONE: f64 = 0.0;

    fn value(&self, energy: Dcal, bases: usize) -> f64 {
        let known = usize::try_from(energy - LOWEST).ok().and_then(|at| self.by_energy.get(at));
        match (known, self.by_bases.get(bases)) {
            (Some(of_energy), Some(of_bases)) => of_energy * of_bases,
            _ => (bases as f64 * self.log_base - f64::from(energy) / self.kt).exp(),
        }
    }

    fn both(one: f64, other: f64) -> f64 {
        one * other
    }

    fn either(one: f64, other: f64) -> f64 {
        one + other
    }

    /// Eight sums side by side: an order that is fixed, and that the processor can do at once.
    fn along(ones: &[f64], others: &[f64]) -> f64 {
        let length = ones.len().min(others.len());
        let (ones, ones_left) = ones[..length].as_chunks::<8>();
        let (others, others_left) = others[..length].as_chunks::<8>();
        let mut sums = [0.0; 8];
        for (ones, others) in ones.iter().zip(others) {
            for ((sum, one), other) in sums.iter_mut().zip(ones).zip(others) {
                *sum += one * other;
            }
        }
        let left: f64 = ones_left.iter().zip(others_left).map(|(one, other)| one * other).sum();
        sums.iter().sum::<f64>() + left
    }
}

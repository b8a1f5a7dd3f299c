//! The shape of a finished molecule: its secondary structure, how open each base is, and how fast it would fall apart.
//!
//! Folding is injected ([`Folding`]); what is read off a structure is done here.

mod degradation;
mod loops;
mod turner;

pub use degradation::{degradation, degradation_by_base};
pub use loops::{Loop, loops, pairs};
pub use turner::TurnerFolding;

/// A structure with its energy.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// Dot-bracket, one letter a base.
    pub structure: String,
    /// kcal/mol.
    pub energy: f64,
}

/// Folds RNA (letters `ACGU`); several molecules may be folded at the same time.
pub trait Folding: Sync {
    /// The structure of least free energy at 37 °C, dangles 2.
    fn mfe(&self, rna: &str) -> Result<Folded, String>;
    /// The probability that each base is unpaired in the ensemble.
    fn unpaired(&self, rna: &str) -> Result<Vec<f64>, String>;
    /// Both, for foldings that do it at less than the cost of both.
    fn all(&self, rna: &str) -> Result<(Folded, Vec<f64>), String> {
        Ok((self.mfe(rna)?, self.unpaired(rna)?))
    }
}

/// The shape of a molecule.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Dot-bracket, one letter a base.
    pub structure: String,
    /// Least free energy, kcal/mol.
    pub energy: f64,
    /// The probability that each base is unpaired.
    pub unpaired: Vec<f64>,
    /// DegScore over its length, a base: see [`degradation()`].
    pub degradation: f64,
}

impl Shape {
    /// Folds `rna`. An answer of another length, or a structure that is none, is an error.
    pub fn of(rna: &str, folding: &dyn Folding) -> Result<Self, String> {
        let (Folded { structure, energy }, unpaired) = folding.all(rna)?;
        let length = rna.len();
        if structure.len() != length || unpaired.len() != length {
            let (a, b) = (structure.len(), unpaired.len());
            return Err(format!("{length} bases, a structure of {a}, {b} probabilities"));
        }
        let Some(loops) = loops(&structure) else {
            return Err("the structure is no dot-bracket text with balanced brackets".to_owned());
        };
        let degradation = degradation(rna, &loops) / length.max(1) as f64;
        Ok(Self { structure, energy, unpaired, degradation })
    }

    /// The mean probability that a base is unpaired; 1 for no base.
    pub fn mean_unpaired(&self, bases: std::ops::Range<usize>) -> f64 {
        let values = self.unpaired.get(bases).unwrap_or_default();
        if values.is_empty() { 1.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
    }

    /// The mean probability that a base is unpaired, over successive stretches of `bases`, the last one shorter.
    pub fn openness(&self, bases: usize) -> Vec<f32> {
        let mean = |stretch: &[f64]| stretch.iter().sum::<f64>() / stretch.len() as f64;
        self.unpaired.chunks(bases.max(1)).map(|stretch| mean(stretch) as f32).collect()
    }

    /// The longest run of base pairs stacked on each other without a break: the number of pairs, and the first base
    /// (0-based).
    pub fn longest_helix(&self) -> (usize, usize) {
        let partner = pairs(&self.structure).unwrap_or_default();
        let mut best = (0, 0);
        let mut run = 0;
        for (at, &pair) in partner.iter().enumerate() {
            let opens = pair.is_some_and(|pair| pair > at);
            let stacked = opens && at > 0 && partner[at - 1] == pair.map(|pair| pair + 1);
            run = match (opens, stacked) {
                (false, _) => 0,
                (true, false) => 1,
                (true, true) => run + 1,
            };
            if run > best.0 {
                best = (run, at + 1 - run);
            }
        }
        best
    }
}

#[cfg(test)]
pub(crate) mod tests;

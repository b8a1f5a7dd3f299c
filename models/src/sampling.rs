//! Natural human peptides, drawn at random.

use crate::data::Window;
use crate::encoding::{MAX_LENGTH, MIN_LENGTH, Peptide};
use rand::{Rng, RngExt};
use std::collections::BTreeSet;

/// Draws peptides from windows of human proteins.
#[derive(Debug)]
pub struct NaturalPeptides {
    windows: Vec<Window>,
}

impl NaturalPeptides {
    /// `None` unless a window holds a peptide of the longest length, without which drawing would
    /// not end.
    pub fn new(windows: Vec<Window>) -> Option<Self> {
        let usable = windows
            .iter()
            .any(|w| w.windows(MAX_LENGTH).any(|residues| Peptide::from_codes(residues).is_some()));
        usable.then_some(Self { windows })
    }

    /// A peptide of 8 to 11 residues, each length with equal weight.
    pub fn draw(&self, rng: &mut impl Rng) -> Peptide {
        let length = rng.random_range(MIN_LENGTH..=MAX_LENGTH);
        self.draw_of_length(length, rng)
    }

    /// A peptide of this length, 8 to 11.
    fn draw_of_length(&self, length: usize, rng: &mut impl Rng) -> Peptide {
        loop {
            let window = &self.windows[rng.random_range(0..self.windows.len())];
            if window.len() < length {
                continue;
            }
            let start = rng.random_range(0..=window.len() - length);
            if let Some(peptide) = Peptide::from_codes(&window[start..start + length]) {
                return peptide;
            }
        }
    }

    /// `count` distinct peptides, as many of each length (to within one); fewer where the windows
    /// hold fewer.
    pub fn distinct(&self, count: usize, rng: &mut impl Rng) -> Vec<Peptide> {
        let lengths = MAX_LENGTH - MIN_LENGTH + 1;
        let mut all = BTreeSet::new();
        for (i, length) in (MIN_LENGTH..=MAX_LENGTH).enumerate() {
            let wanted = count / lengths + usize::from(i < count % lengths);
            let mut of_length = BTreeSet::new();
            for _ in 0..wanted * 20 {
                if of_length.len() == wanted {
                    break;
                }
                of_length.insert(self.draw_of_length(length, rng));
            }
            all.extend(of_length);
        }
        all.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn lengths_are_even_and_peptides_distinct() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let windows =
            (0..200).map(|_| (0..40).map(|_| rng.random_range(0..20)).collect()).collect();
        let natural = NaturalPeptides::new(windows).unwrap();
        let drawn = natural.distinct(402, &mut rng);
        assert_eq!(drawn.len(), 402);
        assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), 402);
    }

    #[test]
    fn windows_without_a_peptide_are_refused() {
        assert!(NaturalPeptides::new(vec![]).is_none());
        assert!(NaturalPeptides::new(vec![vec![0; 10]]).is_none());
        let broken = [vec![0; 8], vec![u8::MAX], vec![0; 8]].concat();
        assert!(NaturalPeptides::new(vec![broken]).is_none());
    }
}

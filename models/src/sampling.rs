//! Natural human peptides, drawn at random.

use crate::data::Window;
use crate::encoding::{Flanks, LONGEST, Peptide};
use rand::{Rng, RngExt};
use std::collections::BTreeSet;

/// Draws peptides from windows of human proteins, each length with equal weight.
#[derive(Debug)]
pub struct NaturalPeptides {
    windows: Vec<Window>,
    lengths: [usize; 2],
}

impl NaturalPeptides {
    /// `None` unless a window holds a peptide of the longest length, without which drawing would not end.
    pub fn new(windows: Vec<Window>, lengths: [usize; 2]) -> Option<Self> {
        let natural = Self { windows, lengths };
        natural.holds(lengths[1].min(LONGEST)).then_some(natural)
    }

    /// Whether a window holds a peptide of this length; without one, drawing it would not end.
    pub fn holds(&self, length: usize) -> bool {
        let mut stretches = self.windows.iter().flat_map(|window| window.windows(length));
        stretches.any(|residues| Peptide::from_codes(residues).is_some())
    }

    /// A peptide, and what lies beside it.
    pub fn draw(&self, rng: &mut impl Rng) -> (Peptide, Flanks) {
        let length = rng.random_range(self.lengths[0]..=self.lengths[1]);
        self.draw_of_length(length, rng)
    }

    /// A peptide of this length, which is not above the longest.
    pub fn draw_of_length(&self, length: usize, rng: &mut impl Rng) -> (Peptide, Flanks) {
        loop {
            let window = &self.windows[rng.random_range(0..self.windows.len())];
            if window.len() < length {
                continue;
            }
            let start = rng.random_range(0..=window.len() - length);
            let (before, rest) = window.split_at(start);
            let (residues, after) = rest.split_at(length);
            if let Some(peptide) = Peptide::from_codes(residues) {
                return (peptide, Flanks::from_codes(before, after));
            }
        }
    }

    /// `count` distinct peptides of these lengths, as many of each (to within one); fewer where the windows hold fewer.
    pub fn distinct(&self, count: usize, lengths: [usize; 2], rng: &mut impl Rng) -> Vec<Peptide> {
        let kinds = lengths[1] - lengths[0] + 1;
        let mut all = BTreeSet::new();
        for (i, length) in (lengths[0]..=lengths[1]).enumerate() {
            let wanted = count / kinds + usize::from(i < count % kinds);
            let mut of_length = BTreeSet::new();
            for _ in 0..wanted * 20 {
                if of_length.len() == wanted {
                    break;
                }
                of_length.insert(self.draw_of_length(length, rng).0);
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
        let natural = NaturalPeptides::new(windows, [8, 11]).unwrap();
        let drawn = natural.distinct(402, [8, 11], &mut rng);
        assert_eq!(drawn.len(), 402);
        let of_length =
            |length| drawn.iter().filter(|peptide| peptide.residues().len() == length).count();
        assert_eq!([8, 9, 10, 11].map(of_length), [101, 101, 100, 100]);
    }

    #[test]
    fn flanks_are_those_of_the_window() {
        let natural = NaturalPeptides::new(vec![(0..12).collect()], [8, 8]).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..20 {
            let (peptide, flanks) = natural.draw(&mut rng);
            let start = peptide.residues()[0];
            let (before, after) =
                ((0..start).collect::<Vec<u8>>(), (start + 8..12).collect::<Vec<u8>>());
            assert_eq!(flanks, Flanks::from_codes(&before, &after));
        }
    }

    #[test]
    fn windows_without_a_peptide_are_refused() {
        let new = |windows| NaturalPeptides::new(windows, [8, 11]);
        assert!(new(vec![]).is_none());
        assert!(new(vec![vec![0; 10]]).is_none());
        let broken = [vec![0; 8], vec![u8::MAX], vec![0; 8]].concat();
        assert!(new(vec![broken]).is_none());
    }
}

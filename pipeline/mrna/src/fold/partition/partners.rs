//! Tables over the pairs that a molecule can form, without room for those that it cannot.
//!
//! Of all pairs of positions three in eight can pair. A base pairs with every base of one or two kinds, whichever it is, so
//! the partners of a position are all positions of those kinds: a list for each kind of base serves every position. Values
//! by partner lie side by side, and a sum over partners runs through memory in a line.

use crate::energy::{Base, pair};

/// Positions by the kind of base that they pair with.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Partners {
    bases: Vec<Base>,
    /// For each kind of base the positions that pair with it, ascending.
    of: [Vec<usize>; 5],
    /// For each kind of base and each position how many of them lie before it.
    before: [Vec<usize>; 5],
}

impl Partners {
    pub(super) fn new(bases: &[Base]) -> Self {
        let fits = |kind: usize, at: usize| pair(kind as Base, bases[at]) != 0;
        let of =
            std::array::from_fn(|kind| (0..bases.len()).filter(|&at| fits(kind, at)).collect());
        let before = std::array::from_fn(|kind| {
            let mut before = vec![0];
            for at in 0..bases.len() {
                before.push(before[at] + usize::from(fits(kind, at)));
            }
            before
        });
        Self { bases: bases.to_vec(), of, before }
    }

    pub(super) fn kind(&self, at: usize) -> usize {
        usize::from(self.bases[at])
    }

    /// All positions that pair with a kind of base, ascending.
    pub(super) fn of(&self, kind: usize) -> &[usize] {
        &self.of[kind]
    }

    /// How many of them lie before a position.
    pub(super) fn before(&self, kind: usize, at: usize) -> usize {
        self.before[kind][at]
    }

    /// The kinds of base that pair with that at `at`, each with this position's place in the kind's list.
    pub(super) fn places(&self, at: usize) -> impl Iterator<Item = (usize, usize)> {
        let fits = move |&kind: &usize| pair(kind as Base, self.bases[at]) != 0;
        (1..5).filter(fits).map(move |kind| (kind, self.before[kind][at]))
    }

    /// The partners of a position behind it.
    pub(super) fn behind(&self, at: usize) -> &[usize] {
        let kind = self.kind(at);
        &self.of[kind][self.before[kind][at + 1]..]
    }
}

/// A value for each pair; those of one first base lie side by side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ByFirst {
    start: Vec<usize>,
    values: Vec<f64>,
}

impl ByFirst {
    pub(super) fn new(partners: &Partners) -> Self {
        let mut start = vec![0];
        for at in 0..partners.bases.len() {
            start.push(start[at] + partners.behind(at).len());
        }
        Self { values: vec![0.0; start[start.len() - 1]], start }
    }

    /// By the partners behind `i`.
    pub(super) fn row(&self, i: usize) -> &[f64] {
        &self.values[self.start[i]..self.start[i + 1]]
    }

    pub(super) fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.values[self.start[i]..self.start[i + 1]]
    }

    /// Of two positions, which may be none that pair.
    pub(super) fn get(&self, partners: &Partners, i: usize, j: usize) -> f64 {
        if i >= j || pair(partners.bases[i], partners.bases[j]) == 0 {
            return 0.0;
        }
        let kind = partners.kind(i);
        self.row(i)[partners.before(kind, j) - partners.before(kind, i + 1)]
    }

    pub(super) fn all(&self) -> &[f64] {
        &self.values
    }
}

/// A value for each pair; those of one last base lie side by side.
pub(super) struct ByLast {
    start: Vec<usize>,
    values: Vec<f64>,
}

impl ByLast {
    pub(super) fn new(partners: &Partners) -> Self {
        let mut start = vec![0];
        for at in 0..partners.bases.len() {
            start.push(start[at] + partners.before(partners.kind(at), at));
        }
        Self { values: vec![0.0; start[start.len() - 1]], start }
    }

    /// By the partners before `j`.
    pub(super) fn column(&self, j: usize) -> &[f64] {
        &self.values[self.start[j]..self.start[j + 1]]
    }

    pub(super) fn set(&mut self, partners: &Partners, i: usize, j: usize, value: f64) {
        self.values[self.start[j] + partners.before(partners.kind(j), i)] = value;
    }
}

/// A value for every stretch; those of one last base lie side by side.
pub(super) struct Columns(Vec<f64>);

impl Columns {
    pub(super) fn new(length: usize) -> Self {
        Self(vec![0.0; length * (length + 1) / 2])
    }

    /// By first base, up to `j` itself.
    pub(super) fn column(&self, j: usize) -> &[f64] {
        &self.0[j * (j + 1) / 2..][..=j]
    }

    pub(super) fn set(&mut self, i: usize, j: usize, value: f64) {
        self.0[j * (j + 1) / 2 + i] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_has_its_place() {
        let bases = [3, 1, 4, 2, 0, 3, 4, 1];
        let partners = Partners::new(&bases);
        let (mut first, mut last) = (ByFirst::new(&partners), ByLast::new(&partners));
        let mut pairs = 0;
        for i in 0..bases.len() {
            for (at, &j) in partners.behind(i).to_vec().iter().enumerate() {
                assert_ne!(pair(bases[i], bases[j]), 0);
                first.row_mut(i)[at] = (10 * i + j) as f64;
                last.set(&partners, i, j, (10 * i + j) as f64);
                pairs += 1;
            }
        }
        let all = (0..8).flat_map(|i| (i + 1..8).map(move |j| (i, j)));
        assert_eq!(pairs, all.clone().filter(|&(i, j)| pair(bases[i], bases[j]) != 0).count());
        for (i, j) in all {
            let expected = if pair(bases[i], bases[j]) == 0 { 0.0 } else { (10 * i + j) as f64 };
            assert_eq!(first.get(&partners, i, j).to_bits(), expected.to_bits());
        }
        let column: Vec<f64> =
            partners.of(3)[..partners.before(3, 5)].iter().map(|&i| (10 * i + 5) as f64).collect();
        assert_eq!(last.column(5), column);
    }
}

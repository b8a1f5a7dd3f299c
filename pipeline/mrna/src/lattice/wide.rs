//! The search over sizes of interior loops, which no closing pair bears on.

use crate::energy::{Dcal, IMPOSSIBLE, interior_size};

use super::solver::Solver;

impl Solver<'_> {
    /// A pair, then three unpaired bases or more, to `node`: as the right of a loop with one base on its left.
    pub(super) fn many_right(&self, node: usize) -> Vec<Dcal> {
        let mut best = vec![IMPOSSIBLE; self.before(node)];
        for (inner, bases) in self.within(node, 3, self.longest.saturating_sub(1)) {
            let added = self.recent[node].open[inner] + self.unit * interior_size(1, bases);
            for (best, pair) in best.iter_mut().zip(&self.recent[inner].one) {
                *best = (*best).min(pair + added);
            }
        }
        best
    }

    /// Nodes from `fewest` to `most` bases before `node` that lead to it, with that number.
    pub(super) fn within(
        &self,
        node: usize,
        fewest: usize,
        most: usize,
    ) -> impl Iterator<Item = (usize, usize)> {
        let position = self.lattice.position[node];
        let bases = fewest..=most.min(position);
        let inner = bases.flat_map(move |bases| {
            self.lattice.at(position - bases).map(move |inner| (inner, bases))
        });
        let open = &self.recent[node].open;
        inner.filter(move |&(inner, _)| open.get(inner).is_some_and(|cost| *cost < IMPOSSIBLE))
    }

    /// The inside of interior loops of two bases or more on each side, from behind the closing pair's mismatch on the left
    /// to before that on the right; and the same of loops of two by three.
    pub(super) fn wide_between(&self, from: usize, node: usize) -> (Dcal, Dcal) {
        if self.longest < 5 {
            return (IMPOSSIBLE, IMPOSSIBLE);
        }
        let lattice = self.lattice;
        let start = lattice.first[lattice.position[from]];
        let mut wide = IMPOSSIBLE;
        for (inner, between) in self.within(node, 0, self.longest - 4) {
            let sizes = &self.near.wide[between][from];
            if self.recent[inner].barren(start, start + sizes.len()) {
                continue;
            }
            let pairs = self.recent[inner].inner.get(start..).unwrap_or_default();
            wide = wide.min(self.recent[node].open[inner] + least_sum(pairs, sizes));
        }
        let pair = |inner: usize, from: usize| {
            self.recent[inner].inner_23.get(from).copied().unwrap_or(IMPOSSIBLE)
        };
        let right = lattice.into[node].iter().map(|edge| pair(edge.node, from) + edge.cost);
        let left = lattice.out[from].iter().map(|edge| pair(node, edge.node) + edge.cost);
        let two_by_three =
            right.chain(left).min().unwrap_or(IMPOSSIBLE) + self.unit * interior_size(2, 3);
        (wide, two_by_three.min(IMPOSSIBLE))
    }
}

/// The least sum of neighbours in two rows. Sums stay far inside the range of numbers: unchecked, they are made side by side.
pub(super) fn least_sum(ones: &[Dcal], others: &[Dcal]) -> Dcal {
    ones.iter()
        .zip(others)
        .map(|(one, other)| one.wrapping_add(*other))
        .min()
        .unwrap_or(IMPOSSIBLE)
        .min(IMPOSSIBLE)
}

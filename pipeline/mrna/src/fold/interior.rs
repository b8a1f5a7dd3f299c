//! The search over interior loops.
//!
//! Loops of no table of their own fall into three kinds, by what an inner pair adds: bulges of two bases or more, one base by
//! three or more, and all the rest. Of each kind the last rows are kept with that addition made.

use crate::energy::{
    Base, LONGEST_INTERIOR, SHORTEST_HAIRPIN, Turner2004, bulge_size, interior_size, pair, pair_1n,
    terminal, turned, turner_2004,
};

use super::algebra::Algebra;

/// As many rows as a loop can reach back.
const KEPT: usize = LONGEST_INTERIOR + 2;

/// Loops with a table of their own: unpaired bases on the left and on the right.
const SMALL: [(usize, usize); 9] =
    [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 2)];

/// The inner pairs in reach, with what they add to a loop of each kind.
pub(super) struct InteriorRows<'a, A: Algebra> {
    algebra: &'a A,
    bases: &'a [Base],
    model: &'static Turner2004,
    longest: usize,
    closed: Vec<A::Value>,
    bulge: Vec<A::Value>,
    one_by_many: Vec<A::Value>,
    other: Vec<A::Value>,
    sizes: Sizes<A::Value>,
}

/// Initiation by kind. A row is read towards larger `q`, hence from many bases on the right to few: `by_left[l][x]` is the loop of `l`
/// bases on the left and `longest - l - x` on the right.
struct Sizes<V> {
    by_left: Vec<Vec<V>>,
    bulge: Vec<V>,
}

impl<'a, A: Algebra> InteriorRows<'a, A> {
    pub(super) fn new(algebra: &'a A, bases: &'a [Base], longest: usize) -> Self {
        let rows = vec![A::NONE; KEPT * bases.len()];
        let size = |l: usize, r: usize| {
            let energy = if l == 0 { bulge_size(r) } else { interior_size(l, r) };
            algebra.value(energy, l + r + 2)
        };
        let by_left =
            (0..=longest).map(|l| (0..=longest - l).rev().map(|r| size(l, r)).collect()).collect();
        let bulge = (0..=longest).map(|l| size(0, l)).collect();
        Self {
            algebra,
            bases,
            model: turner_2004(),
            longest,
            closed: rows.clone(),
            bulge: rows.clone(),
            one_by_many: rows.clone(),
            other: rows,
            sizes: Sizes { by_left, bulge },
        }
    }

    fn row(&self, p: usize) -> usize {
        p % KEPT * self.bases.len()
    }

    /// Takes in row `p` of what pairs close.
    pub(super) fn push(&mut self, p: usize, closed: &[A::Value]) {
        let (row, length) = (self.row(p), self.bases.len());
        self.closed[row..row + length].copy_from_slice(closed);
        for table in [&mut self.bulge, &mut self.one_by_many, &mut self.other] {
            table[row..row + length].fill(A::NONE);
        }
        if p == 0 {
            return;
        }
        for (q, &inside) in
            closed[..length - 1].iter().enumerate().filter(|(_, inside)| **inside != A::NONE)
        {
            let inner = turned(pair(self.bases[p], self.bases[q]));
            let mismatch =
                self.model.interior_mismatch(3, 3, inner, self.bases[q + 1], self.bases[p - 1]);
            self.bulge[row + q] = A::both(inside, self.algebra.value(terminal(inner), 0));
            self.one_by_many[row + q] = A::both(inside, self.algebra.value(pair_1n(inner), 0));
            self.other[row + q] = A::both(inside, self.algebra.value(mismatch, 0));
        }
    }

    /// All interior loops closed by `i` and `j`, which pair.
    pub(super) fn all(&self, i: usize, j: usize) -> A::Value {
        let closing = pair(self.bases[i], self.bases[j]);
        let small = SMALL
            .iter()
            .filter(|(l, r)| l + r <= self.longest)
            .filter_map(|&(l, r)| self.small(i, j, l, r));
        let small = small.fold(A::NONE, A::either);
        let bulge = self.one_sided(&self.bulge, i, j, 0, 2);
        let one = self.one_sided(&self.one_by_many, i, j, 1, 3);
        let other = (2..self.longest.saturating_sub(1)).map(|l| {
            let fewest = match l {
                2 => 4,
                3 => 3,
                _ => 2,
            };
            self.rows_of(&self.other, i, j, l, fewest)
        });
        let other = other.fold(A::NONE, A::either);
        let mismatch =
            self.model.interior_mismatch(3, 3, closing, self.bases[i + 1], self.bases[j - 1]);
        let kinds = [(bulge, terminal(closing)), (one, pair_1n(closing)), (other, mismatch)];
        kinds.into_iter().fold(small, |all, (kind, energy)| {
            A::either(all, A::both(kind, self.algebra.value(energy, 0)))
        })
    }

    fn small(&self, i: usize, j: usize, left: usize, right: usize) -> Option<A::Value> {
        let (p, q) = (i + left + 1, j.checked_sub(right + 1)?);
        if q <= p + SHORTEST_HAIRPIN {
            return None;
        }
        let inside = self.closed[self.row(p) + q];
        let energy = || self.model.interior(&self.bases[i..=p], &self.bases[q..=j]);
        (inside != A::NONE).then(|| A::both(inside, self.algebra.value(energy(), left + right + 2)))
    }

    /// Loops with `few` bases on one side and `fewest` or more on the other.
    fn one_sided(
        &self,
        table: &[A::Value],
        i: usize,
        j: usize,
        few: usize,
        fewest: usize,
    ) -> A::Value {
        A::either(self.rows_of(table, i, j, few, fewest), self.columns_of(table, i, j, few, fewest))
    }

    /// Loops with `l` bases on the left and `fewest` or more on the right: along a row.
    fn rows_of(&self, table: &[A::Value], i: usize, j: usize, l: usize, fewest: usize) -> A::Value {
        let p = i + l + 1;
        let most = self.longest.saturating_sub(l);
        let first = (p + SHORTEST_HAIRPIN + 1).max(j.saturating_sub(most + 1));
        let Some(last) = j.checked_sub(fewest + 1).filter(|&last| last >= first && most >= fewest)
        else {
            return A::NONE;
        };
        let skipped = first + most + 1 - j;
        let row = self.row(p);
        A::along(&table[row + first..=row + last], &self.sizes.by_left[l][skipped..])
    }

    /// Loops with `fewest` bases or more on the left and `r` on the right: down a column.
    fn columns_of(
        &self,
        table: &[A::Value],
        i: usize,
        j: usize,
        r: usize,
        fewest: usize,
    ) -> A::Value {
        let q = j - r - 1;
        let most = self.longest.saturating_sub(r).min((q - i).saturating_sub(SHORTEST_HAIRPIN + 2));
        let loops = (fewest..=most).map(|l| {
            let size = if r == 0 {
                self.sizes.bulge[l]
            } else {
                self.sizes.by_left[l][self.longest - l - r]
            };
            A::both(table[self.row(i + l + 1) + q], size)
        });
        loops.fold(A::NONE, A::either)
    }
}

//! What a pair closes: the cheapest loop from node to node, by the kind of the pair outside.

use crate::energy::{
    Base, Dangles, Dcal, IMPOSSIBLE, MULTI_CLOSING, PAIRS, Pair, SHORTEST_HAIRPIN, bulge_size,
    int11, int21, int22, pair_1n, terminal, turned,
};

use super::solver::{ByPair, Solver};
use super::wide::least_sum;

/// Hairpins up to this size may be special ones.
pub(super) const LONGEST_SPECIAL: usize = 6;

/// A way of two bases.
#[derive(Debug, Clone, Copy)]
struct Two {
    /// The node at its far end.
    node: usize,
    bases: [Base; 2],
    cost: i32,
}

/// Loops of one column: what does not depend on the first node is worked out once.
pub(super) struct Closing<'a, 's> {
    solver: &'a Solver<'s>,
    node: usize,
    /// Last bases of the pairs that may close here.
    behind: Vec<Base>,
    /// Ways of two bases that end here.
    twos: Vec<Two>,
    /// Inside of a loop with one base or none on the left and three or more on the right, closing pair's share left out.
    many_right: Vec<Dcal>,
}

impl<'s> Solver<'s> {
    /// What all loops that end at `node` share.
    pub(super) fn closing(&self, node: usize) -> Closing<'_, 's> {
        let mut behind: Vec<Base> = self.lattice.out[node].iter().map(|edge| edge.base).collect();
        behind.dedup();
        let into = |node: usize| self.lattice.into[node].iter();
        let twos = into(node).flat_map(|last| {
            into(last.node).map(|first| Two {
                node: first.node,
                bases: [first.base, last.base],
                cost: first.cost + last.cost,
            })
        });
        Closing {
            solver: self,
            node,
            behind,
            twos: twos.collect(),
            many_right: self.many_right(node),
        }
    }
}

impl Closing<'_, '_> {
    /// Loops from `from`, by the kind of the pair around; where there is no hope of inner pairs, hairpins and multiloops alone.
    pub(super) fn from(&self, from: usize, hopeful: bool) -> ByPair {
        let mut best = [IMPOSSIBLE; 6];
        let lattice = self.solver.lattice;
        let bases = lattice.position[self.node] - lattice.position[from];
        let kinds = self.kinds(from);
        if kinds.is_empty() || bases < SHORTEST_HAIRPIN {
            return best;
        }
        self.hairpins(from, bases, &kinds, &mut best);
        if bases > SHORTEST_HAIRPIN + 1 {
            if hopeful {
                self.stacks_and_bulges(from, &kinds, &mut best);
                self.small(from, &kinds, &mut best);
                self.large(from, &kinds, &mut best);
            }
            let several = self.solver.several[self.node].cost(from);
            for &kind in &kinds {
                let closing = MULTI_CLOSING
                    + self.solver.model.multi_stem(Dangles::None, turned(kind), None, None);
                lower(&mut best, kind, several + self.scaled(closing));
            }
        }
        best
    }

    fn scaled(&self, energy: Dcal) -> Dcal {
        self.solver.unit * energy
    }

    /// Kinds of pairs that may stand around the stretch.
    fn kinds(&self, from: usize) -> Vec<Pair> {
        let fits = |&kind: &Pair| {
            let (five, three) = PAIRS[kind];
            let before = self.solver.lattice.into[from].iter().any(|edge| edge.base == five);
            before && self.behind.contains(&three)
        };
        (1..7).filter(fits).collect()
    }

    fn hairpins(&self, from: usize, bases: usize, kinds: &[Pair], best: &mut ByPair) {
        let solver = self.solver;
        if bases <= LONGEST_SPECIAL {
            return self.short_hairpins(from, bases, kinds, best);
        }
        let size = self.scaled(solver.hairpins[bases]);
        for first in &solver.lattice.out[from] {
            for last in &solver.lattice.into[self.node] {
                let open = solver.recent[last.node].open[first.node];
                let cost = open + first.cost + last.cost + size;
                for &kind in kinds {
                    let mismatch = solver.model.hairpin_mismatch(kind, first.base, last.base);
                    lower(best, kind, cost + self.scaled(mismatch));
                }
            }
        }
    }

    /// Every way to write a short hairpin, as some are special.
    fn short_hairpins(&self, from: usize, bases: usize, kinds: &[Pair], best: &mut ByPair) {
        let mut open: Vec<(usize, Vec<Base>, i32)> = vec![(from, vec![0], 0)];
        while let Some((node, written, cost)) = open.pop() {
            if written.len() <= bases {
                let longer = self.solver.lattice.out[node].iter().map(|edge| {
                    let written = [written.as_slice(), &[edge.base]].concat();
                    (edge.node, written, cost + edge.cost)
                });
                open.extend(longer);
            } else if node == self.node {
                for &kind in kinds {
                    let (five, three) = PAIRS[kind];
                    let mut hairpin = written.clone();
                    hairpin[0] = five;
                    hairpin.push(three);
                    lower(best, kind, cost + self.scaled(self.solver.model.hairpin(&hairpin)));
                }
            }
        }
    }

    /// Stretches closed by a pair that an interior loop holds, with the pair read from inside the loop.
    fn inside(&self, from: usize, to: usize) -> impl Iterator<Item = (Pair, Dcal)> {
        let pairs = self.solver.pairs_of(to).get(from).copied().unwrap_or([IMPOSSIBLE; 6]);
        pairs
            .into_iter()
            .enumerate()
            .filter(|(_, cost)| *cost < IMPOSSIBLE)
            .map(|(at, cost)| (turned(at + 1), cost))
    }

    fn stacks_and_bulges(&self, from: usize, kinds: &[Pair], best: &mut ByPair) {
        let (solver, node) = (self.solver, self.node);
        let mut stacked = [IMPOSSIBLE; 7];
        for (inner, cost) in self.inside(from, node) {
            stacked[inner] = cost;
        }
        if solver.longest > 0 {
            let left = solver.lattice.out[from].iter().map(|edge| (edge.node, node, edge.cost));
            let right = solver.lattice.into[node].iter().map(|edge| (from, edge.node, edge.cost));
            for (from, to, base) in left.chain(right) {
                for (inner, cost) in self.inside(from, to) {
                    stacked[inner] = stacked[inner].min(cost + base + self.scaled(bulge_size(1)));
                }
            }
        }
        for (inner, &cost) in stacked.iter().enumerate().filter(|(_, cost)| **cost < IMPOSSIBLE) {
            for &kind in kinds {
                lower(best, kind, cost + self.scaled(solver.model.stack(kind, inner)));
            }
        }
    }

    /// Loops of one or two bases on each side, which have tables of their own.
    fn small(&self, from: usize, kinds: &[Pair], best: &mut ByPair) {
        let lattice = self.solver.lattice;
        let left_twos = || {
            lattice.out[from].iter().flat_map(|first| {
                let last = lattice.out[first.node].iter();
                last.map(|last| Two {
                    node: last.node,
                    bases: [first.base, last.base],
                    cost: first.cost + last.cost,
                })
            })
        };
        let longest = self.solver.longest;
        for left in lattice.out[from].iter().filter(|_| longest >= 2) {
            for right in &lattice.into[self.node] {
                let energy = |kind, inner| int11(kind, inner, left.base, right.base);
                self.lower_small(
                    (left.node, right.node),
                    left.cost + right.cost,
                    kinds,
                    best,
                    energy,
                );
            }
            for right in self.twos.iter().filter(|_| longest >= 3) {
                let energy =
                    |kind, inner| int21(kind, inner, left.base, right.bases[0], right.bases[1]);
                self.lower_small(
                    (left.node, right.node),
                    left.cost + right.cost,
                    kinds,
                    best,
                    energy,
                );
            }
        }
        for left in left_twos().filter(|_| longest >= 3) {
            for right in &lattice.into[self.node] {
                let energy =
                    |kind, inner| int21(inner, kind, right.base, left.bases[0], left.bases[1]);
                self.lower_small(
                    (left.node, right.node),
                    left.cost + right.cost,
                    kinds,
                    best,
                    energy,
                );
            }
            for right in self.twos.iter().filter(|_| longest >= 4) {
                let energy = |kind, inner| int22(kind, inner, left.bases, right.bases);
                self.lower_small(
                    (left.node, right.node),
                    left.cost + right.cost,
                    kinds,
                    best,
                    energy,
                );
            }
        }
    }

    fn lower_small(
        &self,
        (from, to): (usize, usize),
        open: i32,
        kinds: &[Pair],
        best: &mut ByPair,
        energy: impl Fn(Pair, Pair) -> Dcal,
    ) {
        for (inner, cost) in self.inside(from, to) {
            for &kind in kinds {
                lower(best, kind, cost + open + self.scaled(energy(kind, inner)));
            }
        }
    }

    /// Longer bulges, loops of one base by many, and all the rest.
    fn large(&self, from: usize, kinds: &[Pair], best: &mut ByPair) {
        let (bulge, one) = (self.bulge(from), self.one_by_many(from));
        for &kind in kinds {
            lower(best, kind, bulge + self.scaled(terminal(kind)));
            lower(best, kind, one + self.scaled(pair_1n(kind)));
        }
        let (solver, lattice) = (self.solver, self.solver.lattice);
        for last in &lattice.into[self.node] {
            let (wide, wide_23) =
                (&solver.recent[last.node].wide, &solver.recent[last.node].wide_23);
            for first in lattice.out[from].iter().filter(|first| first.node < wide.len()) {
                let cost = first.cost + last.cost;
                for &kind in kinds {
                    let mismatch = |l, r| {
                        self.scaled(
                            solver.model.interior_mismatch(l, r, kind, first.base, last.base),
                        )
                    };
                    lower(best, kind, wide[first.node] + cost + mismatch(3, 3));
                    lower(best, kind, wide_23[first.node] + cost + mismatch(2, 3));
                }
            }
        }
    }

    fn bulge(&self, from: usize) -> Dcal {
        let solver = self.solver;
        let start = solver.lattice.first[solver.lattice.position[from]];
        let left = least_sum(&solver.recent[self.node].bulge[start..], &solver.near.bulge[from]);
        let right = solver.within(self.node, 2, solver.longest).map(|(inner, bases)| {
            let pair = solver.recent[inner].bulge.get(from).copied().unwrap_or(IMPOSSIBLE);
            pair + solver.recent[self.node].open[inner] + self.scaled(bulge_size(bases))
        });
        left.min(right.min().unwrap_or(IMPOSSIBLE))
    }

    fn one_by_many(&self, from: usize) -> Dcal {
        let (solver, lattice) = (self.solver, self.solver.lattice);
        let start = lattice.first[lattice.position[from]];
        let left = lattice.into[self.node].iter().map(|edge| {
            let pairs = solver.recent[edge.node].one.get(start..).unwrap_or_default();
            least_sum(pairs, &solver.near.by_one[from]) + edge.cost
        });
        let right = lattice.out[from]
            .iter()
            .map(|edge| self.many_right.get(edge.node).copied().unwrap_or(IMPOSSIBLE) + edge.cost);
        left.chain(right).min().unwrap_or(IMPOSSIBLE)
    }
}

fn lower(best: &mut ByPair, kind: Pair, cost: Dcal) {
    best[kind - 1] = best[kind - 1].min(cost);
}

//! Least cost of every stretch of the lattice, over all its sequences and structures at once.
//!
//! The recursion is that of folding (Zuker and Stiegler 1981) over pairs of nodes in place of pairs of positions, as Zhang et al. do
//! it (LinearDesign, Nature 621:396, 2023): a stretch begins at one node and ends at another, and among all ways to write
//! it the cheapest counts. Dangling ends are off, so that nothing outside a stretch bears on it. Columns are filled from
//! the 5' end, one a node; a column holds a value for every node before it.
//!
//! What makes it fast is what is not asked again. The loop that a pair closes depends on the pair's kind and on the nodes
//! just inside it, so loops are worked out per pair of nodes, not per pair of bases. Of an interior loop the part that an
//! inner pair decides (its mismatch, the bases of it) is made once per pair of nodes (`inner`), the search over sizes once
//! more (`wide`), and only the closing pair's mismatch is left to each closing pair.
//!
//! All values are whole numbers: hundredths of kcal/mol, times [`Solver::unit`], so that sums are exact, ties are ties, and the
//! result does not depend on the number of threads.

use rayon::prelude::*;

use crate::energy::{
    Dangles, Dcal, IMPOSSIBLE, Turner2004, hairpin_size, pair, pair_1n, terminal, turned,
    turner_2004,
};

use super::beam::Beam;
use super::column::Column;
use super::graph::Lattice;
use super::near::Near;

/// Values by kind of pair, [`crate::energy::PAIRS`] without none.
pub(super) type ByPair = [Dcal; 6];

/// How many nodes a thread takes at least, where each costs little and where it costs much.
const CHEAP: usize = 64;
const DEAR: usize = 32;

/// What the solver knows of the stretches that end at one node, by their first node.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// Unpaired all through.
    pub(super) open: Vec<Dcal>,
    /// Closed by a pair: in a bulge, and in a loop of one base by three or more.
    pub(super) bulge: Vec<Dcal>,
    pub(super) one: Vec<Dcal>,
    /// A pair with the unpaired base on each side of it, mismatch of an interior loop included.
    pub(super) inner: Vec<Dcal>,
    pub(super) inner_23: Vec<Dcal>,
    /// For each node how many before it have such a pair: a beam leaves few.
    inner_before: Vec<u32>,
    /// The inside of an interior loop but for the closing pair's own two mismatched bases.
    pub(super) wide: Vec<Dcal>,
    pub(super) wide_23: Vec<Dcal>,
    /// The inside of a pair, by the kind of that pair.
    pub(super) closing: Vec<ByPair>,
}

impl Recent {
    /// Whether no node of a range begins a pair with unpaired bases on both sides.
    pub(super) fn barren(&self, first: usize, end: usize) -> bool {
        let Some(last) = self.inner_before.len().checked_sub(1) else { return true };
        self.inner_before[first.min(last)] == self.inner_before[end.min(last)]
    }
}

/// The tables of one lattice.
pub(super) struct Solver<'a> {
    pub(super) lattice: &'a Lattice,
    pub(super) model: &'static Turner2004,
    /// Parts of a hundredth of kcal/mol.
    pub(super) unit: i32,
    /// The most unpaired bases of an interior loop.
    pub(super) longest: usize,
    /// What a paired base costs at each position, in the solver's unit.
    pub(super) pairing: &'a [i32],
    pub(super) near: Near,
    pub(super) recent: Vec<Recent>,
    /// Closed by a pair, both bases written.
    pub(super) pairs: Vec<Column<ByPair>>,
    /// Two stems of a multiloop or more, first base paired.
    pub(super) several: Vec<Column<Dcal>>,
    /// One stem of a multiloop or more.
    pub(super) multi: Vec<Column<Dcal>>,
    /// Everything from the 5' end.
    pub(super) exterior: Vec<Dcal>,
    /// Initiation of a hairpin, by its size.
    pub(super) hairpins: Vec<Dcal>,
    beam: Option<Beam>,
}

impl<'a> Solver<'a> {
    pub(super) fn solve(
        lattice: &'a Lattice,
        unit: i32,
        longest: usize,
        pairing: &'a [i32],
        beam: Option<usize>,
    ) -> Self {
        let nodes = lattice.nodes();
        let mut solver = Self {
            lattice,
            model: turner_2004(),
            unit,
            longest,
            pairing,
            near: Near::new(lattice, longest, unit),
            recent: Vec::with_capacity(nodes),
            pairs: Vec::with_capacity(nodes),
            several: Vec::with_capacity(nodes),
            multi: Vec::with_capacity(nodes),
            exterior: Vec::with_capacity(nodes),
            hairpins: (0..=lattice.length()).map(hairpin_size).collect(),
            beam: beam.map(|width| Beam::new(width, nodes)),
        };
        for node in 0..nodes {
            solver.fill(node);
        }
        solver
    }

    /// The least cost of all.
    pub(super) fn least(&self) -> Dcal {
        self.exterior[self.lattice.nodes() - 1]
    }

    /// Nodes that may begin a stretch which ends at `node`: all at earlier positions.
    pub(super) fn before(&self, node: usize) -> usize {
        self.lattice.first[self.lattice.position[node]]
    }

    fn fill(&mut self, node: usize) {
        let count = self.before(node);
        let none = || vec![IMPOSSIBLE; count];
        let mut pairs = vec![[IMPOSSIBLE; 6]; count];
        let mut column = Recent {
            open: self.open(node),
            bulge: none(),
            one: none(),
            inner: none(),
            inner_23: none(),
            ..Recent::default()
        };
        let Recent { bulge, one, inner, inner_23, .. } = &mut column;
        (&mut pairs, bulge, one, inner, inner_23)
            .into_par_iter()
            .with_min_len(CHEAP)
            .enumerate()
            .for_each(|(from, (pairs, bulge, one, inner, inner_23))| {
                *pairs = self.pairs_between(from, node);
                *bulge = by_pair(pairs, self.unit, terminal);
                *one = by_pair(pairs, self.unit, pair_1n);
                (*inner, *inner_23) = self.inner_between(from, node);
            });
        let mut known = 0;
        column.inner_before = std::iter::once(0)
            .chain(column.inner.iter().map(|inner| {
                known += u32::from(*inner < IMPOSSIBLE);
                known
            }))
            .collect();
        if let Some(beam) = &mut self.beam {
            let position = self.lattice.position[node];
            beam.keep_pairs(position, &self.exterior, &mut pairs, &mut column.bulge);
            column.one = pairs.iter().map(|pairs| by_pair(pairs, self.unit, pair_1n)).collect();
        }
        self.exterior.push(self.exterior_to(node, &column.bulge));
        self.pairs.push(Column::Dense(pairs));
        self.recent.push(column);
        self.fill_multi(node);
        self.fill_loops(node);
        self.forget(node);
    }

    fn fill_loops(&mut self, node: usize) {
        let reach = self.beam.as_ref().map(|beam| beam.reach(self.lattice, node, self.longest));
        let closing = self.closing(node);
        let count = self.before(node);
        let [mut wide, mut wide_23] = [vec![IMPOSSIBLE; count], vec![IMPOSSIBLE; count]];
        let mut closed = vec![[IMPOSSIBLE; 6]; count];
        (&mut wide, &mut wide_23, &mut closed)
            .into_par_iter()
            .with_min_len(DEAR)
            .enumerate()
            .for_each(|(from, (wide, wide_23, closed))| {
                let hopeful = reach.as_ref().is_none_or(|reach| reach[from]);
                if hopeful {
                    (*wide, *wide_23) = self.wide_between(from, node);
                }
                *closed = closing.from(from, hopeful);
            });
        let column = &mut self.recent[node];
        (column.wide, column.wide_23, column.closing) = (wide, wide_23, closed);
    }

    /// Cheapest unpaired way from every node to `node`, itself included.
    fn open(&self, node: usize) -> Vec<Dcal> {
        let mut open = vec![IMPOSSIBLE; node + 1];
        for edge in &self.lattice.into[node] {
            for (here, before) in open.iter_mut().zip(&self.recent[edge.node].open) {
                *here = (*here).min(before.wrapping_add(edge.cost));
            }
        }
        open[node] = 0;
        open
    }

    /// Stretches closed by a pair: its bases are the first and the last.
    fn pairs_between(&self, from: usize, node: usize) -> ByPair {
        let mut best = [IMPOSSIBLE; 6];
        let first_penalty = self.pairing[self.lattice.position[from]];
        for last in &self.lattice.into[node] {
            let closing = &self.recent[last.node].closing;
            let penalty = first_penalty + self.pairing[self.lattice.position[last.node]];
            for first in &self.lattice.out[from] {
                let kind = pair(first.base, last.base);
                if kind != 0 && first.node < closing.len() {
                    let cost = closing[first.node][kind - 1] + first.cost + last.cost + penalty;
                    best[kind - 1] = best[kind - 1].min(cost);
                }
            }
        }
        best.map(settled)
    }

    fn exterior_to(&self, node: usize, stems: &[Dcal]) -> Dcal {
        if node == 0 {
            return 0;
        }
        let open = self.lattice.into[node].iter().map(|edge| self.exterior[edge.node] + edge.cost);
        let stem = stems.iter().zip(&self.exterior).map(|(stem, before)| stem + before);
        open.chain(stem).min().unwrap_or(IMPOSSIBLE).min(IMPOSSIBLE)
    }

    /// A stem of a multiloop.
    pub(super) fn stem(&self, pairs: &ByPair) -> Dcal {
        by_pair(pairs, self.unit, |kind| self.model.multi_stem(Dangles::None, kind, None, None))
    }

    fn fill_multi(&mut self, node: usize) {
        let stems: Vec<Dcal> = self.pairs_of(node).iter().map(|pairs| self.stem(pairs)).collect();
        let mut several = vec![IMPOSSIBLE; self.before(node)];
        several
            .par_chunks_mut(CHEAP)
            .enumerate()
            .for_each(|(at, chunk)| self.split(at * CHEAP, node, &stems, chunk));
        for cost in &mut several {
            *cost = settled(*cost);
        }
        if let Some(beam) = &self.beam {
            beam.keep(&self.exterior, &mut several);
        }
        let mut multi: Vec<Dcal> =
            several.iter().zip(&stems).map(|(several, stem)| *several.min(stem)).collect();
        for edge in &self.lattice.into[node] {
            self.multi[edge.node].lower_from(0, edge.cost, &mut multi);
        }
        for from in (0..multi.len()).rev() {
            for edge in &self.lattice.out[from] {
                let behind = multi.get(edge.node).copied().unwrap_or(IMPOSSIBLE);
                multi[from] = multi[from].min(behind + edge.cost);
            }
        }
        if let Some(beam) = &self.beam {
            beam.keep(&self.exterior, &mut multi);
        }
        self.several.push(Column::Dense(several));
        self.multi.push(Column::Dense(multi));
    }

    /// Two stems or more from the nodes of a chunk to `node`: the last stem ends there, or unpaired bases follow it.
    fn split(&self, start: usize, node: usize, stems: &[Dcal], chunk: &mut [Dcal]) {
        for edge in &self.lattice.into[node] {
            self.several[edge.node].lower_from(start, edge.cost, chunk);
        }
        for (middle, &stem) in
            stems.iter().enumerate().skip(start).filter(|(_, stem)| **stem < IMPOSSIBLE)
        {
            self.multi[middle].lower_from(start, stem, chunk);
        }
    }

    /// A pair with an unpaired base on each side.
    fn inner_between(&self, from: usize, node: usize) -> (Dcal, Dcal) {
        let mut best = (IMPOSSIBLE, IMPOSSIBLE);
        for last in &self.lattice.into[node] {
            let pairs = self.pairs_of(last.node);
            for first in self.lattice.out[from].iter().filter(|first| first.node < pairs.len()) {
                for (at, &inside) in
                    pairs[first.node].iter().enumerate().filter(|(_, inside)| **inside < IMPOSSIBLE)
                {
                    let kind = turned(at + 1);
                    let mismatch = |l, r| {
                        self.unit * self.model.interior_mismatch(l, r, kind, last.base, first.base)
                    };
                    let cost = inside + first.cost + last.cost;
                    best = (best.0.min(cost + mismatch(3, 3)), best.1.min(cost + mismatch(2, 3)));
                }
            }
        }
        best
    }

    /// The column of pairs of a node that is still in reach of loops.
    pub(super) fn pairs_of(&self, node: usize) -> &[ByPair] {
        match &self.pairs[node] {
            Column::Dense(pairs) => pairs,
            Column::Sparse(_) => &[],
        }
    }

    /// Lets go of what no loop will reach any more.
    fn forget(&mut self, node: usize) {
        let position = self.lattice.position[node];
        if node + 1 != self.lattice.first[position + 1] {
            return;
        }
        if let Some(past) = position.checked_sub(self.longest.max(super::near::REACH) + 1) {
            for node in self.lattice.at(past) {
                self.recent[node] = Recent::default();
                if self.beam.is_some() {
                    self.pairs[node].thin(|pairs| pairs.iter().any(|cost| *cost < IMPOSSIBLE));
                    self.several[node].thin(|cost| *cost < IMPOSSIBLE);
                    self.multi[node].thin(|cost| *cost < IMPOSSIBLE);
                }
            }
        }
    }
}

/// The least of a stretch over the kinds of its pair, each with what the kind adds.
fn by_pair(pairs: &ByPair, unit: i32, adds: impl Fn(usize) -> Dcal) -> Dcal {
    let costs = pairs.iter().enumerate().filter(|(_, cost)| **cost < IMPOSSIBLE);
    costs.map(|(at, cost)| cost + unit * adds(at + 1)).min().unwrap_or(IMPOSSIBLE)
}

/// What cannot be stays so, whatever stability was added to it.
fn settled(cost: Dcal) -> Dcal {
    if cost > IMPOSSIBLE / 2 { IMPOSSIBLE } else { cost }
}

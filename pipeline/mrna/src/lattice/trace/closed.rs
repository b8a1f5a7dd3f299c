//! What a pair closes, read back: the loop that has the cost in question.

use crate::energy::{
    Base, Dangles, Dcal, IMPOSSIBLE, MULTI_CLOSING, PAIRS, Pair, SHORTEST_HAIRPIN, turned,
};

use super::super::graph::Edge;
use super::super::loops::LONGEST_SPECIAL;
use super::{Open, Trace};

/// Unpaired bases of a loop between two nodes: all that the energy model looks at, and a way to write them.
struct Strand {
    /// As many as there are; those that no energy depends on stand as A.
    bases: Vec<Base>,
    cost: Dcal,
    first: Option<Edge>,
    /// Its node is where it comes from.
    last: Option<Edge>,
}

impl Trace<'_, '_> {
    /// Reads what a pair closes, if it can have this cost.
    pub(super) fn closed(&mut self, from: usize, to: usize, kind: Pair, cost: Dcal) -> Option<()> {
        let solver = self.solver;
        if to <= from {
            return None;
        }
        let closing =
            MULTI_CLOSING + solver.model.multi_stem(Dangles::None, turned(kind), None, None);
        if solver.several[to].cost(from) + solver.unit * closing == cost {
            self.open.push(Open::Several(from, to));
            return Some(());
        }
        self.interior(from, to, kind, cost).or_else(|| self.hairpin(from, to, kind, cost))
    }

    fn interior(&mut self, from: usize, to: usize, kind: Pair, cost: Dcal) -> Option<()> {
        let lattice = self.solver.lattice;
        let (start, end) = (lattice.position[from], lattice.position[to]);
        for left in 0..=self.solver.longest {
            for right in 0..=self.solver.longest - left {
                if start + left + right + SHORTEST_HAIRPIN + 2 > end {
                    break;
                }
                for p in lattice.at(start + left) {
                    for q in lattice.at(end - right) {
                        if self.interior_to((from, to), (p, q), kind, cost).is_some() {
                            return Some(());
                        }
                    }
                }
            }
        }
        None
    }

    fn interior_to(
        &mut self,
        (from, to): (usize, usize),
        (p, q): (usize, usize),
        kind: Pair,
        cost: Dcal,
    ) -> Option<()> {
        let solver = self.solver;
        let pairs =
            solver.pairs[q].get(p).filter(|pairs| pairs.iter().any(|cost| *cost < IMPOSSIBLE))?;
        let (five, three) = PAIRS[kind];
        for left in self.strands(from, p) {
            for right in self.strands(q, to) {
                for (at, inside) in
                    pairs.iter().enumerate().filter(|(_, inside)| **inside < IMPOSSIBLE)
                {
                    let (inner_five, inner_three) = PAIRS[at + 1];
                    let left_bases = [&[five], left.bases.as_slice(), &[inner_five]].concat();
                    let right_bases = [&[inner_three], right.bases.as_slice(), &[three]].concat();
                    let energy = solver.unit * solver.model.interior(&left_bases, &right_bases);
                    if inside + left.cost + right.cost + energy == cost {
                        self.write_strand(from, p, &left)?;
                        self.write_strand(q, to, &right)?;
                        self.open.push(Open::Pair { from: p, to: q, kind: at + 1 });
                        return Some(());
                    }
                }
            }
        }
        None
    }

    /// The strands of a loop from node to node: one for every choice of first and last base.
    fn strands(&self, from: usize, to: usize) -> Vec<Strand> {
        let (solver, lattice) = (self.solver, self.solver.lattice);
        let bases = lattice.position[to] - lattice.position[from];
        let mut strands = Vec::new();
        if bases == 0 && from == to {
            strands.push(Strand { bases: Vec::new(), cost: 0, first: None, last: None });
        }
        if bases == 1 {
            let steps = lattice.out[from].iter().filter(|edge| edge.node == to);
            strands.extend(steps.map(|edge| Strand {
                bases: vec![edge.base],
                cost: edge.cost,
                first: Some(*edge),
                last: None,
            }));
        }
        for first in lattice.out[from].iter().filter(|_| bases >= 2) {
            for last in &lattice.into[to] {
                let between = solver.near.open(lattice, first.node, last.node);
                if between < IMPOSSIBLE {
                    let mut written = vec![1; bases];
                    (written[0], written[bases - 1]) = (first.base, last.base);
                    let cost = first.cost + between + last.cost;
                    strands.push(Strand {
                        bases: written,
                        cost,
                        first: Some(*first),
                        last: Some(*last),
                    });
                }
            }
        }
        strands
    }

    fn write_strand(&mut self, from: usize, to: usize, strand: &Strand) -> Option<()> {
        let Some(first) = strand.first else { return Some(()) };
        self.write(from, first.base);
        let Some(last) = strand.last else { return (first.node == to).then_some(()) };
        self.write(last.node, last.base);
        self.walk(first.node, last.node)
    }

    fn hairpin(&mut self, from: usize, to: usize, kind: Pair, cost: Dcal) -> Option<()> {
        let lattice = self.solver.lattice;
        let bases = lattice.position[to] - lattice.position[from];
        if bases < SHORTEST_HAIRPIN {
            return None;
        }
        if bases <= LONGEST_SPECIAL {
            return self.short_hairpin(from, to, kind, cost);
        }
        let (five, three) = PAIRS[kind];
        for first in &lattice.out[from] {
            let ways = self.ways(first.node, lattice.at(lattice.position[to]).start);
            for last in &lattice.into[to] {
                let way = ways[last.node - lattice.first[lattice.position[first.node]]];
                let mut hairpin = vec![1; bases + 2];
                (hairpin[0], hairpin[1], hairpin[bases], hairpin[bases + 1]) =
                    (five, first.base, last.base, three);
                let energy = self.solver.unit * self.solver.model.hairpin(&hairpin);
                if way < IMPOSSIBLE && energy + first.cost + way + last.cost == cost {
                    self.write(from, first.base);
                    self.write(last.node, last.base);
                    return self.walk(first.node, last.node);
                }
            }
        }
        None
    }

    /// One way to write a short hairpin after the other.
    fn short_hairpin(&mut self, from: usize, to: usize, kind: Pair, cost: Dcal) -> Option<()> {
        let lattice = self.solver.lattice;
        let bases = lattice.position[to] - lattice.position[from];
        let (five, three) = PAIRS[kind];
        let mut open = vec![(from, vec![five], 0)];
        while let Some((node, mut written, so_far)) = open.pop() {
            if written.len() <= bases {
                for edge in lattice.out[node].iter().rev() {
                    open.push((
                        edge.node,
                        [written.as_slice(), &[edge.base]].concat(),
                        so_far + edge.cost,
                    ));
                }
                continue;
            }
            written.push(three);
            if node == to && so_far + self.solver.unit * self.solver.model.hairpin(&written) == cost
            {
                let start = lattice.position[from];
                self.bases[start..start + bases].copy_from_slice(&written[1..=bases]);
                return Some(());
            }
        }
        None
    }
}

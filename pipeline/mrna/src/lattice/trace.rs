//! From least costs back to a sequence and a structure that have them.
//!
//! Nothing but costs was kept, so each step asks again which way gives the cost that stands in the table; the first way in a fixed
//! order is taken.

mod closed;

use crate::energy::{Base, Dangles, Dcal, IMPOSSIBLE, Pair, pair, terminal};
use crate::fold::Structure;

use super::solver::{ByPair, Solver};

/// A stretch still to be read.
enum Open {
    Exterior(usize),
    Pair { from: usize, to: usize, kind: Pair },
    Multi(usize, usize),
    Several(usize, usize),
}

/// Reads the tables; nothing if they do not agree with themselves.
pub(super) fn trace(solver: &Solver<'_>) -> Option<(Vec<Base>, Structure)> {
    let length = solver.lattice.length();
    let mut trace = Trace {
        solver,
        bases: vec![0; length],
        structure: Structure::open(length),
        open: Vec::new(),
    };
    trace.open.push(Open::Exterior(solver.lattice.nodes() - 1));
    while let Some(stretch) = trace.open.pop() {
        match stretch {
            Open::Exterior(to) => trace.exterior(to)?,
            Open::Pair { from, to, kind } => trace.pair(from, to, kind)?,
            Open::Multi(from, to) => trace.multi(from, to)?,
            Open::Several(from, to) => trace.several(from, to)?,
        }
    }
    Some((trace.bases, trace.structure))
}

struct Trace<'a, 's> {
    solver: &'a Solver<'s>,
    bases: Vec<Base>,
    structure: Structure,
    open: Vec<Open>,
}

impl Trace<'_, '_> {
    /// Writes the base of a step out of `from`.
    fn write(&mut self, from: usize, base: Base) {
        self.bases[self.solver.lattice.position[from]] = base;
    }

    fn exterior(&mut self, to: usize) -> Option<()> {
        let solver = self.solver;
        if to == 0 {
            return Some(());
        }
        let cost = solver.exterior[to];
        let step = solver.lattice.into[to]
            .iter()
            .find(|edge| solver.exterior[edge.node] + edge.cost == cost);
        if let Some(edge) = step {
            self.write(edge.node, edge.base);
            self.open.push(Open::Exterior(edge.node));
            return Some(());
        }
        let stems =
            (0..solver.before(to)).filter_map(|from| Some((from, solver.pairs[to].get(from)?)));
        let stem = stems.into_iter().find_map(|(from, pairs)| {
            let rest = cost - solver.exterior[from];
            Some((from, kind_of(&pairs, rest, |kind| solver.unit * terminal(kind))?))
        });
        let (from, kind) = stem?;
        self.open.extend([Open::Exterior(from), Open::Pair { from, to, kind }]);
        Some(())
    }

    fn several(&mut self, from: usize, to: usize) -> Option<()> {
        let solver = self.solver;
        let cost = solver.several[to].cost(from);
        let step = solver.lattice.into[to]
            .iter()
            .find(|edge| solver.several[edge.node].cost(from) + edge.cost == cost);
        if let Some(edge) = step {
            self.write(edge.node, edge.base);
            self.open.push(Open::Several(from, edge.node));
            return Some(());
        }
        let (middle, kind) = (from + 1..solver.before(to)).find_map(|middle| {
            let rest = cost - solver.multi[middle].cost(from);
            Some((middle, self.stem(middle, to, rest)?))
        })?;
        self.open.extend([Open::Multi(from, middle), Open::Pair { from: middle, to, kind }]);
        Some(())
    }

    /// The kind of pair whose stem has a cost.
    fn stem(&self, from: usize, to: usize, cost: Dcal) -> Option<Pair> {
        let solver = self.solver;
        let pairs = solver.pairs[to].get(from)?;
        kind_of(&pairs, cost, |kind| {
            solver.unit * solver.model.multi_stem(Dangles::None, kind, None, None)
        })
    }

    /// One stem or more: unpaired bases, then a first stem.
    fn multi(&mut self, from: usize, to: usize) -> Option<()> {
        let solver = self.solver;
        let cost = solver.multi[to].cost(from);
        let ways = self.ways(from, solver.before(to));
        for (at, &way) in ways.iter().enumerate().filter(|(_, way)| **way < IMPOSSIBLE) {
            let (start, rest) =
                (solver.lattice.first[solver.lattice.position[from]] + at, cost - way);
            let step = solver.lattice.into[to]
                .iter()
                .find(|edge| solver.multi[edge.node].cost(start) + edge.cost == rest);
            let next = if let Some(kind) = self.stem(start, to, rest) {
                Open::Pair { from: start, to, kind }
            } else if solver.several[to].cost(start) == rest {
                Open::Several(start, to)
            } else if let Some(edge) = step {
                self.write(edge.node, edge.base);
                Open::Multi(start, edge.node)
            } else {
                continue;
            };
            self.walk(from, start)?;
            self.open.push(next);
            return Some(());
        }
        None
    }

    fn pair(&mut self, from: usize, to: usize, kind: Pair) -> Option<()> {
        let (solver, lattice) = (self.solver, self.solver.lattice);
        let cost = solver.pairs[to].get(from)?[kind - 1];
        for first in &lattice.out[from] {
            for last in lattice.into[to].iter().filter(|last| pair(first.base, last.base) == kind) {
                let (five, three) = (lattice.position[from], lattice.position[last.node]);
                let penalty = solver.pairing[five] + solver.pairing[three];
                let inside = cost - first.cost - last.cost - penalty;
                if self.closed(first.node, last.node, kind, inside).is_some() {
                    self.structure.join(five, three);
                    self.write(from, first.base);
                    self.write(last.node, last.base);
                    return Some(());
                }
            }
        }
        None
    }

    /// Cheapest unpaired ways from a node to those from its own position on, up to `end`.
    fn ways(&self, from: usize, end: usize) -> Vec<Dcal> {
        let lattice = self.solver.lattice;
        let first = lattice.first[lattice.position[from]];
        let mut ways = vec![IMPOSSIBLE; end.saturating_sub(first)];
        if let Some(way) = ways.get_mut(from - first) {
            *way = 0;
        }
        for node in first..end {
            let way = ways[node - first];
            for edge in lattice.out[node].iter().filter(|edge| edge.node < end && way < IMPOSSIBLE)
            {
                ways[edge.node - first] = ways[edge.node - first].min(way + edge.cost);
            }
        }
        ways
    }

    /// Writes the cheapest unpaired way from node to node, backwards.
    fn walk(&mut self, from: usize, mut to: usize) -> Option<()> {
        let lattice = self.solver.lattice;
        let first = lattice.first[lattice.position[from]];
        let ways = self.ways(from, to + 1);
        while to != from {
            let step = lattice.into[to].iter().find(|edge| {
                let before = edge.node.checked_sub(first).map_or(IMPOSSIBLE, |at| ways[at]);
                before < IMPOSSIBLE && before + edge.cost == ways[to - first]
            });
            let edge = step?;
            self.write(edge.node, edge.base);
            to = edge.node;
        }
        Some(())
    }
}

/// The first kind whose cost, with what it adds, is `cost`.
fn kind_of(pairs: &ByPair, cost: Dcal, adds: impl Fn(Pair) -> Dcal) -> Option<Pair> {
    (1..7).find(|&kind| pairs[kind - 1] < IMPOSSIBLE && pairs[kind - 1] + adds(kind) == cost)
}

//! Unpaired ways between nodes that one loop can hold, with what a loop of that size costs.

use crate::energy::{Dcal, IMPOSSIBLE, LONGEST_INTERIOR, bulge_size, interior_size};

use super::graph::Lattice;

/// Positions that the tables look back, at least.
pub(super) const REACH: usize = LONGEST_INTERIOR + 2;

/// For each first node, values for the nodes from its own position on.
#[derive(Debug)]
pub(super) struct Near {
    /// Cheapest way to a node.
    open: Vec<Vec<Dcal>>,
    /// The same as the left side of a bulge of two bases or more.
    pub(super) bulge: Vec<Vec<Dcal>>,
    /// The same as the left side of a loop with three bases or more there and one on the right.
    pub(super) by_one: Vec<Vec<Dcal>>,
    /// The same between the two mismatched bases on the left of an interior loop, by the number of bases between those on its right.
    pub(super) wide: Vec<Vec<Vec<Dcal>>>,
}

impl Near {
    pub(super) fn new(lattice: &Lattice, longest: usize, unit: i32) -> Self {
        let open: Vec<Vec<Dcal>> =
            (0..lattice.nodes()).map(|node| ways(lattice, node, longest)).collect();
        let sized = |most: usize, size: &dyn Fn(usize) -> Option<Dcal>| -> Vec<Vec<Dcal>> {
            let row = |node: usize| {
                let first = lattice.first[lattice.position[node]];
                let within = open[node].iter().enumerate().map(|(at, &cost)| {
                    (cost, lattice.position[first + at] - lattice.position[node])
                });
                let row =
                    within.take_while(|(_, bases)| *bases <= most).map(|(cost, bases)| match size(
                        bases,
                    ) {
                        Some(energy) if cost < IMPOSSIBLE => cost + unit * energy,
                        _ => IMPOSSIBLE,
                    });
                row.collect()
            };
            (0..lattice.nodes()).map(row).collect()
        };
        let bulge = sized(longest, &|bases| (bases >= 2).then(|| bulge_size(bases)));
        let by_one = sized(longest.saturating_sub(1), &|bases| {
            (bases >= 3).then(|| interior_size(bases, 1))
        });
        let wide = (2..longest.saturating_sub(1)).map(|right| {
            let most = longest - right - 2;
            sized(most, &|between| {
                (between + 2 + right > 5).then(|| interior_size(between + 2, right))
            })
        });
        let wide = wide.collect();
        Self { open, bulge, by_one, wide }
    }

    /// Cheapest unpaired way from `from` to `to`, which is no further than a loop reaches.
    pub(super) fn open(&self, lattice: &Lattice, from: usize, to: usize) -> Dcal {
        let first = lattice.first[lattice.position[from]];
        to.checked_sub(first).and_then(|at| self.open[from].get(at)).copied().unwrap_or(IMPOSSIBLE)
    }
}

fn ways(lattice: &Lattice, node: usize, longest: usize) -> Vec<Dcal> {
    let position = lattice.position[node];
    let (first, last) = (lattice.first[position], (position + longest).min(lattice.length()));
    let mut cost = vec![IMPOSSIBLE; lattice.at(last).end - first];
    cost[node - first] = 0;
    for from in first..lattice.first[last] {
        if cost[from - first] < IMPOSSIBLE {
            for edge in &lattice.out[from] {
                let to = edge.node - first;
                cost[to] = cost[to].min(cost[from - first] + edge.cost);
            }
        }
    }
    cost
}

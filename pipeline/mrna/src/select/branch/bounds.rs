//! What no completion of a set exceeds: the linear program of a node, with planes added until it says enough.

use super::{LEAST, LEAST_UNIT, Node, ROUNDS, Search, State, taken};
use crate::select::envelope::{Envelope, Plane};
use crate::select::model::{Cell, Model, at_least, convolve};
use crate::select::program::Row;

/// Exchanges of the linear program between two rounds.
const EXCHANGES: usize = 2000;

impl Search<'_> {
    /// Adds planes until the node's best completion is bounded well; the bound, nothing where it has no better completion.
    pub(super) fn tighten(&mut self, node: &mut Node, rounds: usize) -> Option<f64> {
        let mut bounds = Vec::new();
        for round in 0..rounds {
            if !node.program.solve(EXCHANGES) {
                return None;
            }
            let mut proved = node.program.bound();
            if !node.program.sound(&proved) {
                node.program.renew();
                if !node.program.solve(EXCHANGES) {
                    return None;
                }
                proved = node.program.bound();
            }
            let here = self.whole + self.scale * proved.value;
            node.bound = node.bound.min(here);
            let values = node.program.values();
            self.round_off(&values, node);
            if node.bound <= self.value + LEAST || !self.reduce(node, &proved.reduced, here) {
                return None;
            }
            if !node.states.contains(&State::Open) {
                self.offer(&taken(node));
                return None;
            }
            let excess = self.planes(node);
            let gap = node.bound - self.value;
            bounds.push(node.bound);
            let before =
                round.checked_sub(if rounds > ROUNDS { 8 } else { 3 }).map(|at| bounds[at]);
            let slow = before.is_some_and(|before| before - node.bound < 0.1 * gap);
            if excess < LEAST / 2.0 || excess < 0.02 * gap || slow {
                break;
            }
        }
        Some(node.bound)
    }

    /// Settles what no better completion can have otherwise.
    fn reduce(&self, node: &mut Node, reduced: &[f64], bound: f64) -> bool {
        let room = (bound - self.value - LEAST) / self.scale;
        for (antigen, &gain) in reduced[..node.states.len()].iter().enumerate() {
            if node.states[antigen] == State::Open && gain.abs() >= room {
                let state = if gain > 0.0 { State::In } else { State::Out };
                if !self.settle(node, antigen, state) {
                    return false;
                }
            }
        }
        true
    }

    /// Adds planes where the program's point is above them; by how much it is, over all cells.
    fn planes(&self, node: &mut Node) -> f64 {
        let values = node.program.values();
        let n = node.states.len();
        let mut excess = 0.0;
        let least = LEAST / 4.0 / self.model.cells.len() as f64;
        for (at, cell) in self.model.cells.iter().enumerate() {
            let open = self.open_in(node, at);
            let shares: Vec<f64> = open.iter().map(|&i| values[i]).collect();
            let better = |&i: &usize| if self.chosen.contains(&i) { 1.0 } else { 0.0 };
            let between: Vec<f64> = open
                .iter()
                .zip(&shares)
                .map(|(i, share)| f64::midpoint(better(i), *share))
                .collect();
            let hit = 1.0 - self.unit[at] * values[n + at];
            let mut most = 0.0_f64;
            for point in [&shares, &between] {
                let plane = self.plane(node, at, &open, point);
                let above = cell.weight * (hit - plane.at(&shares));
                if above >= least {
                    most = most.max(above);
                    self.add(node, at, &open, &plane);
                }
            }
            excess += most;
        }
        excess
    }

    /// The open antigens that count in a cell.
    pub(super) fn open_in(&self, node: &Node, cell: usize) -> Vec<usize> {
        let counts = &self.model.cells[cell].counts;
        let open = |i: &usize| counts[*i] && node.states[*i] == State::Open;
        (0..node.states.len()).filter(open).collect()
    }

    pub(super) fn plane(&self, node: &Node, cell: usize, open: &[usize], shares: &[f64]) -> Plane {
        let p = |i: &usize| self.model.antigens()[*i].probability;
        let all: Vec<usize> = taken(node);
        let counts = &self.model.cells[cell].counts;
        let inside: Vec<f64> = all.iter().filter(|i| counts[**i]).map(p).collect();
        let open: Vec<f64> = open.iter().map(p).collect();
        let room = self.model.question.rules.most.saturating_sub(all.len());
        // What a better set hits in this cell at least: the others can do no more than their highest.
        let weighted = |(cell, highest): (&Cell, &f64)| cell.weight * highest;
        let all: f64 = self.model.cells.iter().zip(&self.highest).map(weighted).sum();
        let least = self.highest[cell] - (all - self.value) / self.model.cells[cell].weight;
        let least = least - LEAST_UNIT;
        Envelope::new(self.model.question.responses, &inside, &open, room, least).plane(shares)
    }

    /// Adds a plane above the probability that a cell is hit.
    pub(super) fn add(&self, node: &mut Node, cell: usize, open: &[usize], plane: &Plane) {
        let n = node.states.len();
        let unit = self.unit[cell];
        let mut coefficients = vec![0.0; n + self.model.cells.len()];
        coefficients[n + cell] = -unit;
        open.iter().zip(&plane.slopes).for_each(|(&i, slope)| coefficients[i] = -slope);
        let largest = coefficients.iter().fold(0.0_f64, |most, a| most.max(a.abs()));
        for a in &mut coefficients {
            *a /= largest;
        }
        node.program.add(Row { coefficients, most: (plane.offset - 1.0) / largest, cut: true });
    }
}

/// What a cell is hit with its most probable antigens, as many as a set may hold.
pub(super) fn highest(model: &Model<'_>, cell: usize) -> f64 {
    let here = (0..model.antigens().len()).filter(|&i| model.cells[cell].counts[i]);
    let mut here: Vec<f64> = here.map(|i| model.antigens()[i].probability).collect();
    here.sort_by(|a, b| b.total_cmp(a));
    let mut counts = vec![0.0; model.question.responses];
    counts[0] = 1.0;
    here.iter().take(model.question.rules.most).for_each(|&p| convolve(&mut counts, p));
    at_least(&counts)
}

/// The rules as rows of a program.
pub(super) fn rules(model: &Model<'_>, columns: usize) -> Vec<Row> {
    let rules = &model.question.rules;
    let antigens = model.antigens();
    let row = |of: &dyn Fn(usize) -> f64, most: f64| {
        let mut coefficients: Vec<f64> = (0..antigens.len()).map(of).collect();
        coefficients.resize(columns, 0.0);
        Row { coefficients, most, cut: false }
    };
    let mut rows = vec![row(&|_| 1.0, rules.most as f64)];
    if let Some(most) = rules.residues {
        // Measured in the longest, so that all coefficients of the program are about as large.
        let longest = antigens.iter().map(|a| a.residues).max().unwrap_or(1).max(1) as f64;
        rows.push(row(&|i| antigens[i].residues as f64 / longest, most as f64 / longest));
    }
    for (groups, limit) in [(&model.gene, rules.per_gene), (&model.allele, rules.per_allele)] {
        let Some(limit) = limit else { continue };
        for group in 0..antigens.len() {
            if groups.iter().filter(|g| **g == group).count() > limit {
                rows.push(row(&|i| f64::from(u8::from(groups[i] == group)), limit as f64));
            }
        }
    }
    if rules.class_2 > 0 {
        rows.push(row(&|i| -f64::from(u8::from(antigens[i].class_2)), -(rules.class_2 as f64)));
    }
    rows
}

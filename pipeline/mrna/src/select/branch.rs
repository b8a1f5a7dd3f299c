//! The best set, by branch and bound.
//!
//! Every set looked at has antigens that are in, antigens that are out, and open ones. What no completion of it exceeds comes
//! from a linear program: the share of each open antigen, the rules, and for each cell planes above the probability that it is
//! hit (see [`super::envelope`]), new ones where the program's best point is above them. Its reduced gains then say which open
//! antigens no better set can hold, or lack: mostly nearly all. Dominance says which go with which. What is left is
//! taken in or left out, the most doubtful antigen first.

mod bounds;

use super::dominance;
use super::greedy::{self, Used, expected};
use super::model::{Model, at_least};
use super::program::{Column, Program};
use bounds::{highest, rules};

/// What a search came to.
pub(super) struct Found {
    /// Ascending.
    pub(super) chosen: Vec<usize>,
    /// No set has a higher value.
    pub(super) bound: f64,
    pub(super) steps: u64,
}

/// Improvements smaller than this are not looked for: rounding of sums of probabilities.
const LEAST: f64 = 1e-10;
/// The smallest unit that misses are counted in.
const LEAST_UNIT: f64 = 1e-9;
/// Rounds of planes for a set, and for the first.
const ROUNDS: usize = 12;
const FIRST_ROUNDS: usize = 60;

pub(super) fn best(model: &Model<'_>, start: &[usize], limit: u64) -> Found {
    let mut search = Search::new(model, start, limit);
    if let Some(root) = search.root() {
        search.visit(root);
    }
    let value = model.value(&search.chosen);
    let bound = if search.open > value + LEAST { search.open } else { value };
    Found { chosen: search.chosen, bound, steps: search.steps }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    In,
    Out,
    Open,
}

/// A set looked at.
#[derive(Clone)]
struct Node {
    states: Vec<State>,
    program: Program,
    /// No completion has a higher value.
    bound: f64,
}

struct Search<'a> {
    model: &'a Model<'a>,
    /// For each antigen those that it dominates, and those that dominate it.
    below: Vec<Vec<usize>>,
    above: Vec<Vec<usize>>,
    chosen: Vec<usize>,
    value: f64,
    limit: u64,
    steps: u64,
    /// For each cell the unit that its misses are counted in; and what a value is without any.
    unit: Vec<f64>,
    whole: f64,
    /// For each cell what it is hit at the most.
    highest: Vec<f64>,
    /// What the program's gains are counted in.
    scale: f64,
    /// The highest bound of the branches left unsearched.
    open: f64,
}

impl<'a> Search<'a> {
    fn new(model: &'a Model<'a>, start: &[usize], limit: u64) -> Self {
        let n = model.antigens().len();
        let p = |i: usize| model.antigens()[i].probability;
        let mut order: Vec<usize> =
            (0..n).filter(|&i| !model.required.contains(&i) && useful(model, i)).collect();
        order.sort_by(|&a, &b| {
            let (x, y) = (expected(model, a), expected(model, b));
            y.total_cmp(&x).then(p(b).total_cmp(&p(a))).then(a.cmp(&b))
        });
        let below = dominance::dominated(model, &order);
        let mut above = vec![Vec::new(); n];
        for (one, below) in below.iter().enumerate() {
            for &other in below {
                above[other].push(one);
            }
        }
        let value = model.value(start);
        let chosen = start.to_vec();
        let mut counts = model.none();
        for &antigen in start {
            model.add(&mut counts, antigen);
        }
        let unit: Vec<f64> =
            counts.iter().map(|counts| (1.0 - at_least(counts)).max(LEAST_UNIT)).collect();
        let cells = || model.cells.iter().zip(&unit);
        let whole = cells().map(|(cell, _)| cell.weight).sum();
        let scale = cells().map(|(cell, unit)| cell.weight * unit).sum();
        let highest = (0..model.cells.len()).map(|cell| highest(model, cell)).collect();
        let (steps, open) = (0, 0.0);
        Self { model, below, above, chosen, value, limit, steps, unit, whole, highest, scale, open }
    }

    /// Everything open but what is required or useless. The columns are the antigens, then the cells.
    fn root(&self) -> Option<Node> {
        let n = self.model.antigens().len();
        let mut columns = vec![Column { gain: 0.0, lower: 0.0, upper: 1.0 }; n];
        columns.extend(self.model.cells.iter().zip(&self.unit).map(|(cell, unit)| Column {
            gain: -cell.weight * unit / self.scale,
            lower: -1.0 / unit,
            upper: 1.0 / unit,
        }));
        let program = Program::new(&columns);
        let mut node = Node { states: vec![State::Open; n], program, bound: self.whole };
        for row in rules(self.model, columns.len()) {
            node.program.add(row);
        }
        for antigen in 0..n {
            let state = match (self.model.required.contains(&antigen), useful(self.model, antigen))
            {
                (true, _) => State::In,
                (false, false) => State::Out,
                (false, true) => continue,
            };
            if !self.settle(&mut node, antigen, state) {
                return None;
            }
        }
        let start: Vec<f64> =
            (0..n).map(|i| if self.chosen.contains(&i) { 1.0 } else { 0.0 }).collect();
        for at in 0..self.model.cells.len() {
            let open = self.open_in(&node, at);
            let shares: Vec<f64> = open.iter().map(|&i| start[i]).collect();
            let plane = self.plane(&node, at, &open, &shares);
            self.add(&mut node, at, &open, &plane);
        }
        Some(node)
    }

    /// Takes an antigen in or leaves it out, with what that brings along; false where that cannot be.
    fn settle(&self, node: &mut Node, antigen: usize, state: State) -> bool {
        let mut pending = vec![(antigen, state)];
        while let Some((antigen, state)) = pending.pop() {
            if node.states[antigen] != State::Open {
                if node.states[antigen] != state {
                    return false;
                }
                continue;
            }
            node.states[antigen] = state;
            let inside = state == State::In;
            node.program.fix(antigen, if inside { 1.0 } else { 0.0 });
            let others = if inside { &self.above[antigen] } else { &self.below[antigen] };
            pending.extend(others.iter().map(|&other| (other, state)));
        }
        true
    }

    fn visit(&mut self, mut node: Node) {
        self.steps += 1;
        let rounds = if self.steps == 1 { FIRST_ROUNDS } else { ROUNDS };
        let Some(bound) = self.tighten(&mut node, rounds) else { return };
        if self.steps >= self.limit {
            self.open = self.open.max(bound);
            return;
        }
        let Some(antigen) = self.doubtful(&node) else { return };
        let share = node.program.values()[antigen];
        let mut states = [State::In, State::Out];
        if share < 0.5 {
            states.reverse();
        }
        node.program.shrink();
        let mut other = node.clone();
        if self.settle(&mut node, antigen, states[0]) {
            self.visit(node);
        }
        if self.steps >= self.limit {
            if bound > self.value + LEAST {
                self.open = self.open.max(bound);
            }
        } else if self.settle(&mut other, antigen, states[1]) {
            self.visit(other);
        }
    }

    /// Tries the set that a point of the program suggests.
    fn round_off(&mut self, values: &[f64], node: &Node) {
        let mut order: Vec<usize> =
            (0..node.states.len()).filter(|&i| node.states[i] != State::Out).collect();
        let first = |i: usize| node.states[i] == State::In;
        order.sort_by(|&a, &b| {
            first(b).cmp(&first(a)).then(values[b].total_cmp(&values[a])).then(a.cmp(&b))
        });
        let mut used = Used::new(self.model);
        let mut set = Vec::new();
        for antigen in order {
            if used.takes(self.model, antigen) {
                used.add(self.model, antigen);
                set.push(antigen);
            }
        }
        self.offer(&set);
    }

    /// Takes a set, made better by exchanges, where it is better than the best so far.
    fn offer(&mut self, set: &[usize]) {
        let mut used = Used::new(self.model);
        let fits = set.iter().all(|&antigen| {
            let fits = used.takes(self.model, antigen);
            used.add(self.model, antigen);
            fits
        });
        let required = self.model.required.iter().all(|antigen| set.contains(antigen));
        if fits
            && required
            && used.missing(self.model) == 0
            && self.model.value(set) > self.value + LEAST
        {
            let mut set = set.to_vec();
            while greedy::exchange(self.model, &mut set) {}
            set.sort_unstable();
            self.value = self.model.value(&set);
            self.chosen = set;
        }
    }

    /// The open antigen to decide next: the one whose share is furthest from none and all.
    fn doubtful(&self, node: &Node) -> Option<usize> {
        let values = node.program.values();
        let open = (0..node.states.len()).filter(|&i| node.states[i] == State::Open);
        let doubt = |&i: &usize| (values[i].min(1.0 - values[i]), expected(self.model, i));
        open.max_by(|a, b| {
            let (x, y) = (doubt(a), doubt(b));
            x.0.total_cmp(&y.0).then(x.1.total_cmp(&y.1)).then(b.cmp(a))
        })
    }
}

fn useful(model: &Model<'_>, antigen: usize) -> bool {
    expected(model, antigen) > 0.0 || dominance::helps(model, antigen)
}

fn taken(node: &Node) -> Vec<usize> {
    (0..node.states.len()).filter(|&i| node.states[i] == State::In).collect()
}

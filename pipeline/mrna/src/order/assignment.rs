//! The assignment problem: the cheapest way to give every node one successor, every node one predecessor.
//!
//! Shortest augmenting paths with dual values (R. Jonker and A. Volgenant, Computing 38:325, 1987): a row is assigned in
//! O(n^2). The dual values stay feasible when costs rise, so a problem that differs from a solved one by arcs taken away is
//! solved again by freeing their rows.

/// No arc. Larger than any sum of the costs of arcs; sums of it do not overflow.
pub(super) const FORBIDDEN: i128 = 1 << 112;

/// The costs of arcs between `n` nodes, none negative.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    pub(super) n: usize,
    cost: Vec<i128>,
}

impl Matrix {
    /// Arcs from a node to itself are forbidden.
    pub(super) fn new(n: usize, cost: impl Fn(usize, usize) -> i128) -> Self {
        let arc = |at: usize| if at / n == at % n { FORBIDDEN } else { cost(at / n, at % n) };
        Self { n, cost: (0..n * n).map(arc).collect() }
    }

    pub(super) fn at(&self, from: usize, to: usize) -> i128 {
        self.cost[from * self.n + to]
    }

    pub(super) fn allows(&self, from: usize, to: usize) -> bool {
        self.at(from, to) < FORBIDDEN
    }

    pub(super) fn forbid(&mut self, from: usize, to: usize) {
        self.cost[from * self.n + to] = FORBIDDEN;
    }

    /// Leaves `from` no other successor, `to` no other predecessor.
    pub(super) fn force(&mut self, from: usize, to: usize) {
        for other in 0..self.n {
            if other != to {
                self.forbid(from, other);
            }
            if other != from {
                self.forbid(other, to);
            }
        }
    }
}

/// A cheapest assignment with its dual values.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    /// The successor of each node.
    pub(super) next: Vec<usize>,
    previous: Vec<usize>,
    row_value: Vec<i128>,
    column_value: Vec<i128>,
}

const NONE: usize = usize::MAX;

impl Assignment {
    /// None where the arcs do not allow any.
    pub(super) fn solve(matrix: &Matrix) -> Option<Self> {
        let n = matrix.n;
        let mut assignment = Self {
            next: vec![NONE; n],
            previous: vec![NONE; n],
            row_value: vec![0; n],
            column_value: vec![0; n],
        };
        (0..n).all(|row| assignment.assign(matrix, row)).then_some(assignment)
    }

    /// The cheapest assignment after arcs were taken from `matrix`, of which this one used only that of `row`.
    pub(super) fn solve_again(mut self, matrix: &Matrix, row: usize) -> Option<Self> {
        self.previous[self.next[row]] = NONE;
        self.next[row] = NONE;
        self.assign(matrix, row).then_some(self)
    }

    pub(super) fn cost(&self) -> i128 {
        self.row_value.iter().chain(&self.column_value).sum()
    }

    /// By how much more an assignment that uses this arc costs, at the least.
    pub(super) fn reduced(&self, matrix: &Matrix, from: usize, to: usize) -> i128 {
        matrix.at(from, to) - self.row_value[from] - self.column_value[to]
    }

    /// The cycles of successors, each from its lowest node.
    pub(super) fn cycles(&self) -> Vec<Vec<usize>> {
        let mut seen = vec![false; self.next.len()];
        let mut cycles = Vec::new();
        for first in 0..self.next.len() {
            let mut cycle = Vec::new();
            let mut node = first;
            while !seen[node] {
                seen[node] = true;
                cycle.push(node);
                node = self.next[node];
            }
            if !cycle.is_empty() {
                cycles.push(cycle);
            }
        }
        cycles
    }

    /// Grows a tree of cheapest alternating paths from `row` until it meets a free column, then turns that path over.
    fn assign(&mut self, matrix: &Matrix, row: usize) -> bool {
        let n = matrix.n;
        let mut tree = Tree::new(n);
        let (mut at, mut reached) = (row, 0);
        self.row_value[row] += self.slack(matrix, row);
        let free = loop {
            for column in 0..n {
                if tree.open[column] && matrix.allows(at, column) {
                    tree.offer(column, at, reached + self.reduced(matrix, at, column));
                }
            }
            let Some(column) = tree.nearest() else { return false };
            reached = tree.distance[column];
            tree.open[column] = false;
            if self.previous[column] == NONE {
                break column;
            }
            at = self.previous[column];
        };
        self.shift(&tree, row, reached);
        self.turn_over(&tree, row, free);
        true
    }

    /// How far the dual value of `row` can rise: its least reduced cost. May be negative for a fresh row, never is: costs
    /// are not negative, and column values not positive.
    fn slack(&self, matrix: &Matrix, row: usize) -> i128 {
        let arcs = (0..matrix.n).filter(|&column| matrix.allows(row, column));
        arcs.map(|column| self.reduced(matrix, row, column)).min().unwrap_or(0)
    }

    /// Dual values after `row` was reached at 0 and the free column at `reached`.
    fn shift(&mut self, tree: &Tree, row: usize, reached: i128) {
        self.row_value[row] += reached;
        for column in (0..tree.open.len()).filter(|&column| !tree.open[column]) {
            let slack = reached - tree.distance[column];
            self.column_value[column] -= slack;
            if self.previous[column] != NONE {
                self.row_value[self.previous[column]] += slack;
            }
        }
    }

    fn turn_over(&mut self, tree: &Tree, row: usize, free: usize) {
        let mut column = free;
        loop {
            let from = tree.from[column];
            let before = self.next[from];
            self.next[from] = column;
            self.previous[column] = from;
            if from == row {
                return;
            }
            column = before;
        }
    }
}

/// Columns reached by alternating paths.
struct Tree {
    open: Vec<bool>,
    distance: Vec<i128>,
    from: Vec<usize>,
}

impl Tree {
    fn new(n: usize) -> Self {
        Self { open: vec![true; n], distance: vec![FORBIDDEN; n], from: vec![NONE; n] }
    }

    fn offer(&mut self, column: usize, from: usize, distance: i128) {
        if distance < self.distance[column] {
            self.distance[column] = distance;
            self.from[column] = from;
        }
    }

    /// The open column at the least distance, the first of equals.
    fn nearest(&self) -> Option<usize> {
        let open = (0..self.open.len()).filter(|&column| self.open[column]);
        open.filter(|&column| self.distance[column] < FORBIDDEN)
            .min_by_key(|&column| self.distance[column])
    }
}

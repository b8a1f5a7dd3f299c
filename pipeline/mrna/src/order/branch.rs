//! The cheapest tour through all nodes, by branch and bound on assignments.
//!
//! A cheapest assignment costs at most what the cheapest tour does, and is one where its successors form one cycle. Where
//! they form several, one of the cycles must be broken: child r forbids its r-th arc and forces those before it (Carpaneto
//! and Toth, Management Science 26:736, 1980). A child is solved again from its parent in O(n^2). A branch is left when
//! its bound reaches the best tour known, or when the arcs that could still improve on it do not connect all nodes.

use super::assignment::{Assignment, FORBIDDEN, Matrix};

/// What a search came to.
pub(super) struct Found {
    /// The cheapest tour found below the ceiling: its cost, and the successor of each node.
    pub(super) tour: Option<(i128, Vec<usize>)>,
    /// No tour costs less than this, or than the ceiling where that is lower.
    pub(super) bound: i128,
    /// Whether no branch that could hold a cheaper tour was left unsearched.
    pub(super) proved: bool,
    /// Assignments solved.
    pub(super) steps: u64,
}

/// The cheapest tour that costs less than `ceiling`. Any tour of cost `enough` or less ends the search, and so do `limit`
/// assignments.
pub(super) fn best_tour(matrix: &Matrix, ceiling: i128, enough: i128, limit: u64) -> Found {
    let mut search = Search {
        matrix,
        ceiling: ceiling.min(FORBIDDEN),
        enough,
        limit,
        steps: 1,
        open: FORBIDDEN,
        tour: None,
    };
    if let Some(assignment) = Assignment::solve(matrix) {
        let forced = vec![None; matrix.n];
        search.visit(Node { matrix: matrix.clone(), assignment, forced });
    }
    let bound = search.open.min(search.ceiling);
    let proved = search.open >= search.ceiling;
    Found { tour: search.tour, bound, proved, steps: search.steps }
}

struct Search<'a> {
    matrix: &'a Matrix,
    /// Only tours that cost less are of interest.
    ceiling: i128,
    enough: i128,
    limit: u64,
    steps: u64,
    /// The least bound of the branches left unsearched.
    open: i128,
    tour: Option<(i128, Vec<usize>)>,
}

struct Node {
    matrix: Matrix,
    assignment: Assignment,
    /// The successor that each node must have.
    forced: Vec<Option<usize>>,
}

impl Search<'_> {
    fn done(&self) -> bool {
        self.tour.is_some() && self.ceiling <= self.enough
    }

    fn visit(&mut self, mut node: Node) {
        let bound = node.assignment.cost();
        if bound >= self.ceiling || self.done() {
            return;
        }
        if self.steps >= self.limit {
            self.open = self.open.min(bound);
            return;
        }
        let cycles = node.assignment.cycles();
        if cycles.len() == 1 {
            self.keep(bound, node.assignment.next);
            return;
        }
        let patched = patch(self.matrix, &node.assignment.next, cycles.clone());
        self.offer(&patched);
        node.drop_dear_arcs(bound, self.ceiling);
        if bound >= self.ceiling || !node.connected() {
            return;
        }
        for child in self.children(node, &cycles) {
            self.visit(child);
        }
    }

    /// The ways to break the cycle with the fewest free arcs, the most promising first.
    fn children(&mut self, mut node: Node, cycles: &[Vec<usize>]) -> Vec<Node> {
        let free =
            |cycle: &&Vec<usize>| cycle.iter().filter(|&&i| node.forced[i].is_none()).count();
        let cycle = cycles.iter().min_by_key(free).cloned().unwrap_or_default();
        let free: Vec<usize> = cycle.into_iter().filter(|&i| node.forced[i].is_none()).collect();
        let mut children = Vec::new();
        for (place, &from) in free.iter().enumerate() {
            let to = node.assignment.next[from];
            let mut matrix = node.matrix.clone();
            matrix.forbid(from, to);
            self.steps += 1;
            if let Some(assignment) = node.assignment.clone().solve_again(&matrix, from) {
                children.push(Node { matrix, assignment, forced: node.forced.clone() });
            }
            // All arcs of the cycle together would close it.
            if place + 1 < free.len() {
                node.force(from, to);
            }
        }
        children.sort_by_key(|child| child.assignment.cost());
        children
    }

    /// Takes a tour that may use arcs outside the branch, improved where it is the best so far.
    fn offer(&mut self, next: &[usize]) {
        let cost = tour_cost(self.matrix, next);
        if self.tour.is_none() || cost < self.ceiling {
            let next = improve(self.matrix, next);
            let cost = tour_cost(self.matrix, &next);
            if cost < self.ceiling {
                self.keep(cost, next);
            }
        }
    }

    fn keep(&mut self, cost: i128, next: Vec<usize>) {
        self.ceiling = cost;
        self.tour = Some((cost, next));
    }
}

impl Node {
    fn force(&mut self, from: usize, to: usize) {
        self.matrix.force(from, to);
        self.forced[from] = Some(to);
        // The forced path that now holds this arc must not close before it holds all nodes.
        let (mut first, mut last, mut arcs) = (from, to, 1);
        while let Some(next) = self.forced[last] {
            (last, arcs) = (next, arcs + 1);
        }
        while let Some(before) = self.forced.iter().position(|&next| next == Some(first)) {
            (first, arcs) = (before, arcs + 1);
        }
        if arcs + 1 < self.matrix.n {
            self.matrix.forbid(last, first);
        }
    }

    /// Forbids what no tour below the ceiling can use.
    fn drop_dear_arcs(&mut self, bound: i128, ceiling: i128) {
        for from in 0..self.matrix.n {
            for to in 0..self.matrix.n {
                let allowed = self.matrix.allows(from, to) && self.assignment.next[from] != to;
                let more = self.assignment.reduced(&self.matrix, from, to);
                if allowed && bound + more >= ceiling {
                    self.matrix.forbid(from, to);
                }
            }
        }
    }

    /// Whether every node can be reached from the first, and the first from every node.
    fn connected(&self) -> bool {
        let reach = |allows: &dyn Fn(usize, usize) -> bool| {
            let (mut seen, mut open) = (vec![false; self.matrix.n], vec![0]);
            seen[0] = true;
            while let Some(at) = open.pop() {
                for (other, seen) in seen.iter_mut().enumerate() {
                    if !*seen && allows(at, other) {
                        *seen = true;
                        open.push(other);
                    }
                }
            }
            seen.iter().all(|&seen| seen)
        };
        reach(&|at, other| self.matrix.allows(at, other))
            && reach(&|at, other| self.matrix.allows(other, at))
    }
}

fn tour_cost(matrix: &Matrix, next: &[usize]) -> i128 {
    next.iter().enumerate().map(|(from, &to)| matrix.at(from, to)).sum()
}

/// One cycle out of several: the two that are joined at the least cost, until one is left (R. M. Karp, SIAM Journal on
/// Computing 8:561, 1979).
fn patch(matrix: &Matrix, next: &[usize], mut cycles: Vec<Vec<usize>>) -> Vec<usize> {
    let mut next = next.to_vec();
    while cycles.len() > 1 {
        let mut best: Option<(i128, [usize; 4])> = None;
        for (a, first) in cycles.iter().enumerate() {
            for (b, second) in cycles.iter().enumerate().skip(a + 1) {
                for (&i, &j) in first.iter().flat_map(|i| second.iter().map(move |j| (i, j))) {
                    let more = matrix.at(i, next[j]) + matrix.at(j, next[i]);
                    let cost = more - matrix.at(i, next[i]) - matrix.at(j, next[j]);
                    if best.is_none_or(|(least, _)| cost < least) {
                        best = Some((cost, [a, b, i, j]));
                    }
                }
            }
        }
        let Some((_, [a, b, i, j])) = best else { break };
        next.swap(i, j);
        let moved = cycles.swap_remove(b);
        cycles[a].extend(moved);
    }
    next
}

/// Exchanges neighbouring stretches of a tour as long as that makes it cheaper (3-opt without reversal).
fn improve(matrix: &Matrix, next: &[usize]) -> Vec<usize> {
    let mut tour = Vec::with_capacity(next.len());
    let mut node = 0;
    for _ in 0..next.len() {
        tour.push(node);
        node = next[node];
    }
    while let Some((i, j, k)) = best_exchange(matrix, &tour) {
        tour[i..k].rotate_left(j - i);
    }
    let mut next = vec![0; tour.len()];
    for (at, &node) in tour.iter().enumerate() {
        next[node] = tour[(at + 1) % tour.len()];
    }
    next
}

/// Stretches `i..j` and `j..k` of the tour whose exchange saves most.
fn best_exchange(matrix: &Matrix, tour: &[usize]) -> Option<(usize, usize, usize)> {
    let n = tour.len();
    let arc = |from: usize, to: usize| matrix.at(tour[from], tour[to % n]);
    let mut best = (0, None);
    for i in 1..n {
        for j in i + 1..n {
            for k in j + 1..=n {
                let old = arc(i - 1, i) + arc(j - 1, j) + arc(k - 1, k);
                let saved = old - arc(i - 1, j) - arc(k - 1, i) - arc(j - 1, k);
                if saved > best.0 {
                    best = (saved, Some((i, j, k)));
                }
            }
        }
    }
    best.1
}

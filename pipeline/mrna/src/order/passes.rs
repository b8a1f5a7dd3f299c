//! The three passes of an order, each a tour of least cost over the peptides and one node that is both ends.

use super::assignment::{FORBIDDEN, Matrix};
use super::branch::{Found, best_tour};
use super::cost::{JointCost, Joints};
use super::{Method, Ordering, Proof};

/// `limit`: assignments that all passes together may solve, about.
pub(super) fn order(joints: &Joints, limit: u64) -> Ordering {
    let mut passes = Passes { joints, limit, steps: 0, bound: None };
    let all = passes.tour(u32::MAX, |joint| i128::from(joint.counts()), FORBIDDEN, 0);
    let sequence = match &all.tour {
        Some((_, next)) => sequence(next),
        None => (0..joints.n).collect(),
    };
    let counts = joints.total(&sequence).counts();
    passes.open(all.proved, JointCost::of_counts(all.bound.max(0) as u64));
    let sequence = passes.mildest_worst(counts, sequence);
    let sequence = passes.shortest(counts, sequence);
    let cost = joints.total(&sequence);
    let optimal = passes.bound.is_none();
    let bound = passes.bound.unwrap_or(cost);
    let proof = Proof { method: Method::BranchAndBound, steps: passes.steps, bound, optimal };
    Ordering { sequence, cost, proof }
}

struct Passes<'a> {
    joints: &'a Joints,
    limit: u64,
    steps: u64,
    /// What no order can go under, where a pass did not finish: the first such pass counts.
    bound: Option<JointCost>,
}

impl Passes<'_> {
    /// The least `cost` below `ceiling` over orders without a joint worse than `worst`.
    fn tour(
        &mut self,
        worst: u32,
        cost: impl Fn(JointCost) -> i128,
        ceiling: i128,
        enough: i128,
    ) -> Found {
        let matrix = Matrix::new(self.joints.n + 1, |from, to| {
            let joint = self.joints.cost(from, to);
            if joint.worst <= worst { cost(joint) } else { FORBIDDEN }
        });
        let found = best_tour(&matrix, ceiling, enough, self.limit.saturating_sub(self.steps));
        self.steps += found.steps;
        found
    }

    fn open(&mut self, proved: bool, bound: JointCost) {
        if !proved && self.bound.is_none() {
            self.bound = Some(bound);
        }
    }

    /// Bisects the worst joint: is there an order of these counts without a joint worse than that?
    fn mildest_worst(&mut self, counts: u64, mut best: Vec<usize>) -> Vec<usize> {
        let nodes = 0..=self.joints.n;
        let arcs = nodes.clone().flat_map(|from| nodes.clone().map(move |to| (from, to)));
        let mut levels: Vec<u32> = arcs
            .filter(|(from, to)| from != to)
            .map(|(from, to)| self.joints.cost(from, to).worst)
            .collect();
        levels.sort_unstable();
        levels.dedup();
        let level = |sequence: &[usize]| {
            let worst = self.joints.total(sequence).worst;
            levels.partition_point(|&level| level < worst)
        };
        // No order below `proved`; none found below `low`; one at `high`.
        let (mut proved, mut low, mut high) = (0, 0, level(&best));
        while low < high {
            let middle = low + (high - low) / 2;
            let least = i128::from(counts);
            let cost = |joint: JointCost| i128::from(joint.counts());
            let found = self.tour(levels[middle], cost, least + 1, least);
            if let Some((_, next)) = found.tour {
                best = sequence(&next);
                high = level(&best);
            } else {
                low = middle + 1;
                if found.proved {
                    proved = low;
                }
            }
        }
        let of_counts = JointCost::of_counts(counts);
        let worst = levels.get(proved).copied().unwrap_or_default();
        self.open(proved == high, JointCost { worst, ..of_counts });
        best
    }

    /// The fewest linker residues, then the least sum, among orders of these counts and no worse joint.
    fn shortest(&mut self, counts: u64, best: Vec<usize>) -> Vec<usize> {
        let worst = self.joints.total(&best).worst;
        let cost = |joint: JointCost| {
            (i128::from(joint.counts()) << u64::BITS) + i128::from(joint.lengths())
        };
        let found = self.tour(worst, cost, FORBIDDEN, 0);
        let of_counts = JointCost::of_counts(counts);
        let below = found.bound >> u64::BITS < i128::from(counts);
        let bound =
            if below { JointCost::default() } else { JointCost::of_lengths(found.bound as u64) };
        self.open(found.proved, JointCost { worst, ..of_counts.with_lengths(bound) });
        // A search that stopped early may have nothing, or something worse than what the passes before it found.
        let found = found.tour.map(|(_, next)| sequence(&next));
        let better =
            |sequence: &Vec<usize>| self.joints.total(sequence) <= self.joints.total(&best);
        found.filter(better).unwrap_or(best)
    }
}

/// The peptides behind the node of the two ends, which is the last.
fn sequence(next: &[usize]) -> Vec<usize> {
    let end = next.len() - 1;
    std::iter::successors(Some(next[end]), |&node| Some(next[node]))
        .take_while(|&node| node != end)
        .collect()
}

//! Recursion over subsets, exact for as many peptides as its tables allow.
//!
//! Held and Karp's recursion (Journal of SIAM 10:196, 1962) adds costs along the path. Three passes:
//!
//! 1. the least (strong, weak) to go from every (last peptide, set visited). A step is *tight* when it attains that
//!    least; the orders of least (strong, weak) are exactly the paths of tight steps from the start;
//! 2. along tight steps only, the least possible maximum of `worst`: at the start, the bottleneck W;
//! 3. along tight steps of `worst` at most W only, the least (linker length, sum). The order is then read off from the
//!    start, taking at each step the first peptide that keeps to the least: ties fall to the lexicographically first
//!    order of indices.
//!
//! States are numbered `last << n | set`, `set` being a bit mask that holds `last`; the start is last `n` with the empty
//! set.

use super::cost::{JointCost, Joints};
use super::{MANY, Method, Ordering, Proof};

pub(super) fn order(joints: &Joints) -> Ordering {
    let tight = joints.tight(&joints.least_counts());
    let worst = joints.to_go(&tight, 0_u32, |joint, rest| rest.max(joint.worst));
    let bottleneck = worst[joints.start()];
    drop(worst);
    let add = |joint: JointCost, rest: u64| {
        if joint.worst <= bottleneck { rest.saturating_add(joint.lengths()) } else { u64::MAX }
    };
    let lengths = joints.to_go(&tight, 0, add);
    let sequence =
        joints.read_off(&tight, |joint, from, to| add(joint, lengths[to]) == lengths[from]);
    let cost = joints.total(&sequence);
    let steps = tight.reached.iter().map(|last| u64::from(last.count_ones())).sum();
    let proof = Proof { method: Method::Subsets, steps, bound: cost, optimal: true };
    Ordering { sequence, cost, proof }
}

impl Joints {
    fn full(&self) -> usize {
        (1 << self.n) - 1
    }

    fn start(&self) -> usize {
        self.state(self.n, 0)
    }

    fn state(&self, last: usize, set: usize) -> usize {
        last << self.n | set
    }

    /// First pass: the least (strong, weak) to go from every state.
    fn least_counts(&self) -> Vec<u64> {
        let nodes = self.n + 1;
        let counts: Vec<u64> =
            (0..nodes * nodes).map(|at| self.cost(at / nodes, at % nodes).counts()).collect();
        let mut least = vec![0; self.start() + 1];
        for set in (0..=self.full()).rev() {
            let mut onward = [(0, 0); MANY];
            let open = self.full() & !set;
            for (slot, next) in onward.iter_mut().zip(bits(open)) {
                *slot = (next, least[self.state(next, set | 1 << next)]);
            }
            let onward = &onward[..open.count_ones() as usize];
            for last in bits(if set == 0 { 1 << self.n } else { set }) {
                let joints = &counts[last * (self.n + 1)..][..=self.n];
                let sums = onward.iter().map(|&(next, rest)| joints[next] + rest);
                least[self.state(last, set)] = sums.min().unwrap_or(joints[self.n]);
            }
        }
        least
    }

    /// The tight steps from every state that tight steps lead to.
    fn tight(&self, least: &[u64]) -> Tight {
        let mut tight =
            Tight { reached: vec![0; self.full() + 1], steps: vec![0; self.start() + 1] };
        tight.reached[0] = 1 << self.n;
        for set in 0..=self.full() {
            for last in bits(tight.reached[set] as usize) {
                let state = self.state(last, set);
                for next in bits(self.full() & !set) {
                    let rest = least[self.state(next, set | 1 << next)];
                    if self.cost(last, next).counts() + rest == least[state] {
                        tight.steps[state] |= 1 << next;
                        tight.reached[set | 1 << next] |= 1 << next;
                    }
                }
            }
        }
        tight
    }

    /// The least value to go along tight steps, from every state that they lead to; `end` is the value behind the last
    /// joint.
    fn to_go<T: Copy + Ord + Default>(
        &self,
        tight: &Tight,
        end: T,
        add: impl Fn(JointCost, T) -> T,
    ) -> Vec<T> {
        let mut least = vec![T::default(); self.start() + 1];
        for set in (0..=self.full()).rev() {
            for last in bits(tight.reached[set] as usize) {
                let state = self.state(last, set);
                let steps = bits(tight.steps[state] as usize);
                let values = steps.map(|next| {
                    let rest = least[self.state(next, set | 1 << next)];
                    add(self.cost(last, next), rest)
                });
                let value = values.min();
                least[state] = value.unwrap_or_else(|| add(self.cost(last, self.n), end));
            }
        }
        least
    }

    /// From the start, at each step the first peptide that `keeps` to the least.
    fn read_off(
        &self,
        tight: &Tight,
        keeps: impl Fn(JointCost, usize, usize) -> bool,
    ) -> Vec<usize> {
        let mut sequence = Vec::with_capacity(self.n);
        let (mut last, mut set) = (self.n, 0);
        while let Some(next) = bits(tight.steps[self.state(last, set)] as usize).find(|&next| {
            let (from, to) = (self.state(last, set), self.state(next, set | 1 << next));
            keeps(self.cost(last, next), from, to)
        }) {
            sequence.push(next);
            (last, set) = (next, set | 1 << next);
        }
        sequence
    }
}

/// What the first pass leaves for the others.
struct Tight {
    /// For every set the last peptides that tight steps from the start lead to, as a bit mask.
    reached: Vec<u32>,
    /// For those states the next peptides of tight steps, as a bit mask.
    steps: Vec<u32>,
}

/// The positions of the bits of `mask`, lowest first.
fn bits(mut mask: usize) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (mask != 0).then(|| {
            let bit = mask.trailing_zeros() as usize;
            mask &= mask - 1;
            bit
        })
    })
}

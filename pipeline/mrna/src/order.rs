//! The best order of up to twenty peptides between a fixed start and a fixed end, exactly.
//!
//! Held and Karp's recursion over subsets (Journal of SIAM 10:196, 1962) adds costs along the path. Ours is ranked:
//! fewest strong junctional binders, then fewest weak ones, then the mildest worst joint, then the fewest linker
//! residues, then the least sum. A rank that adds in one place and takes the maximum in another does not decompose,
//! so it is solved in three passes, each exact given the ones before it:
//!
//! 1. the least (strong, weak) to go from every (last peptide, set visited). A step is *tight* when it attains that
//!    least; the orders of least (strong, weak) are exactly the paths of tight steps from the start;
//! 2. along tight steps only, the least possible maximum of `worst`: at the start, the bottleneck W;
//! 3. along tight steps of `worst` at most W only, the least (linker length, sum). The order is then read off from the
//!    start, taking at each step the first peptide that keeps to the least: ties fall to the lexicographically first
//!    order of indices.
//!
//! One thread, so the same answer everywhere. 20 peptides: tables of 2^20 x 20 entries, about 260 MB at the most at a
//! time; whoever orders for several patients at once needs that for each.

/// The cost of a joint, or the total over an order. Fields from the most to the least important.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct JointCost {
    /// Junctional peptides that bind strongly; added. At most [`JointCost::COUNT_LIMIT`] a joint.
    pub strong: u32,
    /// Junctional peptides that bind weakly; added. At most [`JointCost::COUNT_LIMIT`] a joint.
    pub weak: u32,
    /// Badness of the worst junctional peptide, higher is worse; the maximum is taken.
    pub worst: u32,
    /// Residues of the linker; added. At most [`JointCost::LINKER_LIMIT`] a joint.
    pub linker_length: u32,
    /// Any further badness; added. At most [`JointCost::SUM_LIMIT`] a joint.
    pub sum: u64,
}

impl JointCost {
    /// Larger counts of one joint are taken as this.
    pub const COUNT_LIMIT: u32 = 1 << 27;
    /// Longer linkers of one joint are taken as this.
    pub const LINKER_LIMIT: u32 = 1 << 12;
    /// A larger sum of one joint is taken as this.
    pub const SUM_LIMIT: u64 = 1 << 42;

    fn limited(self) -> Self {
        Self {
            strong: self.strong.min(Self::COUNT_LIMIT),
            weak: self.weak.min(Self::COUNT_LIMIT),
            linker_length: self.linker_length.min(Self::LINKER_LIMIT),
            sum: self.sum.min(Self::SUM_LIMIT),
            ..self
        }
    }

    /// (strong, weak) in one number that adds and compares like the pair.
    fn counts(self) -> u64 {
        (u64::from(self.strong) << 32) | u64::from(self.weak)
    }

    /// (linker length, sum) in one number that adds and compares like the pair.
    fn lengths(self) -> u64 {
        (u64::from(self.linker_length) << 47) | self.sum
    }

    fn join(self, other: Self) -> Self {
        Self {
            strong: self.strong + other.strong,
            weak: self.weak + other.weak,
            worst: self.worst.max(other.worst),
            linker_length: self.linker_length + other.linker_length,
            sum: self.sum + other.sum,
        }
    }
}

/// An order with its total cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordering {
    /// Indices of the peptides, first to last.
    pub sequence: Vec<usize>,
    /// Over every joint, start and end included.
    pub cost: JointCost,
}

/// The most peptides that [`order`] takes: the tables grow as 2^n.
pub const MOST_PEPTIDES: usize = 20;

/// The order of peptides `0..n` of least total cost. `cost(Some(a), Some(b))` is the joint from a to b, `cost(None,
/// Some(b))` that from the fixed start, `cost(Some(a), None)` that to the fixed end; `cost(None, None)` is asked for
/// only when n is 0, a joint of a peptide with itself never.
///
/// # Panics
/// When `n` is above [`MOST_PEPTIDES`].
pub fn order(n: usize, cost: impl Fn(Option<usize>, Option<usize>) -> JointCost) -> Ordering {
    assert!(
        n <= MOST_PEPTIDES,
        "at most {MOST_PEPTIDES} peptides can be ordered exactly, {n} were given"
    );
    let joints = Joints::new(n, cost);
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
    Ordering { sequence, cost }
}

/// The costs of all joints, and the numbering of states: `(last, set)` is `last << n | set`, `set` being a bit mask
/// that holds `last`; the start is last `n` with the empty set.
struct Joints {
    n: usize,
    cost: Vec<JointCost>,
}

impl Joints {
    fn new(n: usize, cost: impl Fn(Option<usize>, Option<usize>) -> JointCost) -> Self {
        let node = |index| (index < n).then_some(index);
        let cost = (0..=n)
            .flat_map(|from| (0..=n).map(move |to| (from, to)))
            .map(|(from, to)| {
                if from == to && n > 0 {
                    JointCost::default()
                } else {
                    cost(node(from), node(to)).limited()
                }
            })
            .collect();
        Self { n, cost }
    }

    fn cost(&self, from: usize, to: usize) -> JointCost {
        self.cost[from * (self.n + 1) + to]
    }

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
        let counts: Vec<u64> = self.cost.iter().map(|joint| joint.counts()).collect();
        let mut least = vec![0; self.start() + 1];
        for set in (0..=self.full()).rev() {
            let mut onward = [(0, 0); MOST_PEPTIDES];
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

    fn total(&self, sequence: &[usize]) -> JointCost {
        let from = std::iter::once(&self.n).chain(sequence);
        let to = sequence.iter().chain(std::iter::once(&self.n));
        let costs = from.zip(to).map(|(&from, &to)| self.cost(from, to));
        costs.fold(JointCost::default(), JointCost::join)
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

#[cfg(test)]
mod tests;

//! What a joint costs, and the costs of all joints of a set.

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

/// Bits of one field, summed over up to 64 joints, in a number that adds and compares like the fields.
const COUNT_BITS: u32 = 22;
const LINKER_BITS: u32 = 18;
const SUM_BITS: u32 = 46;

impl JointCost {
    /// Larger counts of one joint are taken as this.
    pub const COUNT_LIMIT: u32 = 1 << (COUNT_BITS - 6);
    /// Longer linkers of one joint are taken as this.
    pub const LINKER_LIMIT: u32 = 1 << (LINKER_BITS - 6);
    /// A larger sum of one joint is taken as this.
    pub const SUM_LIMIT: u64 = 1 << (SUM_BITS - 6);

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
    pub(super) fn counts(self) -> u64 {
        (u64::from(self.strong) << COUNT_BITS) | u64::from(self.weak)
    }

    /// The pair that [`Self::counts`] holds.
    pub(super) fn of_counts(counts: u64) -> Self {
        let weak = counts & ((1 << COUNT_BITS) - 1);
        Self { strong: (counts >> COUNT_BITS) as u32, weak: weak as u32, ..Self::default() }
    }

    /// (linker length, sum) in one number that adds and compares like the pair.
    pub(super) fn lengths(self) -> u64 {
        (u64::from(self.linker_length) << SUM_BITS) | self.sum
    }

    /// The pair that [`Self::lengths`] holds.
    pub(super) fn of_lengths(lengths: u64) -> Self {
        let sum = lengths & ((1 << SUM_BITS) - 1);
        Self { linker_length: (lengths >> SUM_BITS) as u32, sum, ..Self::default() }
    }

    /// These counts with the linker length and the sum of `other`.
    pub(super) fn with_lengths(self, other: Self) -> Self {
        Self { linker_length: other.linker_length, sum: other.sum, ..self }
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

/// The costs of all joints. Node `n` stands for the fixed start where a joint begins, for the fixed end where it ends.
pub(super) struct Joints {
    pub(super) n: usize,
    cost: Vec<JointCost>,
}

impl Joints {
    pub(super) fn new(n: usize, cost: impl Fn(Option<usize>, Option<usize>) -> JointCost) -> Self {
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

    pub(super) fn cost(&self, from: usize, to: usize) -> JointCost {
        self.cost[from * (self.n + 1) + to]
    }

    pub(super) fn total(&self, sequence: &[usize]) -> JointCost {
        let from = std::iter::once(&self.n).chain(sequence);
        let to = sequence.iter().chain(std::iter::once(&self.n));
        let costs = from.zip(to).map(|(&from, &to)| self.cost(from, to));
        costs.fold(JointCost::default(), JointCost::join)
    }
}

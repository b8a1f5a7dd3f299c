//! The best order of peptides between a fixed start and a fixed end, with the proof that it is the best.
//!
//! Costs are ranked: fewest strong junctional binders, then fewest weak ones, then the mildest worst joint, then the
//! fewest linker residues, then the least sum. A rank that adds in one place and takes the maximum in another does not
//! decompose, so it is solved in three passes, each exact given the ones before it: the counts; the least possible worst
//! joint among the orders of those counts (a bottleneck); the linker residues and the sum among the orders of both.
//!
//! Two ways to go through the passes. Up to [`FEW`] peptides a recursion over subsets. Above, the order
//! is an asymmetric travelling salesman's tour and is found by branch and bound on assignments: 40 peptides
//! take a fraction of a second. Should that not finish within its steps, the recursion takes over as far as its tables
//! allow ([`MANY`]); beyond, the best order found is given with the bound that no order can go under.
//!
//! One thread, no clock: the same costs give the same order everywhere.

mod assignment;
mod branch;
mod cost;
mod held_karp;
mod passes;

pub use cost::JointCost;

use cost::Joints;

/// An order with its total cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordering {
    /// Indices of the peptides, first to last.
    pub sequence: Vec<usize>,
    /// Over every joint, start and end included.
    pub cost: JointCost,
    /// Why no other order is better, or how much better one could be.
    pub proof: Proof,
}

/// What is known about all other orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// How it was searched.
    pub method: Method,
    /// States visited (recursion) or assignments solved (branch and bound).
    pub steps: u64,
    /// No order costs less than this. Equal to the order's cost where that is proved optimal; fields behind the first that
    /// differs are 0, which is no claim about them.
    pub bound: JointCost,
    /// Whether the order is proved to be optimal.
    pub optimal: bool,
}

/// How the orders were searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Recursion over subsets: M. Held and R. M. Karp, Journal of SIAM 10:196 (1962).
    Subsets,
    /// Branch and bound on assignments: G. Carpaneto and P. Toth, Management Science 26:736 (1980).
    BranchAndBound,
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Subsets => "recursion over subsets",
            Self::BranchAndBound => "branch and bound",
        })
    }
}

/// The most peptides that [`order`] takes.
pub const MOST_PEPTIDES: usize = 60;
/// Up to here the recursion over subsets goes first: it takes milliseconds, and ties fall to the lexicographically first
/// order.
pub const FEW: usize = 12;
/// Up to here it steps in: tables of 2^20 x 20 entries, about 260 MB at the most at a time.
pub const MANY: usize = 20;
/// Assignments that branch and bound may solve for one order before it gives up; some seconds at forty peptides.
pub const STEPS: u64 = 150_000;

/// The order of peptides `0..n` of least total cost. `cost(Some(a), Some(b))` is the joint from a to b, `cost(None,
/// Some(b))` that from the fixed start, `cost(Some(a), None)` that to the fixed end; `cost(None, None)` is asked for
/// only when n is 0, a joint of a peptide with itself never.
///
/// # Panics
/// When `n` is above [`MOST_PEPTIDES`].
pub fn order(n: usize, cost: impl Fn(Option<usize>, Option<usize>) -> JointCost) -> Ordering {
    order_within(n, STEPS, cost)
}

/// [`order`] with a limit of its own on the assignments that branch and bound may solve.
///
/// # Panics
/// When `n` is above [`MOST_PEPTIDES`].
pub fn order_within(
    n: usize,
    steps: u64,
    cost: impl Fn(Option<usize>, Option<usize>) -> JointCost,
) -> Ordering {
    assert!(n <= MOST_PEPTIDES, "at most {MOST_PEPTIDES} peptides can be ordered, {n} were given");
    let joints = Joints::new(n, cost);
    if n <= FEW {
        return held_karp::order(&joints);
    }
    let found = passes::order(&joints, steps);
    if found.proof.optimal || n > MANY { found } else { held_karp::order(&joints) }
}

#[cfg(test)]
mod tests;

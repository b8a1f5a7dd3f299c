//! A value for every node before a node, or for those that a beam has kept.

use crate::energy::{Dcal, IMPOSSIBLE};

/// Values by node.
#[derive(Debug)]
pub(super) enum Column<T> {
    /// One for every node.
    Dense(Vec<T>),
    /// Of some nodes, ascending.
    Sparse(Vec<(usize, T)>),
}

impl<T: Copy> Column<T> {
    pub(super) fn get(&self, node: usize) -> Option<T> {
        match self {
            Self::Dense(values) => values.get(node).copied(),
            Self::Sparse(values) => {
                let at = values.binary_search_by_key(&node, |(node, _)| *node).ok()?;
                Some(values[at].1)
            }
        }
    }

    /// Keeps only what is worth keeping.
    pub(super) fn thin(&mut self, keep: impl Fn(&T) -> bool) {
        if let Self::Dense(values) = self {
            let kept =
                values.iter().copied().enumerate().filter(|(_, value)| keep(value)).collect();
            *self = Self::Sparse(kept);
        }
    }
}

impl Column<Dcal> {
    /// The value, or that there is none.
    pub(super) fn cost(&self, node: usize) -> Dcal {
        self.get(node).unwrap_or(IMPOSSIBLE)
    }

    /// Lowers each value of `chunk`, whose first node is `start`, to this column's plus `added`.
    pub(super) fn lower_from(&self, start: usize, added: Dcal, chunk: &mut [Dcal]) {
        match self {
            Self::Dense(values) => {
                let values = values.get(start..).unwrap_or_default();
                for (least, value) in chunk.iter_mut().zip(values) {
                    *least = (*least).min(value.wrapping_add(added));
                }
            }
            Self::Sparse(values) => {
                let first = values.partition_point(|(node, _)| *node < start);
                let end = start + chunk.len();
                for &(node, value) in values[first..].iter().take_while(|(node, _)| *node < end) {
                    chunk[node - start] = chunk[node - start].min(value + added);
                }
            }
        }
    }
}

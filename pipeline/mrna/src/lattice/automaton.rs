//! What a sequence must not hold or pays for, read base by base (Aho and Corasick, Communications of the ACM 18:333, 1975).

use std::collections::VecDeque;

use crate::energy::Base;

/// A sequence to look for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pattern {
    pub(super) bases: Vec<Base>,
    /// What each occurrence costs, hundredths of kcal/mol; nothing for one that is forbidden.
    pub(super) cost: Option<f64>,
    /// Place in the caller's list, for messages.
    pub(super) motif: usize,
}

/// A deterministic automaton over all patterns; state 0 is the start.
#[derive(Debug)]
pub(super) struct Automaton {
    next: Vec<[usize; 5]>,
    /// The patterns that end in a state.
    ends: Vec<Vec<usize>>,
    patterns: Vec<Pattern>,
}

impl Automaton {
    pub(super) fn new(patterns: Vec<Pattern>) -> Self {
        let mut next = vec![[0; 5]];
        let mut ends = vec![Vec::new()];
        for (at, pattern) in patterns.iter().enumerate() {
            let mut state = 0;
            for &base in &pattern.bases {
                if next[state][usize::from(base)] == 0 {
                    next[state][usize::from(base)] = next.len();
                    next.push([0; 5]);
                    ends.push(Vec::new());
                }
                state = next[state][usize::from(base)];
            }
            ends[state].push(at);
        }
        let mut automaton = Self { next, ends, patterns };
        automaton.link();
        automaton
    }

    /// Where a pattern breaks off, goes on with the longest end of it that begins another.
    fn link(&mut self) {
        let mut fallback = vec![0; self.next.len()];
        let mut open: VecDeque<usize> =
            (1..5).map(|base| self.next[0][base]).filter(|&state| state != 0).collect();
        while let Some(state) = open.pop_front() {
            let inherited = self.ends[fallback[state]].clone();
            self.ends[state].extend(inherited);
            for base in 1..5 {
                let through = self.next[fallback[state]][base];
                match self.next[state][base] {
                    0 => self.next[state][base] = through,
                    child => {
                        fallback[child] = through;
                        open.push_back(child);
                    }
                }
            }
        }
    }

    pub(super) fn step(&self, state: usize, base: Base) -> usize {
        self.next[state][usize::from(base)]
    }

    /// The patterns that end in `state`.
    pub(super) fn ends(&self, state: usize) -> impl Iterator<Item = &Pattern> {
        self.ends[state].iter().map(|&at| &self.patterns[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_seen_where_it_ends() {
        let pattern = |bases: &[Base], motif| Pattern { bases: bases.to_vec(), cost: None, motif };
        let automaton = Automaton::new(vec![
            pattern(&[1, 2, 1], 0),
            pattern(&[2, 1], 1),
            pattern(&[1, 1, 1], 2),
        ]);
        let text = [1, 2, 1, 2, 1, 1, 1, 1, 3, 2, 1];
        let mut state = 0;
        let mut seen = Vec::new();
        for (at, &base) in text.iter().enumerate() {
            state = automaton.step(state, base);
            seen.extend(automaton.ends(state).map(|pattern| (at, pattern.motif)));
        }
        assert_eq!(seen, [(2, 0), (2, 1), (4, 0), (4, 1), (6, 2), (7, 2), (10, 1)]);
    }
}

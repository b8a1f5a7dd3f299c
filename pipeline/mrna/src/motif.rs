//! Sequence motifs that a molecule must not hold: how they are named, found, and kept out.
//!
//! Two independent ways to find one, on purpose: [`occurrences`] compares window by window and serves the checks,
//! `Automaton` (Aho and Corasick, Communications of the ACM 18:333, 1975) serves the design of coding sequences.

use std::collections::VecDeque;

use serde::Deserialize;

use crate::sequence::reverse_complement;

/// A forbidden sequence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Motif {
    /// What it is, such as `BspQI/SapI site`.
    pub name: String,
    /// DNA, upper-case `ACGT`, on the coding strand.
    pub sequence: String,
    /// Whether its reverse complement is forbidden as well.
    pub both_strands: bool,
    /// Why it is forbidden.
    pub reason: String,
    /// Names of fixed parts that hold it and are taken as they are.
    #[serde(default)]
    pub allowed_in: Vec<String>,
}

impl Motif {
    /// The texts to look for on the coding strand: itself, and its reverse complement where that counts and differs.
    pub fn texts(&self) -> Vec<String> {
        let mut texts = vec![self.sequence.clone()];
        let reverse = reverse_complement(&self.sequence);
        if self.both_strands && reverse != self.sequence {
            texts.push(reverse);
        }
        texts
    }
}

/// A place where a motif lies: `start..end` on the coding strand, 0-based.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence<'a> {
    /// The motif found.
    pub motif: &'a Motif,
    /// First base.
    pub start: usize,
    /// One past the last base.
    pub end: usize,
}

/// Every occurrence of every motif in `dna`, overlapping ones included, in the order of the motifs.
pub fn occurrences<'a>(dna: &str, motifs: &'a [Motif]) -> Vec<Occurrence<'a>> {
    let mut found = Vec::new();
    for motif in motifs {
        for text in motif.texts() {
            for (start, window) in dna.as_bytes().windows(text.len().max(1)).enumerate() {
                if window == text.as_bytes() {
                    let end = start + text.len();
                    found.push(Occurrence { motif, start, end });
                }
            }
        }
    }
    found
}

/// A deterministic automaton that reads DNA base by base and knows, in each state, the longest motif that ends there.
#[derive(Debug, Clone)]
pub(crate) struct Automaton {
    next: Vec<[usize; 4]>,
    ends: Vec<Option<End>>,
}

/// The longest motif that ends in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// Bases of the motif.
    pub(crate) length: usize,
    /// Its place in the list that the automaton was built from.
    pub(crate) motif: usize,
}

const ROOT: usize = 0;
const NONE: usize = usize::MAX;

impl Automaton {
    /// Motifs of upper-case `ACGT`, none empty.
    pub(crate) fn new(motifs: &[Motif]) -> Self {
        let mut automaton = Self { next: vec![[NONE; 4]], ends: vec![None] };
        for (index, motif) in motifs.iter().enumerate() {
            for text in motif.texts() {
                automaton.insert(&text, index);
            }
        }
        automaton.link();
        automaton
    }

    pub(crate) fn states(&self) -> usize {
        self.next.len()
    }

    pub(crate) fn end(&self, state: usize) -> Option<End> {
        self.ends[state]
    }

    pub(crate) fn step(&self, state: usize, base: u8) -> usize {
        self.next[state][code(base)]
    }

    /// The state after reading `dna` from the root, whatever motifs it holds by itself.
    pub(crate) fn after(&self, dna: &str) -> usize {
        dna.bytes().fold(ROOT, |state, base| self.step(state, base))
    }

    fn insert(&mut self, text: &str, motif: usize) {
        let mut state = ROOT;
        for base in text.bytes() {
            if self.next[state][code(base)] == NONE {
                self.next[state][code(base)] = self.next.len();
                self.next.push([NONE; 4]);
                self.ends.push(None);
            }
            state = self.next[state][code(base)];
        }
        let length = text.len();
        self.ends[state].get_or_insert(End { length, motif });
    }

    /// Breadth first: a missing step goes where the longest proper suffix goes, and a state that ends no motif of its
    /// own ends what its suffix ends.
    fn link(&mut self) {
        let mut suffix = vec![ROOT; self.states()];
        let mut queue = VecDeque::from([ROOT]);
        while let Some(state) = queue.pop_front() {
            self.ends[state] = self.ends[state].or(self.ends[suffix[state]]);
            for base in 0..4 {
                let fallback = match state {
                    ROOT => ROOT,
                    _ => self.next[suffix[state]][base],
                };
                match self.next[state][base] {
                    NONE => self.next[state][base] = fallback,
                    child => {
                        suffix[child] = fallback;
                        queue.push_back(child);
                    }
                }
            }
        }
    }
}

fn code(base: u8) -> usize {
    match base {
        b'A' => 0,
        b'C' => 1,
        b'G' => 2,
        _ => 3,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn motif(sequence: &str, both_strands: bool) -> Motif {
        Motif {
            name: format!("motif {sequence}"),
            sequence: sequence.to_owned(),
            both_strands,
            reason: "test".to_owned(),
            allowed_in: Vec::new(),
        }
    }

    #[test]
    fn window_search_sees_both_strands_and_overlaps() {
        let check = |dna: &str, motif: &Motif, starts: &[usize]| {
            let motifs = [motif.clone()];
            let found: Vec<usize> = occurrences(dna, &motifs).iter().map(|o| o.start).collect();
            assert_eq!(found, starts, "{dna} {}", motif.sequence);
        };
        check("AAGGTCTCAA", &motif("GGTCTC", true), &[2]);
        check("AAGAGACCAA", &motif("GGTCTC", true), &[2]);
        check("AAGAGACCAA", &motif("GGTCTC", false), &[]);
        check("AAAAA", &motif("AAA", false), &[0, 1, 2]);
        check("GAATTC", &motif("GAATTC", true), &[0]);
        check("GA", &motif("GAATTC", true), &[]);
    }

    #[test]
    fn automaton_and_window_search_agree() {
        let motifs =
            [motif("AAA", false), motif("AC", true), motif("CACCTGC", true), motif("TTGAC", false)];
        let automaton = Automaton::new(&motifs);
        let mut seed = 7_u64;
        let dna: String = (0..4000)
            .map(|_| {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                ['A', 'C', 'G', 'T'][(seed >> 62) as usize]
            })
            .collect();
        let found = occurrences(&dna, &motifs);
        let mut state = ROOT;
        for (at, base) in dna.bytes().enumerate() {
            state = automaton.step(state, base);
            let longest = found.iter().filter(|o| o.end == at + 1).map(|o| o.end - o.start).max();
            assert_eq!(automaton.end(state).map(|end| end.length), longest, "{at}");
        }
        assert!(found.len() > 100);
    }
}

//! The coding sequence of highest codon adaptation index that keeps forbidden motifs out.
//!
//! Exact dynamic programming over pairs (residue, state of the motif automaton): the cheapest way to finish the
//! protein from each pair is worked out from the end, then the sequence is read off from the start. Motifs count also
//! where they lie across the borders to the fixed sequence on either side, not where they lie inside it. Costs are
//! whole numbers, so that among sequences of equal index the first by its letters is taken, always the same.
//! Time and memory: residues x automaton states x synonyms (600 residues and ten motifs: milliseconds).

use std::collections::BTreeSet;

use crate::codon::{self, Codon};
use crate::motif::{Automaton, End, Motif};
use crate::sequence::is_dna;

/// A designed coding sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Coding {
    /// DNA, three letters a residue, no stop codon.
    pub sequence: String,
    /// Codon adaptation index, 0 to 1, see [`codon::cai`].
    pub cai: f64,
}

/// Why there is no coding sequence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodonError {
    /// Nothing to encode.
    #[error("coding sequence: the protein is empty; give at least one residue")]
    Empty,
    /// A letter that no codon encodes.
    #[error(
        "coding sequence: residue {position} is '{found}'; expected one of the 20 standard residues, the stop is not part of the protein"
    )]
    Residue {
        /// 1-based position in the protein.
        position: usize,
        /// The letter.
        found: char,
    },
    /// A context or a motif that is not plain DNA.
    #[error(
        "coding sequence: {what} is empty or holds a letter other than A, C, G, T; write it as upper-case DNA"
    )]
    NotDna {
        /// Which text.
        what: String,
    },
    /// A coder from elsewhere failed.
    #[error("coding sequence: {0}")]
    Coder(String),
    /// Every choice of codons makes a forbidden motif.
    #[error(
        "coding sequence: residues {first} to {last} cannot be encoded without {motifs}; allow the motif in the profile or take another peptide or linker there"
    )]
    Infeasible {
        /// First residue, 1-based.
        first: usize,
        /// Last residue, 1-based.
        last: usize,
        /// Names of the motifs that stand in the way.
        motifs: String,
    },
}

mod gc;

pub use gc::optimize_within;
pub(crate) use gc::outside;

/// The coding sequence of `protein` (no stop) with the highest codon adaptation index that completes no motif of
/// `forbidden` between `left_context` and `right_context`, the fixed DNA on its two sides (either may be empty).
/// A homopolymer limit is a motif too: a run one longer than allowed.
pub fn optimize(
    protein: &str,
    left_context: &str,
    right_context: &str,
    forbidden: &[Motif],
) -> Result<Coding, CodonError> {
    solve(protein, left_context, right_context, forbidden, |_, _| 0)
}

/// [`optimize`] with a further cost of each codon (1e-12 nat) by the place of its residue.
fn solve(
    protein: &str,
    left_context: &str,
    right_context: &str,
    forbidden: &[Motif],
    extra: impl Fn(usize, &str) -> u64,
) -> Result<Coding, CodonError> {
    check_dna(left_context, right_context, forbidden)?;
    let residues = choices(protein)?;
    let automaton = Automaton::new(forbidden);
    let start = automaton.after(left_context);
    let problem =
        Problem { residues: &residues, automaton: &automaton, right_context, extra: &extra };
    let to_go = problem.cost_to_go();
    if to_go[0][start] == UNREACHABLE {
        return Err(problem.explain(start, forbidden));
    }
    let sequence = problem.read_off(start, &to_go);
    let cai = codon::cai(&sequence).ok_or(CodonError::Empty)?;
    Ok(Coding { sequence, cai })
}

const UNREACHABLE: u64 = u64::MAX;

fn check_dna(left: &str, right: &str, forbidden: &[Motif]) -> Result<(), CodonError> {
    let not_dna = |what: &str| CodonError::NotDna { what: what.to_owned() };
    if !is_dna(left) || !is_dna(right) {
        return Err(not_dna("the fixed sequence beside it"));
    }
    match forbidden.iter().find(|m| m.sequence.is_empty() || !is_dna(&m.sequence)) {
        Some(motif) => Err(not_dna(&format!("motif '{}'", motif.name))),
        None => Ok(()),
    }
}

fn choices(protein: &str) -> Result<Vec<&'static [Codon]>, CodonError> {
    if protein.is_empty() {
        return Err(CodonError::Empty);
    }
    let codons = |(at, found)| {
        let position = at + 1;
        let synonyms = (found != '*').then(|| codon::synonyms(found)).flatten();
        synonyms.ok_or(CodonError::Residue { position, found })
    };
    protein.chars().enumerate().map(codons).collect()
}

struct Problem<'a> {
    residues: &'a [&'static [Codon]],
    automaton: &'a Automaton,
    right_context: &'a str,
    extra: &'a dyn Fn(usize, &str) -> u64,
}

impl Problem<'_> {
    /// For each residue and state before it, the least cost of the rest; one more row for the end.
    fn cost_to_go(&self) -> Vec<Vec<u64>> {
        let states = 0..self.automaton.states();
        let mut rows = vec![Vec::new(); self.residues.len() + 1];
        rows[self.residues.len()] =
            states.clone().map(|state| self.leave(state).map_or(UNREACHABLE, |()| 0)).collect();
        for at in (0..self.residues.len()).rev() {
            rows[at] = states.clone().map(|state| self.best(at, state, &rows[at + 1])).collect();
        }
        rows
    }

    fn best(&self, at: usize, state: usize, after: &[u64]) -> u64 {
        let costs = self.residues[at].iter().map(|&codon| self.cost_with(at, state, codon, after));
        costs.min().unwrap_or(UNREACHABLE)
    }

    fn cost_with(&self, at: usize, state: usize, codon: Codon, after: &[u64]) -> u64 {
        match self.enter(state, codon) {
            Ok(next) => after[next]
                .saturating_add(codon::cost(codon, self.residues[at]))
                .saturating_add((self.extra)(at, codon.0)),
            Err(_) => UNREACHABLE,
        }
    }

    /// The state after one codon, or the motif that the codon completes.
    fn enter(&self, state: usize, (letters, _): Codon) -> Result<usize, End> {
        letters.bytes().try_fold(state, |state, base| {
            let next = self.automaton.step(state, base);
            self.automaton.end(next).map_or(Ok(next), Err)
        })
    }

    /// Reads on into the right context: a motif that ends there counts when it began before it.
    fn leave(&self, mut state: usize) -> Result<(), End> {
        for (read, base) in self.right_context.bytes().enumerate() {
            state = self.automaton.step(state, base);
            match self.automaton.end(state) {
                Some(end) if end.length > read + 1 => return Err(end),
                _ => {}
            }
        }
        Ok(())
    }

    fn read_off(&self, start: usize, to_go: &[Vec<u64>]) -> String {
        let mut sequence = String::with_capacity(3 * self.residues.len());
        let mut state = start;
        for (at, codons) in self.residues.iter().enumerate() {
            // Codons are sorted by their letters, so the first of the best is the first in that order.
            let best = codons.iter().find_map(|&codon| {
                let cost = self.cost_with(at, state, codon, &to_go[at + 1]);
                let next = self.enter(state, codon).ok()?;
                (cost == to_go[at][state]).then_some((codon.0, next))
            });
            if let Some((letters, next)) = best {
                sequence.push_str(letters);
                state = next;
            }
        }
        sequence
    }

    /// Names the shortest stretch of residues that cannot be encoded, and the motifs met at its last residue.
    fn explain(&self, start: usize, forbidden: &[Motif]) -> CodonError {
        let (last, motifs) = self.dead_end(0, start).unwrap_or_default();
        let first = (1..=last)
            .rev()
            .find(|&first| {
                let root = self.automaton.after("");
                self.dead_end(first, root).is_some_and(|(end, _)| end == last)
            })
            .unwrap_or(0);
        let names: BTreeSet<&str> = motifs.iter().map(|&m| forbidden[m].name.as_str()).collect();
        CodonError::Infeasible {
            first: first + 1,
            last: last + 1,
            motifs: names.into_iter().collect::<Vec<_>>().join(", "),
        }
    }

    /// Reads from residue `first` in `state` with every choice of codons at once: the residue at which no choice is
    /// left (the last one, where the right context closes the way), with the motifs that were met there.
    fn dead_end(&self, first: usize, state: usize) -> Option<(usize, BTreeSet<usize>)> {
        let mut open = BTreeSet::from([state]);
        for at in first..self.residues.len() {
            let steps =
                open.iter().flat_map(|&s| self.residues[at].iter().map(move |&c| self.enter(s, c)));
            let (next, met) = split(steps);
            if next.is_empty() {
                return Some((at, met));
            }
            open = next;
        }
        let (left, met) = split(open.iter().map(|&state| self.leave(state).map(|()| state)));
        left.is_empty().then_some((self.residues.len() - 1, met))
    }
}

fn split(steps: impl Iterator<Item = Result<usize, End>>) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let (mut open, mut met) = (BTreeSet::new(), BTreeSet::new());
    for step in steps {
        match step {
            Ok(state) => open.insert(state),
            Err(end) => met.insert(end.motif),
        };
    }
    (open, met)
}

#[cfg(test)]
mod tests;

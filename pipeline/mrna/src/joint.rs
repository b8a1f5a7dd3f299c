//! Joints between antigens: the new peptides that a joint makes, and how strongly the patient's alleles would bind them.
//!
//! Joining two antigens makes k-mers that neither holds. One that binds an HLA molecule of the patient could draw the
//! response to itself, so orders and linkers are chosen for few of them. Which k-mers count: those of the lengths that the
//! scorer asks for (8 to 11 for class I; 15 as well where there are class II alleles), touching the joint or its linker,
//! not found inside either neighbour, not known self. Whoever predicts binding is injected.
//! A k-mer touches one joint only when every antigen has at least k - 1 residues; shorter ones are not taken.

mod alleles;

pub use alleles::{Alleles, BindingScorer};

use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;

use crate::order::JointCost;

/// Predicts how strongly peptides bind.
pub trait JunctionScorer {
    /// For each peptide the best percentile rank over the patient's alleles: 0 to 100, lower is stronger.
    fn score(&self, peptides: &[String]) -> Result<Vec<f32>, String>;

    /// The lengths of junctional peptides that count, ascending, each at least 2.
    fn lengths(&self) -> Vec<usize> {
        CLASS_1_LENGTHS.collect()
    }

    /// The allele that binds a scored peptide best, where the scorer can tell.
    fn allele(&self, peptide: &str) -> Option<String> {
        _ = peptide;
        None
    }
}

/// Residues of a class I ligand.
pub const CLASS_1_LENGTHS: RangeInclusive<usize> = 8..=11;
/// Residues of a class II ligand: one length, since a core of nine that touches a joint lies in windows of 15.
pub const CLASS_2_LENGTHS: RangeInclusive<usize> = 15..=15;

/// Below this percentile a junctional peptide binds strongly.
pub const STRONG: f32 = 0.5;
/// Below this percentile, and not strongly, it binds weakly.
pub const WEAK: f32 = 2.0;
/// The fewest residues of an antigen beside junctional peptides of these lengths: in a shorter one a k-mer would touch two
/// joints.
pub fn shortest_antigen(lengths: &[usize]) -> usize {
    lengths.iter().max().map_or(1, |longest| longest - 1)
}

/// Why joints could not be scored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JointError {
    /// The predictor failed.
    #[error("junctional peptides: the predictor failed: {0}")]
    Scorer(String),
    /// The predictor answered with another number of scores.
    #[error("junctional peptides: the predictor gave {found} scores for {expected} peptides")]
    Count {
        /// Scores given.
        found: usize,
        /// Peptides asked.
        expected: usize,
    },
    /// A score that is no percentile.
    #[error("junctional peptides: the predictor gave {found}; expected a percentile from 0 to 100")]
    Percentile {
        /// The score.
        found: String,
    },
}

/// What is joined: a fixed start, the antigens, and a fixed end, which may be empty.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    /// Signal peptide, or a bare M.
    pub head: &'a str,
    /// The antigens.
    pub peptides: Vec<&'a str>,
    /// Trafficking domain, or nothing.
    pub tail: &'a str,
}

impl Parts<'_> {
    fn left(&self, node: Option<usize>) -> &str {
        node.map_or(self.head, |index| self.peptides[index])
    }

    fn right(&self, node: Option<usize>) -> &str {
        node.map_or(self.tail, |index| self.peptides[index])
    }
}

/// One way to join two neighbours, with its junctional peptides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joint {
    /// Which of the linkers.
    pub linker: usize,
    /// Residues of the linker.
    pub linker_length: u32,
    /// Counts and worst percentile.
    pub tally: Tally,
}

impl Joint {
    /// For ordering: badness is the distance of the worst percentile from 100, in ten-thousandths.
    pub fn cost(&self) -> JointCost {
        let badness = |percentile: f64| ((100.0 - percentile) * 10_000.0).round() as u32;
        let worst = self.tally.worst.map_or(0, badness);
        JointCost {
            strong: self.tally.strong,
            weak: self.tally.weak,
            worst,
            linker_length: self.linker_length,
            sum: u64::from(worst),
        }
    }
}

/// The percentile that a badness of [`Joint::cost`] stands for; none where no peptide counts.
pub fn percentile_of(badness: u32) -> Option<f64> {
    (badness > 0).then(|| 100.0 - f64::from(badness) / 10_000.0)
}

/// How many junctional peptides bind, and the strongest of all.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    /// Below [`STRONG`].
    pub strong: u32,
    /// Below [`WEAK`], not counting the strong.
    pub weak: u32,
    /// The lowest percentile; none where no peptide counts.
    pub worst: Option<f64>,
}

impl Tally {
    /// Takes one more junctional peptide into account.
    pub fn add(&mut self, percentile: f32) {
        self.strong += u32::from(percentile < STRONG);
        self.weak += u32::from((STRONG..WEAK).contains(&percentile));
        let percentile = f64::from(percentile);
        self.worst = Some(self.worst.map_or(percentile, |worst| worst.min(percentile)));
    }
}

/// Every way to join every ordered pair.
#[derive(Debug, Clone)]
pub struct JointTable {
    n: usize,
    joints: Vec<Vec<Joint>>,
    scores: HashMap<String, f32>,
}

impl JointTable {
    /// The ways to join `left` (none: the start) to `right` (none: the end), in the order of the linkers.
    pub fn options(&self, left: Option<usize>, right: Option<usize>) -> &[Joint] {
        let node = |index: Option<usize>| index.unwrap_or(self.n);
        &self.joints[node(left) * (self.n + 1) + node(right)]
    }

    /// The same scorer, answering from this table what was asked for it: a peptide has one score in one design,
    /// whatever else is in the batch.
    pub fn remembering<'a>(&'a self, scorer: &'a dyn JunctionScorer) -> impl JunctionScorer + 'a {
        Remembering { table: self, scorer }
    }
}

struct Remembering<'a> {
    table: &'a JointTable,
    scorer: &'a dyn JunctionScorer,
}

impl JunctionScorer for Remembering<'_> {
    fn score(&self, peptides: &[String]) -> Result<Vec<f32>, String> {
        let known = &self.table.scores;
        let unknown = peptides.iter().filter(|peptide| !known.contains_key(*peptide));
        let new =
            scored(unknown.cloned().collect(), self.scorer).map_err(|error| error.to_string())?;
        let percentile =
            |peptide: &String| known.get(peptide).or_else(|| new.get(peptide)).copied();
        let percentiles: Option<Vec<f32>> = peptides.iter().map(percentile).collect();
        percentiles.ok_or_else(|| "a peptide was left without a score".to_owned())
    }

    fn lengths(&self) -> Vec<usize> {
        self.scorer.lengths()
    }

    fn allele(&self, peptide: &str) -> Option<String> {
        self.scorer.allele(peptide)
    }
}

/// Scores every ordered pair of `parts` with every linker (start to antigen, antigen to antigen, antigen to end), all
/// k-mers in one call to the scorer. Linkers stand only between two parts of more than one residue: none follows a
/// bare M, none ends the protein.
pub fn joints(
    parts: &Parts<'_>,
    linkers: &[&str],
    scorer: &dyn JunctionScorer,
    known_self: &dyn Fn(&str) -> bool,
) -> Result<JointTable, JointError> {
    let n = parts.peptides.len();
    let node = |index| (index < n).then_some(index);
    let lengths = scorer.lengths();
    let pairs = (0..=n).flat_map(|left| (0..=n).map(move |right| (left, right)));
    let peptides: Vec<Vec<Vec<String>>> = pairs
        .map(|(left, right)| {
            if left == right {
                Vec::new()
            } else {
                spanning_all(parts.left(node(left)), linkers, parts.right(node(right)), &lengths)
            }
        })
        .collect();
    let distinct: BTreeSet<&String> = peptides.iter().flatten().flatten().collect();
    let foreign = distinct.into_iter().filter(|peptide| !known_self(peptide));
    let scores = scored(foreign.cloned().collect(), scorer)?;
    let joint = |(linker, kmers): (usize, &Vec<String>)| Joint {
        linker,
        linker_length: linkers[linker].len() as u32,
        tally: tally(kmers, &scores),
    };
    let joints =
        peptides.iter().map(|options| options.iter().enumerate().map(joint).collect()).collect();
    Ok(JointTable { n, joints, scores })
}

/// Percentiles of `peptides`, asked for in one call and checked.
pub fn scored(
    peptides: Vec<String>,
    scorer: &dyn JunctionScorer,
) -> Result<HashMap<String, f32>, JointError> {
    if peptides.is_empty() {
        return Ok(HashMap::new());
    }
    let percentiles = scorer.score(&peptides).map_err(JointError::Scorer)?;
    let (found, expected) = (percentiles.len(), peptides.len());
    if found != expected {
        return Err(JointError::Count { found, expected });
    }
    match percentiles.iter().find(|p| !(0.0..=100.0).contains(*p)) {
        Some(odd) => Err(JointError::Percentile { found: odd.to_string() }),
        None => Ok(peptides.into_iter().zip(percentiles).collect()),
    }
}

fn tally(peptides: &[String], scores: &HashMap<String, f32>) -> Tally {
    let mut tally = Tally::default();
    let percentiles = peptides.iter().filter_map(|peptide| scores.get(peptide));
    percentiles.for_each(|&percentile| tally.add(percentile));
    tally
}

fn spanning_all(left: &str, linkers: &[&str], right: &str, lengths: &[usize]) -> Vec<Vec<String>> {
    let taken = if left.len() > 1 && right.len() > 1 { linkers.len() } else { 1 };
    linkers.iter().take(taken).map(|linker| spanning(left, linker, right, lengths)).collect()
}

/// The k-mers of `left + linker + right` that touch the joint and lie inside neither neighbour, by place and by text.
fn spanning(left: &str, linker: &str, right: &str, lengths: &[usize]) -> Vec<String> {
    if right.is_empty() {
        return Vec::new();
    }
    let reach = shortest_antigen(lengths);
    let left_end = &left[left.len().saturating_sub(reach)..];
    let right_start = &right[..right.len().min(reach)];
    let text = format!("{left_end}{linker}{right_start}");
    let (joint, resume) = (left_end.len(), left_end.len() + linker.len());
    let mut peptides = Vec::new();
    for &length in lengths {
        for start in 0..=text.len().saturating_sub(length) {
            let end = start + length;
            let touches = end <= text.len() && start < resume && end > joint;
            let kmer = text.get(start..end).unwrap_or_default();
            if touches && !left.contains(kmer) && !right.contains(kmer) {
                peptides.push(kmer.to_owned());
            }
        }
    }
    peptides
}

#[cfg(test)]
pub(crate) mod tests;

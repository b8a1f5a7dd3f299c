//! From a task to the sites of a molecule: what may stand where, at what cost.

use std::ops::Range;

use crate::energy::Base;
use crate::fold::{Rna, Structure};
use crate::motif::{Motif, Occurrence, occurrences};
use crate::sequence::{RESIDUES, is_dna};

use super::automaton::{Automaton, Pattern};
use super::graph::{DeadEnd, Site};
use super::{CodingTask, LatticeError};

/// The most parts into which a hundredth of kcal/mol is divided.
const FINEST: f64 = 1000.0;

/// Least costs stay below this: a fifth of what stands for impossible, so that sums of both are told apart.
const WITHIN: f64 = 100_000_000.0;

/// What the worst codons of all residues together cost where stability alone counts, hundredths of kcal/mol: less than any difference in
/// energy even when rounded up, so that usage only decides between writings of equal energy.
const TIE: f64 = 0.4;

/// More stability than any base can bring, hundredths of kcal/mol.
const MOST_A_BASE: f64 = 170.0;

/// A task made ready for the lattice.
pub(super) struct Molecule {
    pub(super) sites: Vec<Site>,
    pub(super) automaton: Automaton,
    /// Where the coding sequence lies.
    pub(super) coding: Range<usize>,
    /// What a paired base costs at each position, hundredths of kcal/mol.
    pub(super) pairing: Vec<f64>,
    /// What re-solving has put on words, by site and word.
    surcharges: Vec<Vec<f64>>,
}

impl Molecule {
    pub(super) fn new(task: &CodingTask<'_>) -> Result<Self, LatticeError> {
        check_numbers(task)?;
        let before = fixed("before", task.before)?;
        let behind = fixed("behind", task.behind)?;
        let codons = codons(task)?;
        for (side, text) in [("before", &before), ("behind", &behind)] {
            check_fixed(task.forbidden, side, text)?;
        }
        let coding = before.len()..before.len() + 3 * codons.len();
        let length = coding.end + behind.len();
        let accessible = coding.start..coding.end.min(coding.start + task.costs.accessible);
        let pairing = (0..length)
            .map(|at| if accessible.contains(&at) { task.costs.paired_start * 100.0 } else { 0.0 });
        let single = |base: &Base| Site { words: vec![(vec![*base], 0.0)], designed: false };
        let sites: Vec<Site> =
            before.iter().map(single).chain(codons).chain(behind.iter().map(single)).collect();
        Ok(Self {
            surcharges: sites.iter().map(|site| vec![0.0; site.words.len()]).collect(),
            pairing: pairing.collect(),
            automaton: Automaton::new(patterns(task)),
            sites,
            coding,
        })
    }

    /// Parts of a hundredth of kcal/mol in which costs are counted: as fine as the range of numbers allows.
    pub(super) fn unit(&self, task: &CodingTask<'_>) -> Result<i32, LatticeError> {
        let dearest = |site: &Site| site.words.iter().map(|(_, cost)| *cost).fold(0.0, f64::max);
        let codons: f64 = self.sites.iter().map(dearest).sum();
        let bases = self.pairing.len() as f64;
        let each = MOST_A_BASE + 100.0 * (task.costs.uridine + task.costs.cpg + task.costs.upa);
        let most = bases * each + codons + self.pairing.iter().sum::<f64>();
        let unit = (WITHIN / most).min(FINEST).floor();
        if unit >= 1.0 {
            return Ok(unit as i32);
        }
        let found = format!("up to {:.0} kcal/mol for {} bases", most / 100.0, self.pairing.len());
        Err(LatticeError::Number {
            what: "lambda and costs together",
            found,
            expected: "at most 1,000,000 kcal/mol; lower lambda, or design a shorter molecule",
        })
    }

    pub(super) fn conflict(&self, task: &CodingTask<'_>, end: &DeadEnd) -> LatticeError {
        let mut names: Vec<&str> =
            end.motifs.iter().map(|&at| task.forbidden[at].name.as_str()).collect();
        names.dedup();
        let residue = end.position.saturating_sub(self.coding.start) / 3 + 1;
        let residue = residue.min(self.coding.len() / 3);
        LatticeError::Conflict { name: task.name.to_owned(), residue, motifs: names.join(", ") }
    }

    /// The name of a forbidden motif that `rna` holds where codons are chosen.
    pub(super) fn forbidden_in(&self, task: &CodingTask<'_>, rna: &str) -> Option<String> {
        let touches =
            |found: &Occurrence<'_>| found.start < self.coding.end && found.end > self.coding.start;
        let dna = rna.replace('U', "T");
        let found = occurrences(&dna, task.forbidden).into_iter().find(touches)?;
        Some(format!("{} at position {}", found.motif.name, found.start + 1))
    }

    /// What [`super::Costs`] come to, kcal/mol.
    pub(super) fn costs(&self, task: &CodingTask<'_>, rna: &str, structure: &Structure) -> f64 {
        let letters = rna.as_bytes();
        let count = |pattern: &[u8]| {
            let ends = self.coding.clone().map(|at| letters[..=at].ends_with(pattern));
            ends.filter(|ends| *ends).count() as f64
        };
        let costs = task.costs;
        let paired: f64 = (0..letters.len())
            .filter(|&at| structure.partner(at).is_some())
            .map(|at| self.pairing[at])
            .sum();
        costs.uridine * count(b"U")
            + costs.cpg * count(b"CG")
            + costs.upa * count(b"UA")
            + paired / 100.0
    }

    /// Makes a word dearer, hundredths of kcal/mol.
    pub(super) fn discourage(&mut self, codon: usize, word: &[Base], dcal: f64) {
        let site = self.coding.start + codon;
        if site >= self.sites.len() {
            return;
        }
        if let Some(at) = self.sites[site].words.iter().position(|(letters, _)| letters == word) {
            self.sites[site].words[at].1 += dcal;
            self.surcharges[site][at] += dcal;
        }
    }

    /// What re-solving has put on the codons that `rna` takes, kcal/mol.
    pub(super) fn surcharge(&self, rna: &str) -> f64 {
        let Ok(rna) = Rna::parse(rna) else { return 0.0 };
        let codons = rna.bases()[self.coding.clone()].chunks(3).enumerate();
        let each = codons.map(|(codon, bases)| {
            let site = self.coding.start + codon;
            let at = self.sites[site].words.iter().position(|(letters, _)| letters == bases);
            at.map_or(0.0, |at| self.surcharges[site][at])
        });
        each.sum::<f64>() / 100.0
    }
}

fn check_numbers(task: &CodingTask<'_>) -> Result<(), LatticeError> {
    let costs = task.costs;
    for (what, value) in [
        ("lambda", task.lambda),
        ("the cost of a uridine", costs.uridine),
        ("the cost of a CpG", costs.cpg),
        ("the cost of a UpA", costs.upa),
        ("the cost of a paired base at the start", costs.paired_start),
    ] {
        if !value.is_finite() || value < 0.0 {
            return Err(LatticeError::Number {
                what,
                found: value.to_string(),
                expected: "a number from 0 upwards",
            });
        }
    }
    let number = |what, found: usize, expected| {
        Err(LatticeError::Number { what, found: found.to_string(), expected })
    };
    match (task.beam, task.max_interior_loop, task.longest_repeat) {
        (Some(0), ..) => number("the beam", 0, "1 or more, or none for the exact optimum"),
        (_, 31.., _) => {
            number("the longest interior loop", task.max_interior_loop, "at most 30 unpaired bases")
        }
        (.., Some(longest @ 0..6)) => number("the longest repeat", longest, "6 bases or more"),
        _ => Ok(()),
    }
}

fn fixed(side: &'static str, text: &str) -> Result<Vec<Base>, LatticeError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let wrong = |source| LatticeError::Fixed { side, source };
    let rna = Rna::parse(text).map_err(wrong)?;
    match rna.bases().iter().position(|&base| base == 0) {
        Some(at) => Err(LatticeError::UnknownBase { side, position: at + 1 }),
        None => Ok(rna.bases().to_vec()),
    }
}

/// One site for each residue.
fn codons(task: &CodingTask<'_>) -> Result<Vec<Site>, LatticeError> {
    let residues: Vec<char> = task.protein.chars().collect();
    if residues.is_empty() || residues == ['*'] {
        return Err(LatticeError::Empty { name: task.name.to_owned() });
    }
    let lambda =
        if task.lambda > 0.0 { task.lambda * 100.0 } else { TIE / worst(task, &residues).max(1.0) };
    let site = |(at, &found): (usize, &char)| {
        let residue = found.to_ascii_uppercase();
        let stop = residue == '*' && at + 1 == residues.len();
        if !stop && !RESIDUES.contains(residue) {
            return Err(LatticeError::Residue {
                name: task.name.to_owned(),
                position: at + 1,
                found,
            });
        }
        let cost = |weight: f64| -lambda * weight.ln();
        let words = task
            .table
            .codons(residue)
            .iter()
            .map(|usage| (usage.bases.to_vec(), cost(usage.weight)));
        Ok(Site { words: words.collect(), designed: true })
    };
    residues.iter().enumerate().map(site).collect()
}

/// The sum of -ln w over the worst codon of every residue.
fn worst(task: &CodingTask<'_>, residues: &[char]) -> f64 {
    let weights = |residue: &char| {
        task.table.codons(residue.to_ascii_uppercase()).iter().map(|usage| -usage.weight.ln())
    };
    residues.iter().map(|residue| weights(residue).fold(0.0, f64::max)).sum()
}

/// Motifs that lie in the fixed bases alone are there whatever is designed.
fn check_fixed(
    forbidden: &[Motif],
    side: &'static str,
    bases: &[Base],
) -> Result<(), LatticeError> {
    for motif in forbidden {
        if motif.texts().iter().any(|text| text.is_empty() || !is_dna(text)) {
            return Err(LatticeError::Motif {
                motif: motif.name.clone(),
                sequence: motif.sequence.clone(),
            });
        }
    }
    let dna = Rna::from_bases(bases.to_vec()).to_string().replace('U', "T");
    match occurrences(&dna, forbidden).into_iter().find(|found| found.motif.allowed_in.is_empty()) {
        Some(found) => Err(LatticeError::FixedMotif {
            motif: found.motif.name.clone(),
            side,
            position: found.start + 1,
        }),
        None => Ok(()),
    }
}

fn patterns(task: &CodingTask<'_>) -> Vec<Pattern> {
    let base = |letter: u8| match letter {
        b'A' => 1,
        b'C' => 2,
        b'G' => 3,
        _ => 4,
    };
    let costs = task.costs;
    let paid = [("T", costs.uridine), ("CG", costs.cpg), ("TA", costs.upa)];
    let paid = paid
        .into_iter()
        .filter(|(_, cost)| *cost > 0.0)
        .map(|(text, cost)| (text.to_owned(), Some(cost * 100.0), 0));
    let motifs = task
        .forbidden
        .iter()
        .enumerate()
        .flat_map(|(at, motif)| motif.texts().into_iter().map(move |text| (text, None, at)));
    let pattern = |(text, cost, motif): (String, Option<f64>, usize)| Pattern {
        bases: text.bytes().map(base).collect(),
        cost,
        motif,
    };
    motifs.chain(paid).map(pattern).collect()
}

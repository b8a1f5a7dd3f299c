//! From ranked antigens to ranked candidate molecules.
//!
//! Take the antigens that fit the profile, score every joint once, compose at least three different molecules, choose
//! the codons of each, check each molecule, and rank them. Deterministic; ties are broken by content.

use std::cmp::Ordering;

use crate::arrange::{Arrangement, Composer};
use crate::coding::{CodonError, optimize};
use crate::construct::{Candidate, Construct};
use crate::joint::{JointError, JunctionScorer, Parts, SHORTEST_ANTIGEN, joints};
use crate::profile::{Profile, joined};
use crate::sequence::{odd_residue, percent_of, transcribe};
use crate::verify::{Rescan, verify};

/// What a patient's constructs are designed from.
pub struct DesignInput<'a> {
    /// Pseudonym; the constructs are named after it.
    pub patient_id: &'a str,
    /// Antigens, the best first.
    pub peptides: Vec<Candidate>,
    /// The fixed side of the molecule.
    pub profile: &'a Profile,
    /// Predicts binding to the patient's own alleles.
    pub scorer: &'a dyn JunctionScorer,
    /// Whether a peptide occurs in the normal proteome: such a junctional peptide does not count.
    pub known_self: &'a dyn Fn(&str) -> bool,
}

/// Why there is no construct.
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// Nothing to build from.
    #[error(
        "no antigen of at least {SHORTEST_ANTIGEN} standard residues was offered; nothing can be built"
    )]
    NoPeptides,
    /// A weight that cannot be compared.
    #[error("antigen {place}: its weight is {found}; expected a finite number, zero or more")]
    Weight {
        /// 1-based place in the list.
        place: usize,
        /// The weight.
        found: f64,
    },
    /// Joints could not be scored.
    #[error(transparent)]
    Joint(#[from] JointError),
    /// A protein has no coding sequence under the profile's motifs.
    #[error(transparent)]
    Codon(#[from] CodonError),
    /// No molecule passed.
    #[error("no construct passed the checks of the final molecule; the first failed: {0}")]
    Checks(String),
}

/// The candidate constructs of one patient, rank 1 first: at least three different molecules (with a profile that has
/// no linker and a single antigen there is one). Antigens that are repeated, shorter than ten residues or beyond the
/// profile's `max_peptides` are left out, and every reason says how many.
pub fn design(input: &DesignInput<'_>) -> Result<Vec<Construct>, DesignError> {
    let taken = Taken::new(&input.peptides, input.profile.max_peptides)?;
    let composer = compose(input, &taken)?;
    let rescan =
        Rescan { scorer: &composer.table.remembering(input.scorer), known_self: input.known_self };
    let mut constructs = Vec::new();
    for arrangement in composer.arrangements() {
        let mut construct = build(input.profile, &composer, &arrangement, &taken)?;
        let expected: Vec<&str> =
            arrangement.sequence.iter().map(|&i| composer.parts.peptides[i]).collect();
        let checks = verify(&construct, input.profile, &expected, &rescan);
        construct.checks_passed = checks.iter().all(|check| check.passed);
        construct.checks = checks.iter().map(ToString::to_string).collect();
        constructs.push(construct);
    }
    constructs.sort_by(better);
    name(&mut constructs, input.patient_id, &taken);
    match constructs.first() {
        Some(best) if best.checks_passed => Ok(constructs),
        Some(best) => Err(DesignError::Checks(failures(best))),
        None => Err(DesignError::NoPeptides),
    }
}

/// Expected value / (1 + 0.02 strong + 0.005 weak + 0.0002 linker residues).
///
/// The discounts are engineering defaults, not measurements. Of twenty equal antigens one is worth 5 %: three strong
/// junctional binders, or ten weak ones, weigh about as much as an antigen, and linkers (nineteen of ten residues: 4 %;
/// translation fell in the longest glycine-serine cassettes of Gurung et al., Nature Biotechnology 2024) nearly one.
pub fn score(expected_value: f64, strong: u32, weak: u32, linker_residues: usize) -> f64 {
    let burden =
        0.02 * f64::from(strong) + 0.005 * f64::from(weak) + 0.0002 * linker_residues as f64;
    expected_value / (1.0 + burden)
}

/// The antigens that the molecules are made of, and how many were left out.
struct Taken {
    antigens: Vec<Candidate>,
    offered: usize,
    short: usize,
    odd: usize,
    repeated: usize,
    beyond: usize,
}

impl Taken {
    fn new(offered: &[Candidate], most: usize) -> Result<Self, DesignError> {
        let mut taken = Self {
            antigens: Vec::new(),
            offered: offered.len(),
            short: 0,
            odd: 0,
            repeated: 0,
            beyond: 0,
        };
        for (at, candidate) in offered.iter().enumerate() {
            check(at + 1, candidate)?;
            taken.take(candidate, most);
        }
        if taken.antigens.is_empty() { Err(DesignError::NoPeptides) } else { Ok(taken) }
    }

    fn take(&mut self, candidate: &Candidate, most: usize) {
        let known = self.antigens.iter().position(|known| known.peptide == candidate.peptide);
        match known {
            _ if candidate.peptide.len() < SHORTEST_ANTIGEN => self.short += 1,
            // Selenocysteine, for one, has no codon of its own.
            _ if odd_residue(&candidate.peptide).is_some() => self.odd += 1,
            Some(known) => {
                self.repeated += 1;
                add_gene(&mut self.antigens[known].gene, &candidate.gene);
            }
            None if self.antigens.len() == most => self.beyond += 1,
            None => self.antigens.push(candidate.clone()),
        }
    }

    /// What was left out, in words.
    fn left_out(&self) -> String {
        let of =
            |count: usize, what: &str| (count > 0).then(|| format!("; left out: {count} {what}"));
        let notes = [
            of(self.short, "shorter than ten residues"),
            of(self.odd, "with a residue that has no codon of its own"),
            of(self.repeated, "with a peptide that is already there"),
            of(self.beyond, "beyond the most that the profile takes"),
        ];
        notes.into_iter().flatten().collect()
    }
}

/// Two genes that give the same peptide are written `A/B`.
fn add_gene(genes: &mut String, gene: &str) {
    if !genes.split('/').any(|known| known == gene) {
        *genes = format!("{genes}/{gene}");
    }
}

fn check(place: usize, candidate: &Candidate) -> Result<(), DesignError> {
    let found = candidate.weight;
    if found.is_finite() && found >= 0.0 {
        Ok(())
    } else {
        Err(DesignError::Weight { place, found })
    }
}

fn compose<'a>(input: &'a DesignInput<'_>, taken: &'a Taken) -> Result<Composer<'a>, DesignError> {
    let profile = input.profile;
    let linkers: Vec<&str> = profile.linkers.iter().map(|part| part.sequence.as_str()).collect();
    let parts = Parts {
        head: profile.head(),
        peptides: taken.antigens.iter().map(|antigen| antigen.peptide.as_str()).collect(),
        tail: profile.tail(),
    };
    let table = joints(&parts, &linkers, input.scorer, input.known_self)?;
    let linker_names = profile.linkers.iter().map(|part| part.name.as_str()).collect();
    let names = taken.antigens.iter().map(|antigen| antigen.id.as_str()).collect();
    Ok(Composer { parts, names, linkers, linker_names, table })
}

/// The molecule of an arrangement, not yet checked, ranked or named.
fn build(
    profile: &Profile,
    composer: &Composer<'_>,
    arrangement: &Arrangement,
    taken: &Taken,
) -> Result<Construct, DesignError> {
    let protein = arrangement.protein(&composer.parts, &composer.linkers);
    let (left, right) = (joined(&profile.left_parts()), joined(&profile.right_parts()));
    let coding = optimize(&protein, &left, &right, &profile.motifs())?;
    let template = format!("{left}{}{right}", coding.sequence);
    let untranscribed = profile.promoter.sequence.len() - profile.promoter_transcribed;
    let mrna = transcribe(&template[untranscribed..]);
    let antigens: Vec<&Candidate> =
        arrangement.sequence.iter().map(|&i| &taken.antigens[i]).collect();
    let linker = |joint: &crate::joint::Joint| composer.linkers[joint.linker].to_owned();
    let tally = arrangement.tally();
    let expected_value = antigens.iter().map(|antigen| antigen.weight).sum();
    let mut construct = Construct {
        construct_id: String::new(),
        rank: 0,
        strategy: arrangement.strategies.join("; "),
        reason: String::new(),
        profile: profile.name.clone(),
        peptide_count: antigens.len() as i32,
        genes: antigens.iter().map(|antigen| antigen.gene.clone()).collect(),
        peptides: antigens.iter().map(|antigen| antigen.peptide.clone()).collect(),
        linkers: arrangement.joints.iter().map(linker).collect(),
        protein,
        cai: coding.cai,
        coding_sequence: coding.sequence + &profile.stop.sequence,
        length_nt: mrna.len() as i32,
        gc_percent: percent_of(&mrna, "GC"),
        uridine_percent: percent_of(&mrna, "U"),
        mrna,
        template: Some(template),
        junction_strong: tally.strong as i32,
        junction_weak: tally.weak as i32,
        worst_junction_percentile: tally.worst,
        expected_value,
        score: 0.0,
        checks_passed: false,
        checks: Vec::new(),
    };
    construct.score = score(expected_value, tally.strong, tally.weak, construct.linker_residues());
    Ok(construct)
}

/// Checked before unchecked, then the higher score, fewer junctional binders, the shorter molecule, the protein's text.
fn better(a: &Construct, b: &Construct) -> Ordering {
    (b.checks_passed.cmp(&a.checks_passed))
        .then(b.score.total_cmp(&a.score))
        .then(a.junction_strong.cmp(&b.junction_strong))
        .then(a.junction_weak.cmp(&b.junction_weak))
        .then(a.length_nt.cmp(&b.length_nt))
        .then_with(|| a.protein.cmp(&b.protein))
}

fn name(constructs: &mut [Construct], patient_id: &str, taken: &Taken) {
    let total = constructs.len();
    for (at, construct) in constructs.iter_mut().enumerate() {
        construct.rank = at as i32 + 1;
        construct.construct_id = format!("{patient_id}-C{}", construct.rank);
        construct.reason = reason(construct, total, taken);
    }
}

fn reason(construct: &Construct, total: usize, taken: &Taken) -> String {
    let worst = construct.worst_junction_percentile;
    let worst = worst.map_or(String::new(), |p| format!(", the strongest at percentile {p:.2}"));
    let failed = if construct.checks_passed {
        String::new()
    } else {
        format!("; NOT USABLE, failed: {}", failures(construct))
    };
    format!(
        "rank {} of {total} by score {:.4}: expected value {:.4} from {} of {} antigens; {} strong and {} weak \
         junctional binders{worst}; {} linker residues; {} nt{}{failed}",
        construct.rank,
        construct.score,
        construct.expected_value,
        construct.peptide_count,
        taken.offered,
        construct.junction_strong,
        construct.junction_weak,
        construct.linker_residues(),
        construct.length_nt,
        taken.left_out(),
    )
}

fn failures(construct: &Construct) -> String {
    let failed = construct.checks.iter().filter(|line| line.contains(": FAILED"));
    failed.cloned().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
pub(crate) mod tests;

//! From scored candidates to molecules: which antigens, then how they are joined.
//!
//! The antigens that fit are chosen together, by what they add to the tumour hit ([`mod@crate::select`]): populations of cells
//! come from the cancer cell fractions of the mutations, losses of HLA from what is known about the tumour's copy numbers.
//! Each chosen antigen's clone then decides which of two molecules holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::taken::Taken;
use super::{DesignError, DesignInput, Molecules, Tools, design_molecules};
use crate::construct::{Candidate, Construct};
use crate::joint::{JunctionScorer, shortest_antigen};
use crate::order::MOST_PEPTIDES;
use crate::profile::Profile;
use crate::select::{
    Antigen, Question, Rules, STEPS, Scenario, Selection, nested_populations, select_within,
};

/// A candidate antigen with what its choice rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The antigen; its weight says which are looked at where there are too many, and counts in the molecules' score.
    pub candidate: Candidate,
    /// Probability of a T-cell response, 0 to 1.
    pub probability: f64,
    /// Fraction of the tumour's cells that carry the mutation, 0 to 1; where it is not known, all.
    pub cancer_cell_fraction: Option<f64>,
    /// Class I alleles that present it, the best first. None: it counts whatever is lost.
    pub alleles: Vec<String>,
    /// Whether it holds a class II ligand.
    pub class_2: bool,
}

/// What is known about the tumour's HLA genes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HlaCopies {
    /// Nothing: one haplotype may be lost ([`HAPLOTYPE_LOST`]), either of the two.
    Unknown,
    /// All alleles are retained.
    Retained,
}

/// What a patient's molecules are chosen and designed from.
pub struct Offered<'a> {
    /// Pseudonym; the constructs are named after it.
    pub patient_id: &'a str,
    /// Candidate antigens, in any order.
    pub offers: Vec<Offer>,
    /// The patient's class I alleles, such as `HLA-A*02:01`, named as in the offers.
    pub class_1: Vec<String>,
    /// What is known of their loss.
    pub hla: HlaCopies,
    /// The fixed side of the molecule.
    pub profile: &'a Profile,
    /// Predicts binding to the patient's own alleles.
    pub scorer: &'a dyn JunctionScorer,
    /// Whether a peptide occurs in the normal proteome.
    pub known_self: &'a dyn Fn(&str) -> bool,
}

/// The molecules with the choice that they rest on.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The molecules; their constructs hold value, bound and marginal values of the selection.
    pub molecules: Molecules,
    /// What was chosen from.
    pub question: Question,
    /// What was chosen.
    pub selection: Selection,
}

/// Share of tumours that have lost one HLA class I haplotype (Montesion et al., Cancer Discovery 11:282, 2021: 17 % of 83,644 samples).
pub const HAPLOTYPE_LOST: f64 = 0.17;

/// The most candidates that are chosen among, the best by weight.
pub const MOST_OFFERS: usize = 200;

/// Responses that a cell of the tumour is to be hit by: with two, one may fail. An engineering default.
pub const RESPONSES: usize = 2;

/// Antigens x cells of the sets looked at before the search for a better set ends; some seconds.
const WORK: u64 = 10_000_000;

/// Chooses antigens and designs their molecules. Deterministic; the order of the offers does not matter but among equals.
pub fn design_chosen(input: &Offered<'_>, tools: Tools<'_>) -> Result<Chosen, DesignError> {
    input.offers.iter().enumerate().try_for_each(|(at, offer)| check(at + 1, offer))?;
    let (offers, left_out) = usable(input)?;
    let question = question(input, &offers);
    let cells = question.populations.len() * question.scenarios.len().max(1);
    let step = (cells * offers.len()).max(1) as u64;
    let selection = select_within(&question, (WORK / step).min(STEPS))?;
    let mut chosen = selection.chosen.clone();
    chosen.sort_by(|&a, &b| by_weight(offers[a], offers[b]));
    let design = DesignInput {
        patient_id: input.patient_id,
        peptides: chosen.iter().map(|&at| offers[at].candidate.clone()).collect(),
        profile: input.profile,
        scorer: input.scorer,
        known_self: input.known_self,
    };
    let clone = |at: &usize| question.antigens[*at].populations.first().copied().unwrap_or(0);
    let clones: Vec<usize> = chosen.iter().map(clone).collect();
    let mut molecules = design_molecules(&design, &clones, tools)?;
    molecules.left_out = left_out + &not_chosen(offers.len() - chosen.len()) + &molecules.left_out;
    let marginal: BTreeMap<&str, f64> = selection
        .chosen
        .iter()
        .zip(&selection.marginal)
        .map(|(&at, marginal)| (offers[at].candidate.peptide.as_str(), *marginal))
        .collect();
    for design in molecules.molecules.iter_mut().flat_map(|molecule| &mut molecule.designs) {
        complete(&mut design.construct, &selection, &marginal);
    }
    Ok(Chosen { molecules, question, selection })
}

/// The offers that a molecule can hold, each peptide once, [`MOST_OFFERS`] at the most; and what is said of the others.
fn usable<'a>(input: &'a Offered<'_>) -> Result<(Vec<&'a Offer>, String), DesignError> {
    let mut offers: Vec<&Offer> = input.offers.iter().collect();
    offers.sort_by(|a, b| by_weight(a, b));
    let candidates: Vec<Candidate> = offers.iter().map(|offer| offer.candidate.clone()).collect();
    let shortest = shortest_antigen(&input.scorer.lengths());
    let taken = Taken::new(&candidates, usize::MAX, shortest)?;
    let peptides: BTreeSet<&str> =
        taken.antigens.iter().map(|antigen| antigen.peptide.as_str()).collect();
    let mut seen = BTreeSet::new();
    offers.retain(|offer| {
        let peptide = offer.candidate.peptide.as_str();
        peptides.contains(peptide) && seen.insert(peptide)
    });
    let beyond = offers.len().saturating_sub(MOST_OFFERS);
    offers.truncate(MOST_OFFERS);
    let mut left_out = taken.left_out();
    if beyond > 0 {
        // Writing to a string cannot fail.
        _ = write!(left_out, "; left out: {beyond} beyond the {MOST_OFFERS} of highest weight");
    }
    Ok((offers, left_out))
}

fn by_weight(a: &Offer, b: &Offer) -> std::cmp::Ordering {
    let (a, b) = (&a.candidate, &b.candidate);
    b.weight
        .total_cmp(&a.weight)
        .then_with(|| a.id.cmp(&b.id))
        .then_with(|| a.peptide.cmp(&b.peptide))
}

fn not_chosen(count: usize) -> String {
    if count == 0 { String::new() } else { format!("; not chosen: {count}, see the selection") }
}

fn question(input: &Offered<'_>, offers: &[&Offer]) -> Question {
    let fractions: Vec<f64> =
        offers.iter().map(|offer| offer.cancer_cell_fraction.unwrap_or(1.0)).collect();
    let (populations, carriers) = nested_populations(&fractions);
    let antigen = |(at, (offer, populations)): (usize, (&&Offer, Vec<usize>))| Antigen {
        // Names of candidates need not be unique.
        id: if offers[..at].iter().any(|other| other.candidate.id == offer.candidate.id) {
            format!("{} ({})", offer.candidate.id, at + 1)
        } else {
            offer.candidate.id.clone()
        },
        gene: offer.candidate.gene.clone(),
        residues: offer.candidate.peptide.len(),
        probability: offer.probability,
        alleles: offer.alleles.clone(),
        populations,
        class_2: offer.class_2,
    };
    let antigens: Vec<Antigen> = offers.iter().zip(carriers).enumerate().map(antigen).collect();
    let most = input.profile.molecules * input.profile.max_peptides.min(MOST_PEPTIDES);
    let helpers = antigens.iter().filter(|antigen| antigen.class_2).count();
    let rules = Rules {
        most,
        residues: room(input.profile, &antigens, most),
        class_2: helpers.min(1),
        ..Rules::default()
    };
    Question {
        antigens,
        populations,
        scenarios: scenarios(&input.class_1, input.hla),
        rules,
        responses: RESPONSES,
    }
}

/// Residues that the molecules have room for, where the longest antigens would not fit.
fn room(profile: &Profile, antigens: &[Antigen], most: usize) -> Option<usize> {
    let fixed: usize = profile
        .left_parts()
        .into_iter()
        .chain(profile.right_parts())
        .map(|part| part.sequence.len())
        .sum();
    let fixed = fixed - profile.untranscribed() + 3 * (profile.head().len() + profile.tail().len());
    let room = profile.molecules * (profile.max_length_nt.saturating_sub(fixed) / 3);
    let mut lengths: Vec<usize> = antigens.iter().map(|antigen| antigen.residues).collect();
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    (lengths.iter().take(most).sum::<usize>() > room).then_some(room)
}

/// Which phase the haplotypes have is not known: every choice of one allele of each heterozygous gene is as probable.
fn scenarios(class_1: &[String], hla: HlaCopies) -> Vec<Scenario> {
    let mut genes: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
    for allele in class_1 {
        let gene = allele.split_once('*').map_or(allele.as_str(), |(gene, _)| gene);
        genes.entry(gene).or_default().insert(allele);
    }
    let heterozygous: Vec<Vec<&String>> = genes
        .into_values()
        .filter(|alleles| alleles.len() == 2)
        .map(|alleles| alleles.into_iter().collect())
        .collect();
    if hla == HlaCopies::Retained || heterozygous.is_empty() {
        return Vec::new();
    }
    let retained = Scenario {
        name: "all alleles retained".to_owned(),
        probability: 1.0 - HAPLOTYPE_LOST,
        lost: Vec::new(),
    };
    let choices = 1_usize << heterozygous.len();
    let lost = (0..choices).map(|choice| {
        let of = |(at, alleles): (usize, &Vec<&String>)| alleles[choice >> at & 1].clone();
        let lost: Vec<String> = heterozygous.iter().enumerate().map(of).collect();
        Scenario {
            name: format!("{} lost", lost.join(", ")),
            probability: HAPLOTYPE_LOST / choices as f64,
            lost: lost.into_iter().map(|allele| (allele, None)).collect(),
        }
    });
    std::iter::once(retained).chain(lost).collect()
}

fn complete(construct: &mut Construct, selection: &Selection, marginal: &BTreeMap<&str, f64>) {
    construct.selection_value = Some(selection.value);
    construct.selection_bound = Some(selection.bound);
    construct.selection_optimal = Some(selection.optimal);
    let of = |peptide: &String| marginal.get(peptide.as_str()).copied().unwrap_or(0.0);
    construct.marginal_values = Some(construct.peptides.iter().map(of).collect());
}

fn check(place: usize, offer: &Offer) -> Result<(), DesignError> {
    let shares = [
        ("probability", Some(offer.probability)),
        ("cancer cell fraction", offer.cancer_cell_fraction),
    ];
    for (what, value) in shares {
        if let Some(found) = value.filter(|value| !(0.0..=1.0).contains(value)) {
            return Err(DesignError::Share { place, what, found });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

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

/// Share of tumours that have lost one HLA class I haplotype (Montesion et al., Cancer Discovery 11:282, 2021: 17 % of 59,444).
pub const HAPLOTYPE_LOST: f64 = 0.17;

/// The most candidates that are chosen among, the best by weight.
pub const MOST_OFFERS: usize = 200;

/// Responses that a cell of the tumour is to be hit by: with two, one may fail. An engineering default.
pub const RESPONSES: usize = 2;

/// Antigens x cells looked at before the search for a better set ends; some seconds.
const WORK: u64 = 1_000_000_000;

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
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::design::design_molecules;
    use crate::design::tests::{Mild, antigens};

    fn offer(candidate: Candidate, probability: f64, fraction: f64, allele: &str) -> Offer {
        Offer {
            candidate,
            probability,
            cancer_cell_fraction: Some(fraction),
            alleles: vec![allele.to_owned()],
            class_2: false,
        }
    }

    fn offered(offers: Vec<Offer>, profile: &Profile, hla: HlaCopies) -> Offered<'_> {
        Offered {
            patient_id: "P1",
            offers,
            class_1: ["A*01:01", "A*02:01", "B*07:02", "B*07:02"].map(str::to_owned).to_vec(),
            hla,
            profile,
            scorer: &Mild,
            known_self: &|_| false,
        }
    }

    fn small(most: usize, molecules: usize) -> Profile {
        let profile = Profile::built_in("inest").unwrap();
        Profile { max_peptides: most, molecules, ..profile }
    }

    #[test]
    fn all_are_taken_where_there_is_room() {
        let profile = small(10, 1);
        let offers: Vec<Offer> =
            antigens(5).into_iter().map(|a| offer(a, 0.4, 1.0, "A*01:01")).collect();
        let chosen =
            design_chosen(&offered(offers, &profile, HlaCopies::Retained), Tools::default());
        let chosen = chosen.unwrap();
        assert_eq!(chosen.selection.chosen, [0, 1, 2, 3, 4]);
        assert!(chosen.selection.optimal && chosen.question.scenarios.is_empty());
        let input = DesignInput {
            patient_id: "P1",
            peptides: antigens(5),
            profile: &profile,
            scorer: &Mild,
            known_self: &|_| false,
        };
        let plain = design_molecules(&input, &[], Tools::default()).unwrap();
        let mrna = |molecules: &Molecules| molecules.molecules[0].designs[0].construct.mrna.clone();
        assert_eq!(mrna(&plain), mrna(&chosen.molecules));
    }

    #[test]
    fn antigens_are_chosen_over_alleles_and_clones() {
        let profile = small(4, 1);
        // Three on the allele that may be lost, then one on another, then subclonal ones.
        let shares = [(0.6, 1.0), (0.6, 1.0), (0.6, 1.0), (0.5, 1.0), (0.9, 0.1), (0.9, 0.1)];
        let alleles = ["A*01:01", "A*01:01", "A*01:01", "B*07:02", "A*02:01", "A*02:01"];
        let offers: Vec<Offer> = antigens(6)
            .into_iter()
            .zip(shares)
            .zip(alleles)
            .map(|((a, (p, f)), allele)| offer(a, p, f, allele))
            .collect();
        let input = offered(offers.clone(), &profile, HlaCopies::Unknown);
        let chosen = design_chosen(&input, Tools::default()).unwrap();
        assert_eq!(chosen.selection.chosen, [0, 1, 2, 3]);
        assert!(chosen.molecules.left_out.contains("not chosen: 2"));
        let names: Vec<&str> = chosen.question.scenarios.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["all alleles retained", "A*01:01 lost", "A*02:01 lost"]);
        let total: f64 = chosen.question.scenarios.iter().map(|s| s.probability).sum();
        assert!((total - 1.0).abs() < 1e-12);
        for design in &chosen.molecules.molecules[0].designs {
            let construct = &design.construct;
            assert_eq!(construct.selection_optimal, Some(true));
            assert_eq!(construct.selection_value, Some(chosen.selection.value));
            assert!(construct.selection_bound >= construct.selection_value);
            let marginal = construct.marginal_values.as_ref().unwrap();
            for (peptide, marginal) in construct.peptides.iter().zip(marginal) {
                let at = offers.iter().position(|o| o.candidate.peptide == *peptide).unwrap();
                let place = chosen.selection.chosen.iter().position(|&c| c == at).unwrap();
                assert_eq!(marginal.to_bits(), chosen.selection.marginal[place].to_bits());
            }
        }
        // The order of the offers does not matter.
        let turned = offered(offers.into_iter().rev().collect(), &profile, HlaCopies::Unknown);
        assert_eq!(design_chosen(&turned, Tools::default()).unwrap(), chosen);
    }

    #[test]
    fn clones_are_split_over_two_molecules() {
        let profile = small(4, 2);
        let offers: Vec<Offer> = antigens(8)
            .into_iter()
            .enumerate()
            .map(|(at, a)| offer(a, 0.5, if at < 4 { 1.0 } else { 0.4 }, "A*01:01"))
            .collect();
        let chosen =
            design_chosen(&offered(offers, &profile, HlaCopies::Unknown), Tools::default())
                .unwrap();
        assert_eq!(chosen.molecules.molecules.len(), 2);
        for molecule in &chosen.molecules.molecules {
            let held = &molecule.designs[0].construct.peptides;
            let clonal = antigens(4).iter().filter(|a| held.contains(&a.peptide)).count();
            assert_eq!((held.len(), clonal), (4, 2));
        }
    }

    #[test]
    fn two_hundred_are_chosen_among() {
        let profile = small(3, 1);
        let peptide = |at: usize| {
            let letters = crate::sequence::RESIDUES.as_bytes();
            let residue = |place: usize| letters[(at / [1, 20, 7][place % 3] + place) % 20];
            (0..27).map(|place| char::from(residue(place))).collect::<String>()
        };
        let offers: Vec<Offer> = (0..260)
            .map(|at| {
                let candidate = Candidate {
                    id: format!("A{}", at / 2),
                    gene: "G".to_owned(),
                    peptide: peptide(at),
                    weight: at as f64,
                };
                offer(candidate, 0.2, 1.0, "A*01:01")
            })
            .collect();
        let distinct: BTreeSet<&String> = offers.iter().map(|o| &o.candidate.peptide).collect();
        let beyond = distinct.len() - MOST_OFFERS;
        assert!(beyond > 0);
        let chosen =
            design_chosen(&offered(offers, &profile, HlaCopies::Unknown), Tools::default())
                .unwrap();
        assert_eq!(chosen.question.antigens.len(), MOST_OFFERS);
        let said = format!("left out: {beyond} beyond the 200 of highest weight");
        assert!(chosen.molecules.left_out.contains(&said), "{}", chosen.molecules.left_out);
    }

    #[test]
    fn odd_shares_are_refused() {
        let profile = small(3, 1);
        let refused = |change: &dyn Fn(&mut Offer), message: &str| {
            let mut offers: Vec<Offer> =
                antigens(3).into_iter().map(|a| offer(a, 0.4, 1.0, "A*01:01")).collect();
            change(&mut offers[1]);
            let input = offered(offers, &profile, HlaCopies::Unknown);
            let error = design_chosen(&input, Tools::default()).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        };
        refused(&|o| o.probability = 1.5, "antigen 2: its probability is 1.5; expected 0 to 1");
        refused(&|o| o.cancer_cell_fraction = Some(f64::NAN), "cancer cell fraction is NaN");
        refused(&|o| o.candidate.weight = -1.0, "its weight is -1");
    }
}

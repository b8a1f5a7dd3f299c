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
    let chosen = design_chosen(&offered(offers, &profile, HlaCopies::Retained), Tools::default());
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
        design_chosen(&offered(offers, &profile, HlaCopies::Unknown), Tools::default()).unwrap();
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
        design_chosen(&offered(offers, &profile, HlaCopies::Unknown), Tools::default()).unwrap();
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

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod codons;
mod molecules;

use std::collections::BTreeSet;

use super::*;
use crate::joint::Alleles;
use crate::joint::tests::ByText;

/// Ten 27-residue windows around published hot-spot mutations.
const HOT_SPOTS: [(&str, &str, &str); 10] = [
    ("KRAS G12D", "KRAS", "MTEYKLVVVGADGVGKSALTIQLIQNH"),
    ("KRAS Q61H", "KRAS", "GETCLLDILDTAGHEEYSAMRDQYMRT"),
    ("TP53 R175H", "TP53", "IYKQSQHMTEVVRHCPHHERCSDSDGL"),
    ("TP53 Y220C", "TP53", "DDRNTFRHSVVVPCEPPEVGSDCTTIH"),
    ("TP53 R248W", "TP53", "NYMCNSSCMGGMNWRPILTIITLEDSS"),
    ("TP53 R273H", "TP53", "SSGNLLGRNSFEVHVCACPGRDRRTEE"),
    ("BRAF V600E", "BRAF", "DLTVKIGDFGLATEKSRWSGSHQFEQL"),
    ("IDH1 R132H", "IDH1", "RLVSGWVKPIIIGHHAYGDQYRATDFV"),
    ("PIK3CA E545K", "PIK3CA", "KAISTRDPLSEITKQEKDFLWSHRHYC"),
    ("EGFR L858R", "EGFR", "VKTPQHVKITDFGRAKLLGAEEKEYHA"),
];

/// `n` antigens of falling weight; beyond ten, the windows are read backwards.
pub(crate) fn antigens(n: usize) -> Vec<Candidate> {
    let antigen = |at: usize| {
        let (id, gene, peptide) = HOT_SPOTS[at % 10];
        let peptide = if at < 10 { peptide.to_owned() } else { peptide.chars().rev().collect() };
        Candidate {
            id: id.to_owned(),
            gene: gene.to_owned(),
            peptide,
            weight: 0.9 - 0.03 * at as f64,
        }
    };
    (0..n).map(antigen).collect()
}

/// No junctional peptide binds.
pub(crate) struct Mild;

impl JunctionScorer for Mild {
    fn score(&self, peptides: &[String]) -> Result<Vec<f32>, String> {
        Ok(vec![50.0; peptides.len()])
    }
}

/// Binds whatever has no two glycines side by side: only linkers help.
struct Glycines;

impl JunctionScorer for Glycines {
    fn score(&self, peptides: &[String]) -> Result<Vec<f32>, String> {
        let percentile = |peptide: &String| if peptide.contains("GG") { 50.0 } else { 0.3 };
        Ok(peptides.iter().map(percentile).collect())
    }
}

/// Has no answer.
struct Broken;

impl JunctionScorer for Broken {
    fn score(&self, _: &[String]) -> Result<Vec<f32>, String> {
        Err("out of memory".to_owned())
    }
}

pub(crate) fn designed(
    peptides: Vec<Candidate>,
    profile: &Profile,
    scorer: &dyn JunctionScorer,
) -> Result<Vec<Construct>, DesignError> {
    design(&DesignInput { patient_id: "P1", peptides, profile, scorer, known_self: &|_| false })
}

/// Every design with what is known about it; folded where there is a folding.
pub(crate) fn designed_with(
    peptides: Vec<Candidate>,
    profile: &Profile,
    scorer: &dyn JunctionScorer,
    folding: Option<&dyn Folding>,
) -> Result<Vec<Design>, DesignError> {
    let input = DesignInput { patient_id: "P1", peptides, profile, scorer, known_self: &|_| false };
    design_with(&input, Tools { folding, ..Tools::default() })
}

#[test]
fn at_least_three_different_molecules_that_pass() {
    for name in ["inest", "cov"] {
        let profile = Profile::built_in(name).unwrap();
        for n in [1, 2, 3, 7, 12] {
            for scorer in [&ByText as &dyn JunctionScorer, &Mild] {
                let constructs = designed(antigens(n), &profile, scorer).unwrap();
                let proteins: BTreeSet<&String> = constructs.iter().map(|c| &c.protein).collect();
                assert!(proteins.len() >= 3 && proteins.len() == constructs.len(), "{name} {n}");
                for (at, construct) in constructs.iter().enumerate() {
                    assert!(construct.checks_passed, "{name} {n}: {:?}", construct.checks);
                    assert_eq!(construct.rank, at as i32 + 1);
                    assert_eq!(construct.construct_id, format!("P1-C{}", at + 1));
                    assert!(construct.cai > 0.8, "{}", construct.cai);
                }
                assert!(constructs.is_sorted_by(|a, b| a.score >= b.score));
            }
        }
    }
}

#[test]
fn linkers_lower_the_binders_or_are_not_used() {
    let profile = Profile::built_in("inest").unwrap();
    let by_way = |constructs: &[Construct], way: &str| {
        constructs.iter().find(|c| c.strategy.contains(way)).cloned().unwrap()
    };
    let mixed = designed(antigens(8), &profile, &Glycines).unwrap();
    let (bare, needed) = (by_way(&mixed, "no linker"), by_way(&mixed, "linker where needed"));
    let binders = |c: &Construct| (c.junction_strong, c.junction_weak);
    assert!(binders(&needed) < binders(&bare), "{:?} {:?}", binders(&needed), binders(&bare));
    assert_eq!(bare.linker_residues(), 0);
    // Where nothing binds, both ways are one molecule, and it has both names.
    let mild = designed(antigens(8), &profile, &Mild).unwrap();
    assert!(mild[0].strategy.starts_with("no linker; linker where needed"), "{}", mild[0].strategy);
    // The linkered one has the architecture of the published cassettes.
    let linkered = by_way(&mild, "GS10 between all antigens");
    assert_eq!(linkered.protein.len(), 26 + 8 * 27 + 7 * 10 + 55);
    assert_eq!(linkered.linkers.iter().filter(|l| l.is_empty()).count(), 2);
}

#[test]
fn a_single_antigen_varies_its_linkers() {
    let profile = Profile::built_in("inest").unwrap();
    let constructs = designed(antigens(1), &profile, &Mild).unwrap();
    let ways: Vec<&str> = constructs.iter().map(|c| c.strategy.as_str()).collect();
    let expected =
        ["no linker; linker where needed", "GS10 before the first antigen", "GS10 at every joint"];
    assert_eq!(ways, expected);
}

#[test]
fn known_self_does_not_count() {
    let profile = Profile::built_in("cov").unwrap();
    let input = DesignInput {
        patient_id: "P1",
        peptides: antigens(4),
        profile: &profile,
        scorer: &ByText,
        known_self: &|_| true,
    };
    for construct in design(&input).unwrap() {
        assert_eq!((construct.junction_strong, construct.junction_weak), (0, 0));
        assert_eq!(construct.worst_junction_percentile, None);
    }
}

#[test]
fn what_is_left_out_is_said() {
    let profile = Profile::built_in("inest").unwrap();
    let mut offered = antigens(4);
    offered[1].peptide = offered[0].peptide.clone();
    offered[1].gene = "NRAS".to_owned();
    offered[3].peptide.truncate(9);
    let constructs = designed(offered, &profile, &Mild).unwrap();
    let best = &constructs[0];
    assert_eq!(best.peptide_count, 2);
    assert!(best.genes.contains(&"KRAS/NRAS".to_owned()), "{:?}", best.genes);
    assert!(best.reason.contains("from 2 of 4 antigens"), "{}", best.reason);
    assert!(best.reason.contains("left out: 1 shorter"), "{}", best.reason);
    assert!(best.reason.contains("left out: 1 with a peptide"), "{}", best.reason);

    // Selenocysteine costs its own antigen, not the patient's others.
    let mut offered = antigens(3);
    offered[1].peptide.replace_range(2..3, "U");
    let constructs = designed(offered, &profile, &Mild).unwrap();
    assert_eq!(constructs[0].peptide_count, 2);
    assert!(
        constructs[0].reason.contains("left out: 1 with a residue"),
        "{}",
        constructs[0].reason
    );

    let small = Profile { max_peptides: 3, ..profile };
    let constructs = designed(antigens(5), &small, &Mild).unwrap();
    assert_eq!(constructs[0].peptide_count, 3);
    assert!(constructs[0].reason.contains("left out: 2 beyond"), "{}", constructs[0].reason);
}

#[test]
fn bad_input_is_refused_without_its_text() {
    let profile = Profile::built_in("inest").unwrap();
    let check =
        |change: &dyn Fn(&mut Vec<Candidate>), scorer: &dyn JunctionScorer, message: &str| {
            let mut offered = antigens(3);
            change(&mut offered);
            let error = designed(offered, &profile, scorer).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        };
    check(&|p| p.clear(), &Mild, "no antigen of at least 10 standard residues");
    check(
        &|p| p.iter_mut().for_each(|c| c.peptide.insert(2, 'X')),
        &Mild,
        "no antigen of at least",
    );
    check(&|p| p[2].weight = f64::NAN, &Mild, "antigen 3: its weight is NaN");
    check(&|p| p[0].weight = -1.0, &Mild, "antigen 1: its weight is -1");
    check(&|_| (), &Broken, "the predictor failed: out of memory");
}

#[test]
fn no_molecule_that_fails_its_checks_is_handed_out_as_usable() {
    let profile = Profile { max_length_nt: 300, ..Profile::built_in("inest").unwrap() };
    let error = designed(antigens(3), &profile, &Mild).unwrap_err().to_string();
    assert!(error.contains("length: FAILED"), "{error}");
    // With room for the smaller molecules only, those are first and the others say so.
    let lengths = designed(antigens(3), &Profile::built_in("inest").unwrap(), &Mild).unwrap();
    let shortest = lengths.iter().map(|c| c.length_nt as usize).min().unwrap();
    let profile = Profile { max_length_nt: shortest, ..profile };
    let constructs = designed(antigens(3), &profile, &Mild).unwrap();
    assert!(constructs[0].checks_passed && !constructs[1].checks_passed);
    assert!(constructs[1].reason.contains("NOT USABLE"), "{}", constructs[1].reason);
}

#[test]
fn a_user_profile_without_signal_domain_or_linkers() {
    let mut profile = Profile::built_in("cov").unwrap();
    profile.signal = None;
    profile.trafficking = None;
    profile.linkers.truncate(1);
    for (n, least) in [(1, 1), (2, 3), (5, 3)] {
        let constructs = designed(antigens(n), &profile, &ByText).unwrap();
        assert!(constructs.len() >= least, "{n}");
        for construct in &constructs {
            assert!(construct.checks_passed, "{:?}", construct.checks);
            assert!(construct.protein.starts_with('M'));
            assert_eq!(construct.protein.len(), 1 + 27 * construct.peptides.len());
        }
    }
}

#[test]
fn the_same_input_gives_the_same_constructs() {
    let profile = Profile::built_in("inest").unwrap();
    let first = designed(antigens(9), &profile, &ByText).unwrap();
    assert_eq!(first, designed(antigens(9), &profile, &ByText).unwrap());
    // The order in which equals are offered does not matter.
    let equal = |peptides: Vec<Candidate>| -> Vec<Candidate> {
        peptides.into_iter().map(|p| Candidate { weight: 1.0, ..p }).collect()
    };
    let mut swapped = equal(antigens(6));
    swapped.swap(0, 1);
    let molecules = |constructs: Vec<Construct>| constructs[0].mrna.clone();
    let straight = molecules(designed(equal(antigens(6)), &profile, &Mild).unwrap());
    assert_eq!(straight, molecules(designed(swapped, &profile, &Mild).unwrap()));
}

#[test]
fn twenty_antigens() {
    let profile = Profile::built_in("inest").unwrap();
    let constructs = designed(antigens(20), &profile, &ByText).unwrap();
    assert_eq!(constructs[0].peptide_count, 20);
    assert!(constructs[0].checks_passed);
}

#[test]
fn thirty_four_antigens_are_ordered_and_proved() {
    let profile =
        Profile { max_peptides: 34, max_length_nt: 6000, ..Profile::built_in("inest").unwrap() };
    let offered: Vec<Candidate> = (0..34)
        .map(|at| {
            let mut antigen = antigens(20).swap_remove(at % 20);
            if at >= 20 {
                antigen.peptide = antigen.peptide.chars().cycle().skip(13).take(27).collect();
            }
            antigen
        })
        .collect();
    for design in designed_with(offered, &profile, &ByText, None).unwrap() {
        assert!(design.construct.checks_passed, "{:?}", design.construct.checks);
        assert!(design.proof.optimal, "{:?}", design.proof);
    }
}

#[test]
fn class_2_alleles_count_at_the_joints() {
    let profile = Profile::built_in("inest").unwrap();
    // Only class II windows bind, unless two glycines stand side by side.
    let predictor = |pairs: &[(&str, &str)]| {
        let rank = |&(peptide, allele): &(&str, &str)| {
            if allele == "DRB1" && !peptide.contains("GG") { 0.3 } else { 50.0 }
        };
        Ok(pairs.iter().map(rank).collect())
    };
    let alleles = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let one = Alleles::new(&alleles(&["A1", "B1"]), &[], &predictor);
    let both = Alleles::new(&alleles(&["A1", "B1"]), &alleles(&["DRB1"]), &predictor);
    let of_class_1 = designed_with(antigens(6), &profile, &one, None).unwrap();
    assert_eq!(of_class_1[0].construct.junction_strong, 0);
    let of_both = designed_with(antigens(6), &profile, &both, None).unwrap();
    assert!(of_both.iter().all(|design| design.construct.checks_passed));
    let bare = of_both.iter().find(|d| d.construct.linker_residues() == 0).unwrap();
    assert!(bare.construct.junction_strong > 40 && !bare.unavoidable);
    assert!(bare.binders.iter().all(|b| b.allele.as_deref() == Some("DRB1")));
    assert!(of_both[0].construct.linker_residues() > 0);
    // Class II windows of 15 want antigens of 14 residues.
    let short = vec![Candidate { peptide: "ACDEFGHIKLMNP".to_owned(), ..antigens(1).remove(0) }];
    assert!(designed_with(short.clone(), &profile, &one, None).is_ok());
    let error = designed_with(short, &profile, &both, None).unwrap_err().to_string();
    assert!(error.contains("at least 14 standard residues"), "{error}");
}

#[test]
fn a_strong_junction_that_no_order_avoids_is_flagged() {
    /// Every junctional peptide binds strongly.
    struct Sticky;
    impl JunctionScorer for Sticky {
        fn score(&self, peptides: &[String]) -> Result<Vec<f32>, String> {
            Ok(vec![0.1; peptides.len()])
        }
    }
    let profile = Profile::built_in("inest").unwrap();
    let designs = designed_with(antigens(4), &profile, &Sticky, None).unwrap();
    let flagged: Vec<bool> = designs.iter().map(|design| design.unavoidable).collect();
    assert!(flagged.contains(&true), "{flagged:?}");
    let design = designs.iter().find(|design| design.unavoidable).unwrap();
    let said = "every order of these antigens has a strong junctional binder";
    assert!(design.construct.reason.contains(said), "{}", design.construct.reason);
    assert!(
        designed_with(antigens(4), &profile, &Mild, None).unwrap().iter().all(|d| !d.unavoidable)
    );
}

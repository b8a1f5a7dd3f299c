//! Two molecules for a patient.

use super::*;

#[test]
fn two_molecules_share_every_clone() {
    let one = Profile::built_in("inest").unwrap();
    let two = Profile { molecules: 2, max_peptides: 6, ..one.clone() };
    let made = |profile: &Profile, n: usize| {
        let input = DesignInput {
            patient_id: "P1",
            peptides: antigens(n),
            profile,
            scorer: &ByText,
            known_self: &|_| false,
        };
        let clones: Vec<usize> = (0..n).map(|at| at % 2).collect();
        design_molecules(&input, &clones, Tools::default()).unwrap()
    };
    let molecules = made(&two, 10).molecules;
    assert_eq!(molecules.len(), 2);
    let mut held: Vec<String> = Vec::new();
    for (molecule, letter) in molecules.iter().zip(["A", "B"]) {
        let best = &molecule.designs[0].construct;
        assert_eq!(best.construct_id, format!("P1-{letter}-C1"));
        assert!(best.checks_passed && best.peptide_count == 5);
        held.extend(best.peptides.clone());
    }
    held.sort_unstable();
    let mut offered: Vec<String> = antigens(10).into_iter().map(|a| a.peptide).collect();
    offered.sort_unstable();
    assert_eq!(held, offered);
    let total: f64 = molecules.iter().map(|molecule| molecule.mass_share).sum();
    assert!((total - 1.0).abs() < 1e-12);
    assert!(made(&two, 20).left_out.contains("left out: 8 beyond"));
    assert_eq!(made(&one, 10).molecules.len(), 1);
    assert_eq!(made(&two, 1).molecules.len(), 1);
}

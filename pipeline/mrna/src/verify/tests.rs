#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::design::tests::{antigens, designed};
use crate::joint::tests::ByText;

fn failed(construct: &Construct, profile: &Profile, expected: &[&str]) -> Vec<&'static str> {
    let rescan = Rescan { scorer: &ByText, known_self: &|_| false };
    let checks = verify(construct, profile, expected, &rescan);
    checks.iter().filter(|check| !check.passed).map(|check| check.name).collect()
}

/// Designs once, spoils the molecule, and expects exactly these checks to fail.
fn check(profile: &str, spoil: impl FnOnce(&mut Construct), names: &[&str]) {
    let profile = Profile::built_in(profile).unwrap();
    let mut construct = designed(antigens(4), &profile, &ByText).unwrap().swap_remove(0);
    let expected = construct.peptides.clone();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    spoil(&mut construct);
    assert_eq!(failed(&construct, &profile, &expected), names);
}

/// Puts `bases` at `at` of the coding sequence, in template and mRNA too.
fn recode(construct: &mut Construct, at: usize, bases: &str) {
    let start = construct.template.as_ref().unwrap().find(&construct.coding_sequence).unwrap();
    construct.coding_sequence.replace_range(at..at + bases.len(), bases);
    let template = construct.template.as_mut().unwrap();
    template.replace_range(start + at..start + at + bases.len(), bases);
    let shift = template.len() - construct.mrna.len();
    let rna = bases.replace('T', "U");
    construct.mrna.replace_range(start + at - shift..start + at - shift + bases.len(), &rna);
}

#[test]
fn a_sound_molecule_passes() {
    check("inest", |_| (), &[]);
    check("cov", |_| (), &[]);
}

#[test]
fn each_fault_is_caught_by_its_check() {
    check("inest", |c| recode(c, 0, "CTG"), &["reading frame", "translation"]);
    check("inest", |c| recode(c, 30, "TGA"), &["reading frame", "translation"]);
    // Residues 2 and 3 of the signal, RV, as other codons of theirs: no fault.
    check("inest", |c| recode(c, 3, "AGAGTC"), &[]);
    check("inest", |c| recode(c, 3, "GCTCTTC"), &["translation", "forbidden motifs"]);
    check("inest", |c| recode(c, 3, "GAAGAGC"), &["translation", "forbidden motifs"]);
    // The T7 terminator counts on the coding strand alone.
    check("inest", |c| recode(c, 3, "ATCTGTT"), &["translation", "forbidden motifs"]);
    check("inest", |c| recode(c, 3, "AACAGAT"), &["translation"]);
    check("inest", |c| recode(c, 3, "GGGGGG"), &["translation", "runs of one base"]);
    check("inest", |c| c.mrna.push('A'), &["transcript"]);
    check("inest", |c| c.length_nt += 1, &["transcript"]);
    check("inest", |c| c.junction_strong += 1, &["junctions"]);
    check("inest", |c| c.worst_junction_percentile = None, &["junctions"]);
    check("inest", |c| c.protein.push('A'), &["translation", "antigens"]);
    check("inest", |c| c.peptide_count = 3, &["antigens"]);
    check("cov", |c| c.template = None, &["parts", "transcript"]);
    let truncate = |c: &mut Construct| {
        c.template.as_mut().unwrap().truncate(900);
    };
    check("cov", truncate, &["parts", "transcript"]);
}

#[test]
fn a_lost_or_swapped_antigen_is_caught() {
    let profile = Profile::built_in("inest").unwrap();
    let construct = designed(antigens(3), &profile, &ByText).unwrap().swap_remove(0);
    let mut expected: Vec<&str> = construct.peptides.iter().map(String::as_str).collect();
    assert_eq!(failed(&construct, &profile, &expected), Vec::<&str>::new());
    expected.swap(0, 1);
    assert_eq!(failed(&construct, &profile, &expected), ["antigens"]);
    expected.pop();
    assert_eq!(failed(&construct, &profile, &expected), ["antigens"]);
}

#[test]
fn notes_say_what_they_saw() {
    let profile = Profile::built_in("cov").unwrap();
    let construct = designed(antigens(2), &profile, &ByText).unwrap().swap_remove(0);
    let find =
        |name: &str| construct.checks.iter().find(|line| line.starts_with(name)).unwrap().clone();
    assert!(
        find("forbidden motifs").contains("passed (none but those allowed: PaqCI site at base")
    );
    assert!(find("forbidden motifs").contains("in UTR3_AES_mtRNR1"));
    assert_eq!(
        find("upstream AUG"),
        "upstream AUG: passed (0 of at most 0 before the start codon)"
    );
}

//! Codons chosen in several ways, and within limits.

use super::*;
use crate::coding::Coding;
use crate::shape::TurnerFolding;
use crate::shape::tests::Pairing;

/// Two ways of writing codons: the highest adaptation, and every residue's first codon.
struct TwoWays;

impl Coder for TwoWays {
    fn code(&self, request: &CodingRequest<'_>) -> Result<Vec<Coded>, CodonError> {
        let mut coded = HighestAdaptation.code(request)?;
        let first = |residue| crate::codon::synonyms(residue).unwrap()[0].0;
        let sequence: String = request.protein.chars().map(first).collect();
        let cai = crate::codon::cai(&sequence).unwrap();
        coded.push(Coded { name: "first".to_owned(), coding: Coding { sequence, cai } });
        Ok(coded)
    }
}

#[test]
fn several_ways_of_codons_are_ranked_with_what_they_trade() {
    let profile = Profile::built_in("inest").unwrap();
    let input = DesignInput {
        patient_id: "P1",
        peptides: antigens(4),
        profile: &profile,
        scorer: &Mild,
        known_self: &|_| false,
    };
    let tools = Tools { coder: &TwoWays, folding: Some(&Pairing), ..Tools::default() };
    let designs = design_with(&input, tools).unwrap();
    let fewer = design_with(&input, Tools { most_coded: 1, ..tools }).unwrap();
    let one = design_with(&input, Tools { most_folded: 1, ..tools }).unwrap();
    assert_eq!(one.iter().map(|d| d.shape.is_some()).filter(|folded| *folded).count(), 1);
    assert!(one[0].shape.is_some() && one[0].on_front && one[0].construct.checks_passed);
    let said = |design: &Design| design.construct.checks.iter().any(|c| c.contains("not folded"));
    assert!(!said(&one[0]) && one[1..].iter().all(|d| said(d) && !d.on_front));
    assert_eq!(one[1].construct.structure, None);
    assert_eq!(fewer.iter().filter(|design| design.codons == "first").count(), 1);
    assert!(designs.len() >= 6);
    assert!(designs[0].construct.checks_passed && designs[0].on_front);
    assert!(designs.iter().any(|design| design.codons == "first"));
    for design in &designs {
        assert!(design.shape.is_some());
        assert!(!design.on_front || design.construct.checks_passed);
        assert!(design.construct.strategy.contains("codons: "), "{}", design.construct.strategy);
    }
    assert!(designs[0].traded.contains("the same"));
    assert!(
        designs
            .iter()
            .any(|d| d.traded.contains("codon adaptation") && d.traded.contains("kcal/mol"))
    );
}

#[test]
fn arrangements_that_cannot_be_written_leave_the_others() {
    let mut profile = Profile::built_in("inest").unwrap();
    let forbid = |profile: &mut Profile, sequence: &str| {
        profile.forbidden.push(crate::motif::tests::motif(sequence, false));
    };
    // Four glycines in a row, as both linkers have them: only molecules without a linker are left.
    for bases in 0..64 {
        let third = |shift: usize| ["A", "C", "G", "T"][bases >> shift & 3];
        forbid(&mut profile, &format!("GG{}GG{}GG{}GG", third(0), third(2), third(4)));
    }
    let constructs = designed(antigens(4), &profile, &Mild).unwrap();
    assert!(constructs.iter().all(|construct| construct.linker_residues() == 0));
    assert!(constructs[0].reason.contains("not written: "), "{}", constructs[0].reason);
    // Nothing can be written: the motif and the place are named.
    let mut only = antigens(1);
    only[0].peptide = "ACDEFGHMGIKLMN".to_owned();
    forbid(&mut profile, "ATGGG");
    let error = designed(only, &profile, &Mild).unwrap_err().to_string();
    assert!(error.contains("cannot be encoded without motif ATGGG"), "{error}");
}

/// `n` antigens of 27 residues drawn with the frequencies of none in particular: every residue alike.
fn drawn(seed: u64, n: usize) -> Vec<Candidate> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let antigen = |at: usize| Candidate {
        id: format!("A{at}"),
        gene: format!("G{at}"),
        peptide: (0..27)
            .map(|_| char::from(crate::sequence::RESIDUES.as_bytes()[next(20)]))
            .collect(),
        weight: 1.0,
    };
    (0..n).map(antigen).collect()
}

#[test]
fn stable_codons_keep_to_the_limits_and_rank_first() {
    let mut kept = 0;
    for (name, seed, lambda) in
        [("inest", 1, 0.0), ("cov", 2, 0.0), ("inest", 3, 3.0), ("cov", 4, 3.0), ("cov", 5, 1.0)]
    {
        let mut profile = Profile::built_in(name).unwrap();
        // So that short molecules meet them as long ones do.
        profile.limits.longest_helix = 14;
        profile.limits.gc_window.high = 70;
        let input = DesignInput {
            patient_id: "P1",
            peptides: drawn(seed, 3),
            profile: &profile,
            scorer: &Mild,
            known_self: &|_| false,
        };
        let coder = LeastCost { lambdas: vec![lambda], beam: Some(30) };
        let folding: Option<&dyn Folding> = Some(&TurnerFolding);
        let tools = Tools { coder: &coder, most_coded: 1, folding, ..Tools::default() };
        let designs = design_with(&input, tools).unwrap();
        let stable: Vec<&Design> =
            designs.iter().filter(|d| d.codons.starts_with("lambda")).collect();
        assert_eq!(stable.len(), 1);
        assert!(stable[0].construct.checks_passed, "{name} {seed}: {}", stable[0].construct.reason);
        // The rank's own weight of codons is 4: below it, stability is bought dearer than it ranks.
        if lambda > 2.0 {
            assert_eq!(stable[0].construct.rank, 1, "{name}: {}", stable[0].construct.reason);
        }
        kept += usize::from(stable[0].codons.contains("limits kept"));
    }
    assert!(kept > 2, "{kept}");
}

/// No pairs; only molecules of one length are open at their start.
struct Open(usize);

impl Folding for Open {
    fn mfe(&self, rna: &str) -> Result<crate::Folded, String> {
        Ok(crate::Folded { structure: ".".repeat(rna.len()), energy: 0.0 })
    }

    fn unpaired(&self, rna: &str) -> Result<Vec<f64>, String> {
        Ok(vec![if rna.len() == self.0 { 0.9 } else { 0.1 }; rna.len()])
    }
}

#[test]
fn folding_goes_on_until_a_molecule_passes() {
    let mut profile = Profile::built_in("inest").unwrap();
    profile.limits.start_unpaired = 0.5;
    let input = DesignInput {
        patient_id: "P1",
        peptides: antigens(4),
        profile: &profile,
        scorer: &Mild,
        known_self: &|_| false,
    };
    let unfolded = design_with(&input, Tools::default()).unwrap();
    let last = unfolded.iter().rposition(|d| d.construct.checks_passed).unwrap();
    let folding = Open(unfolded[last].construct.mrna.len());
    let tools = Tools { folding: Some(&folding), most_folded: 1, ..Tools::default() };
    let designs = design_with(&input, tools).unwrap();
    assert_eq!(designs[0].construct.mrna, unfolded[last].construct.mrna);
    assert!(designs[0].construct.checks_passed && designs[0].shape.is_some());
    assert!(designs[1..].iter().all(|design| !design.construct.checks_passed));
}

#[test]
fn limits_out_of_reach_are_said_and_fail_the_checks() {
    let mut profile = Profile::built_in("inest").unwrap();
    profile.limits.longest_helix = 1;
    let request = CodingRequest {
        protein: "MWWWWMMMMWMWMWMPPPPGGGG",
        left: "GGGAAA",
        untranscribed: 0,
        right: "TGACCC",
        forbidden: &[],
        limits: profile.limits,
    };
    let coded = LeastCost { lambdas: vec![0.0], beam: None }.code(&request).unwrap();
    assert!(coded[0].name.contains("limits not reached"), "{}", coded[0].name);
}

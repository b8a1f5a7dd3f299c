//! From a FASTA file of peptides, as pVACvector takes it, to the files of a design: the way of `vaxloom design`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unnecessary_wraps,
    missing_docs
)]

use vaxloom_mrna::{
    Alleles, Candidate, DesignInput, Profile, Tools, design_with, files, read_peptides,
};

/// A rank of a pair from its letters alone, spread over 0 to 100.
fn ranks(pairs: &[(&str, &str)]) -> Result<Vec<f32>, String> {
    let rank = |&(peptide, allele): &(&str, &str)| {
        let letters = peptide.bytes().chain(allele.bytes());
        let hash = letters.fold(2_166_136_261_u32, |hash, letter| {
            (hash ^ u32::from(letter)).wrapping_mul(16_777_619).rotate_left(7)
        });
        (hash % 10_000) as f32 / 100.0
    };
    Ok(pairs.iter().map(rank).collect())
}

fn names(alleles: &[&str]) -> Vec<String> {
    alleles.iter().map(|&allele| allele.to_owned()).collect()
}

#[test]
fn peptides_become_files() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/acceptance/mrna/pvacvector");
    let class_1 = names(&[
        "HLA-A*02:01",
        "HLA-A*24:02",
        "HLA-B*07:02",
        "HLA-B*35:01",
        "HLA-C*04:01",
        "HLA-C*07:02",
    ]);
    let class_2 = names(&["HLA-DRB1*15:01", "HLA-DRB1*04:01"]);
    for name in ["Test.vector.results.input.fa", "example.input.fa"] {
        let Ok(text) = std::fs::read_to_string(format!("{folder}/{name}")) else {
            println!("skipped: the shared pVACvector example is not here");
            return;
        };
        let peptides = read_peptides(name, &text).unwrap();
        let offered = peptides.len();
        for profile in ["inest", "cov"] {
            let profile = Profile::built_in(profile).unwrap();
            let alleles = Alleles::new(&class_1, &class_2, &ranks);
            let input = DesignInput {
                patient_id: "P1",
                peptides: peptides.iter().cloned().map(Candidate::from).collect(),
                profile: &profile,
                scorer: &alleles,
                known_self: &|_| false,
            };
            let designs = design_with(&input, Tools::default()).unwrap();
            let best = &designs[0];
            assert!(best.construct.checks_passed && best.proof.optimal && best.on_front);
            assert_eq!(best.construct.peptides.len(), offered);
            assert!(best.binders.iter().all(|binder| binder.allele.is_some()));
            let files = files("P1", &designs, &profile).unwrap();
            assert_eq!(files.len(), 5 + designs.len());
            println!("{name}, {}: {}", profile.name, best.construct.reason);
        }
    }
}

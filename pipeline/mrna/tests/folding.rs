//! Folding, held against what another program gave for the same molecules.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use vaxloom_mrna::energy::Dangles;
use vaxloom_mrna::fold::{FoldSettings, Rna, Structure, evaluate, mfe, partition};

const REFERENCES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/acceptance/mrna/viennarna_2.8.0_random50_reference.tsv"
);

/// A molecule with its energies in kcal/mol.
struct Reference {
    id: String,
    rna: Rna,
    energy: [f64; 2],
    ensemble: Option<f64>,
    unpaired: Option<f64>,
    structure: [Structure; 2],
}

fn references() -> Vec<Reference> {
    let Ok(table) = std::fs::read_to_string(REFERENCES) else {
        println!("skipped: the shared reference foldings are not here");
        return Vec::new();
    };
    let reference = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let structure = |at: usize| Structure::parse(cells[at]).unwrap();
        Reference {
            id: cells[0].to_owned(),
            rna: Rna::parse(cells[7]).unwrap(),
            energy: [cells[3].parse().unwrap(), cells[4].parse().unwrap()],
            ensemble: cells[5].parse().ok(),
            unpaired: cells[6].parse().ok(),
            structure: [structure(8), structure(9)],
        }
    };
    let references: Vec<Reference> = table.lines().skip(1).map(reference).collect();
    assert_eq!(references.len(), 50);
    references
}

fn near(got: f64, want: f64, within: f64) -> bool {
    (got - want).abs() <= within + 1e-9
}

#[test]
fn least_energies_equal_the_references_and_their_structures_cost_what_they_say() {
    for reference in references() {
        for (at, dangles) in [Dangles::None, Dangles::Both].into_iter().enumerate() {
            let fold = mfe(&reference.rna, FoldSettings { dangles, ..FoldSettings::default() });
            let want = reference.energy[at];
            let id = &reference.id;
            assert!(
                near(f64::from(fold.energy) / 100.0, want, 0.0051),
                "{id} {dangles:?}: {} {want}",
                fold.energy
            );
            assert_eq!(
                evaluate(&reference.rna, &fold.structure, dangles),
                Ok(fold.energy),
                "{id} {dangles:?}"
            );
            assert_eq!(
                evaluate(&reference.rna, &reference.structure[at], dangles),
                Ok(fold.energy),
                "{id} {dangles:?}"
            );
        }
    }
}

#[test]
fn ensembles_equal_the_references() {
    let mut compared = 0;
    for reference in references() {
        let (Some(energy), Some(unpaired)) = (reference.ensemble, reference.unpaired) else {
            continue;
        };
        let ensemble = partition(&reference.rna, FoldSettings::default()).unwrap();
        let id = &reference.id;
        assert!(near(ensemble.energy, energy, 0.01), "{id}: {} {energy}", ensemble.energy);
        assert!(
            near(ensemble.mean_unpaired(), unpaired, 2e-4),
            "{id}: {} {unpaired}",
            ensemble.mean_unpaired()
        );
        compared += 1;
    }
    println!("{compared} ensembles compared");
}

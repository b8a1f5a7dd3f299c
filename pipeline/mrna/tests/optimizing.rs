//! Codon optimisation, held against the best designs known for the same proteins.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::PathBuf;

use vaxloom_mrna::lattice::{CodingDesign, CodingTask, CodonTable, optimize};

fn shared(file: &str) -> Option<String> {
    let folder =
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/acceptance/mrna"));
    let text = std::fs::read_to_string(folder.join(file)).ok();
    if text.is_none() {
        println!("skipped: the shared {file} is not here");
    }
    text
}

/// The records of a FASTA text joined, as the references did.
fn protein(file: &str) -> Option<String> {
    Some(shared(file)?.lines().filter(|line| !line.starts_with('>')).collect())
}

fn design(protein: &str, lambda: f64, max_interior_loop: usize) -> CodingDesign {
    let table = CodonTable::human();
    let task =
        CodingTask { lambda, max_interior_loop, ..CodingTask::new("reference", protein, &table) };
    optimize(&task).unwrap()
}

/// Energy to a tenth, and codon usage to a thousandth, of the reference run; never worse with longer interior loops.
fn check(file: &str, run: &str, lambda: f64) {
    let (Some(protein), Some(table)) = (protein(file), shared("design_reference.tsv")) else {
        return;
    };
    let row = table.lines().find(|line| line.starts_with(&format!("{run}\t"))).unwrap();
    let cells: Vec<f64> =
        row.split('\t').skip(2).take(2).map(|cell| cell.parse().unwrap()).collect();
    let (energy, cai) = (cells[0], cells[1]);
    let got = design(&protein, lambda, 20);
    let joint = |cai: f64| energy - lambda * protein.len() as f64 * cai.ln();
    // The reference's index is given to three places.
    let (least, most) = (joint(cai + 0.0005), joint(cai - 0.0005));
    assert!(
        (least - 0.1..=most + 0.1).contains(&got.objective),
        "{run}: {} not in {least}..{most}",
        got.objective
    );
    if lambda == 0.0 {
        assert!((got.energy - energy).abs() < 0.1, "{run}: {} {energy}", got.energy);
    }
    assert!(design(&protein, lambda, 30).objective <= got.objective + 1e-9, "{run}");
}

#[test]
fn p15421_is_as_stable_and_as_usual_as_the_best_known() {
    check("P15421_78.fa", "ld_P15421_78_l0", 0.0);
    check("P15421_78.fa", "ld_P15421_78_l3", 3.0);
}

#[test]
fn egfp_and_beads_are_as_good_as_the_best_known() {
    check("eGFP_239.fa", "ld_eGFP_239_l0", 0.0);
    check("eGFP_239.fa", "ld_eGFP_239_l4", 4.0);
    check("beads10_bare_270.fa", "ld_beads10_bare_270_l0", 0.0);
    check("beads10_bare_270.fa", "ld_beads10_bare_270_l4", 4.0);
}

#[test]
#[ignore = "half a minute when optimised, many without"]
fn a_spike_is_designed_exactly() {
    let Some(protein) = protein("SPIKE_P0DTC2_1273.fa") else { return };
    let got = design(&protein, 0.0, 30);
    assert!(got.energy < -2477.7, "{}", got.energy);
}

#[test]
fn the_shared_codon_table_is_the_one_built_in() {
    let Some(table) = shared("human_codon_usage.tsv") else { return };
    let Some(protein) = protein("P15421_78.fa") else { return };
    let table = CodonTable::parse("human_codon_usage.tsv", &table).unwrap();
    assert_eq!(table, CodonTable::human());
    assert_eq!(protein.len(), 78);
}

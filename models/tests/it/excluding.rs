//! What is kept out of training: rows of test sets, molecules, whole tables that are others than the recipe's.

use crate::world::{ALLELES, BOTH, World};
use std::fmt::Write as _;
use vaxloom_immune::Predictor;
use vaxloom_models::data::sha256;
use vaxloom_models::weights::{CONFIG, Config, Training};

const KIM: &str = "species\tmhc\tsequence\tinequality\tmeas\n";

/// The peptides of the mono-allelic table, those of the first allele first.
fn ligands(world: &World) -> Vec<String> {
    let hits = std::fs::read_to_string(world.path().join("hits")).unwrap();
    hits.lines().skip(1).map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect()
}

/// A hundred ligands of each allele, and the first two of them with the genotype of both.
fn world() -> (World, Vec<String>) {
    let mut world = World::new(100);
    let ligands = ligands(&world);
    let of_both =
        |peptide: &String| [peptide.clone(), String::new(), String::new(), BOTH.to_owned()];
    world.add_genotypes(&ligands[..2].iter().map(of_both).collect::<Vec<_>>(), "");
    (world.edit("epochs = 4", "epochs = 1"), ligands)
}

/// Rows that were removed as pairs, as peptides, and those that stayed.
fn counts(training: &Training) -> [usize; 3] {
    let removed = |reason: &str| training.removed.get(reason).copied().unwrap_or_default();
    let stayed = training.ligands + training.held_out;
    [removed("pair of a test set"), removed("peptide of a test set"), stayed]
}

#[test]
fn pairs_of_test_sets_are_kept_out() {
    let (mut world, ligands) = world();
    // The first peptide with its allele, of which the other has a row too, and what is of other species or length.
    let kim = format!(
        "{KIM}human\tHLA-A*02:01\t{}\t=\t5\nhuman\tHLA-B*07:02\t{}\t=\t5\nmouse\tH-2-Kb\t{}\t=\t5\nhuman\tHLA-A*02:01\tAAA\t=\t5\n",
        ligands[0], ligands[2], ligands[3]
    );
    world.add("excluded", "kim-blind", "kim.txt", kim.as_bytes(), "removes = \"pairs\"");
    let training = world.train("out", &mut |_| ()).unwrap().training;
    assert_eq!(
        counts(&training),
        [1, 0, 201],
        "the genotype that holds the allele is another pair"
    );
    assert_eq!(training.excluded.len(), 1);
}

#[test]
fn peptides_of_test_sets_are_kept_out() {
    let (mut world, ligands) = world();
    let kim = format!(
        "{KIM}human\tHLA-A*03:01\t{}\t=\t5\nhuman\tHLA-A*03:01\t{}\t=\t5\n",
        ligands[0], ligands[150]
    );
    world.add("excluded", "kim-blind", "kim.txt", kim.as_bytes(), "removes = \"peptides\"");
    let training = world.train("out", &mut |_| ()).unwrap().training;
    assert_eq!(counts(&training), [0, 3, 199], "with its allele and with the genotype");
}

#[test]
fn genotypes_of_test_sets_are_kept_out() {
    let (mut world, ligands) = world();
    // The same genotype in another order; one that shares an allele; and the allele alone.
    let samples =
        [("both.csv", "B0702,A0201"), ("shared.csv", "A0201,C0102"), ("alone.csv", "B0702")];
    let mut all = "Filename\tHLAs\n".to_owned();
    for (file, genotype) in samples {
        writeln!(all, "{file}\t{genotype}").unwrap();
    }
    world.write("genotypes.tsv", &all);
    for (peptide, (file, _)) in [&ligands[1], &ligands[0], &ligands[150]].into_iter().zip(samples) {
        let sample = format!("Sequence,Ligand\n{peptide},1\nAAAAAAAAAAAAAAAAA,0\n");
        world.write(file, &sample);
        all.push_str(&sample);
    }
    let benchmark = "presentation-benchmark";
    world.name(
        "excluded",
        benchmark,
        "genotypes.tsv",
        &sha256(all.as_bytes()),
        "removes = \"pairs\"",
    );
    let training = world.train("out", &mut |_| ()).unwrap().training;
    assert_eq!(counts(&training), [2, 0, 200]);
    // The checksum is that of all files.
    world.write("alone.csv", "Sequence,Ligand\n");
    let error = world.train("again", &mut |_| ()).unwrap_err().to_string();
    assert!(
        error.contains("genotypes.tsv: SHA-256 is") && error.contains("the recipe expects"),
        "{error}"
    );
}

#[test]
fn a_molecule_can_be_held_out() {
    let (world, _) = world();
    let world = world.edit("peptides = 0.1 }", "peptides = 0.1, molecules = [\"B0702\"] }");
    let (model, report) = world.model();
    // Neither its own rows nor those of a genotype that holds it are trained on.
    assert_eq!(counts(&report.training), [0, 0, 100]);
    let config = std::fs::read(report.folder.join(CONFIG)).unwrap();
    let config: Config = serde_json::from_slice(&config).unwrap();
    let [held_out] = &config.training.held_out_molecules[..] else { panic!("one molecule") };
    assert_eq!((held_out.name.as_str(), held_out.ligands), ("HLA-B*07:02", 100));
    for figure in [held_out.auroc, held_out.average_precision, held_out.ppv_n] {
        assert!((0.0..=1.0).contains(&figure), "{held_out:?}");
    }
    let [a, b] = ALLELES.map(|(name, ..)| model.molecules().get(name).unwrap());
    assert!(a.ligands > 0 && b.ligands == 0);
    assert!(!model.resolve("HLA-B*07:02").unwrap().trained);
}

//! Recipes and tables that cannot be trained from. Values outside their range are refused in `src/recipe`.

use crate::world::{AFFINITIES, World, bzip2};
use std::fmt::Write as _;
use vaxloom_models::data::sha256;

fn refused(world: &World) -> String {
    world.train("out", &mut |_| ()).unwrap_err().to_string()
}

#[test]
fn what_is_wrong_with_a_recipe_is_said() {
    for (from, to, said) in [
        ("mhc1-presentation", "mhc3", "task is mhc3, expected mhc1-presentation"),
        ("seed = 1", "", "missing field `seed`"),
        ("seed = 1", "seed = 1\nsede = 2", "unknown field `sede`"),
        ("path = \"hits\"", "path = \"nowhere\"", "nowhere: No such file"),
        ("format = \"hlathena\"", "format = \"pseudosequences\"", "holds no ligands or affinities"),
        (
            "format = \"pseudosequences\"",
            "format = \"chain-pseudosequences\"",
            "of the recipe's class",
        ),
        ("format = \"mhcflurry-multiallelic\"", "format = \"hlathena\"", "holds no windows"),
        (
            "learning_rate = 0.005",
            "learning_rate = 1e30",
            "not finite: lower optimiser.learning_rate",
        ),
        (
            "peptides = 0.1 }",
            "peptides = 0.1, molecules = [\"A9999\", \"A0201\", \"B0702\"] }",
            "0 rows to train on",
        ),
        (
            "decoys = { per_ligand = 4, lengths = [8, 11] }",
            "decoys = { per_ligand = 4, lengths = [8, 11] }\nx = 1",
            "unknown field `x`",
        ),
    ] {
        let error = refused(&World::new(20).edit(from, to));
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn another_file_than_the_recipes_is_refused() {
    let world = World::new(20);
    let hits = std::fs::read_to_string(world.path().join("hits")).unwrap();
    world.write("hits", &format!("{hits}A0201 9 ALKDGHTEV\n"));
    let error = refused(&world);
    assert!(error.contains("hits: SHA-256 is") && error.contains("correct the recipe"), "{error}");
}

#[test]
fn pseudo_sequences_of_two_formats_are_refused() {
    let mut world = World::class_two(10);
    world.add("pseudosequences", "pseudosequences", "one.csv", b"allele,pseudosequence\n", "");
    let error = refused(&world);
    assert!(
        error.contains("one.csv: format Pseudosequences holds no pseudo-sequences of"),
        "{error}"
    );
}

#[test]
fn windows_without_the_longest_peptide_are_refused() {
    // The longest stretch of standard residues has 11.
    let windows = bzip2("n_flank,peptide,c_flank\nAAA,CCCCCCCC,XXX\n");
    let world = World::new(20);
    let before = std::fs::read(world.path().join("windows.csv.bz2")).unwrap();
    std::fs::write(world.path().join("windows.csv.bz2"), &windows).unwrap();
    let mut world =
        world.edit(&sha256(&before), &sha256(&windows)).edit("epochs = 4", "epochs = 1");
    for (from, to, length) in [
        ("per_ligand = 4, lengths = [8, 11]", "per_ligand = 4, lengths = [8, 12]", 12),
        ("peptides = 400, lengths = [8, 11]", "peptides = 400, lengths = [8, 13]", 13),
        ("lengths = [8, 12] }", "lengths = [8, 12], matched = true }", 14),
    ] {
        world = world.edit(from, to);
        let error = refused(&world);
        let said = format!("windows.csv.bz2 holds no peptide of {length} standard residues");
        assert!(error.contains(&said), "{error}");
    }
}

/// A class II model of one molecule has no ligands of others to take as decoys.
#[test]
fn one_molecule_alone_can_be_trained_on() {
    let world = World::with_ligands([40, 0])
        .edit("lengths = [8, 11] }", "lengths = [8, 11], of_other_molecules = 2 }")
        .edit("epochs = 4", "epochs = 1");
    assert_eq!(world.train("out", &mut |_| ()).unwrap().training.molecules, 1);
}

/// A correlation of one value is not defined; that is no fault of the learning rate.
#[test]
fn affinities_that_are_all_the_same_can_be_trained_on() {
    let mut world = World::new(40);
    let mut text = AFFINITIES.to_owned();
    for _ in 0..40 {
        let peptide = world.ligand(0, 9);
        writeln!(text, "A0201,{peptide},500,=").unwrap();
    }
    world.add("affinities", "curated-affinity", "affinities.csv", text.as_bytes(), "");
    let world = world
        .edit("[\"presentation\"]", "[\"presentation\", \"affinity\"]")
        .edit("epochs = 4", "epochs = 1");
    let figures = world.train("out", &mut |_| ()).unwrap().training.held_out_figures;
    assert!(figures[0].correlation.is_none() && figures[0].average_precision.is_some());
}

#![allow(clippy::unwrap_used)]

use super::*;

const RECIPE: &str = r#"
task = "mhc1-presentation"
name = "test"
seed = 1

[held_out]
peptides = 0.1
molecules = []

[decoys]
per_ligand = 4
lengths = [8, 11]

[calibration]
peptides = 400
lengths = [8, 11]

[architecture]
class = "one"
heads = ["presentation"]
members = 1
first = 32
second = 16

[optimiser]
epochs = 4
patience = 4
batch = 64
learning_rate = 0.005
dropout = 0.1

[windows]
format = "mhcflurry-multiallelic"
path = "w"
sha256 = ""
licence = ""
source = ""

[[ligands]]
format = "hlathena"
path = "hits"
sha256 = ""
licence = ""
source = ""

[[pseudosequences]]
format = "pseudosequences"
path = "p"
sha256 = ""
licence = ""
source = ""
"#;

fn read(text: &str) -> Result<Recipe, RecipeError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.toml");
    std::fs::write(&path, text).unwrap();
    Recipe::read(&path)
}

#[test]
fn what_is_left_out_has_a_default() {
    let recipe = read(RECIPE).unwrap();
    assert_eq!((recipe.architecture.flank, recipe.decoys.matched), (0, false));
    assert_eq!(recipe.decoys.of_other_molecules, 0);
    assert!((recipe.optimiser.affinity_weight - 1.0).abs() < f64::EPSILON);
    let table = &recipe.ligands[0];
    assert_eq!((table.from_epoch, table.removes, table.alpha.len()), (1, None, 0));
    assert!(recipe.affinities.is_empty() && recipe.excluded.is_empty());
}

#[test]
fn values_outside_their_range_are_refused() {
    let one_head = "one head for ligands, one for affinities";
    for (from, to, said) in [
        (
            "\"mhc1-presentation\"",
            "\"mhc1\"",
            "task is mhc1, expected mhc1-presentation, mhc1-affinity or mhc2-presentation",
        ),
        (
            "\"mhc1-presentation\"",
            "\"mhc2-presentation\"",
            "architecture is One [Presentation], expected the class and the head",
        ),
        (
            "\"mhc1-presentation\"",
            "\"mhc1-affinity\"",
            "expected the class and the head of the task",
        ),
        (
            "class = \"one\"",
            "class = \"two\"",
            "architecture is Two [Presentation], expected the class",
        ),
        ("[\"presentation\"]", "[\"presentation\", \"affinity\"]", one_head),
        ("[[ligands]]", "[[affinities]]", one_head),
        ("heads = [\"presentation\"]", "heads = []", "architecture is One [], expected"),
        (
            "per_ligand = 4\nlengths = [8, 11]",
            "per_ligand = 4\nlengths = [7, 11]",
            "lengths is 7 to 11, expected lengths of the class",
        ),
        (
            "per_ligand = 4\nlengths = [8, 11]",
            "per_ligand = 4\nlengths = [11, 8]",
            "lengths is 11 to 8",
        ),
        (
            "peptides = 400\nlengths = [8, 11]",
            "peptides = 400\nlengths = [8, 15]",
            "lengths is 8 to 15",
        ),
        ("members = 1", "members = 0", "architecture.members is 0, expected 1 to 64"),
        ("members = 1", "members = 65", "architecture.members is 65"),
        ("first = 32", "first = 0", "architecture.first is 0"),
        ("second = 16", "second = 65537", "architecture.second is 65537, expected 1 to 65,536"),
        ("second = 16", "second = 16\nflank = 16", "architecture.flank is 16, expected 0 to 15"),
        ("epochs = 4", "epochs = 0", "optimiser.epochs is 0, expected 1 or more"),
        ("batch = 64", "batch = 0", "optimiser.batch is 0"),
        (
            "learning_rate = 0.005",
            "learning_rate = 0.0",
            "optimiser.learning_rate is 0, expected a number above 0",
        ),
        ("learning_rate = 0.005", "learning_rate = nan", "optimiser.learning_rate is NaN"),
        ("learning_rate = 0.005", "learning_rate = inf", "optimiser.learning_rate is inf"),
        ("dropout = 0.1", "dropout = 0.95", "optimiser.dropout is 0.95, expected 0 to 0.9"),
        (
            "dropout = 0.1",
            "dropout = 0.1\naffinity_weight = -1.0",
            "optimiser.affinity_weight is -1",
        ),
        ("peptides = 0.1", "peptides = 0.0", "held_out.peptides is 0, expected above 0"),
        ("peptides = 0.1", "peptides = 0.6", "held_out.peptides is 0.6"),
        ("per_ligand = 4", "per_ligand = 0", "decoys.per_ligand is 0"),
        ("per_ligand = 4", "per_ligand = 65536", "decoys.per_ligand is 65536"),
        ("peptides = 400", "peptides = 399", "calibration.peptides is 399, expected 400 or more"),
        (
            "molecules = []",
            "molecules = [\"A0201\", \"DRB1*01:01\"]",
            "held_out.molecules is DRB1*01:01",
        ),
        (
            "path = \"hits\"",
            "path = \"hits\"\nfrom_epoch = 2",
            "from_epoch is 2, expected 1 of one table at least",
        ),
        ("seed = 1", "", "missing field `seed`"),
        ("seed = 1", "seed = -1", "invalid value"),
        ("seed = 1", "seed = 1\nsede = 1", "unknown field `sede`"),
        ("dropout = 0.1", "dropout = 0.1\ndecay = 0.1", "unknown field `decay`"),
        ("\"hlathena\"", "\"hla\"", "unknown variant `hla`"),
        ("path = \"hits\"", "path = \"hits\"\nremoves = \"some\"", "unknown variant `some`"),
    ] {
        assert!(RECIPE.contains(from), "{from}");
        let error = read(&RECIPE.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(said) && error.contains("recipe.toml: "), "{to}: {error}");
    }
    let missing = Recipe::read(Path::new("nowhere.toml")).unwrap_err().to_string();
    assert!(missing.starts_with("recipe nowhere.toml: No such file"), "{missing}");
}

#[test]
fn the_recipes_of_the_models_can_be_read() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (recipe, class) in [
        ("mhc1-presentation/base", Class::One),
        ("mhc1-presentation/held-out-alleles", Class::One),
        ("mhc2-presentation/base", Class::Two),
    ] {
        let path = models.join(recipe).join("recipe.toml");
        let found = Recipe::read(&path).unwrap();
        assert_eq!(recipe, format!("{}/{}", found.task, found.name));
        assert_eq!(found.architecture.class, class);
        assert!(!found.excluded.is_empty());
        assert_eq!(recipe_task(&path).unwrap(), found.task);
    }
}

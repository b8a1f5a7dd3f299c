//! The immunogenicity model that the program carries, and its training.

use std::path::{Path, PathBuf};
use vaxloom_immune::Predictor;
use vaxloom_models::{
    Immunogenicity, MhcPredictor, Task, evaluate_immunogenicity, train_immunogenicity,
};

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");

fn base() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("immunogenicity/base")
}

fn presentation() -> MhcPredictor {
    MhcPredictor::built_in(Task::Mhc1Presentation).unwrap()
}

#[test]
fn contributions_add_up_and_an_unknown_wild_type_adds_nothing() {
    let (model, presentation) = (Immunogenicity::built_in().unwrap(), presentation());
    assert!(
        model.was_trained_on(&presentation),
        "train it again: the presentation model is another"
    );
    let allele = "HLA-A*02:01";
    let rows = [
        ("GILGFVFTL", None, allele),
        ("GILGFVFTL", Some("GILGFVFTD"), allele),
        ("GILGFVFTX", None, allele),
        ("GILGFVFTL", Some("X"), allele),
        ("GILGFVFTL", None, "HLA-A*99:01"),
    ];
    let explained = model.explain(&presentation, &rows).unwrap();
    let known = explained[0].clone().unwrap();
    let sum = known.intercept + known.contributions.iter().sum::<f64>();
    assert!((sum - known.logit).abs() < 1e-9);
    assert!((f64::from(known.probability) - 1.0 / (1.0 + (-sum).exp())).abs() < 1e-6);
    let place = model.features().iter().position(|name| name == "log10_agretopicity").unwrap();
    assert!(known.contributions[place].abs() < f64::EPSILON);
    assert!(explained[2].is_err() && explained[4].is_err());
    assert_eq!(explained[3], explained[0], "a wild type that cannot be scored is unknown");
    // From what is scored already, the same.
    let scored = presentation.predict(&[(rows[0].0, allele), ("GILGFVFTD", allele)]).unwrap();
    let [mutant, wild_type] = [0, 1].map(|i| scored[i].clone().unwrap());
    for (row, wild_type) in [(0, None), (1, Some(&wild_type))] {
        let found = model.probability(rows[row].0, &mutant, wild_type).unwrap();
        assert_eq!(Some(found), explained[row].as_ref().map(|e| e.probability).ok());
    }
}

#[test]
fn the_recipe_gives_the_weights_and_the_card_its_figures() {
    let data = Path::new(SHARED);
    if !data.join("deepimmuno").exists() {
        println!("skipped: {} is not there", data.join("deepimmuno").display());
        return;
    }
    let presentation = presentation();
    let folder = tempfile::tempdir().unwrap();
    let recipe = base().join("recipe.toml");
    train_immunogenicity(&recipe, data, folder.path(), &presentation, &mut |_| ()).unwrap();
    for name in ["config.json", "weights.safetensors"] {
        let [made, kept] =
            [folder.path().join(name), base().join(name)].map(|p| std::fs::read(p).unwrap());
        assert!(made == kept, "{name} differs");
    }
    let model = Immunogenicity::built_in().unwrap();
    let card = std::fs::read_to_string(base().join("card.md")).unwrap();
    for evaluation in evaluate_immunogenicity(&model, &recipe, data, &presentation).unwrap() {
        for line in evaluation.to_string().lines().filter(|line| line.starts_with('|')) {
            assert!(card.contains(line), "the card does not hold: {line}");
        }
    }
}

#[test]
fn a_broken_folder_is_refused() {
    for (name, change, said) in [
        (
            "weights.safetensors",
            (|b: Vec<u8>| b[..b.len() / 2].to_vec()) as fn(Vec<u8>) -> Vec<u8>,
            "SHA-256",
        ),
        ("config.json", |b| b[..b.len() / 2].to_vec(), "EOF"),
        (
            "config.json",
            |b| {
                String::from_utf8(b).unwrap().replace("\"format\": 1", "\"format\": 9").into_bytes()
            },
            "format 9",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for file in ["config.json", "weights.safetensors"] {
            std::fs::copy(base().join(file), folder.path().join(file)).unwrap();
        }
        let path = folder.path().join(name);
        std::fs::write(&path, change(std::fs::read(&path).unwrap())).unwrap();
        let error = Immunogenicity::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

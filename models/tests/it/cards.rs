//! The model cards, beside what the program makes of the models and the benchmarks today.

use std::fs::read_dir;
use std::path::{Path, PathBuf};
use vaxloom_models::weights::{CONFIG, Config};
use vaxloom_models::{MhcPredictor, coverage_part, evaluate, training_part};

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");

/// Model folders of MHC predictors that hold a trained model.
fn trained() -> Vec<PathBuf> {
    let folders = |path: &Path| {
        read_dir(path).unwrap().map(|entry| entry.unwrap().path()).filter(|p| p.is_dir()).collect()
    };
    let tasks: Vec<PathBuf> = folders(Path::new(env!("CARGO_MANIFEST_DIR")));
    let of_mhc = |path: &&PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("mhc");
    let models = tasks.iter().filter(of_mhc).flat_map(|task| -> Vec<PathBuf> { folders(task) });
    models.filter(|model| model.join(CONFIG).exists()).collect()
}

/// Every line of the text is a line of the card.
fn assert_holds(folder: &Path, card: &str, text: &str) {
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let found = card.lines().any(|of_card| of_card.trim_end() == line);
        assert!(found, "{}/card.md does not hold: {line}", folder.display());
    }
}

#[test]
fn the_training_of_the_cards_is_that_of_the_models() {
    let models = trained();
    assert!(models.len() >= 2, "{models:?}");
    for folder in models {
        let card = std::fs::read_to_string(folder.join("card.md")).unwrap();
        let model = MhcPredictor::load(&folder).unwrap();
        assert_holds(&folder, &card, &training_part(model.config()));
        assert_holds(&folder, &card, &coverage_part(model.molecules()));
    }
}

/// The tables of each card are those that `evaluate` makes of the model.
#[test]
fn the_figures_of_the_cards_are_reproduced() {
    for folder in trained() {
        let model = MhcPredictor::load(&folder).unwrap();
        let card = std::fs::read_to_string(folder.join("card.md")).unwrap();
        let task = model.config().task.as_str();
        let benchmarks: &[&str] = match task {
            "mhc1-presentation" => &["presentation-benchmark", "mhcflurry-kim-blind"],
            "mhc1-affinity" => &["mhcflurry-kim-blind"],
            _ => &["class2-benchmark"],
        };
        for benchmark in benchmarks {
            let benchmark = Path::new(SHARED).join(benchmark);
            if !benchmark.exists() {
                println!("skipped: {} is not there", benchmark.display());
                continue;
            }
            let evaluation = evaluate(&model, &benchmark, Path::new(SHARED)).unwrap();
            assert_holds(&folder, &card, &evaluation.to_string());
        }
    }
}

/// What the card says of molecules that were held out is of the recipe beside it.
#[test]
fn configurations_name_their_recipes() {
    for folder in trained() {
        let config = std::fs::read(folder.join(CONFIG)).unwrap();
        let config: Config = serde_json::from_slice(&config).unwrap();
        let recipe = std::fs::read(folder.join("recipe.toml")).unwrap();
        let found = vaxloom_models::data::sha256(&recipe);
        assert_eq!(config.training.recipe_sha256, found, "{}", folder.display());
    }
}

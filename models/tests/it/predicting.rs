//! The trained model that the program carries.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::{Path, PathBuf};
use vaxloom_immune::{Predictor, Unscorable};
use vaxloom_models::data::sha256;
use vaxloom_models::weights::{CALIBRATION, CONFIG, WEIGHTS};
use vaxloom_models::{Mhc1Presentation, set_threads};

fn base() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mhc1-presentation/base")
}

#[test]
fn golden_scores() {
    let model = Mhc1Presentation::built_in().unwrap();
    let golden = std::fs::read_to_string(base().join("golden/expected.tsv")).unwrap();
    let rows: Vec<Vec<&str>> =
        golden.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let pairs: Vec<(&str, &str)> = rows.iter().map(|row| (row[0], row[1])).collect();
    assert!(pairs.len() >= 20);
    for (row, scored) in rows.iter().zip(model.predict(&pairs).unwrap()) {
        let scored = scored.unwrap();
        let (score, percentile): (f32, f32) = (row[2].parse().unwrap(), row[3].parse().unwrap());
        assert!((scored.score - score).abs() <= 1e-5, "{row:?}: {scored:?}");
        assert!(
            (scored.percentile - percentile).abs() <= 1e-3 * percentile.max(0.1),
            "{row:?}: {scored:?}"
        );
    }
}

#[test]
fn known_epitopes_are_strong_on_their_allele_and_weak_on_others() {
    let model = Mhc1Presentation::built_in().unwrap();
    for (peptide, own, other) in [
        ("GILGFVFTL", "HLA-A*02:01", "HLA-B*07:02"),
        ("NLVPMVATV", "HLA-A*02:01", "HLA-A*24:02"),
        ("KLGGALQAK", "HLA-A*03:01", "HLA-B*08:01"),
        ("RPPIFIRRL", "HLA-B*07:02", "HLA-A*02:01"),
        ("QYDPVAALF", "HLA-A*24:02", "HLA-A*03:01"),
        ("GADGVGKSAL", "HLA-C*08:02", "HLA-A*24:02"),
    ] {
        let scored = model.predict(&[(peptide, own), (peptide, other)]).unwrap();
        let [own, other] = [0, 1].map(|i| scored[i].clone().unwrap().percentile);
        assert!(own < 1.0 && other > 2.0, "{peptide}: {own} and {other}");
    }
}

#[test]
fn a_pair_depends_on_no_other_pair() {
    let model = Mhc1Presentation::built_in().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let alleles: Vec<&str> = model
        .alleles()
        .alleles()
        .iter()
        .filter(|a| a.ligands > 0)
        .map(|a| a.name.as_str())
        .collect();
    let pairs: Vec<(String, &str)> = (0..20_000)
        .map(|_| {
            let length = rng.random_range(8..=11);
            let peptide =
                (0..length).map(|_| char::from(b"ACDEFGHIKLMNPQRSTVWY"[rng.random_range(0..20)]));
            (peptide.collect(), alleles[rng.random_range(0..alleles.len())])
        })
        .collect();
    let mut pairs: Vec<(&str, &str)> = pairs.iter().map(|(p, a)| (p.as_str(), *a)).collect();
    set_threads(1);
    let alone = model.predict(&pairs).unwrap();
    let expected: std::collections::HashMap<_, _> = pairs.iter().copied().zip(alone).collect();
    for threads in [1, 2, 5] {
        set_threads(threads);
        pairs.shuffle(&mut rng);
        for part in [&pairs[..], &pairs[..1000], &pairs[..1]] {
            for (pair, scored) in part.iter().zip(model.predict(part).unwrap()) {
                assert_eq!(scored, expected[pair], "{pair:?} with {threads} threads");
            }
        }
    }
}

#[test]
fn a_pair_that_cannot_be_scored_leaves_the_others_alone() {
    let model = Mhc1Presentation::built_in().unwrap();
    let good = ("GILGFVFTL", "HLA-A*02:01");
    let pairs = [
        good,
        ("GILGXVFTL", good.1),
        ("GILGFVF", good.1),
        ("GILGFVFTLGIL", good.1),
        ("", good.1),
        (good.0, "HLA-A*99:01"),
        (good.0, "HLA-DRB1*01:01"),
        (good.0, "nonsense"),
        good,
    ];
    let scored = model.predict(&pairs).unwrap();
    assert_eq!(scored[0], scored[8]);
    assert!(scored[0].is_ok());
    assert_eq!(scored[1], Err(Unscorable::Residue { residue: 'X', position: 5 }));
    for (row, found) in [(2, 7), (3, 12), (4, 0)] {
        assert_eq!(scored[row], Err(Unscorable::Length { found, min: 8, max: 11 }));
    }
    for row in 5..8 {
        assert_eq!(scored[row], Err(Unscorable::Allele { allele: pairs[row].1.to_owned() }));
    }
    assert_eq!(model.predict(&[]).unwrap(), []);
    assert!(model.predict(&pairs[1..2]).unwrap()[0].is_err());
}

#[test]
fn alleles_without_a_row_are_scored_as_their_nearest() {
    let model = Mhc1Presentation::built_in().unwrap();
    for (asked, scored_as, exact) in [
        ("HLA-A*02:01", "HLA-A*02:01", true),
        ("HLA-A*02:9999", "HLA-A*02:01", false),
        ("HLA-E*01:99", "HLA-E*01:01", false),
    ] {
        let found = model.resolve(asked).unwrap();
        assert_eq!((found.scored_as.as_str(), found.exact), (scored_as, exact), "{asked}");
    }
    let pairs = [("GILGFVFTL", "HLA-A*02:01"), ("GILGFVFTL", "HLA-A*02:9999")];
    let scored = model.predict(&pairs).unwrap();
    assert_eq!(scored[0], scored[1]);
}

/// A copy of the model folder in which `change` was made to one file.
fn changed(file: &str, change: impl Fn(Vec<u8>) -> Vec<u8>, also_checksum: bool) -> String {
    let folder = tempfile::tempdir().unwrap();
    for name in [CONFIG, WEIGHTS, CALIBRATION] {
        std::fs::copy(base().join(name), folder.path().join(name)).unwrap();
    }
    let before = std::fs::read(base().join(file)).unwrap();
    let after = change(before.clone());
    std::fs::write(folder.path().join(file), &after).unwrap();
    if also_checksum {
        let config = std::fs::read_to_string(base().join(CONFIG)).unwrap();
        let config = config.replace(&sha256(&before), &sha256(&after));
        std::fs::write(folder.path().join(CONFIG), config).unwrap();
    }
    Mhc1Presentation::load(folder.path()).unwrap_err().to_string()
}

#[test]
fn a_broken_model_folder_is_refused() {
    let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let flip = |mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    };
    // The last bytes of the weights are those of a matrix in half precision: 0x7e00 is NaN there.
    let nan = |mut bytes: Vec<u8>| {
        let (header, metadata) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        let start = 8 + header + metadata.info("second_weight").unwrap().data_offsets.0;
        bytes[start..start + 2].copy_from_slice(&[0x00, 0x7e]);
        bytes
    };
    let newer = |bytes: Vec<u8>| {
        String::from_utf8(bytes).unwrap().replace("\"format\": 1", "\"format\": 9").into_bytes()
    };
    let wider = |bytes: Vec<u8>| {
        String::from_utf8(bytes).unwrap().replace("\"second\": 256", "\"second\": 255").into_bytes()
    };
    for (error, said) in [
        (changed(WEIGHTS, half, false), "weights.safetensors: SHA-256 is"),
        (changed(WEIGHTS, flip, false), "weights.safetensors: SHA-256 is"),
        (changed(CALIBRATION, half, false), "calibration.safetensors: SHA-256 is"),
        (changed(WEIGHTS, half, true), "weights.safetensors: "),
        (changed(WEIGHTS, nan, true), "tensor second_weight holds a value that is not finite"),
        (changed(CONFIG, newer, false), "format 9, this program reads format 1"),
        (
            changed(CONFIG, wider, false),
            "tensor second_weight is F16 [512, 256], expected [512, 255]",
        ),
        (changed(CONFIG, half, false), "config.json: EOF"),
    ] {
        assert!(error.contains(said), "{error}");
    }
    let missing = Mhc1Presentation::load(Path::new("nowhere")).unwrap_err().to_string();
    assert!(missing.contains("nowhere/config.json: No such file"), "{missing}");
}

#[test]
fn the_built_in_model_is_the_folder() {
    let (built_in, loaded) =
        (Mhc1Presentation::built_in().unwrap(), Mhc1Presentation::load(&base()).unwrap());
    assert_eq!(built_in.config(), loaded.config());
    assert_eq!(
        (built_in.model(), built_in.version()),
        ("mhc1-presentation/base", loaded.version())
    );
    let recipe = std::fs::read(base().join("recipe.toml")).unwrap();
    assert_eq!(built_in.config().training.recipe_sha256, sha256(&recipe));
}

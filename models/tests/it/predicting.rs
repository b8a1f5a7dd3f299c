//! Scores of trained models: those that the program carries, and small ones that are trained here.

use crate::world::{ALLELES, CLASS_TWO_MOLECULES, planted_class_one, planted_class_two};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use vaxloom_immune::{Predictor, Presentation, Unscorable};
use vaxloom_models::data::sha256;
use vaxloom_models::{MhcPredictor, Site, Task, set_threads};

/// The models that the program carries, with their folders.
const BUILT_IN: [(Task, &str); 2] = [
    (Task::Mhc1Presentation, "mhc1-presentation/base"),
    (Task::Mhc2Presentation, "mhc2-presentation/base"),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn built_in_class_one() -> MhcPredictor {
    MhcPredictor::built_in(Task::Mhc1Presentation).unwrap()
}

/// To be held where the number of threads is changed, or must stay.
pub(crate) fn threads_are_changed() -> MutexGuard<'static, ()> {
    static THREADS: Mutex<()> = Mutex::new(());
    THREADS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As a model of weights in half precision gives them on another processor.
fn assert_golden(model: &MhcPredictor, golden: &str, least: usize) {
    let mut lines = golden.lines();
    assert_eq!(lines.next(), Some("peptide\tallele\tscore\tpercentile\taffinity_nm\tcore"));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split('\t').collect()).collect();
    let pairs: Vec<(&str, &str)> = rows.iter().map(|row| (row[0], row[1])).collect();
    assert!(pairs.len() >= least);
    for (row, scored) in rows.iter().zip(model.predict(&pairs).unwrap()) {
        let scored = scored.unwrap();
        let number = |text: &str| text.parse::<f32>().unwrap();
        let close = |found: f32, expected: f32, least: f32| {
            (found - expected).abs() <= 1e-3 * expected.max(least)
        };
        assert!((scored.score - number(row[2])).abs() <= 1e-5, "{row:?}: {scored:?}");
        assert!(close(scored.percentile, number(row[3]), 0.1), "{row:?}: {scored:?}");
        match scored.affinity {
            Some(affinity) => assert!(close(affinity.nanomolar, number(row[4]), 1.0), "{row:?}"),
            None => assert_eq!(row[4], ""),
        }
        assert_eq!(scored.core.map(|core| core.to_string()).unwrap_or_default(), row[5]);
    }
}

#[test]
fn golden_scores() {
    for (task, name) in BUILT_IN {
        let golden = std::fs::read_to_string(folder(name).join("golden/expected.tsv")).unwrap();
        assert_golden(&MhcPredictor::built_in(task).unwrap(), &golden, 20);
    }
}

/// Training scores the pairs beside the recipe; one that cannot be scored is left out.
#[test]
fn training_writes_golden_scores() {
    let world = crate::world::World::of_all_kinds(20).edit("epochs = 4", "epochs = 2");
    std::fs::create_dir(world.path().join("golden")).unwrap();
    let input =
        "peptide\tallele\nALKDGHTEV\tHLA-A*02:01\nALKDX\tHLA-A*02:01\nAPKDGHTEL\tHLA-B*07:99\n";
    world.write("golden/input.tsv", input);
    let (model, report) = world.model();
    let golden = std::fs::read_to_string(report.folder.join("golden/expected.tsv")).unwrap();
    assert_eq!(golden.lines().count(), 3, "{golden}");
    assert_golden(&model, &golden, 2);
}

#[test]
fn known_epitopes_are_strong_on_their_allele_and_weak_on_others() {
    let model = built_in_class_one();
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

/// Where the first pocket's residue lies in crystal structures, by their entries in the Protein Data Bank.
#[test]
fn cores_are_those_of_crystal_structures() {
    let model = MhcPredictor::built_in(Task::Mhc2Presentation).unwrap();
    for (entry, peptide, molecule, core) in [
        ("1DLH", "PKYVKQNTLKLAT", "HLA-DRB1*01:01", "YVKQNTLKL"),
        ("1J8H", "PKYVKQNTLKLAT", "HLA-DRB1*04:01", "YVKQNTLKL"),
        ("1BX2", "ENPVVHFFKNIVTPR", "HLA-DRB1*15:01", "VHFFKNIVT"),
        ("1A6A", "PVSKMRMATPLLMQA", "HLA-DRB1*03:01", "MRMATPLLM"),
        ("1KLU", "GELIGILNAAKVPAD", "HLA-DRB1*01:01", "IGILNAAKV"),
    ] {
        let scored = model.predict(&[(peptide, molecule)]).unwrap()[0].clone().unwrap();
        let found = &peptide[usize::from(scored.core.unwrap())..][..9];
        assert_eq!(found, core, "{entry}: {peptide} with {molecule}");
    }
}

/// Random peptides of these lengths.
fn peptides(count: usize, lengths: std::ops::RangeInclusive<usize>) -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let peptide = |_| {
        let length = rng.random_range(lengths.clone());
        (0..length).map(|_| char::from(b"ACDEFGHIKLMNPQRSTVWY"[rng.random_range(0..20)])).collect()
    };
    (0..count).map(peptide).collect()
}

/// Whatever the number of threads, the order and the company of a pair, and whether it is asked for as a pair, as a site or
/// in a grid, its result is the same to the bit. Duplicates are among the pairs.
fn assert_independent(model: &MhcPredictor, peptides: &[String], molecules: &[&str]) {
    let _alone = threads_are_changed();
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for flanks in [None, Some(("MDDDK", "KRRST"))] {
        let sites: Vec<Site<'_>> =
            peptides.iter().map(|peptide| Site { peptide, flanks }).collect();
        set_threads(1);
        let grid = model.predict_grid(&sites, molecules).unwrap();
        let mut pairs: Vec<(Site<'_>, &str)> =
            sites.iter().flat_map(|&site| molecules.iter().map(move |&m| (site, m))).collect();
        let expected: HashMap<(Site<'_>, &str), _> =
            pairs.iter().copied().zip(grid.clone()).collect();
        let repeated = pairs[0];
        pairs.push(repeated);
        for threads in [1, 2, 5] {
            set_threads(threads);
            assert_eq!(model.predict_grid(&sites, molecules).unwrap(), grid, "{threads} threads");
            pairs.shuffle(&mut rng);
            for part in [&pairs[..], &pairs[..pairs.len() / 3], &pairs[..1]] {
                let scored = model.predict_sites(part).unwrap();
                assert_eq!(scored.len(), part.len());
                for (pair, scored) in part.iter().zip(&scored) {
                    assert_eq!(*scored, expected[pair], "{pair:?} with {threads} threads");
                }
                if flanks.is_none() {
                    let plain: Vec<(&str, &str)> =
                        part.iter().map(|(s, m)| (s.peptide, *m)).collect();
                    assert_eq!(model.predict(&plain).unwrap(), scored);
                }
            }
        }
    }
}

#[test]
fn a_pair_depends_on_no_other_pair() {
    let mut some = peptides(1500, 8..=14);
    some.push(some[0].clone());
    some.push("GILGX".to_owned());
    let molecules = [ALLELES[0].0, "HLA-A*99:01", ALLELES[1].0, "HLA-A*02:77"];
    assert_independent(&planted_class_one().0, &some, &molecules);
    assert_independent(&built_in_class_one(), &some[..700], &["HLA-A*02:01", "HLA-C*07:02"]);
}

#[test]
fn a_pair_of_class_two_depends_on_no_other_pair() {
    let mut some = peptides(400, 9..=30);
    some.push(some[0].clone());
    some.push("GILGFVFT".to_owned());
    let [a, b] = CLASS_TWO_MOLECULES.map(|(name, _)| name);
    assert_independent(&planted_class_two().0, &some, &[a, "HLA-DQA1*01:02-DQB1*06:02", b]);
}

/// More pairs than a worker holds at once.
#[test]
fn chunks_do_not_show() {
    let model = &planted_class_one().0;
    let many = peptides(20_000, 8..=11);
    let pairs: Vec<(&str, &str)> =
        many.iter().enumerate().map(|(i, p)| (p.as_str(), ALLELES[i % 2].0)).collect();
    let scored = model.predict(&pairs).unwrap();
    let grid = model.predict_grid(
        &many.iter().map(|peptide| Site { peptide, flanks: None }).collect::<Vec<_>>(),
        &ALLELES.map(|(name, ..)| name),
    );
    for (i, (scored, row)) in scored.iter().zip(grid.unwrap().chunks(2)).enumerate() {
        assert_eq!(*scored, row[i % 2], "{:?}", pairs[i]);
    }
}

fn assert_left_alone(
    model: &MhcPredictor,
    good: (&str, &str),
    lengths: (usize, usize),
    strange: &[&str],
) {
    let (min, max) = lengths;
    let (short, long) = ("A".repeat(min - 1), "A".repeat(max + 1));
    let broken = format!("{}X", &good.0[1..]);
    let mut pairs = vec![good, (&broken, good.1), (&short, good.1), (&long, good.1), ("", good.1)];
    pairs.extend(strange.iter().map(|&molecule| (good.0, molecule)));
    pairs.push(good);
    let scored = model.predict(&pairs).unwrap();
    assert!(scored[0].is_ok());
    assert_eq!(scored[0], scored[pairs.len() - 1]);
    assert_eq!(scored[1], Err(Unscorable::Residue { residue: 'X', position: broken.len() }));
    for (row, found) in [(2, min - 1), (3, max + 1), (4, 0)] {
        assert_eq!(scored[row], Err(Unscorable::Length { found, min, max }));
    }
    for row in 5..pairs.len() - 1 {
        assert_eq!(scored[row], Err(Unscorable::Allele { allele: pairs[row].1.to_owned() }));
    }
    assert_eq!(model.predict(&[]).unwrap(), []);
    assert_eq!(model.predict(&pairs[1..2]).unwrap(), scored[1..2]);
    assert_eq!(model.predict_grid(&[], &[good.1]).unwrap(), []);
    assert_eq!(model.predict_grid(&[Site { peptide: good.0, flanks: None }], &[]).unwrap(), []);
}

#[test]
fn a_pair_that_cannot_be_scored_leaves_the_others_alone() {
    let (one, two) = (&planted_class_one().0, &planted_class_two().0);
    let strange = ["HLA-A*99:01", "HLA-DRB1*01:01", "nonsense", "A0201", ""];
    assert_left_alone(one, ("GILGFVFTL", "HLA-A*02:01"), (8, 14), &strange);
    let strange = ["HLA-A*02:01", "HLA-DRB1*99:01", "HLA-DPA1*02:01-DPB1*04:01", "DRB1*01:01", ""];
    assert_left_alone(two, ("PKYVKQNTLKLAT", "HLA-DRB1*01:01"), (9, 30), &strange);
}

/// Each is asked for, scored as another, and scores as that one does.
fn assert_resolved(model: &MhcPredictor, peptide: &str, names: &[(&str, &str)]) {
    for (asked, scored_as) in names {
        let found = model.resolve(asked).unwrap();
        assert_eq!(
            (found.scored_as.as_str(), found.exact),
            (*scored_as, asked == scored_as),
            "{asked}"
        );
        let scored = model.predict(&[(peptide, asked), (peptide, scored_as)]).unwrap();
        assert!(scored[0].is_ok() && scored[0] == scored[1], "{asked}");
    }
}

#[test]
fn molecules_without_a_row_are_scored_as_their_nearest() {
    let one = [
        ("HLA-A*02:01", "HLA-A*02:01"),
        ("HLA-A*02:9999", "HLA-A*02:01"),
        ("HLA-B*07:99", "HLA-B*07:02"),
    ];
    assert_resolved(&planted_class_one().0, "GILGFVFTL", &one);
    assert_resolved(
        &built_in_class_one(),
        "GILGFVFTL",
        &[one[0], one[1], ("HLA-E*01:99", "HLA-E*01:01")],
    );
    let [dp, dr] = CLASS_TWO_MOLECULES.map(|(name, _)| name);
    let two = [(dr, dr), ("HLA-DRB1*01:77", dr), (dp, dp), ("HLA-DPA1*01:03-DPB1*04:99", dp)];
    assert_resolved(&planted_class_two().0, "PKYVKQNTLKLAT", &two);
}

#[test]
fn each_class_has_its_own_columns() {
    let scored = |model: &MhcPredictor, peptide, molecule| -> Presentation {
        model.predict(&[(peptide, molecule)]).unwrap()[0].clone().unwrap()
    };
    let one = scored(&planted_class_one().0, "ALKDGHTEV", ALLELES[0].0);
    assert!(one.core.is_none());
    let affinity = one.affinity.unwrap();
    assert!(
        (1.0..=50_000.0).contains(&affinity.nanomolar)
            && (0.0..=100.0).contains(&affinity.percentile)
    );
    let two = scored(&planted_class_two().0, "PKYVKQNTLKLAT", CLASS_TWO_MOLECULES[1].0);
    assert!(two.affinity.is_none() && two.core.unwrap() <= 4);
    for scored in [one, two] {
        assert!((0.0..=1.0).contains(&scored.score) && (0.0..=100.0).contains(&scored.percentile));
    }
}

#[test]
fn a_built_in_model_is_its_folder() {
    for (task, name) in BUILT_IN {
        let (built_in, loaded) =
            (MhcPredictor::built_in(task).unwrap(), MhcPredictor::load(&folder(name)).unwrap());
        assert_eq!(built_in.config(), loaded.config());
        assert_eq!((built_in.model(), built_in.version()), (name, loaded.version()));
        let recipe = std::fs::read(folder(name).join("recipe.toml")).unwrap();
        assert_eq!(built_in.config().training.recipe_sha256, sha256(&recipe));
    }
}

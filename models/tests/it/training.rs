//! Training on a planted motif: small enough for seconds, real in every step.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use vaxloom_immune::Predictor;
use vaxloom_models::data::sha256;
use vaxloom_models::weights::{CALIBRATION, CONFIG, WEIGHTS};
use vaxloom_models::{Mhc1Presentation, TrainError, TrainReport, train};

const RESIDUES: &[u8; 20] = b"ACDEFGHIKLMNPQRSTVWY";
/// Two alleles with their pseudo-sequences and the anchors that are planted at position 2 and at
/// the end.
const ALLELES: [(&str, &str, u8, u8); 2] = [
    ("HLA-A*02:01", "YFAMYGEKVAHTHVDTLYVRYHYYTWAVLAYTWY", b'L', b'V'),
    ("HLA-B*07:02", "YYSEYRNIYAQTDESNLYLSYDYYTWAERAYEWY", b'P', b'L'),
];

/// A data root with small tables in the published layouts, and a recipe for them.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new(ligands: usize, edit: impl Fn(String) -> String) -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut random = |length: usize| -> Vec<u8> {
            (0..length).map(|_| RESIDUES[rng.random_range(0..20)]).collect()
        };
        let (mut hits, mut pseudo) =
            ("allele len seq\n".to_owned(), "allele,pseudosequence\n".to_owned());
        for (name, sequence, second, last) in ALLELES {
            writeln!(pseudo, "{},{sequence}", name.replace('*', "")).unwrap();
            for i in 0..ligands {
                let mut peptide = random(8 + i % 4);
                peptide[1] = second;
                *peptide.last_mut().unwrap() = last;
                let peptide = String::from_utf8(peptide).unwrap();
                writeln!(
                    hits,
                    "{} {} {peptide}",
                    name.replace(['*', ':'], "").replace("HLA-", ""),
                    peptide.len()
                )
                .unwrap();
            }
        }
        let mut windows = "n_flank,peptide,c_flank\n".to_owned();
        for _ in 0..500 {
            let window = String::from_utf8(random(39)).unwrap();
            writeln!(windows, "{},{},{}", &window[..15], &window[15..24], &window[24..]).unwrap();
        }
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(windows.as_bytes()).unwrap();
        let tables = [
            ("[[ligands]]", "hlathena", hits.into_bytes()),
            ("[windows]", "mhcflurry-windows", bzip2.finish().unwrap()),
            ("[pseudosequences]", "pseudosequences", pseudo.into_bytes()),
        ];
        let mut recipe = RECIPE.to_owned();
        for (section, format, bytes) in tables {
            std::fs::write(world.path().join(format), &bytes).unwrap();
            let sha256 = sha256(&bytes);
            writeln!(recipe, "{section}\nlicence = \"none\"\nsource = \"drawn\"").unwrap();
            for (key, value) in [("format", format), ("path", format), ("sha256", &sha256)] {
                writeln!(recipe, "{key} = \"{value}\"").unwrap();
            }
        }
        std::fs::write(world.path().join("recipe.toml"), edit(recipe)).unwrap();
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn train(
        &self,
        out: &str,
        progress: &mut dyn FnMut(&str),
    ) -> Result<TrainReport, TrainError> {
        train(
            &self.path().join("recipe.toml"),
            self.path(),
            Some(&self.path().join(out)),
            "cpu",
            progress,
        )
    }

    fn file(&self, out: &str, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(out).join(name)).unwrap()
    }
}

const RECIPE: &str = r#"
task = "mhc1-presentation"
name = "planted"
seed = 1
architecture = { first = 32, second = 16 }
decoys = { per_ligand = 4 }
calibration = { peptides = 400 }

[optimiser]
epochs = 4
patience = 4
batch = 64
learning_rate = 0.005
decay = 0.8
dropout = 0.1
held_out = 0.1

"#;

#[test]
fn a_planted_motif_is_learned() {
    let world = World::new(600, |recipe| recipe);
    let report = world.train("out", &mut |_| ()).unwrap();
    let precision = report.training.held_out_average_precision;
    assert!(precision[precision.len() - 1] > 0.9, "{precision:?}");
    let model = Mhc1Presentation::load(&report.folder).unwrap();
    let [a, b] = ALLELES.map(|(name, ..)| name);
    let pairs = [
        ("ALKDGHTEV", a),
        ("APKDGHTEL", b),
        ("AGKDGHTEG", a),
        ("AGKDGHTEG", b),
        ("APKDGHTEL", a),
        ("ALKDGHTEV", b),
    ];
    let scored = model.predict(&pairs).unwrap();
    let scores: Vec<f32> = scored.into_iter().map(|r| r.unwrap().score).collect();
    let (own, none, other) = (&scores[..2], &scores[2..4], &scores[4..]);
    assert!(own.iter().all(|&s| s > 0.9) && none.iter().all(|&s| s < 0.1), "{scores:?}");
    // Decoys hardly ever carry the other allele's motif, so little is learned against it.
    assert!(own[0] > other[0] && own[1] > other[1], "{scores:?}");
}

#[test]
fn a_killed_run_goes_on_to_the_same_weights() {
    let world = World::new(100, |recipe| recipe);
    world.train("whole", &mut |_| ()).unwrap();
    for (killed_at, lines_to_see) in
        [("epoch 1:", 1), ("epoch 3:", 1), ("going on after epoch 3", 1)]
    {
        let mut left = lines_to_see;
        let killed = catch_unwind(AssertUnwindSafe(|| {
            let _ = world.train("killed", &mut |line| {
                left -= i32::from(line.starts_with(killed_at));
                assert!(left > 0, "killed");
            });
        }));
        assert!(killed.is_err(), "{killed_at}");
    }
    let mut went_on = false;
    let report = world
        .train("killed", &mut |line| {
            went_on |= line.starts_with("going on after epoch 3");
        })
        .unwrap();
    assert!(went_on);
    assert_eq!(report.training.held_out_average_precision.len(), 4);
    for name in [WEIGHTS, CALIBRATION] {
        assert!(world.file("whole", name) == world.file("killed", name), "{name} differs");
    }
    let left: Vec<PathBuf> =
        std::fs::read_dir(report.folder).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(left.len(), [WEIGHTS, CALIBRATION, CONFIG].len(), "{left:?}");
}

#[test]
fn a_checkpoint_of_another_recipe_is_refused() {
    let world = World::new(20, |recipe| recipe);
    let killed = catch_unwind(AssertUnwindSafe(|| {
        let _ = world.train("out", &mut |line| {
            assert!(!line.starts_with("epoch 1:"), "killed");
        });
    }));
    assert!(killed.is_err());
    let recipe = world.path().join("recipe.toml");
    let text = std::fs::read_to_string(&recipe).unwrap().replace("seed = 1", "seed = 2");
    std::fs::write(&recipe, text).unwrap();
    let error = world.train("out", &mut |_| ()).unwrap_err().to_string();
    assert!(error.contains("is not of this recipe; remove it"), "{error}");
}

#[test]
fn training_stops_when_nothing_is_gained() {
    let world = World::new(300, |recipe| {
        recipe.replace("epochs = 4\npatience = 4", "epochs = 60\npatience = 2")
    });
    let training = world.train("out", &mut |_| ()).unwrap().training;
    let epochs = training.held_out_average_precision.len() as u64;
    assert!(
        epochs < 60 && training.best_epoch == epochs - 2,
        "best {} of {epochs}",
        training.best_epoch
    );
}

#[test]
fn what_is_wrong_with_a_recipe_is_said() {
    for (from, to, said) in [
        ("epochs = 4", "epochs = 0", "optimiser.epochs is 0, expected 1 or more"),
        ("dropout = 0.1", "dropout = 1.0", "optimiser.dropout is 1, expected 0 to 0.9"),
        ("held_out = 0.1", "held_out = 0.0", "optimiser.held_out is 0"),
        ("learning_rate = 0.005", "learning_rate = -1.0", "optimiser.learning_rate is -1"),
        ("learning_rate = 0.005", "learning_rate = 1e30", "not finite"),
        ("mhc1-presentation", "mhc2", "task is mhc2, expected mhc1-presentation"),
        ("seed = 1", "", "missing field `seed`"),
        ("seed = 1", "seed = 1\nsede = 2", "unknown field `sede`"),
        ("peptides = 400", "peptides = 399", "calibration.peptides is 399"),
        ("path = \"hlathena\"", "path = \"nowhere\"", "nowhere: No such file"),
        ("format = \"hlathena\"", "format = \"pseudosequences\"", "holds no ligands"),
    ] {
        let world = World::new(20, |recipe| recipe.replacen(from, to, 1));
        let error = world.train("out", &mut |_| ()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

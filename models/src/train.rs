//! Training: from a recipe and the published tables to a model folder.
//!
//! An epoch sees every training ligand once, with its decoys drawn anew. After each epoch the
//! held-out ligands are scored, and the state is saved: a killed run goes on there and ends with
//! the weights that it would have had. All random numbers, the dropped units among them, come from
//! `ChaCha` streams of the recipe's seed.

use crate::ModelError;
use crate::checkpoint::CheckpointError;
use crate::data::{DataError, sha256};
use crate::dataset::Dataset;
use crate::device::{choose_device, many_threads};
use crate::epochs::Run;
use crate::predictor::MhcPredictor;
use crate::recipe::{Recipe, RecipeError};
use crate::weights::{Config, Training};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use tch::TchError;
use vaxloom_immune::{Predictor, Presentation};

/// What a training run did and where the model lies.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainReport {
    /// The model folder.
    pub folder: PathBuf,
    /// Version of the weights.
    pub version: String,
    /// Device and why.
    pub device: String,
    /// As written into `config.json`.
    pub training: Training,
}

/// Why training ended without a model.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The recipe cannot be used.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A table cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The windows hold no stretch of standard residues that is long enough.
    #[error(
        "{path} holds no peptide of {length} standard residues: none of that length can be drawn; \
         lower decoys.lengths or calibration.lengths in the recipe, or give it longer windows"
    )]
    NoWindows {
        /// The table of windows.
        path: PathBuf,
        /// The longest decoy of the recipe.
        length: usize,
    },
    /// Nothing to train on or nothing held out.
    #[error(
        "{rows} rows to train on and {held_out} held out: the tables are too small for this recipe"
    )]
    TooSmall {
        /// To train on.
        rows: usize,
        /// Held out.
        held_out: usize,
    },
    /// The loss is no number any more.
    #[error("the loss of epoch {epoch} is not finite: lower optimiser.learning_rate in the recipe")]
    Diverged {
        /// 1-based.
        epoch: u64,
    },
    /// The saved state cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The model cannot be written or read back.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// libtorch failed.
    #[error("libtorch: {0}")]
    Torch(#[from] TchError),
}

/// Trains the recipe's model into `out` (the recipe's own folder where none is given), or goes on
/// with a run that was cut off there. `data_root` is the folder that the recipe's paths start from;
/// `device` as in [`choose_device`]; `progress` gets lines for a person to read.
pub fn train(
    recipe_path: &Path,
    data_root: &Path,
    out: Option<&Path>,
    device: &str,
    progress: &mut dyn FnMut(&str),
) -> Result<TrainReport, TrainError> {
    let recipe = Recipe::read(recipe_path)?;
    let recipe_bytes = std::fs::read(recipe_path)
        .map_err(|source| RecipeError::Read { path: recipe_path.to_owned(), source })?;
    let folder = out.or(recipe_path.parent()).unwrap_or(Path::new("."));
    let (device, why) = choose_device(device)?;
    progress(&format!("device {why}"));
    let data = read_data(&recipe, data_root, progress)?;
    many_threads();
    let mut run = Run::start(&recipe, &data, sha256(&recipe_bytes), folder, device)?;
    run.all_epochs(progress)?;
    let files = run.model_files(progress)?;
    create_folder(folder)?;
    files.write(folder)?;
    let model = MhcPredictor::load(folder)?;
    golden(&model, recipe_path, folder)?;
    run.forget_checkpoint();
    progress(&format!("{} written, version {}", folder.display(), model.config().version));
    let Config { version, training, .. } = model.config().clone();
    Ok(TrainReport { folder: folder.to_owned(), version, device: why, training })
}

/// Where the recipe has pairs beside it in `golden/input.tsv`, scores them into
/// `golden/expected.tsv` of the model folder: what later programs are tested against.
fn golden(model: &MhcPredictor, recipe_path: &Path, folder: &Path) -> Result<(), ModelError> {
    let input = recipe_path.with_file_name("golden").join("input.tsv");
    if !input.exists() {
        return Ok(());
    }
    let text = std::fs::read_to_string(&input)
        .map_err(|source| ModelError::Read { path: input, source })?;
    let pairs: Vec<(&str, &str)> =
        text.lines().skip(1).filter_map(|l| l.split_once('\t')).collect();
    let mut expected = "peptide\tallele\tscore\tpercentile\taffinity_nm\tcore\n".to_owned();
    for ((peptide, allele), scored) in pairs.iter().zip(model.predict(&pairs)?) {
        // A pair without a score is left out.
        if let Ok(Presentation { score, percentile, affinity, core, .. }) = scored {
            let affinity = affinity.map(|a| a.nanomolar.to_string()).unwrap_or_default();
            let core = core.map(|c| c.to_string()).unwrap_or_default();
            // Writing to a String cannot fail.
            let _ = writeln!(
                expected,
                "{peptide}\t{allele}\t{score}\t{percentile}\t{affinity}\t{core}"
            );
        }
    }
    create_folder(&folder.join("golden"))?;
    let path = folder.join("golden").join("expected.tsv");
    std::fs::write(&path, expected).map_err(|source| ModelError::Write { path, source })
}

pub(crate) fn create_folder(folder: &Path) -> Result<(), ModelError> {
    std::fs::create_dir_all(folder)
        .map_err(|source| ModelError::Write { path: folder.to_owned(), source })
}

fn read_data(
    recipe: &Recipe,
    root: &Path,
    progress: &mut dyn FnMut(&str),
) -> Result<Dataset, TrainError> {
    let no_windows = || TrainError::NoWindows {
        path: recipe.windows.path.clone(),
        length: recipe.longest_natural(),
    };
    let data = Dataset::read(recipe, root)?.ok_or_else(no_windows)?;
    let (rows, held_out) = data.counts();
    if rows == 0 || held_out == 0 {
        return Err(TrainError::TooSmall { rows, held_out });
    }
    let (ligands, affinities) = data.kinds();
    progress(&format!(
        "{ligands} ligands and {affinities} affinities of {} molecules to train on, {held_out} rows held out; \
         rows removed: {:?}",
        data.training_molecules.len(),
        data.removed
    ));
    Ok(data)
}

//! Why there is no immunogenicity model, or no figures of it.

use super::files::{CONFIG, FORMAT, WEIGHTS};
use std::path::PathBuf;
use vaxloom_immune::PredictError;
use vaxloom_immune::probability::logistic::FitError;

/// Training, loading or evaluating an immunogenicity model.
#[derive(Debug, thiserror::Error)]
pub enum ImmunogenicityError {
    /// A file cannot be read.
    #[error("{path}: {source}; expected a readable file")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("{path}: {source}; choose a folder that can be written to")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not a recipe.
    #[error("recipe {path}: {source}")]
    Recipe {
        /// The file.
        path: PathBuf,
        /// Line, column and cause.
        source: Box<toml::de::Error>,
    },
    /// A value of the recipe is outside its range.
    #[error("recipe {path}: {field} is {found}, expected {expected}")]
    Value {
        /// The file.
        path: PathBuf,
        /// Key in the file.
        field: &'static str,
        /// The value found.
        found: String,
        /// The range.
        expected: &'static str,
    },
    /// A table is not the one that the recipe means.
    #[error(
        "{path}: SHA-256 is {found}, the recipe says {expected}; fetch the table again from its source"
    )]
    TableChecksum {
        /// The table.
        path: PathBuf,
        /// Of the file.
        found: String,
        /// Of the recipe.
        expected: String,
    },
    /// A row cannot be read.
    #[error("{path}, line {line}: {message}")]
    Row {
        /// The table.
        path: PathBuf,
        /// 1-based.
        line: u64,
        /// What was found, what was expected.
        message: String,
    },
    /// Nothing can be learned of, or measured on, the rows.
    #[error(
        "{path}: {positives} positives and {negatives} negatives are left, expected at least {expected} of each"
    )]
    Classes {
        /// The table.
        path: PathBuf,
        /// Rows left with a response.
        positives: usize,
        /// Rows left without one.
        negatives: usize,
        /// Fewest of each.
        expected: usize,
    },
    /// The regression has no fit.
    #[error("{0}; raise the penalties of the recipe")]
    Fit(#[from] FitError),
    /// The configuration cannot be parsed.
    #[error("{CONFIG}: {source}; fetch the model folder again")]
    Config {
        /// Line, column and cause.
        source: serde_json::Error,
    },
    /// Written by another version of the program.
    #[error("{CONFIG}: format {found}, this program reads format {FORMAT}; train the model again")]
    Format {
        /// In the file.
        found: u32,
    },
    /// The model is of other features than this program computes.
    #[error(
        "{CONFIG}: features are {found}, this program computes {expected}; train the model again"
    )]
    Features {
        /// In the file.
        found: String,
        /// Of this program.
        expected: String,
    },
    /// The weights are not those that the configuration was written with.
    #[error(
        "{WEIGHTS}: SHA-256 is {found}, {CONFIG} says {expected}; \
         the file is truncated, altered or of another model: fetch the model folder again"
    )]
    Checksum {
        /// Of the file.
        found: String,
        /// Of the configuration.
        expected: String,
    },
    /// Not a safetensors file, cut short, or without a tensor of that name.
    #[error("{WEIGHTS}: {0}; fetch the model folder again")]
    SafeTensors(#[from] safetensors::SafeTensorError),
    /// A tensor of another shape, or with values that no training gives.
    #[error("{WEIGHTS}: tensor {name} is {found}, expected {expected}; train the model again")]
    Tensor {
        /// Name of the tensor.
        name: &'static str,
        /// Type and shape, or the value.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// The evaluation is asked for with another recipe, or another presentation model, than the model was trained by.
    #[error(
        "recipe {path}: SHA-256 and version of the presentation model are {found}, the model was trained by {expected}; \
         train it again"
    )]
    OtherRecipe {
        /// The file.
        path: PathBuf,
        /// What there is.
        found: String,
        /// What the configuration says.
        expected: String,
    },
    /// The presentation model failed.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// Figures that are not defined.
    #[error("{title}: {reason}")]
    Figures {
        /// Which rows.
        title: String,
        /// What is wrong.
        reason: String,
    },
}

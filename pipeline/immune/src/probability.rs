//! How likely a T cell responds: a logistic model of few features that says why.
//!
//! [`logistic`] fits, [`train`](mod@train) makes a [`model`] of the fit and judges it on rows that it has not seen, and
//! [`explanation`] holds what a model says of one peptide: the logit as a sum of contributions, in numbers and words, and how
//! sure it is.
//!
//! **A missing feature is averaged over.** A contribution is the coefficient times the distance from the mean of the training
//! rows, so a feature that is not known contributes nothing to the logit; what it could have been is added to the logit's
//! variance. It is not taken for zero, which may be far from anything that was seen.

pub mod explanation;
pub mod logistic;
pub mod model;
pub mod train;

pub use explanation::{Contribution, Explanation};
pub use model::{Feature, LOWEST_PERCENTILE, Model, ModelError, Value, log10_percentile};

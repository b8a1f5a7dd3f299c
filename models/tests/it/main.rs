//! Tests that need a trained model or train one.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod cards;
mod evaluating;
mod excluding;
mod immunogenicity;
mod model_folder;
mod predicting;
mod recipes;
mod resuming;
mod training;
mod world;
